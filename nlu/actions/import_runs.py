"""Imports that are too large for a request: a row, what is to do in a file beside it, and a job that does it.

A worker stores for a few seconds and then lets other jobs go first. Every transaction that stores writes down in
the row how far it is, provided that the import is still this worker's and nobody has cancelled it: so an import
that has ended stays as it was told, and one whose worker died goes on exactly where that one stopped.
"""

from __future__ import annotations

import logging
import time
from contextlib import closing
from datetime import timedelta
from functools import partial
from typing import Final

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from nlu.actions.audit import Actor, record
from nlu.actions.import_files import LEFT_BEHIND, forget_steps, keep_steps, kept_steps, sweep_steps
from nlu.actions.import_reports import Findings, Outcome, quotable, without_odd
from nlu.actions.import_steps import ImportContent, do_step, record_import
from nlu.actions.jobs import WITHOUT_A_WORD, enqueue
from nlu.actions.masking import mask_for_workspace
from nlu.actions.utterances import considerately
from nlu.errors import ImportRefused, InvalidData, InvalidTransition
from nlu.models import ImportRun, Job, Workspace
from nlu.models.imports import ImportStatus
from nlu.models.intents import UtteranceSource
from nlu.models.jobs import JobStatus
from nlu.run_errors import RunError

logger = logging.getLogger(__name__)
TASK: Final = "nlu.import_utterances"
SWEEP_TASK: Final = "nlu.sweep_imports"
SMALL: Final = 1000
"""Utterances, values, synonyms and patterns that a request stores itself: in about a second."""
PIECE_SECONDS: Final = 3.0
"""How long a worker stores before other jobs get their turn."""
NAME_LENGTH: Final = 200
KEPT_RUNS: Final = 50
"""Imports of a workspace whose reports can be read again."""


def is_small(content: ImportContent) -> bool:
    """Whether a request can store it while somebody waits."""
    return content.size <= SMALL


def open_import(workspace: Workspace) -> ImportRun | None:
    """The import that waits or runs, or None."""
    return ImportRun.objects.filter(workspace=workspace).in_work().first()


def request_import(*, workspace: Workspace, content: ImportContent, name: str, actor: Actor) -> ImportRun:
    """Queue the import of what was read from the file `name`; it tells its problems in the language of now.

    ImportRefused while another one of the workspace goes on; InvalidData if the file cannot be kept. Of those that
    have ended, the rows of the last ones stay. What the row says of the file is masked.
    """
    check_free(workspace)
    # Written first: a file whose row was never written, because the process died, is deleted all the same.
    plan_sweep()
    words = partial(masked_words, workspace.pk)
    findings = content.findings.in_words(words)
    try:
        place = keep_steps(workspace, content.steps())
    except OSError as error:
        logger.warning("the file of an import cannot be kept: %s", type(error).__name__)
        raise InvalidData(
            _("The server cannot keep the file; its disk may be full. Ask whoever runs it.")
        ) from None
    try:
        with transaction.atomic():
            run = ImportRun.objects.create(
                workspace=workspace,
                name=words(name)[:NAME_LENGTH],
                locale=translation.get_language() or "",
                waiting=place,
                total=content.size,
                rejected=findings.rejected,
                report=findings.to_json(),
                requested_by_id=actor.pk if actor is not None else None,
            )
            enqueue(task=TASK, arguments={"import": run.pk}, unique_key=f"import:{run.pk}")
            summary = f"{run.name}: {content.size}"
            record(actor=actor, action="import.requested", target=run, workspace=workspace, summary=summary)
    except IntegrityError:
        forget_steps(place)
        raise ImportRefused("Another import of this workspace is going on") from None
    except BaseException:
        forget_steps(place)
        raise
    try:
        forget_old_runs(run)
    except DatabaseError as error:  # the import is on its way all the same
        logger.warning("old imports cannot be deleted: %s", type(error).__name__)
    return run


@transaction.atomic
def forget_old_runs(run: ImportRun) -> None:
    """Delete the rows of imports of its workspace that nobody needs any more."""
    ended = ImportRun.objects.filter(workspace=run.workspace).exclude(pk=run.pk).values_list("pk", flat=True)
    ImportRun.objects.filter(pk__in=list(ended[KEPT_RUNS:])).delete()


def check_free(workspace: Workspace) -> None:
    """ImportRefused while an import of the workspace goes on; one that no worker comes to is failed first."""
    sweep_imports()
    if open_import(workspace) is not None:
        raise ImportRefused("Another import of this workspace is going on")


def masked_words(workspace_id: int, text: str) -> str:
    """As much of a text, masked, as a report can quote."""
    return quotable(mask_for_workspace(workspace_id, without_odd(text)))


@transaction.atomic
def cancel_import(*, run: ImportRun, actor: Actor) -> ImportRun:
    """End an import at once; what it has stored stays. InvalidTransition if it has ended."""
    row = ImportRun.objects.select_for_update().get(pk=run.pk)
    if not row.is_open:
        raise InvalidTransition("This import has already ended")
    record(actor=actor, action="import.cancelled", target=row, workspace=row.workspace)
    return end(row, ImportStatus.CANCELLED)


class ImportEnded(Exception):
    """The import is somebody else's by now, or over."""


def run_import(run_id: int, *, seconds: float | None = None) -> bool:
    """Store for PIECE_SECONDS. Whether nothing is left to do: all is stored, or the import has ended."""
    run = start(run_id)
    if run is None:
        return True
    with translation.override(run.locale or None):
        try:
            return store_piece(run, until=time.monotonic() + (PIECE_SECONDS if seconds is None else seconds))
        except ImportEnded:
            return True
        except InvalidData:
            with transaction.atomic():
                row = ImportRun.objects.select_for_update().get(pk=run.pk)
                if row.is_open and row.pieces == run.pieces:
                    end(row, ImportStatus.FAILED, error=RunError("upload_gone").to_text())
            return True


@transaction.atomic
def start(run_id: int) -> ImportRun | None:
    """Begin a piece, or None if the import has ended (a second delivery of its job).

    `pieces` tells this worker from one that lost the job before: only the last one may write.
    """
    run = ImportRun.objects.select_for_update().filter(pk=run_id).first()
    if run is None or not run.is_open:
        return None
    if run.status == ImportStatus.QUEUED:
        run.transition(ImportStatus.RUNNING)
        run.started_at = timezone.now()
    run.pieces += 1
    run.worked_at = timezone.now()
    run.save(update_fields=["status", "started_at", "pieces", "worked_at"])
    return run


def store_piece(run: ImportRun, *, until: float) -> bool:
    """Store steps until the time is up; whether all are stored.

    ImportEnded when the run is no longer this worker's, InvalidData if the file is gone.
    """
    words = partial(masked_words, run.workspace_id)
    findings = Findings.from_json(run.report, rejected=run.rejected, words=words)
    with closing(considerately(kept_steps(run.waiting, run.offset))) as steps:
        for step, offset in steps:

            def note(outcome: Outcome, found: Findings = findings, offset: int = offset) -> None:
                write_down(run, outcome, found, offset)

            outcome = do_step(
                step,
                workspace=run.workspace,
                actor=run.requested_by,
                source=UtteranceSource.IMPORT,
                note=note,
                fence=partial(hold, run),
            )
            findings = findings.with_outcome(outcome)
            if time.monotonic() >= until:
                return False
    with transaction.atomic():
        row = ImportRun.objects.select_for_update().get(pk=run.pk)
        if not row.is_open or row.pieces != run.pieces:
            raise ImportEnded
        end(row, ImportStatus.DONE)
    return True


def hold(run: ImportRun) -> None:
    """Keep others from ending the import for the rest of the transaction; ImportEnded if somebody has."""
    if not _mine(run).update(pieces=F("pieces")):
        raise ImportEnded


def _mine(run: ImportRun) -> QuerySet[ImportRun]:
    """The row as long as it is this worker's to write."""
    return ImportRun.objects.filter(pk=run.pk, pieces=run.pieces, status=ImportStatus.RUNNING)


def write_down(run: ImportRun, outcome: Outcome, findings: Findings, offset: int) -> None:
    """How far the import is, in the transaction that stored the step."""
    changes: dict[str, object] = {
        "offset": offset,
        "done": F("done") + outcome.done,
        "added": F("added") + outcome.added,
        "duplicates": F("duplicates") + len(outcome.duplicates),
        "values": F("values") + outcome.values,
        "patterns": F("patterns") + outcome.patterns,
    }
    told = findings.with_outcome(outcome)
    if told is not findings:
        changes |= {"rejected": told.rejected, "report": told.to_json()}
    if not _mine(run).update(**changes):
        raise ImportEnded


def end(row: ImportRun, status: str, *, error: str = "") -> ImportRun:
    """Put a locked import into its final state and forget what waits of its file."""
    row.transition(status)
    row.error = error
    row.finished_at = timezone.now()
    place, row.waiting = row.waiting, ""
    row.save(update_fields=["status", "error", "finished_at", "waiting"])
    if row.done or status == ImportStatus.DONE:
        record_import(row.workspace, row.requested_by, row.added, row.duplicates, row.rejected, row.values)
    transaction.on_commit(lambda: forget_steps(place), robust=True)  # what stays is swept
    return row


@transaction.atomic
def abandon_import(*, run_id: int, error: str) -> None:
    """Fail an import whose job was given up for `error`, the job's last one; nothing if it has ended."""
    row = ImportRun.objects.select_for_update().filter(pk=run_id).in_work().first()
    if row is not None:
        reason = RunError("worker_died") if error == WITHOUT_A_WORD else RunError("gave_up", error)
        end(row, ImportStatus.FAILED, error=reason.to_text())


def sweep_imports() -> None:
    """Fail what no worker has come to for more than a day, and delete the files that no import needs.

    As long as there are files, another sweep is planned.
    """
    late = ImportRun.objects.untouched_since(timezone.now() - LEFT_BEHIND)
    for run_id in late.values_list("pk", flat=True):
        with transaction.atomic():
            row = late.select_for_update().filter(pk=run_id).first()
            if row is not None:
                end(row, ImportStatus.FAILED, error=RunError("too_late").to_text())
    try:
        left = sweep_steps(ImportRun.objects.in_work().values_list("waiting", flat=True))
    except OSError as error:
        logger.warning("the files of imports cannot be looked at: %s", type(error).__name__)
        return
    if left:
        plan_sweep()


def plan_sweep() -> None:
    """Have somebody sweep in a day, unless that is planned."""
    if not Job.objects.filter(task=SWEEP_TASK, status=JobStatus.QUEUED).exists():
        enqueue(task=SWEEP_TASK, arguments={}, run_after=timezone.now() + LEFT_BEHIND + timedelta(minutes=1))
