"""Shadow mode: a candidate scores live turns silently until somebody stops it or it changes its state.

This floor only says which version is the shadow; turn workers score, and keep what they find, one floor up.
"""

from __future__ import annotations

import hashlib

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from nlu.actions.audit import Actor, record
from nlu.errors import CorruptArtifact, InvalidTransition, NoActiveModel, ShadowRefused
from nlu.inference import active_version, version_dir
from nlu.models import ModelVersion, ShadowRun, Workspace
from nlu.models.shadows import ShadowEnding, ShadowProblem
from nlu.models.training import VersionStatus


@transaction.atomic
def start_shadow(*, version: ModelVersion, actor: Actor) -> ShadowRun:
    """Let a candidate score live turns from now on. Harmless if it does already: the open run is returned.

    ShadowRefused if another version of the workspace is the shadow; InvalidTransition unless the version is a
    candidate; NoActiveModel without a version to compare it with; CorruptArtifact if its folder is not the one
    that training wrote.
    """
    workspace = Workspace.objects.select_for_update().get(pk=version.workspace_id)
    version = ModelVersion.objects.select_for_update().get(pk=version.pk)
    running = open_shadow(workspace.pk)
    if running is not None and running.version_id == version.pk:
        return running
    if running is not None:
        raise ShadowRefused(f"Version {running.version.number} is the shadow already", running.version.number)
    if version.status != VersionStatus.CANDIDATE:
        raise InvalidTransition("Only a candidate can be a shadow")
    if active_version(workspace.pk) is None:
        raise NoActiveModel("There is no active version to compare the shadow with")
    manifest = version_dir(version) / "manifest.json"
    if not manifest.is_file() or hashlib.sha256(manifest.read_bytes()).hexdigest() != version.manifest_hash:
        raise CorruptArtifact(f"The folder of version {version.number} is damaged or missing")
    run = ShadowRun.objects.create(
        workspace=workspace, version=version, started_by_id=actor.pk if actor is not None else None
    )
    record(
        actor=actor,
        action="model_version.shadow_started",
        target=version,
        workspace=workspace,
        summary=str(version),
    )
    return run


@transaction.atomic
def stop_shadow(*, version: ModelVersion, actor: Actor) -> ShadowRun | None:
    """End the version's shadow run by a person's word. None if it is not the shadow any more."""
    Workspace.objects.select_for_update().get(pk=version.workspace_id)
    return end_shadow(version=version, ending=ShadowEnding.STOPPED, actor=actor)


def end_shadow(*, version: ModelVersion, ending: ShadowEnding, actor: Actor) -> ShadowRun | None:
    """End the version's open shadow run, if it has one. The caller is in a transaction and holds the version."""
    run = ShadowRun.objects.select_for_update().filter(version=version, ended_at__isnull=True).first()
    if run is None:
        return None
    run.ended_at = timezone.now()
    run.ended_by_id = actor.pk if actor is not None else None
    run.ending = ending
    run.save(update_fields=["ended_at", "ended_by", "ending"])
    record(
        actor=actor,
        action="model_version.shadow_ended",
        target=version,
        workspace=version.workspace,
        summary=f"{version}: {ending.value}",
    )
    return run


def open_shadow(workspace_id: int) -> ShadowRun | None:
    """The workspace's open run with its version, if there is one."""
    return (
        ShadowRun.objects.select_related("version")
        .filter(workspace_id=workspace_id, ended_at__isnull=True)
        .first()
    )


def note_shadow_problem(*, run_id: int, problem: ShadowProblem, unscored: int = 0) -> None:
    """Write on the run what went wrong, and how many turns more it failed on."""
    ShadowRun.objects.filter(pk=run_id).update(
        problem=problem, problem_at=timezone.now(), unscored=F("unscored") + unscored
    )


def clear_shadow_problem(*, run_id: int, problem: ShadowProblem) -> None:
    """It is over, e.g. because the folder could be loaded after all."""
    ShadowRun.objects.filter(pk=run_id, problem=problem).update(problem="", problem_at=None)
