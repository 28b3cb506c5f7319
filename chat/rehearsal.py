"""Having a recorded conversation again: the workspace's model and flows, against a backend of one's choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from chat.answering import Caller, TurnInput, answer
from chat.dialogue.calls import ActionCall, ActionResult
from chat.dialogue.decision import Decision
from chat.dialogue.scripts import Mismatch, Script, mismatches
from chat.dialogue.state import DialogueState
from chat.dialogue.trials import DRAFT, Trial
from chat.errors import InvalidInput
from chat.models import Flow
from chat.recorded_calls import RecordedCaller
from chat.turn_texts import masked_values
from nlu.actions.masking import mask_for_workspace
from nlu.inference import PipelineCache
from nlu.models import Workspace

BETWEEN_TURNS = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How a recorded conversation went; it passed if there is no mismatch.

    `opening` is what came before the first message, where the flow began by itself; `results` are the calls of
    each decision, the opening first, with what they brought.
    """

    script: Script
    decisions: tuple[Decision, ...]
    mismatches: tuple[Mismatch, ...]
    opening: Decision | None = None
    results: tuple[tuple[tuple[ActionCall, ActionResult], ...], ...] = ()

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return not self.mismatches


@dataclass(frozen=True, slots=True)
class Instead:
    """A flow's definition that takes the place of what is published, and its version's number (0: the draft)."""

    definition: Mapping[str, Any]
    version: int = DRAFT


def rehearse(
    script: Script,
    *,
    workspace: Workspace,
    locale: str,
    models: PipelineCache,
    caller: Caller,
    instead: Instead | None = None,
) -> Rehearsal:
    """Have the conversation: masked, parsed, decided and called as in a live one, but nothing is stored.

    InvalidInput if the flow that it starts with is not there.
    """
    talk = _Talk(script, workspace, locale, models, RecordedCaller(script.results, caller), instead)
    opening = talk.open()
    decisions = tuple(talk.decide(turn.user) for turn in script.turns)
    return Rehearsal(
        script, decisions, tuple(mismatches(script, decisions, opening)), opening, tuple(talk.results)
    )


class _Talk:
    """The conversation while it is had: its state, its clock, and what its calls brought."""

    def __init__(
        self,
        script: Script,
        workspace: Workspace,
        locale: str,
        models: PipelineCache,
        caller: Caller,
        instead: Instead | None,
    ) -> None:
        self.script = script
        self.workspace = workspace
        self.locale = locale
        self.models = models
        self.caller = caller
        self.instead = instead
        self.state = DialogueState()
        self.results: list[tuple[tuple[ActionCall, ActionResult], ...]] = []
        self.said: list[tuple[int, str]] = []
        now = script.clock or timezone.localtime()
        self.now = timezone.make_aware(now) if timezone.is_naive(now) else now

    def open(self) -> Decision | None:
        """Begin where the script starts; None if that is with its first message."""
        script, instead = self.script, self.instead
        if script.start is None:
            return None
        if instead is None or instead.definition.get("name") != script.started:
            instead = _published(self.workspace, script.started)
        return self.decide("", Trial(instead.definition, instead.version, start=script.start))

    def decide(self, user: str, trial: Trial | None = None) -> Decision:
        """What the assistant does about the next message."""
        if trial is None and self.instead is not None:
            trial = Trial(self.instead.definition, self.instead.version)
        text = mask_for_workspace(self.workspace.pk, user)
        number = len(self.results) + 1
        self.said.insert(0, (number, text))
        given = TurnInput(
            turn_id=number,
            workspace_id=self.workspace.pk,
            locale=self.locale,
            text=text,
            question=text,
            state=DialogueState.from_json(self.state.to_json()),
            conversation=f"rehearsal of {self.script.name}",
            references=masked_values(self.said),
            profile=self.script.profile,
            now=self.now,
            trial=trial,
        )
        found = answer([given], models=self.models, caller=self.caller)[0]
        self.results.append(found.calls)
        self.state = found.decision.state
        self.now += BETWEEN_TURNS
        return found.decision


def _published(workspace: Workspace, name: str) -> Instead:
    row = Flow.objects.filter(workspace=workspace, name=name, published__isnull=False).select_related("published")
    flow = row.first()
    if flow is None or flow.published is None:
        raise InvalidInput(f"There is no published flow {name!r}")
    return Instead(flow.published.definition, flow.published.number)
