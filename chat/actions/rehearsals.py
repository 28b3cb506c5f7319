"""Having recorded conversations again, as work in the background whose progress and results are rows."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.dialogue.decision import Decision
from chat.dialogue.flow_checks import keeps_from_running, problems_of
from chat.dialogue.flow_reader import flow_of
from chat.dialogue.scripts import script_of
from chat.dialogue.trials import result_to_json
from chat.errors import FlowNotReady, InvalidInput, InvalidTransition, RehearsalRefused
from chat.flow_book import surroundings_of
from chat.models import Flow, RecordedConversation, RehearsalResult, RehearsalRun
from chat.models.flow_trials import RehearsalStatus
from chat.recorded_calls import DemoCaller
from chat.rehearsal import Instead, Rehearsal, rehearse
from chat.trial_turns import turn_of
from nlu.actions.audit import Actor, record
from nlu.actions.jobs import WITHOUT_A_WORD, enqueue
from nlu.inference import PipelineCache, active_version, use_threads
from nlu.models import Workspace
from nlu.run_errors import RunError

logger = logging.getLogger(__name__)
TASK: Final = "chat.rehearse"
PIECE_SECONDS: Final = 60.0
"""How long a worker has conversations before other jobs get their turn."""
KEPT_RUNS: Final = 20


def open_rehearsal(workspace: Workspace) -> RehearsalRun | None:
    """The run that waits or goes on, or None."""
    return RehearsalRun.objects.filter(workspace=workspace).in_work().first()


def request_rehearsal(
    *,
    workspace: Workspace,
    conversations: Sequence[RecordedConversation],
    draft_of: Flow | None = None,
    actor: Actor,
) -> RehearsalRun:
    """Have these conversations again: with the draft of a flow in the place of what is published, or as customers
    would.

    RehearsalRefused while others of the workspace are being had, without any, or without an active model;
    FlowNotReady if the draft cannot run.
    """
    if not conversations:
        raise RehearsalRefused(_("There are no recorded conversations to run."))
    if active_version(workspace.pk) is None:
        raise RehearsalRefused(_("There is no active model yet. Train one first."))
    if draft_of is not None:
        around = surroundings_of(workspace, ())
        stopping = keeps_from_running(problems_of(flow_of(draft_of.draft), around))
        if stopping:
            raise FlowNotReady(stopping)
    try:
        with transaction.atomic():
            run = RehearsalRun.objects.create(
                workspace=workspace,
                flow=draft_of,
                definition=draft_of.draft if draft_of is not None else {},
                revision=draft_of.revision if draft_of is not None else 0,
                waiting=[one.pk for one in conversations],
                total=len(conversations),
                requested_by_id=actor.pk if actor is not None else None,
            )
            enqueue(task=TASK, arguments={"run": run.pk}, unique_key=f"rehearsal:{run.pk}")
            summary = f"{draft_of.name if draft_of is not None else ''} {len(conversations)}".strip()
            record(actor=actor, action="rehearsal.requested", target=run, workspace=workspace, summary=summary)
    except IntegrityError:
        raise RehearsalRefused(_("Recorded conversations of this workspace are being run already.")) from None
    ended = RehearsalRun.objects.filter(workspace=workspace).exclude(pk=run.pk).values_list("pk", flat=True)
    RehearsalRun.objects.filter(pk__in=list(ended[KEPT_RUNS:])).delete()
    return run


@transaction.atomic
def cancel_rehearsal(*, run: RehearsalRun, actor: Actor) -> RehearsalRun:
    """End a run; results until then stay. InvalidTransition if it has ended."""
    row = RehearsalRun.objects.select_for_update().get(pk=run.pk)
    if not row.is_open:
        raise InvalidTransition("This run has already ended")
    record(actor=actor, action="rehearsal.cancelled", target=row, workspace=row.workspace)
    return _end(row, RehearsalStatus.CANCELLED)


def _end(row: RehearsalRun, status: str, error: str = "") -> RehearsalRun:
    row.transition(status)
    row.error = error
    row.waiting = []
    row.finished_at = timezone.now()
    row.save(update_fields=["status", "error", "waiting", "finished_at"])
    return row


def run_rehearsal(run_id: int, *, seconds: float = PIECE_SECONDS) -> bool:
    """Have conversations for some time. Whether nothing is left to do: all were had, or the run has ended."""
    run = _start(run_id)
    if run is None:
        return True
    use_threads(1)
    models = PipelineCache()
    instead = Instead(run.definition) if run.flow_id is not None else None
    until = time.monotonic() + seconds
    with DemoCaller() as caller:
        for conversation_id in list(run.waiting):
            recorded = RecordedConversation.objects.filter(workspace=run.workspace, pk=conversation_id).first()
            result = _had(run, recorded, models, caller, instead) if recorded is not None else None
            if not _note(run, conversation_id, result):
                return True
            if time.monotonic() >= until:
                return False
    return _finish(run)


@transaction.atomic
def _start(run_id: int) -> RehearsalRun | None:
    run = (
        RehearsalRun.objects.select_for_update(of=("self",)).select_related("workspace").filter(pk=run_id).first()
    )
    if run is None or not run.is_open:
        return None
    if run.status == RehearsalStatus.QUEUED:
        run.transition(RehearsalStatus.RUNNING)
        run.started_at = timezone.now()
    run.pieces += 1
    run.save(update_fields=["status", "started_at", "pieces"])
    return run


def _had(
    run: RehearsalRun,
    recorded: RecordedConversation,
    models: PipelineCache,
    caller: DemoCaller,
    instead: Instead | None,
) -> RehearsalResult:
    result = RehearsalResult(
        run=run,
        conversation=recorded,
        name=recorded.name,
        locale=recorded.locale,
        passed=False,
        script=recorded.script,
    )
    try:
        script = script_of(recorded.script, recorded.name)
        caller.begin(script.clock)
        rehearsal = rehearse(
            script,
            workspace=run.workspace,
            locale=recorded.locale,
            models=models,
            caller=caller,
            instead=instead,
        )
    except InvalidInput as error:
        result.error = str(error)[:300]
        return result
    except (RuntimeError, LookupError, ValueError, TypeError, AttributeError, ArithmeticError) as error:
        # What one conversation trips over must not keep the others from being had.
        logger.exception("a recorded conversation of the workspace %s could not be had", run.workspace_id)
        result.error = type(error).__name__
        return result
    result.passed = rehearsal.passed
    result.mismatches = [[one.turn, one.what, one.expected, one.found] for one in rehearsal.mismatches]
    result.talk = _talk(rehearsal)
    return result


def _talk(rehearsal: Rehearsal) -> list[dict[str, Any]]:
    decisions: list[tuple[str, Decision]] = [
        (turn.user, decision) for turn, decision in zip(rehearsal.script.turns, rehearsal.decisions, strict=True)
    ]
    if rehearsal.opening is not None:
        decisions.insert(0, ("", rehearsal.opening))
    return [
        turn_of(
            text=text,
            parse={},
            decision={
                **decision.to_json(),
                "state": decision.state.to_json(),
                "calls": [
                    {"action": call.action, "key": call.key, **result_to_json(result)} for call, result in calls
                ],
            },
        ).to_json()
        for (text, decision), calls in zip(decisions, rehearsal.results, strict=True)
    ]


@transaction.atomic
def _note(run: RehearsalRun, conversation_id: int, result: RehearsalResult | None) -> bool:
    """Write down how a conversation went; False if the run is over, or another worker's by now."""
    row = RehearsalRun.objects.select_for_update().get(pk=run.pk)
    if not row.is_open or row.pieces != run.pieces:
        return False
    row.waiting = [one for one in row.waiting if one != conversation_id]
    if result is not None:
        result.save()
        row.passed = F("passed") + (1 if result.passed else 0)
        row.failed = F("failed") + (0 if result.passed else 1)
    else:
        row.total = F("total") - 1
    row.save(update_fields=["waiting", "passed", "failed", "total"])
    return True


@transaction.atomic
def _finish(run: RehearsalRun) -> bool:
    row = RehearsalRun.objects.select_for_update().get(pk=run.pk)
    if row.is_open and row.pieces == run.pieces:
        _end(row, RehearsalStatus.DONE)
    return True


@transaction.atomic
def abandon_rehearsal(*, run_id: int, error: str) -> None:
    """Fail a run whose job was given up for `error`, the job's last one; nothing if it has ended."""
    row = RehearsalRun.objects.select_for_update().filter(pk=run_id).in_work().first()
    if row is not None:
        reason = RunError("worker_died") if error == WITHOUT_A_WORD else RunError("gave_up", error)
        _end(row, RehearsalStatus.FAILED, reason.to_text())
