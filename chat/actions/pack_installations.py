"""Installing scenario packs in the background: a row, and a job that fills the workspace and trains it first.

Installing adds only what is missing, and a training starts again from its data: so a worker that died, or was told
to stop, is followed by one that does the same once more, and nothing is lost but time.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from chat.actions.packs import install_pack, size_of
from chat.errors import ChatError, InstallationRefused, InvalidTransition
from chat.models import PackInstallation
from chat.models.packs import InstallationStatus
from chat.packs import PACKS, Pack, read_pack, read_pack_head
from nlu.actions.audit import Actor, record
from nlu.actions.direct_training import open_run
from nlu.actions.jobs import OPEN, WITHOUT_A_WORD, enqueue
from nlu.actions.training import activate_version, cancel_training, finish_run, run_training
from nlu.errors import InvalidTransition as TrainingEnded
from nlu.errors import NluError
from nlu.inference import active_version
from nlu.models import Job, Workspace
from nlu.models.training import RunStatus
from nlu.run_errors import RunError

logger = logging.getLogger(__name__)
TASK: Final = "chat.install_pack"
KEPT: Final = 20
"""Installations of a pack whose rows stay."""


def request_installation(*, name: str, actor: Actor, root: Path = PACKS) -> PackInstallation:
    """Queue the installation of a pack of the folder `root`.

    InvalidInput for one that is not there; InstallationRefused while it is being installed.
    """
    pack = read_pack_head(name, root=root)
    try:
        with transaction.atomic():
            row = PackInstallation.objects.create(
                pack=pack.name,
                workspace=Workspace.objects.filter(slug=pack.workspace_slug).first(),
                requested_by_id=actor.pk if actor is not None else None,
            )
            enqueue(task=TASK, arguments={"installation": row.pk}, unique_key=key_of(row), max_attempts=3)
            record(actor=actor, action="pack.requested", target=row, workspace=row.workspace, summary=pack.name)
    except IntegrityError:
        raise InstallationRefused("This pack is being installed already") from None
    old = PackInstallation.objects.filter(pack=pack.name).values_list("pk", flat=True)[KEPT:]
    PackInstallation.objects.filter(pk__in=list(old)).delete()
    return row


@transaction.atomic
def cancel_installation(*, row: PackInstallation, actor: Actor) -> PackInstallation:
    """Stop an installation: at once while it waits or where no job does it any more, else at its next step. What
    is stored stays.

    InvalidTransition if it has ended.
    """
    row = PackInstallation.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if not row.is_open:
        raise InvalidTransition("This installation has already ended")
    row.cancel_requested = True
    row.save(update_fields=["cancel_requested"])
    record(actor=actor, action="pack.cancelled", target=row, workspace=row.workspace, summary=row.pack)
    has_job = Job.objects.filter(unique_key=key_of(row), status__in=OPEN).exists()
    if row.status == InstallationStatus.QUEUED or not has_job:
        return end(row, InstallationStatus.CANCELLED)
    if row.training is not None:
        with suppress(TrainingEnded):
            cancel_training(run=row.training, actor=actor)
    return row


def key_of(row: PackInstallation) -> str:
    """The key of the installation's job."""
    return f"pack:{row.pk}"


class InstallationCancelled(Exception):
    """A person asked for the installation to stop."""


def run_installation(installation_id: int, *, root: Path = PACKS) -> None:
    """Do an installation to its end. Never raises for what is wrong with a pack or its training."""
    row = start(installation_id)
    if row is None:
        return
    try:
        workspace = fill(row, read_pack(row.pack, root=root))
        train_first(row, workspace)
    except InstallationCancelled:
        finish(row, InstallationStatus.CANCELLED)
    except (ChatError, NluError, OSError) as error:
        logger.warning("the installation of the pack %s failed: %s", row.pack, type(error).__name__)
        reason = RunError("bad_data", str(error)) if isinstance(error, ChatError) else RunError.of(error)
        finish(row, InstallationStatus.FAILED, error=reason.to_text())


@transaction.atomic
def start(installation_id: int) -> PackInstallation | None:
    """Begin, or begin again after a worker died; None if it has ended (a second delivery of its job)."""
    row = PackInstallation.objects.select_for_update(of=("self",)).filter(pk=installation_id).first()
    if row is None or not row.is_open:
        return None
    if row.status == InstallationStatus.QUEUED:
        row.transition(InstallationStatus.FILLING)
        row.started_at = timezone.now()
    row.done = 0
    row.save(update_fields=["status", "started_at", "done"])
    return row


def fill(row: PackInstallation, pack: Pack) -> Workspace:
    """Install what is missing, and write down after each piece how far it is."""
    row.total = size_of(pack)
    row.save(update_fields=["total"])

    def watch(looked_at: int) -> None:
        row.done += looked_at
        found = PackInstallation.objects.filter(pk=row.pk)
        found.update(done=row.done)
        if found.filter(cancel_requested=True).exists():
            raise InstallationCancelled

    report = install_pack(pack=pack, watch=watch, actor=row.requested_by)
    workspace = Workspace.objects.get(slug=report.workspace)
    row.workspace = workspace
    # What an attempt that was cut off had added counts, too.
    row.utterances += report.utterances
    row.articles += report.articles
    row.flows += report.flows
    row.save(update_fields=["workspace", "utterances", "articles", "flows"])
    return workspace


def train_first(row: PackInstallation, workspace: Workspace) -> None:
    """Train the workspace's first model and put it into service; where one is, people decide about the next."""
    if active_version(workspace.pk) is not None:
        finish(row, InstallationStatus.DONE)
        return
    run = row.training
    if run is None or not run.is_open:
        run = open_run(workspace=workspace, actor=row.requested_by)
        row.training = run
        row.save(update_fields=["training"])
    if row.status != InstallationStatus.TRAINING:
        row.transition(InstallationStatus.TRAINING)
        row.save(update_fields=["status"])
    if PackInstallation.objects.filter(pk=row.pk, cancel_requested=True).exists():
        with suppress(TrainingEnded):
            cancel_training(run=run, actor=row.requested_by)
    version = run_training(run.pk, quick=True)
    if version is None:
        run.refresh_from_db()
        cancelled = run.status == RunStatus.CANCELLED
        status = InstallationStatus.CANCELLED if cancelled else InstallationStatus.FAILED
        finish(row, status, error=run.error)
        return
    activate_version(version=version, actor=row.requested_by, reason="first training")
    finish(row, InstallationStatus.DONE)


@transaction.atomic
def finish(row: PackInstallation, status: str, *, error: str = "") -> None:
    """Put an installation of this worker's into its final state, unless it has ended meanwhile."""
    locked = PackInstallation.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if locked.is_open:
        end(locked, status, error=error)


def end(row: PackInstallation, status: str, *, error: str = "") -> PackInstallation:
    """Put a locked row into its final state. A training of it that still goes on ends with it: no job is left that
    would do it, and while it is open the workspace can have no other.
    """
    run = row.training
    if run is not None and run.is_open:
        given_up = status == InstallationStatus.FAILED
        finish_run(run, RunStatus.FAILED if given_up else RunStatus.CANCELLED, error=error)
    row.transition(status)
    row.error = error
    row.finished_at = timezone.now()
    row.save(update_fields=["status", "error", "finished_at"])
    return row


@transaction.atomic
def abandon_installation(*, installation_id: int, error: str) -> None:
    """Fail an installation, and its training, whose job was given up for `error`; nothing if it has ended."""
    row = (
        PackInstallation.objects.select_for_update(of=("self",))
        .filter(pk=installation_id)
        .in_work()
        .select_related("training")
        .first()
    )
    if row is None:
        return
    reason = (RunError("worker_died") if error == WITHOUT_A_WORD else RunError("gave_up", error)).to_text()
    end(row, InstallationStatus.FAILED, error=reason)
