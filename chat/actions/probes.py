"""Questions of the console and the API to the model, asked through the assistant's own queue.

Web processes never load a model: a turn worker answers the probe exactly as it answers a visitor.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from chat.dialogue.state import DialogueState
from chat.dialogue.trials import Trial
from chat.errors import NoTurnWorker
from chat.models import Turn, WorkerHeartbeat
from chat.models.turns import TurnKind, TurnStatus
from chat.models.workers import WorkerRole
from chat.wakeup import hint_turn_worker
from nlu.actions.masking import mask_for_workspace
from nlu.models import Workspace

LOOK_SECONDS: Final = 0.04


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What the assistant made of a text; the fields are JSON as a live turn's row keeps them.

    `decision` also has `thresholds`, `promised_error` (the promise in percent that the bound of confidence comes
    from, null if from training), `locale`, the language that the text was taken for, and `context`, the dialogue
    that it was read in (without what is empty). Where a flow is tried out it has `state`, what the dialogue
    remembers afterwards, and `calls`, what those of business actions brought, by their keys.
    """

    parse: Mapping[str, Any]
    passages: Sequence[Mapping[str, Any]]
    decision: Mapping[str, Any]
    model_version_id: int | None
    milliseconds: float


def ask_probe(
    *,
    workspace: Workspace,
    text: str,
    locale: str,
    state: DialogueState | None = None,
    trial: Trial | None = None,
    timeout: float = 5.0,
) -> ProbeResult:
    """What the assistant would understand, find and decide for `text`, as a turn worker answers it now.

    `state` asks in the middle of a conversation, `trial` tries a flow out in it. The text is masked like a
    visitor's before it is stored, and the row lives no longer than the question. Call it outside any transaction.
    NoTurnWorker when none is alive, or none answers within `timeout` seconds.
    """
    if not WorkerHeartbeat.objects.alive(WorkerRole.TURNS).exists():
        raise NoTurnWorker(_("The assistant is not running at the moment. Try again in a few seconds."))
    turn = create_probe(workspace=workspace, text=text, locale=locale, state=state or DialogueState(), trial=trial)
    give_up_at = time.monotonic() + timeout
    try:
        while time.monotonic() < give_up_at:
            turn.refresh_from_db()
            if turn.status == TurnStatus.DONE:
                return ProbeResult(
                    parse=turn.parse,
                    passages=turn.passages,
                    decision=turn.decision,
                    model_version_id=turn.model_version_id,
                    milliseconds=turn.milliseconds or 0.0,
                )
            if turn.status == TurnStatus.FAILED:
                raise NoTurnWorker(_("The assistant could not answer this text."))
            time.sleep(LOOK_SECONDS)
    finally:
        Turn.objects.filter(pk=turn.pk).delete()
    raise NoTurnWorker(_("The assistant did not answer in time. Try again in a few seconds."))


@transaction.atomic
def create_probe(
    *, workspace: Workspace, text: str, locale: str, state: DialogueState, trial: Trial | None = None
) -> Turn:
    """The question as a pending turn."""
    probe = {"text": mask_for_workspace(workspace.pk, text), "locale": locale, "state": state.to_json()}
    transaction.on_commit(hint_turn_worker)
    return Turn.objects.create(
        workspace=workspace,
        kind=TurnKind.PROBE,
        probe=probe if trial is None else {**probe, "trial": trial.to_json()},
    )
