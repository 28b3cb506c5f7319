"""What the page shows on which staff try a flow out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chat.actions.flow_trials import definition_of, pending_of, turns_of
from chat.business.action_reader import action_of
from chat.business.definitions import ActionDefinition
from chat.dialogue.conditions import tests_of
from chat.dialogue.flow_checks import texts_of_step
from chat.dialogue.flows import Act, Answer, Branch, Flow, Goto
from chat.dialogue.state import DialogueState
from chat.dialogue.templates import fields_of
from chat.models import BusinessAction, FlowTrial
from chat.trial_turns import TrialCall, TrialTurn
from console.flow_map import FlowMap, map_of
from console.flow_words import slot_title


@dataclass(frozen=True, slots=True)
class KnownSlot:
    """A slot of the flow in the talk; `new`: the last message filled it; `asked`: it is waited for."""

    name: str
    title: str
    value: str
    new: bool
    asked: bool


@dataclass(frozen=True, slots=True)
class TrialPage:
    """A talk as it is shown. `waits` is the call that a person has to decide about, `action` what it calls."""

    trial: FlowTrial
    definition: Flow
    turns: tuple[TrialTurn, ...]
    pending: TrialTurn | None
    waits: TrialCall | None
    action: ActionDefinition | None
    slots: tuple[KnownSlot, ...]
    map: FlowMap
    draft_changed: bool
    is_over: bool

    @property
    def last(self) -> TrialTurn | None:
        """The newest turn."""
        return self.turns[-1] if self.turns else None

    @property
    def shown(self) -> tuple[TrialTurn, ...]:
        """All turns, with the one that waits."""
        return (*self.turns, self.pending) if self.pending is not None else self.turns


def trial_page(trial: FlowTrial, locale: str) -> TrialPage:
    """Everything about the talk; titles in the language of whoever reads."""
    definition = definition_of(trial)
    turns = tuple(turns_of(trial))
    pending = pending_of(trial)
    waits = pending.withheld if pending is not None else None
    shown = (*turns, pending) if pending is not None else turns
    return TrialPage(
        trial=trial,
        definition=definition,
        turns=turns,
        pending=pending,
        waits=waits,
        action=held_back(trial),
        slots=_slots(definition, shown, locale),
        map=map_of(
            definition, locale=locale, path=path_of(definition, shown), current=_current(trial, definition)
        ),
        draft_changed=trial.version_id is None and trial.flow.revision != trial.revision,
        is_over=bool(shown) and (shown[-1].handed_off or bool(shown[-1].ended and not shown[-1].flow)),
    )


def path_of(definition: Flow, turns: Sequence[TrialTurn]) -> list[str]:
    """The steps of the flow that the talk went through, in order."""
    return [step for turn in turns for flow, step in turn.steps if flow == definition.name]


def _current(trial: FlowTrial, definition: Flow) -> str:
    pending = pending_of(trial)
    if pending is not None:
        return next((step for flow, step in reversed(pending.steps) if flow == definition.name), "")
    frame = DialogueState.from_json(trial.state).frame
    return frame.step if frame is not None and frame.flow == definition.name else ""


def held_back(trial: FlowTrial) -> ActionDefinition | None:
    """What the call would have called that a person has to decide about."""
    pending = pending_of(trial)
    call = pending.withheld if pending is not None else None
    if call is None:
        return None
    row = BusinessAction.objects.filter(workspace_id=trial.workspace_id, name=call.action).first()
    return action_of(row.definition) if row is not None else None


def _slots(definition: Flow, turns: Sequence[TrialTurn], locale: str) -> tuple[KnownSlot, ...]:
    last = turns[-1] if turns else TrialTurn("", "")
    values = last.slots if last.flow in (definition.name, "") else {}
    return tuple(
        KnownSlot(
            name=name,
            title=slot_title(definition, name, locale),
            value=values.get(name, ""),
            new=name in last.filled,
            asked=last.asks == name and last.flow == definition.name,
        )
        for name in definition.slots
    )


def attributes_of(definition: Flow) -> list[str]:
    """The attributes of a customer's profile that the flow looks at."""
    found = [slot.profile for slot in definition.slots.values() if slot.profile]
    for step in definition.steps:
        templates = [text for texts in texts_of_step(step) for variants in texts.values() for text in variants]
        match step:
            case Act():
                templates += step.inputs.values()
            case Goto():
                templates += step.slots.values()
            case Answer():
                templates.append(step.search)
            case Branch():
                for case in step.cases:
                    found += [one.name for one in tests_of(case.when) if one.source == "profile"]
        for template in templates:
            try:
                fields = fields_of(template)
            except ValueError:
                continue
            found += [path.partition(".")[2] for path in fields if path.startswith("profile.")]
    return list(dict.fromkeys(found))
