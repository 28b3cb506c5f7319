"""What must be right before a flow may be published: every problem with its step, so that an editor can show it.

The reader refuses what makes no sense; these are flows that make sense and would fail customers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from chat.dialogue.flow_reader import targets_of
from chat.dialogue.flows import (
    END,
    PERSON,
    Act,
    Answer,
    AnyStep,
    Ask,
    Branch,
    Choose,
    Combination,
    Condition,
    Confirm,
    End,
    Flow,
    Goto,
    Handoff,
    Rate,
    Say,
    Texts,
)
from chat.dialogue.slot_values import TAKES, is_bound
from chat.dialogue.templates import fields_of

ProblemKind = Literal[
    "missing",
    "unknown_step",
    "unreachable",
    "no_exit",
    "circle",
    "untranslated",
    "unknown_slot",
    "unknown_saved",
    "unknown_action",
    "missing_input",
    "unknown_outcome",
    "unknown_flow",
    "unknown_article",
    "unknown_intent",
    "unknown_type",
    "stray_brace",
    "bad_bound",
    "not_asked",
]
FREE_TYPES: Final = frozenset({"text", "choice", "yes_no"})
ANY_FAILURE: Final = "failed"
"""Stands in a step's outcomes for all that are not named there."""
BUILT_IN: Final = frozenset(TAKES) | {"interval", "duration", "phone", "email", "order_no"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend, at a step, at a slot or (with neither) of the flow; `detail` is a name or a language.

    Of `missing` the detail says what: steps, text, slot, options, list, value, label, conditions, target, action,
    flow, article.
    """

    kind: ProblemKind
    step: str = ""
    detail: str = ""
    slot: str = ""

    def __str__(self) -> str:
        place = self.step or self.slot
        return " ".join(part for part in (place and f"{place}:", self.kind, self.detail) if part)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What else there is in the workspace. `articles` are slugs that exist in every language of the flow.

    `actions` are the outcomes of each, `needs` the inputs that it cannot do without.
    """

    locales: Collection[str]
    entity_types: Collection[str] = ()
    actions: Mapping[str, Collection[str]] = field(default_factory=dict)
    needs: Mapping[str, Collection[str]] = field(default_factory=dict)
    flows: Collection[str] = ()
    articles: Collection[str] = ()
    intents: Collection[str] = ()


def problems_of(flow: Flow, around: Surroundings) -> list[Problem]:
    """All problems: the flow's, the slots', then those of the steps in their order."""
    found = [*_of_flow(flow, around)]
    reached = _reached(flow)
    ending = _ending(flow)
    circling = _circling(flow)
    for step in flow.steps:
        if step.id not in reached:
            found.append(Problem("unreachable", step.id))
        elif step.id not in ending:
            found.append(Problem("no_exit", step.id))
        elif step.id in circling:
            found.append(Problem("circle", step.id))
        found += _of_step(flow, step, around)
    return list(dict.fromkeys(found))


def keeps_from_running(problems: Collection[Problem]) -> list[Problem]:
    """Those with which a draft cannot even be tried out: the engine would meet what is not there."""
    return [one for one in problems if one.kind in ("missing", "unknown_step", "unknown_slot")]


def _of_flow(flow: Flow, around: Surroundings) -> Iterator[Problem]:
    if not flow.steps:
        yield Problem("missing", "", "steps")
    for locale in around.locales:
        if locale not in flow.title:
            yield Problem("untranslated", "", locale)
    for intent in flow.triggers:
        if intent not in around.intents:
            yield Problem("unknown_intent", "", intent)
    chosen = {step.slot for step in flow.steps if isinstance(step, Choose)}
    for slot in flow.slots.values():
        if slot.type not in FREE_TYPES | BUILT_IN and slot.type not in around.entity_types:
            yield Problem("unknown_type", "", slot.type, slot=slot.name)
        for bound in (slot.least, slot.most):
            if not is_bound(bound):
                yield Problem("bad_bound", "", bound, slot=slot.name)
        for locale in around.locales:
            if locale not in slot.title or (slot.invalid and locale not in slot.invalid):
                yield Problem("untranslated", "", locale, slot=slot.name)
        if slot.type == "choice" and slot.name not in chosen:
            yield Problem("not_asked", slot=slot.name)


def _of_step(flow: Flow, step: AnyStep, around: Surroundings) -> Iterator[Problem]:
    yield from (Problem("missing", step.id, what) for what in _missing(step))
    for target in targets_of(step):
        if target not in (END, PERSON) and target not in flow.places:
            yield Problem("unknown_step", step.id, target)
    for name in (*step.clear, *([step.slot] if isinstance(step, Ask | Choose | Rate) else [])):
        if name and name not in flow.slots:
            yield Problem("unknown_slot", step.id, name)
    for texts in texts_of_step(step):
        yield from _of_texts(flow, step, texts, around)
    match step:
        case Act():
            yield from _of_call(step, around)
            yield from _of_templates(flow, step, step.inputs.values())
        case Goto():
            if step.flow and step.flow not in around.flows:
                yield Problem("unknown_flow", step.id, step.flow)
            yield from _of_templates(flow, step, step.slots.values())
        case Answer():
            if step.article and step.article not in around.articles:
                yield Problem("unknown_article", step.id, step.article)
            yield from _of_templates(flow, step, [step.search])
        case Branch():
            for case in step.cases:
                yield from _of_condition(flow, step, case.when)
        case Choose() if step.listed is not None:
            if step.listed.saved and step.listed.saved not in flow.saved:
                yield Problem("unknown_saved", step.id, step.listed.saved)
            yield from _of_templates(flow, step, [step.listed.value])


def _of_call(step: Act, around: Surroundings) -> Iterator[Problem]:
    """What the action does not take or bring as the step has it; nothing of one that is not chosen yet."""
    if not step.action:
        return
    if step.action not in around.actions:
        yield Problem("unknown_action", step.id, step.action)
        return
    for name in around.needs.get(step.action, ()):
        if not step.inputs.get(name):
            yield Problem("missing_input", step.id, name)
    for name in step.outcomes:
        if name != ANY_FAILURE and name not in around.actions[step.action]:
            yield Problem("unknown_outcome", step.id, name)


def _missing(step: AnyStep) -> Iterator[str]:
    """What a step of its kind cannot do without and does not have yet."""
    match step:
        case Ask() | Choose() | Rate() if not step.slot:
            yield "slot"
        case Act() if not step.action:
            yield "action"
        case Goto() if not step.flow:
            yield "flow"
        case Answer() if not (step.article or step.search):
            yield "article"
        case Branch():
            if not step.cases:
                yield "conditions"
            if not all(case.next for case in step.cases):
                yield "target"
    if isinstance(step, Say | Ask | Choose | Confirm | Rate) and not step.text:
        yield "text"
    if isinstance(step, Choose):
        if step.listed is None:
            if not step.options:
                yield "options"
            if not all(option.label for option in step.options):
                yield "label"
            return
        if not step.listed.saved:
            yield "list"
        if not step.listed.value:
            yield "value"
        if not step.listed.label:
            yield "label"


def texts_of_step(step: AnyStep) -> list[Texts]:
    """Every text of a step that customers see."""
    match step:
        case Say():
            return [step.text, step.quick_replies]
        case Ask():
            return [step.text, step.again, step.quick_replies]
        case Choose():
            labels = [option.label for option in step.options]
            return [step.text, step.again, *labels, *([step.listed.label] if step.listed else [])]
        case Confirm() | Rate() | Handoff() | End():
            return [step.text]
        case _:
            return []


def _of_texts(flow: Flow, step: AnyStep, texts: Texts, around: Surroundings) -> Iterator[Problem]:
    if not texts:
        return
    for locale in around.locales:
        if not texts.get(locale):
            yield Problem("untranslated", step.id, locale)
    yield from _of_templates(flow, step, [text for variants in texts.values() for text in variants])


def _of_templates(flow: Flow, step: AnyStep, templates: Collection[str]) -> Iterator[Problem]:
    for template in templates:
        try:
            paths = fields_of(template)
        except ValueError:
            yield Problem("stray_brace", step.id)
            continue
        for path in paths:
            head, _dot, rest = path.partition(".")
            if not rest and head not in flow.slots:
                yield Problem("unknown_slot", step.id, head)
            elif rest and head not in ("item", "profile") and head not in flow.saved:
                yield Problem("unknown_saved", step.id, head)


def _of_condition(flow: Flow, step: AnyStep, condition: Condition) -> Iterator[Problem]:
    if isinstance(condition, Combination):
        for part in condition.parts:
            yield from _of_condition(flow, step, part)
    elif condition.source == "slot" and condition.name not in flow.slots:
        yield Problem("unknown_slot", step.id, condition.name)
    elif condition.source == "saved" and condition.name.partition(".")[0] not in flow.saved:
        yield Problem("unknown_saved", step.id, condition.name)


def ways_out(flow: Flow, step: AnyStep) -> set[str]:
    """Where a step may lead; END and PERSON are ends."""
    if isinstance(step, Handoff | End) or (isinstance(step, Goto) and not step.comes_back):
        return {END}
    ways = set(targets_of(step))
    if isinstance(step, Ask | Choose | Confirm):
        ways.add(step.otherwise)
    if isinstance(step, Act):
        ways.add(PERSON)
        ways.add(flow.after(step) if "ok" not in step.outcomes else step.outcomes["ok"])
    elif isinstance(step, Confirm):
        ways |= {step.yes or flow.after(step), step.no}
    elif isinstance(step, Choose) and step.options:
        ways |= {option.next or flow.after(step) for option in step.options}
    else:
        ways.add(flow.after(step))
    return ways


def _reached(flow: Flow) -> set[str]:
    reached: set[str] = set()
    todo = [step.id for step in flow.steps[:1]]
    while todo:
        step = flow.step(todo.pop())
        if step is None or step.id in reached:
            continue
        reached.add(step.id)
        todo += ways_out(flow, step)
    return reached


def _ending(flow: Flow) -> set[str]:
    """Steps from which the flow can end; a step that is not there is a problem of its own, and no circle."""
    ending = {END, PERSON, *(target for step in flow.steps for target in targets_of(step))} - set(flow.places)
    grown = True
    while grown:
        grown = False
        for step in flow.steps:
            if step.id not in ending and ways_out(flow, step) & ending:
                ending.add(step.id)
                grown = True
    return ending


def _circling(flow: Flow) -> set[str]:
    """Steps on a circle on which nobody is asked anything: it would run until the limit of steps.

    A circle that empties a slot is not one of them: the question for that slot is asked then.
    """
    silent = {
        step.id: ways_out(flow, step)
        for step in flow.steps
        if not step.clear and not isinstance(step, Ask | Choose | Confirm | Rate)
    }
    circling: set[str] = set()
    for start in silent:
        seen: set[str] = set()
        todo = list(silent[start])
        while todo:
            place = todo.pop()
            if place == start:
                circling.add(start)
                break
            if place in silent and place not in seen:
                seen.add(place)
                todo += silent[place]
    return circling
