"""A version's promise of how often it is wrong: reading what it rests on, making it, taking it back."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nlu.actions.audit import Actor, record
from nlu.actions.gate import request_gate
from nlu.errors import CorruptArtifact, InvalidData, NoHeldOutAnswers, StaleEdit
from nlu.held_out import FILE, HeldOutAnswer, read_answers
from nlu.inference import active_version, read_promise, version_dir
from nlu.models import ModelVersion, Workspace
from nlu.models.training import VersionStatus
from nlu.promise import LEAST_PERCENT, MOST_PERCENT, ErrorPromise, make_promise
from nlu.types import Thresholds

MOST_MANIFEST_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a version's folder says of itself: the bounds that its training fitted, and its held-out answers."""

    own: Thresholds
    answers: tuple[HeldOutAnswer, ...]


def read_evidence(version: ModelVersion) -> Evidence:
    """From the version's folder, verified against the row; the errors of `evidence_in`."""
    return evidence_in(version_dir(version), manifest_hash=version.manifest_hash)


def evidence_in(folder: Path, *, manifest_hash: str = "") -> Evidence:
    """What a model folder says of itself, read without the engine.

    CorruptArtifact when the manifest is not the one with this hash (if one is given) or the answers are not those
    that the manifest names; NoHeldOutAnswers when the training kept none that a bound can be chosen on.
    """
    try:
        path = folder / "manifest.json"
        if path.stat().st_size > MOST_MANIFEST_BYTES:
            raise CorruptArtifact(f"{folder.name}: the manifest is too large")
        raw = path.read_bytes()
        if manifest_hash and hashlib.sha256(raw).hexdigest() != manifest_hash:
            raise CorruptArtifact(f"{folder.name}: the manifest is not the one that training wrote")
        manifest = json.loads(raw)
        own = Thresholds(**manifest["thresholds"])
        checksum = manifest["checksums"].get(FILE)
        if checksum is None:
            raise NoHeldOutAnswers(f"{folder.name}: held-out answers were not kept", "missing")
        if hashlib.sha256((folder / FILE).read_bytes()).hexdigest() != checksum:
            raise CorruptArtifact(f"{folder.name}/{FILE}: the content does not match its checksum")
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise CorruptArtifact(f"{folder.name}: missing, unreadable or malformed") from error
    return Evidence(own, usable(read_answers(folder), folder.name))


def usable(answers: tuple[HeldOutAnswer, ...], name: str) -> tuple[HeldOutAnswer, ...]:
    """The answers themselves, if a bound can be chosen on them; NoHeldOutAnswers otherwise."""
    if not answers:
        raise NoHeldOutAnswers(f"{name}: no held-out answers", "empty")
    if any(answer.lead is None for answer in answers):
        raise NoHeldOutAnswers(f"{name}: held-out answers of an older form", "older")
    return answers


def checked_percent(value: Any) -> float:
    """A percentage as the slider gives it, to one decimal; InvalidData for anything else."""
    try:
        percent = round(float(str(value).strip().replace(",", ".")), 1)
    except ValueError:
        percent = math.nan
    if not LEAST_PERCENT <= percent <= MOST_PERCENT:
        raise InvalidData(
            _("Choose a number from %(least)s to %(most)s.")
            % {"least": LEAST_PERCENT, "most": round(MOST_PERCENT)}
        )
    return percent


def state_of(version: ModelVersion) -> str:
    """Names the promise that a person has seen, so that a save knows whether it was changed meanwhile."""
    return version.promised_at.isoformat() if version.promised_at else "none"


@transaction.atomic
def save_promise(*, version: ModelVersion, percent: float, actor: Actor, seen: str = "") -> ModelVersion:
    """Promise that at most `percent` in a hundred of what the version answers on its own is wrong.

    The bound is chosen here, on the version's own held-out answers. Turn workers use it from their next look at
    the version's row on. The workspace keeps the percentage, and later trainings inherit it; only a retired
    version's promise is its own affair. Saving what is there already changes nothing.

    `seen` is `state_of` what the person looked at: StaleEdit if somebody changed it since. InvalidData for a
    percentage beyond the slider's ends; CorruptArtifact and NoHeldOutAnswers as `evidence_in`.
    """
    percent = checked_percent(percent)
    workspace = Workspace.objects.select_for_update().get(pk=version.workspace_id)
    version = ModelVersion.objects.select_for_update().get(pk=version.pk)
    evidence = read_evidence(version)
    promise = make_promise(percent, evidence.answers, evidence.own)
    changes = promise != read_promise(version)
    if changes:
        refuse_stale(version, seen)
        put_promise(version, promise, actor)
        compare_again(version, actor)
    if keep_percent(version, workspace, percent) or changes:
        record(
            actor=actor,
            action="model_version.promised",
            target=version,
            workspace=workspace,
            summary=f"{version}: {percent:g} %, {promise.bound:.4f}" + ("" if promise.shown else ", not shown"),
        )
    return version


@transaction.atomic
def withdraw_promise(*, version: ModelVersion, actor: Actor, seen: str = "") -> ModelVersion:
    """Go back to the bound that training fitted; later trainings inherit nothing. StaleEdit as `save_promise`."""
    workspace = Workspace.objects.select_for_update().get(pk=version.workspace_id)
    version = ModelVersion.objects.select_for_update().get(pk=version.pk)
    changes = version.promise is not None
    if changes:
        refuse_stale(version, seen)
        put_promise(version, None, actor)
        compare_again(version, actor)
    if keep_percent(version, workspace, None) or changes:
        record(
            actor=actor,
            action="model_version.promise_withdrawn",
            target=version,
            workspace=workspace,
            summary=str(version),
        )
    return version


def keep_percent(version: ModelVersion, workspace: Workspace, percent: float | None) -> bool:
    """Let later trainings inherit the percentage, unless the version is retired; whether that changed anything."""
    if version.status == VersionStatus.RETIRED or workspace.promised_error == percent:
        return False
    workspace.promised_error = percent
    workspace.save(update_fields=["promised_error"])
    return True


def refuse_stale(version: ModelVersion, seen: str) -> None:
    """StaleEdit unless the promise is still what the person looked at."""
    if seen and seen != state_of(version):
        raise StaleEdit("Somebody else changed the promise of this version")


def put_promise(version: ModelVersion, promise: ErrorPromise | None, actor: Actor) -> None:
    """Write it to the row."""
    version.promise = promise.to_json() if promise is not None else None
    version.promised_at = timezone.now()
    version.promised_by_id = actor.pk if actor is not None else None
    version.save(update_fields=["promise", "promised_at", "promised_by"])


def compare_again(version: ModelVersion, actor: Actor) -> None:
    """A candidate's comparison does not hold any more: queue one that begins after this."""
    waits = version.status == VersionStatus.CANDIDATE and version.gate is not None
    if waits and active_version(version.workspace_id) is not None:
        request_gate(version=version, actor=actor, afresh=True)


def inherited_promise(workspace: Workspace, folder: Path) -> ErrorPromise | None:
    """The workspace's promise for a model that was just trained: the same percentage, a bound of its own.

    None where nothing is promised, or the folder has nothing to choose the bound on.
    """
    percent = Workspace.objects.values_list("promised_error", flat=True).get(pk=workspace.pk)
    if percent is None:
        return None
    try:
        evidence = evidence_in(folder)
    except NoHeldOutAnswers:
        return None
    return make_promise(percent, evidence.answers, evidence.own)


def renew_inheritance(*, version: ModelVersion, judged_by: ErrorPromise | None) -> ModelVersion:
    """Inherit again if the workspace's percentage changed since the gate judged the version by `judged_by`.

    The report that is kept with the version after this (`store_report`) is older than the promise then, and so the
    version is compared once more.
    """
    workspace = Workspace.objects.get(pk=version.workspace_id)
    if workspace.promised_error != (judged_by.percent if judged_by is not None else None):
        promise = inherited_promise(workspace, version_dir(version))
        if promise != judged_by:
            put_promise(version, promise, None)
    return version
