"""Training runs and model versions: request, run, cancel, activate, roll back."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from nlu.actions.audit import REASON_LENGTH, Actor, record
from nlu.actions.gate import judge, read_report, standing_of, store_report
from nlu.actions.heavy_runs import refuse_beside_heavy
from nlu.actions.jobs import WITHOUT_A_WORD, enqueue
from nlu.actions.promises import inherited_promise, renew_inheritance
from nlu.actions.run_fitting import Watch, encoder_name, train_into
from nlu.actions.shadows import end_shadow
from nlu.actions.version_folders import new_folder, sweep_leftovers
from nlu.errors import (
    CorruptArtifact,
    GateOutdated,
    GateRefused,
    InvalidData,
    InvalidTransition,
    NluError,
    TrainingCancelled,
    TrainingRefused,
)
from nlu.export import dataset_health, training_data
from nlu.inference import active_version, version_dir
from nlu.models import ModelVersion, TrainedEncoder, TrainingRun, Workspace
from nlu.models.encoders import EncoderStatus
from nlu.models.shadows import ShadowEnding
from nlu.models.training import Effort, RunStatus, VersionStatus
from nlu.pipeline.artifacts import changed_files
from nlu.promise import ErrorPromise
from nlu.run_errors import RunError
from nlu.training_plans import NGRAM, TrainingPlan, check_plan, remembered_plan

if TYPE_CHECKING:
    from nlu.training.trainer import TrainingResult

logger = logging.getLogger(__name__)
TASK = "nlu.run_training"
GATE_STEP = "gate"
SHORTEST_REASON = 10
"""Characters of a reason for activating what the gate refused."""


def request_training(
    *, workspace: Workspace, actor: Actor, plan: TrainingPlan | None = None, seed: int = 0
) -> TrainingRun:
    """Queue a training run and the job that will do it.

    `plan` is remembered as the workspace's; None takes the one that is. TrainingRefused when the data is too
    little or another run of the workspace is open, InvalidData for a plan that cannot be followed.
    """
    health = dataset_health(workspace)
    if not health.can_train:
        raise TrainingRefused("Training needs at least two intents with at least two utterances each")
    wanted = plan or remembered_plan(workspace)
    check_plan(workspace, wanted)
    try:
        with transaction.atomic():
            refuse_beside_heavy(workspace)
            if plan is not None:
                remember_plan(workspace, plan)
            run = TrainingRun.objects.create(
                workspace=workspace,
                seed=seed,
                effort=wanted.effort,
                minutes=wanted.minutes,
                encoder=wanted.encoder if wanted.effort == Effort.NAMED else NGRAM,
                learns_unlabelled=wanted.unlabelled,
                utterances=health.utterances,
                requested_by_id=actor.pk if actor is not None else None,
            )
            enqueue(task=TASK, arguments={"run": run.pk}, unique_key=f"training:{run.pk}", max_attempts=3)
            summary = f"{run}, {wanted.effort}"
            record(actor=actor, action="training.requested", target=run, workspace=workspace, summary=summary)
    except IntegrityError:
        raise TrainingRefused("Another training of this workspace is going on") from None
    return run


def remember_plan(workspace: Workspace, plan: TrainingPlan) -> None:
    """Keep the plan as the workspace's; another encoder's key than the named one's is not touched."""
    workspace.training_effort = plan.effort
    workspace.training_minutes = plan.minutes
    workspace.training_unlabelled = plan.unlabelled
    fields = ["training_effort", "training_minutes", "training_unlabelled"]
    if plan.effort == Effort.NAMED:
        workspace.training_encoder = plan.encoder
        fields.append("training_encoder")
    workspace.save(update_fields=fields)


@transaction.atomic
def cancel_training(*, run: TrainingRun, actor: Actor) -> TrainingRun:
    """Cancel a queued run at once; ask a running one to stop at its next step.

    InvalidTransition if it has ended.
    """
    run = TrainingRun.objects.select_for_update().get(pk=run.pk)
    if not run.is_open:
        raise InvalidTransition("This training has already ended")
    run.cancel_requested = True
    if run.status == RunStatus.QUEUED:
        run.transition(RunStatus.CANCELLED)
        run.finished_at = timezone.now()
    run.save()
    record(actor=actor, action="training.cancelled", target=run, workspace=run.workspace)
    return run


def run_training(run_id: int, *, watch: Watch | None = None, quick: bool = False) -> ModelVersion | None:
    """Do a queued run to its end: a candidate version, or a failed or cancelled run. Never raises for bad data.

    The candidate is compared with the active version (the gate) before anybody sees it.

    A run found in the state `running` was cut off (its worker died); it starts again from its data, which is
    deterministic, so nothing is lost but time. None when the run was cancelled, failed or is already done.
    """
    run = start_run(run_id)
    if run is None:
        return None
    sweep_leftovers(run.workspace)
    folder = new_folder(run.workspace)
    data = training_data(run.workspace)
    judged = False
    try:
        result = train_into(run, data, folder, watch, quick=quick)
        TrainingRun.objects.filter(pk=run.pk).update(step=GATE_STEP, seconds_left=None)
        promise = inherited_promise(run.workspace, folder)
        begun = timezone.now()
        report = judge(run.workspace, folder, data, promise=promise)
        judged = True
    except TrainingCancelled:
        finish_run(run, RunStatus.CANCELLED)
        return None
    except (NluError, ValueError, OSError) as error:
        logger.warning("training run %d failed: %s", run.pk, type(error).__name__)
        finish_run(run, RunStatus.FAILED, error=RunError.of(error).to_text())
        return None
    except KeyboardInterrupt:
        finish_run(run, RunStatus.CANCELLED)
        raise
    finally:
        if not judged:
            shutil.rmtree(folder, ignore_errors=True)
    with transaction.atomic():  # a worker killed between the two would train again and find its version taken
        version = register_version(run=run, folder=folder, result=result, promise=promise)
        version = store_report(version=version, report=report, begun=begun)
        finish_run(run, RunStatus.DONE)
    return version


@transaction.atomic
def start_run(run_id: int) -> TrainingRun | None:
    """Mark the run as running, or None if it has ended (a second delivery of its job)."""
    run = TrainingRun.objects.select_for_update().filter(pk=run_id).select_related("workspace").first()
    if run is None or not run.is_open:
        return None
    if run.status == RunStatus.QUEUED:
        run.transition(RunStatus.RUNNING)
        run.started_at = timezone.now()
    run.heartbeat_at = timezone.now()
    run.curve = []
    run.choice = []
    run.save()
    return run


@transaction.atomic
def finish_run(run: TrainingRun, status: str, *, error: str = "") -> None:
    """Put the run into its final state; `error` is a `RunError` as text."""
    row = TrainingRun.objects.select_for_update().get(pk=run.pk)
    row.transition(status)
    row.error = error
    row.seconds_left = None
    row.finished_at = timezone.now()
    row.save(update_fields=["status", "error", "seconds_left", "finished_at"])


@transaction.atomic
def abandon_run(*, run_id: int, error: str) -> TrainingRun | None:
    """Fail a run whose job was given up for `error`, the job's last one. None if the run has already ended."""
    run = TrainingRun.objects.select_for_update().filter(pk=run_id).first()
    if run is None or not run.is_open:
        return None
    reason = RunError("worker_died") if error == WITHOUT_A_WORD else RunError("gave_up", error)
    finish_run(run, RunStatus.FAILED, error=reason.to_text())
    return run


@transaction.atomic
def register_version(
    *, run: TrainingRun, folder: Path, result: TrainingResult, promise: ErrorPromise | None
) -> ModelVersion:
    """A candidate row for a finished folder; the workspace's numbers go up by one without gaps.

    promise: what the gate judged it by. It is made anew if the workspace's percentage changed meanwhile.
    """
    owner = Workspace.objects.select_for_update().get(pk=run.workspace_id)
    last = ModelVersion.objects.filter(workspace=owner).aggregate(last=Max("number"))["last"] or 0
    manifest = (folder / "manifest.json").read_bytes()
    fields = json.loads(manifest)
    epochs = json.loads((folder / "config.json").read_bytes())["epochs"]
    version = ModelVersion.objects.create(
        workspace=owner,
        number=last + 1,
        run=run,
        folder=str(folder.relative_to(settings.MODEL_DIR)),
        manifest_hash=hashlib.sha256(manifest).hexdigest(),
        dataset_fingerprint=fields["data_fingerprint"],
        metrics={**metrics_json(result), **(told := encoder_json(run, fields)), "epochs": epochs},
        sentence_encoder=own_encoder(run, told["encoder"]),
        promise=promise.to_json() if promise is not None else None,
    )
    return renew_inheritance(version=version, judged_by=promise)


def metrics_json(result: TrainingResult) -> dict[str, Any]:
    """What the version's row keeps: the metrics, the report of each intent, and the confusions."""
    evaluation = result.evaluation
    return {
        **evaluation.metrics.to_json(),
        "per_intent": [
            {
                "intent": report.intent,
                "precision": round(report.precision, 4),
                "recall": round(report.recall, 4),
                "f1": round(report.f1, 4),
                "support": report.support,
            }
            for report in evaluation.intents
        ],
        "confusion": [
            {"gold": gold, "predicted": predicted, "count": count}
            for gold, predicted, count in evaluation.confusions
        ],
        "held_out_accuracy": round(result.bounds.held_out_accuracy, 4),
        "seconds": round(result.seconds, 1),
        "size_bytes": result.size_bytes,
    }


def own_encoder(run: TrainingRun, name: str) -> TrainedEncoder | None:
    """The row of an encoder that was trained here; None for others, and for one that has been deleted since."""
    return TrainedEncoder.objects.filter(
        workspace_id=run.workspace_id, name=name, status=EncoderStatus.READY
    ).first()


def encoder_json(run: TrainingRun, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Which encoder the version has, by its name for people, and why: the manifest's `choice`, if it has one."""
    choice = manifest.get("choice", [])
    chosen = next((one["encoder"] for one in choice if one["outcome"] == "chosen"), encoder_name(run))
    return {
        "encoder": chosen,
        "effort": run.effort,
        "choice": choice,
        "examples": manifest["examples"],
        "generated": manifest["generated"],
        "unlabelled": manifest["unlabelled"],
    }


@transaction.atomic
def activate_version(*, version: ModelVersion, actor: Actor, reason: str = "", override: str = "") -> ModelVersion:
    """Put a candidate, or a version that served before (a roll-back), into service; the active one retires.

    A version that never served must have passed the gate against the active one: GateRefused or GateOutdated
    otherwise. `override` is a person's reason for activating it all the same (InvalidData if it has fewer than
    `SHORTEST_REASON` characters); it is audited and stays with the version. CorruptArtifact when a file of the
    folder is not the one that training wrote, the encoder's among them. After any error the active version stays.
    """
    Workspace.objects.select_for_update().get(pk=version.workspace_id)
    version = ModelVersion.objects.select_for_update().get(pk=version.pk)
    if version.status == VersionStatus.ACTIVE:
        return version
    check_files(version)
    active = active_version(version.workspace_id)
    overridden = pass_gate(version, active, override.strip())
    if active is not None:
        active.transition(VersionStatus.RETIRED)
        active.save(update_fields=["status"])
    rolled_back = version.has_served
    version.transition(VersionStatus.ACTIVE)
    version.activated_at = timezone.now()
    version.activated_by_id = actor.pk if actor is not None else None
    if overridden:
        version.override_reason = override.strip()[:REASON_LENGTH]
        version.overridden_at = version.activated_at
        version.overridden_by_id = version.activated_by_id
    version.save()
    end_shadow(version=version, ending=ShadowEnding.ACTIVATED, actor=actor)
    action = "rolled_back" if rolled_back else "activated_against_gate" if overridden else "activated"
    record(
        actor=actor,
        action=f"model_version.{action}",
        target=version,
        workspace=version.workspace,
        summary=str(version),
        reason=override.strip() if overridden else reason,
    )
    return version


def check_files(version: ModelVersion) -> None:
    """CorruptArtifact unless the folder holds the manifest that training wrote, and every file that it lists."""
    folder = version_dir(version)
    manifest = folder / "manifest.json"
    if not manifest.is_file() or hashlib.sha256(manifest.read_bytes()).hexdigest() != version.manifest_hash:
        raise CorruptArtifact(f"The folder of version {version.number} is damaged or missing")
    if (wrong := changed_files(folder)) is not None:
        raise CorruptArtifact(f"The folder of version {version.number} is damaged: {wrong}")


def pass_gate(version: ModelVersion, active: ModelVersion | None, override: str) -> bool:
    """Whether the version enters service by a person's word alone; the errors of `activate_version`."""
    standing = standing_of(version, active)
    if standing in ("free", "passed"):
        return False
    if override:
        if len(override) < SHORTEST_REASON:
            raise InvalidData(_("Give a reason of at least %(count)d characters.") % {"count": SHORTEST_REASON})
        return True
    if standing == "refused":
        report = read_report(version)
        failed = report.failed if report is not None else ()
        raise GateRefused(f"The gate refuses version {version.number}: {', '.join(failed)}", failed)
    raise GateOutdated(f"Version {version.number} has not been compared with version {active}")


@transaction.atomic
def retire_version(*, version: ModelVersion, actor: Actor) -> ModelVersion:
    """Put a candidate aside. InvalidTransition for the active version while it is in service."""
    version = ModelVersion.objects.select_for_update().get(pk=version.pk)
    if version.status == VersionStatus.ACTIVE:
        raise InvalidTransition("The active version retires when another one is activated")
    version.transition(VersionStatus.RETIRED)
    version.save(update_fields=["status"])
    end_shadow(version=version, ending=ShadowEnding.RETIRED, actor=actor)
    record(actor=actor, action="model_version.retired", target=version, workspace=version.workspace)
    return version
