"""From a flow's YAML (docs/flows.md) to a `Flow`: what makes no sense is refused with its place.

What is merely not there yet (a text, a slot, the step that another leads to) is read: a draft is kept while
somebody works on it, and `flow_checks` says what it still needs before customers may get it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import re2

from chat.dialogue.conditions import read_condition
from chat.dialogue.fields import Fields, texts_of
from chat.dialogue.flow_text import load_yaml
from chat.dialogue.flows import (
    END,
    PERSON,
    Act,
    Answer,
    AnyStep,
    Ask,
    Branch,
    Case,
    Choose,
    Confirm,
    Cues,
    End,
    Flow,
    Goto,
    Handoff,
    ListedOptions,
    Option,
    Rate,
    Say,
    Slot,
)
from chat.errors import InvalidInput

FORMAT: Final = "1"
MOST_STEPS: Final = 200
MOST_SLOTS: Final = 60
MOST_OPTIONS: Final = 30
KINDS: Final = (
    "say",
    "ask",
    "choose",
    "confirm",
    "branch",
    "action",
    "answer",
    "rate",
    "handoff",
    "goto",
    "end",
)


def read_flow(text: str, *, version: int = 0) -> Flow:
    """The flow of a YAML text; InvalidInput names the place."""
    return flow_of(load_yaml(text), version=version)


def flow_of(data: Any, *, version: int = 0) -> Flow:
    """The flow of a loaded document (all scalars texts); InvalidInput names the place."""
    fields = Fields(data, "flow")
    if fields.text("format", FORMAT) != FORMAT:
        raise fields.error("format", f"only format {FORMAT} is known")
    slots = {name: read_slot(name, slot) for name, slot in fields.each("slots")}
    if len(slots) > MOST_SLOTS:
        raise fields.error("slots", f"at most {MOST_SLOTS}")
    steps = tuple(read_step(step) for step in fields.items("steps"))
    if len(steps) > MOST_STEPS:
        raise fields.error("steps", f"at most {MOST_STEPS}")
    slots = _in_asked_order(slots, steps)
    flow = Flow(
        name=fields.name("name"),
        title=_titles(fields),
        description=fields.text("description", ""),
        triggers=fields.names("triggers"),
        keywords=fields.texts("keywords"),
        timeout_minutes=fields.number("timeout_minutes", 30, least=1, most=10_080),
        slots=slots,
        steps=steps,
        version=version,
        explains=fields.flag("explain"),
    )
    fields.done()
    if len(flow.places) != len(flow.steps):
        seen: set[str] = set()
        twice = next(step.id for step in flow.steps if step.id in seen or seen.add(step.id))  # type: ignore[func-returns-value]
        raise InvalidInput(f"flow.steps: the id {twice!r} is there twice")
    return flow


def _in_asked_order(slots: dict[str, Slot], steps: tuple[AnyStep, ...]) -> dict[str, Slot]:
    """The slots as the steps ask for them, then the others by name: which of two dates is the first must not hang
    on the document's order, as PostgreSQL keeps none of the keys of what it stores.
    """
    asked = [step.slot for step in steps if isinstance(step, Ask | Choose | Rate) and step.slot in slots]
    return {name: slots[name] for name in dict.fromkeys([*asked, *sorted(slots)])}


def _titles(fields: Fields) -> dict[str, str]:
    return {locale: variants[0] for locale, variants in fields.texts("title").items()}


def targets_of(step: AnyStep) -> list[str]:
    """The ids that a step names as where to go."""
    targets = [step.next]
    match step:
        case Ask():
            targets.append(step.otherwise)
        case Choose():
            targets += [step.otherwise, *(option.next for option in step.options)]
            targets += [step.listed.empty] if step.listed else []
        case Confirm():
            targets += [step.yes, step.no, step.otherwise]
        case Branch():
            targets += [case.next for case in step.cases]
        case Act():
            targets += step.outcomes.values()
    return [target for target in targets if target]


def read_slot(name: str, fields: Fields) -> Slot:
    """One slot."""
    cues: dict[str, Cues] = {}
    for locale, words in fields.inner("cues").data.items():
        inner = Fields(words, f"{fields.place}.cues.{locale}")
        cues[locale] = Cues(before=_words(inner, "before"), after=_words(inner, "after"))
        inner.done()
    slot = Slot(
        name=name,
        type=fields.name("type"),
        title=_titles(fields),
        remember=fields.flag("remember"),
        cues=cues,
        pattern=fields.text("pattern", ""),
        least=fields.text("least", ""),
        most=fields.text("most", ""),
        profile=fields.name("profile", ""),
        invalid=fields.texts("invalid"),
    )
    if slot.pattern:
        try:
            re2.compile(slot.pattern)
        except re2.error:
            raise fields.error("pattern", "this is no regular expression of RE2") from None
    fields.done()
    return slot


def _words(fields: Fields, key: str) -> tuple[str, ...]:
    values = fields.get(key)
    if values is None:
        return ()
    if not isinstance(values, list) or not all(isinstance(one, str) and one for one in values):
        raise fields.error(key, "a list of words is wanted")
    return tuple(values)


def read_step(fields: Fields) -> AnyStep:
    """One step of any kind."""
    kinds = [kind for kind in KINDS if fields.has(kind)]
    if len(kinds) != 1:
        raise fields.error("", f"a step has exactly one of {', '.join(KINDS)}")
    step_id = fields.name("id")
    if step_id in (END, PERSON):
        raise fields.error("id", f"{step_id!r} has a meaning of its own")
    fields.place = f"flow.steps.{step_id}"
    common = {"id": step_id, "next": fields.name("next", ""), "clear": fields.names("clear")}
    step = READERS[kinds[0]](fields, common)
    fields.done()
    return step


def _say(fields: Fields, common: dict[str, Any]) -> AnyStep:
    return Say(**common, text=fields.texts("say"), quick_replies=fields.texts("quick_replies"))


def _ask(fields: Fields, common: dict[str, Any]) -> AnyStep:
    return Ask(
        **common,
        slot=fields.name("ask", ""),
        text=fields.texts("text"),
        again=fields.texts("again"),
        quick_replies=fields.texts("quick_replies"),
        attempts=fields.number("attempts", 3, least=1, most=5),
        otherwise=fields.name("otherwise", PERSON),
        optional=fields.flag("optional"),
        always=fields.flag("always"),
    )


def _choose(fields: Fields, common: dict[str, Any]) -> AnyStep:
    listed = None
    options: list[Option] = []
    if fields.has("from"):
        source = fields.text("from", "")
        saved, _dot, output = source.partition(".")
        if source and not (saved and output):
            raise fields.error("from", "the name under which an action saved and one of its lists: name.list")
        listed = ListedOptions(
            saved=saved,
            output=output,
            value=fields.text("value", ""),
            label=fields.texts("label"),
            empty=fields.name("empty", ""),
            recommend=fields.flag("recommend"),
        )
    for option in fields.items("options"):
        options.append(
            Option(
                value=option.text("value"),
                label=option.texts("label"),
                words=option.texts("words"),
                next=option.name("next", ""),
            )
        )
        option.done()
    if options and listed is not None:
        raise fields.error("options", "either options or from is wanted, not both")
    if len(options) > MOST_OPTIONS or len({option.value for option in options}) != len(options):
        raise fields.error("options", f"at most {MOST_OPTIONS}, with values that differ")
    return Choose(
        **common,
        slot=fields.name("choose", ""),
        text=fields.texts("text"),
        again=fields.texts("again"),
        options=tuple(options),
        listed=listed,
        attempts=fields.number("attempts", 3, least=1, most=5),
        otherwise=fields.name("otherwise", PERSON),
    )


def _confirm(fields: Fields, common: dict[str, Any]) -> AnyStep:
    return Confirm(
        **common,
        text=fields.texts("confirm"),
        yes=fields.name("yes", ""),
        no=fields.name("no", END),
        attempts=fields.number("attempts", 3, least=1, most=5),
        otherwise=fields.name("otherwise", PERSON),
    )


def _branch(fields: Fields, common: dict[str, Any]) -> AnyStep:
    cases = []
    for case in fields.items("branch"):
        cases.append(Case(when=read_condition(case.get("when"), f"{case.place}.when"), next=case.name("next", "")))
        case.done()
    if fields.has("otherwise"):
        common = {**common, "next": fields.name("otherwise")}
    return Branch(**common, cases=tuple(cases))


def _act(fields: Fields, common: dict[str, Any]) -> AnyStep:
    outcomes = fields.inner("outcomes")
    return Act(
        **common,
        action=fields.name("action", ""),
        inputs=fields.templates("with"),
        save=fields.name("save", ""),
        outcomes={name: outcomes.name(name) for name in outcomes.data},
    )


def _answer(fields: Fields, common: dict[str, Any]) -> AnyStep:
    value = fields.get("answer")
    if isinstance(value, str):
        return Answer(**common, article=value)
    inner = fields.inner("answer")
    answer = Answer(**common, search=inner.text("search", ""))
    inner.done()
    return answer


def _rate(fields: Fields, common: dict[str, Any]) -> AnyStep:
    return Rate(**common, slot=fields.name("rate", ""), text=fields.texts("text"))


def _handoff(fields: Fields, common: dict[str, Any]) -> AnyStep:
    return Handoff(**common, text=texts_of(fields.get("handoff") or None, f"{fields.place}.handoff"))


def _goto(fields: Fields, common: dict[str, Any]) -> AnyStep:
    return Goto(
        **common, flow=fields.name("goto", ""), slots=fields.templates("with"), comes_back=fields.flag("return")
    )


def _end(fields: Fields, common: dict[str, Any]) -> AnyStep:
    outcome = fields.one_of("outcome", ("completed", "refused", "failed"), "completed")
    return End(
        **common,
        text=texts_of(fields.get("end") or None, f"{fields.place}.end"),
        outcome=outcome,  # type: ignore[arg-type] # checked in the line above
    )


READERS: Final[dict[str, Callable[[Fields, dict[str, Any]], AnyStep]]] = {
    "say": _say,
    "ask": _ask,
    "choose": _choose,
    "confirm": _confirm,
    "branch": _branch,
    "action": _act,
    "answer": _answer,
    "rate": _rate,
    "handoff": _handoff,
    "goto": _goto,
    "end": _end,
}
