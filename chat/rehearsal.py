"""Having a recorded conversation again: the workspace's model and flows, against a backend of one's choice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from chat.answering import Caller, TurnInput, answer
from chat.dialogue.decision import Decision
from chat.dialogue.scripts import Mismatch, Script, mismatches
from chat.dialogue.state import DialogueState
from nlu.actions.masking import mask_for_workspace
from nlu.inference import PipelineCache
from nlu.models import Workspace

BETWEEN_TURNS = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How a recorded conversation went; it passed if there is no mismatch."""

    script: Script
    decisions: tuple[Decision, ...]
    mismatches: tuple[Mismatch, ...]

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return not self.mismatches


def rehearse(
    script: Script, *, workspace: Workspace, locale: str, models: PipelineCache, caller: Caller
) -> Rehearsal:
    """Have the conversation: masked, parsed, decided and called as in a live one, but nothing is stored."""
    decisions = tuple(_decisions(script, workspace, locale, models, caller))
    return Rehearsal(script, decisions, tuple(mismatches(script, decisions)))


def _decisions(
    script: Script, workspace: Workspace, locale: str, models: PipelineCache, caller: Caller
) -> Iterator[Decision]:
    state = DialogueState()
    now = script.clock or timezone.localtime()
    if timezone.is_naive(now):
        now = timezone.make_aware(now)
    for number, turn in enumerate(script.turns, start=1):
        text = mask_for_workspace(workspace.pk, turn.user)
        given = TurnInput(
            turn_id=number,
            workspace_id=workspace.pk,
            locale=locale,
            text=text,
            question=text,
            state=DialogueState.from_json(state.to_json()),
            conversation=f"rehearsal of {script.name}",
            profile=script.profile,
            now=now,
        )
        decision = answer([given], models=models, caller=caller)[0].decision
        yield decision
        state = decision.state
        now += BETWEEN_TURNS
