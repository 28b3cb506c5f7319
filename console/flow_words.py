"""Flows in words for staff: kinds of steps, what a step does, where it leads, what is wrong with a draft."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.dialogue.flow_checks import Problem, texts_of_step
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
    variant,
)

KIND_TITLES: Final[Mapping[str, str | Promise]] = {
    "say": gettext_lazy("Say"),
    "ask": gettext_lazy("Ask"),
    "choose": gettext_lazy("Let choose"),
    "confirm": gettext_lazy("Confirm"),
    "branch": gettext_lazy("Branch"),
    "action": gettext_lazy("Call an action"),
    "answer": gettext_lazy("Answer from an article"),
    "rate": gettext_lazy("Ask for a rating"),
    "handoff": gettext_lazy("Hand over"),
    "goto": gettext_lazy("Go to a flow"),
    "end": gettext_lazy("End"),
}
KIND_HINTS: Final[Mapping[str, str | Promise]] = {
    "say": gettext_lazy("Tells something and goes on."),
    "ask": gettext_lazy("Asks for one thing, such as an order number. Passed over when it is known already."),
    "choose": gettext_lazy("Offers options to tap: written ones, or a list that an action found."),
    "confirm": gettext_lazy("Asks whether all is right before something is done."),
    "branch": gettext_lazy("Goes one way or another by what is known. Customers notice nothing."),
    "action": gettext_lazy("Asks one of your systems, or has it do something."),
    "answer": gettext_lazy("Answers from a published article."),
    "rate": gettext_lazy("Asks for 1 to 5, once."),
    "handoff": gettext_lazy("A person takes over."),
    "goto": gettext_lazy("Goes on with another flow, and may come back."),
    "end": gettext_lazy("The flow is over."),
}
KIND_ICONS: Final[Mapping[str, str]] = {
    "say": "chat-bubble-left",
    "ask": "question-mark-circle",
    "choose": "list-bullet",
    "confirm": "hand-thumb-up",
    "branch": "arrows-right-left",
    "action": "bolt",
    "answer": "book-open",
    "rate": "star",
    "handoff": "user",
    "goto": "arrow-top-right-on-square",
    "end": "stop",
}
"""Kind -> name of a micro heroicon."""
_KINDS: Final[Mapping[type, str]] = {
    Say: "say",
    Ask: "ask",
    Choose: "choose",
    Confirm: "confirm",
    Branch: "branch",
    Act: "action",
    Answer: "answer",
    Rate: "rate",
    Handoff: "handoff",
    Goto: "goto",
    End: "end",
}


@dataclass(frozen=True, slots=True)
class Way:
    """A way out of a step: under which condition (empty: always) and to which step, `end` or `person`."""

    label: str
    target: str


def kind_of(step: AnyStep) -> str:
    """The kind as the document names it."""
    return _KINDS[type(step)]


def summary_of(step: AnyStep, definition: Flow, locale: str) -> str:
    """What a step is about in a line: what it says first, or what it calls; empty where nothing is there yet."""
    match step:
        case Act():
            return step.action
        case Goto():
            return step.flow
        case Answer():
            return step.article or step.search
        case Branch():
            return condition_text(step.cases[0].when) if step.cases else ""
    said = next((text for text in (variant(texts, locale, 0) for texts in _said(step)) if text), "")
    if said:
        return said
    slot = getattr(step, "slot", "")
    return slot_title(definition, slot, locale) if slot else ""


def _said(step: AnyStep) -> list[Texts]:
    return texts_of_step(step)[:1]


def slot_title(definition: Flow, name: str, locale: str) -> str:
    """The slot's title in the language, or its name."""
    slot = definition.slots.get(name)
    return (slot.title.get(locale) or next(iter(slot.title.values()), name)) if slot is not None else name


def ways_of(step: AnyStep, definition: Flow, locale: str = "") -> list[Way]:
    """The ways out of a step, in the order in which they are looked at."""
    return list(_ways(step, definition.after(step), locale))


def _ways(step: AnyStep, after: str, locale: str) -> Iterator[Way]:
    match step:
        case Ask():
            yield Way("", after)
            yield Way(_("no fitting answer"), step.otherwise)
        case Choose():
            if step.listed is not None:
                yield Way("", after)
                if step.listed.empty:
                    yield Way(_("nothing to choose"), step.listed.empty)
            elif not any(option.next for option in step.options):
                yield Way("", after)
            else:
                for option in step.options:
                    yield Way(variant(option.label, locale, 0) or option.value, option.next or after)
            yield Way(_("no fitting answer"), step.otherwise)
        case Confirm():
            yield Way(_("yes"), step.yes or after)
            yield Way(_("no"), step.no)
            yield Way(_("no fitting answer"), step.otherwise)
        case Branch():
            for case in step.cases:
                yield Way(condition_text(case.when), case.next)
            yield Way(_("otherwise") if step.cases else "", after)
        case Act():
            yield Way("", step.outcomes.get("ok") or after)
            for outcome, target in step.outcomes.items():
                if outcome != "ok":
                    yield Way(outcome, target)
        case Handoff():
            yield Way("", PERSON)
        case End():
            yield Way("", END)
        case Goto() if not step.comes_back:
            yield Way("", END)
        case Goto():
            yield Way(_("comes back"), after)
        case _:
            yield Way("", after)


def test_words() -> Mapping[str, str]:
    """Tests of a condition, and those that are the opposite of one."""
    return {
        "is": _("is"),
        "is_not": _("is not"),
        "in": _("is one of"),
        "not_in": _("is none of"),
        "above": _("is above"),
        "not_above": _("is not above"),
        "below": _("is below"),
        "not_below": _("is not below"),
        "filled": _("is known"),
        "not_filled": _("is not known"),
    }


def condition_text(condition: Condition) -> str:
    """A condition as a person would say it."""
    if isinstance(condition, Combination):
        if condition.kind == "not":
            return _("not (%(condition)s)") % {"condition": condition_text(condition.parts[0])}
        inner = [
            f"({condition_text(part)})" if isinstance(part, Combination) else condition_text(part)
            for part in condition.parts
        ]
        return (_(" and ") if condition.kind == "all" else _(" or ")).join(inner)
    words = test_words()
    name = condition.name if condition.source in ("slot", "saved") else f"{condition.source}.{condition.name}"
    if condition.test == "filled":
        return f"{name} {words['filled' if condition.values[0] == 'true' else 'not_filled']}"
    return f"{name} {words[condition.test]} {', '.join(condition.values)}"


def target_text(target: str, definition: Flow) -> str:
    """Where a way leads: the step's number and name, the end, a person, or a step that is not there."""
    if target == END:
        return _("the end")
    if target == PERSON:
        return _("a person")
    if not target:
        return _("nowhere yet")
    place = definition.places.get(target)
    if place is None:
        return _("%(step)s, which is not there") % {"step": target}
    return f"{place + 1} {target}"


def problem_text(problem: Problem) -> str:
    """What is wrong and what to do about it, in a sentence."""
    words = _PROBLEMS if problem.kind != "missing" else _MISSING
    key = problem.kind if problem.kind != "missing" else problem.detail
    if problem.kind == "untranslated" and not problem.step:
        key = "slot_untranslated" if problem.slot else "flow_untranslated"
    languages = {code: str(name) for code, name in settings.LANGUAGES} if problem.kind == "untranslated" else {}
    return str(words[key]) % {"name": languages.get(problem.detail, problem.detail), "slot": problem.slot}


_PROBLEMS: Final[Mapping[str, str | Promise]] = {
    "unknown_step": gettext_lazy("It leads to “%(name)s”, and there is no such step."),
    "unreachable": gettext_lazy("No step leads here."),
    "no_exit": gettext_lazy("From here the flow never comes to an end."),
    "circle": gettext_lazy("From here the flow runs in a circle in which nobody is asked anything."),
    "untranslated": gettext_lazy("A text is missing in this language: %(name)s."),
    "flow_untranslated": gettext_lazy("The flow has no title in this language: %(name)s."),
    "slot_untranslated": gettext_lazy("The slot “%(slot)s” lacks a text in this language: %(name)s."),
    "unknown_slot": gettext_lazy("There is no slot “%(name)s” in this flow."),
    "unknown_saved": gettext_lazy("No step saves anything under the name “%(name)s”."),
    "unknown_action": gettext_lazy("There is no action “%(name)s”."),
    "missing_input": gettext_lazy("The action needs “%(name)s”, and nothing is given for it."),
    "unknown_outcome": gettext_lazy("The action has no outcome “%(name)s”."),
    "unknown_flow": gettext_lazy("There is no flow “%(name)s”."),
    "unknown_article": gettext_lazy("There is no article “%(name)s” that is published in every language."),
    "unknown_intent": gettext_lazy("There is no intent “%(name)s” that could start it."),
    "unknown_type": gettext_lazy("The slot “%(slot)s” is of a type that does not exist: %(name)s."),
    "stray_brace": gettext_lazy("A text has a brace that belongs to no placeholder. Write {{ or }} for a brace."),
    "bad_bound": gettext_lazy("A bound of the slot “%(slot)s” is no number and no day: %(name)s."),
    "not_asked": gettext_lazy("The slot “%(slot)s” is set by choosing, and no step lets customers choose it."),
}
_MISSING: Final[Mapping[str, str | Promise]] = {
    "steps": gettext_lazy("The flow has no steps yet."),
    "text": gettext_lazy("It says nothing yet: write a text."),
    "slot": gettext_lazy("It is not said which slot the answer goes into."),
    "options": gettext_lazy("There is nothing to choose yet: add options."),
    "list": gettext_lazy("It is not said from which list the options come."),
    "value": gettext_lazy("It is not said what is kept of the chosen item."),
    "label": gettext_lazy("An option has no text to show."),
    "conditions": gettext_lazy("It has no condition yet."),
    "target": gettext_lazy("A condition leads nowhere yet."),
    "action": gettext_lazy("No action is chosen yet."),
    "flow": gettext_lazy("No flow is chosen yet."),
    "article": gettext_lazy("No article is chosen yet."),
}
