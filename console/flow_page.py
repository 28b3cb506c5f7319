"""What the page of a flow shows: the draft as it is read, its outline, its slots, what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from chat.actions.flows import locales_of
from chat.business.definitions import ActionDefinition, ListOutput
from chat.business.installed import actions_of
from chat.dialogue.flow_checks import BUILT_IN, FREE_TYPES, Problem, Surroundings, problems_of
from chat.dialogue.flow_reader import flow_of
from chat.dialogue.flows import END, PERSON, Act, AnyStep, Choose
from chat.dialogue.flows import Flow as Definition
from chat.errors import InvalidInput
from chat.flow_book import surroundings_of
from chat.models import Flow
from chat.models.profiles import Basis, ProfileAttribute
from console.flow_words import (
    KIND_ICONS,
    KIND_TITLES,
    Way,
    kind_of,
    problem_text,
    summary_of,
    target_text,
    ways_of,
)
from nlu.models import Article

FLOW: Final = "flow"
"""The part of the page where the flow's own settings are."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A problem in words, and the query of the page that opens the form where it is mended."""

    problem: Problem
    text: str
    query: str


@dataclass(frozen=True, slots=True)
class OutlineWay:
    """A way out in words."""

    label: str
    target: str
    is_missing: bool


@dataclass(frozen=True, slots=True)
class OutlineRow:
    """A step as the outline shows it. `is_side` is one that the steps above do not simply run into."""

    number: int
    step: AnyStep
    kind: str
    title: str
    icon: str
    summary: str
    ways: tuple[OutlineWay, ...]
    is_side: bool
    troubles: tuple[Trouble, ...]


@dataclass(frozen=True, slots=True)
class SlotRow:
    """A slot as the outline shows it."""

    name: str
    title: str
    type_title: str
    troubles: tuple[Trouble, ...]


@dataclass(frozen=True, slots=True)
class Placeholder:
    """What a text may name: the path between the braces, and what it is."""

    path: str
    title: str


@dataclass(frozen=True, slots=True)
class FlowPage:
    """A flow with everything that its forms need to know."""

    flow: Flow
    definition: Definition
    around: Surroundings
    actions: Mapping[str, ActionDefinition]
    problems: tuple[Problem, ...]
    locale: str

    @property
    def title(self) -> str:
        """The flow's title in the reader's language, or its name."""
        return self.definition.title_in(self.locale)

    @property
    def document(self) -> dict[str, Any]:
        """The draft as it is written."""
        document: dict[str, Any] = self.flow.draft
        return document

    @property
    def locales(self) -> Sequence[str]:
        """The languages that its texts are written in."""
        return tuple(self.around.locales)

    @property
    def is_changed(self) -> bool:
        """Whether customers get something else than the draft."""
        return self.flow.published is None or self.flow.published.definition != self.flow.draft

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """All problems."""
        return tuple(trouble_of(problem) for problem in self.problems)

    @property
    def troubled(self) -> frozenset[str]:
        """The ids of the steps with problems."""
        return frozenset(problem.step for problem in self.problems if problem.step)

    @property
    def flow_troubles(self) -> tuple[Trouble, ...]:
        """The problems of the flow's own settings."""
        return tuple(one for one in self.troubles if not one.problem.step and not one.problem.slot)

    @property
    def rows(self) -> tuple[OutlineRow, ...]:
        """The outline."""
        by_step: dict[str, list[Trouble]] = {}
        for trouble in self.troubles:
            by_step.setdefault(trouble.problem.step, []).append(trouble)
        return tuple(self._rows(by_step))

    def _rows(self, by_step: Mapping[str, list[Trouble]]) -> Iterator[OutlineRow]:
        is_side = False
        falls_through = True
        for place, step in enumerate(self.definition.steps):
            is_side = place > 0 and (is_side or not falls_through)
            falls_through = self.definition.following(step) in {
                way.target for way in ways_of(step, self.definition)
            }
            kind = kind_of(step)
            yield OutlineRow(
                number=place + 1,
                step=step,
                kind=kind,
                title=str(KIND_TITLES[kind]),
                icon=KIND_ICONS[kind],
                summary=summary_of(step, self.definition, self.locale),
                ways=tuple(self._way(way) for way in self._told_ways(step)),
                is_side=is_side,
                troubles=tuple(by_step.get(step.id, ())),
            )

    def _told_ways(self, step: AnyStep) -> list[Way]:
        """Without the ways that need no words: on to the next step, and to a person after vain attempts."""
        ways = ways_of(step, self.definition, self.locale)
        if kind_of(step) in ("end", "handoff"):
            return []
        following = self.definition.following(step)
        told = [way for way in ways if way.target != following or way.label]
        return [way for way in told if way.target != PERSON or way.label != _("no fitting answer")]

    def _way(self, way: Way) -> OutlineWay:
        is_missing = way.target not in (END, PERSON) and way.target not in self.definition.places
        return OutlineWay(way.label, target_text(way.target, self.definition), is_missing)

    @property
    def slot_rows(self) -> tuple[SlotRow, ...]:
        """The slots."""
        types = dict(self.slot_types)
        return tuple(
            SlotRow(
                name=slot.name,
                title=slot.title.get(self.locale) or next(iter(slot.title.values()), slot.name),
                type_title=types.get(slot.type, slot.type),
                troubles=tuple(one for one in self.troubles if one.problem.slot == slot.name),
            )
            for slot in self.definition.slots.values()
        )

    @property
    def slot_types(self) -> list[tuple[str, str]]:
        """Every type that a slot may have, with its title; the workspace's own after the built-in ones."""
        own = sorted(set(self.around.entity_types) - BUILT_IN - FREE_TYPES)
        words = type_words()
        return [*words.items(), *((name, name) for name in own if name not in words)]

    @property
    def placeholders(self) -> tuple[Placeholder, ...]:
        """What texts may name: slots, results of actions, attributes of the customer."""
        found = [Placeholder(row.name, row.title) for row in self.slot_rows]
        found += [Placeholder(path, action) for path, action in self.saved_paths.items()]
        found += [Placeholder(f"profile.{name}", title) for name, title in self.attributes]
        return tuple(dict.fromkeys(found))

    @property
    def saved_paths(self) -> dict[str, str]:
        """What steps save of the results of actions, each with its action."""
        return {
            f"{step.save}.{path}": step.action
            for step in self.definition.steps
            if isinstance(step, Act) and step.save and step.action in self.actions
            for path in _paths(self.actions[step.action])
        }

    def items_of(self, step: AnyStep) -> tuple[Placeholder, ...]:
        """What labels of a list's items may name."""
        if not isinstance(step, Choose) or step.listed is None:
            return ()
        for act in self.definition.steps:
            if isinstance(act, Act) and act.save == step.listed.saved and act.action in self.actions:
                output = self.actions[act.action].outputs.get(step.listed.output)
                if isinstance(output, ListOutput):
                    return tuple(Placeholder(f"item.{name}", step.listed.output) for name in output.fields)
        return ()

    @property
    def attributes(self) -> list[tuple[str, str]]:
        """Name and title of what sites may say about their customers, as far as it may be used."""
        rows = ProfileAttribute.objects.filter(workspace=self.flow.workspace).exclude(basis=Basis.NONE)
        return [(row.name, row.title_in(self.locale)) for row in rows.order_by("name")]

    @property
    def lists(self) -> list[str]:
        """The lists that actions of the flow save, as `name.list`."""
        return [
            f"{step.save}.{name}"
            for step in self.definition.steps
            if isinstance(step, Act) and step.save and step.action in self.actions
            for name, output in self.actions[step.action].outputs.items()
            if isinstance(output, ListOutput)
        ]

    @property
    def articles(self) -> list[tuple[str, str]]:
        """Slug and title of the articles that are published in every language of the flow."""
        rows = Article.objects.filter(workspace=self.flow.workspace, slug__in=self.around.articles)
        titles = dict(rows.order_by("locale").values_list("slug", "title"))
        titles |= dict(rows.filter(locale=self.locale).values_list("slug", "title"))
        return sorted(titles.items(), key=lambda pair: pair[1])


def flow_page(flow: Flow) -> FlowPage:
    """The page of a flow; InvalidInput where the draft cannot be read."""
    locales = locales_of(flow)
    return page_of(flow, flow_of(flow.draft), surroundings_of(flow.workspace, locales))


def page_of(flow: Flow, definition: Definition, around: Surroundings) -> FlowPage:
    """The page of a draft that is read already."""
    locale = get_language() or settings.LANGUAGE_CODE
    actions = actions_of(flow.workspace_id)
    return FlowPage(flow, definition, around, actions, tuple(problems_of(definition, around)), locale)


def problems_in(flow: Flow, around: Surroundings) -> tuple[Problem, ...] | None:
    """The problems of a draft; None where it cannot be read at all."""
    try:
        return tuple(problems_of(flow_of(flow.draft), around))
    except InvalidInput:
        return None


def trouble_of(problem: Problem) -> Trouble:
    """The problem in words, with the query of the page where it is mended."""
    if problem.step:
        query = f"step={problem.step}"
    elif problem.slot:
        query = f"slot={problem.slot}"
    else:
        query = "" if problem.detail == "steps" else f"part={FLOW}"
    return Trouble(problem, problem_text(problem), query)


def _paths(action: ActionDefinition) -> Iterator[str]:
    for name, output in action.outputs.items():
        if isinstance(output, ListOutput):
            yield f"{name}.count"
            yield from (f"{name}.0.{field}" for field in output.fields)
        else:
            yield name


def type_words() -> dict[str, str]:
    """The types of slots that are always there."""
    return {
        "text": _("text, whatever is said"),
        "choice": _("choice, set by a step that lets choose"),
        "yes_no": _("yes or no"),
        "date": _("date"),
        "time": _("time of day"),
        "datetime": _("date with time"),
        "interval": _("span of time"),
        "duration": _("duration"),
        "number": _("number"),
        "percentage": _("percentage"),
        "ordinal": _("place in an order (first, second)"),
        "money": _("amount of money"),
        "quantity": _("quantity with a unit"),
        "phone": _("phone number"),
        "email": _("e-mail address"),
        "order_no": _("order number"),
        "mobile": _("mobile number (masked)"),
        "bank_card": _("bank card number (masked)"),
        "resident_id": _("identity number (masked)"),
    }
