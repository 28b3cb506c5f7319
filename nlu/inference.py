"""The door to the active model of a workspace. Only turn workers, training tasks and commands come through it.

This is the one place of the shell that brings in torch, and only inside functions: web processes import this
module's neighbours, and a test proves that they never load torch.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings

from nlu.errors import CorruptArtifact, IncompatibleArtifact, NoActiveModel
from nlu.models import ModelVersion, ShadowRun, Workspace
from nlu.promise import ErrorPromise
from nlu.types import Thresholds

if TYPE_CHECKING:
    from nlu.pipeline.pipeline import NluPipeline


RETRY_SECONDS: Final = 60.0
"""After so long a shadow that could not be loaded is tried again."""


@dataclass(frozen=True, slots=True)
class ActivePipeline:
    """A loaded model, the row that it was loaded for, and what a person promised of it."""

    pipeline: NluPipeline
    version_id: int
    label: str
    promise: ErrorPromise | None = None

    @property
    def thresholds(self) -> Thresholds:
        """The bounds in force: the promise's, else those that training fitted."""
        own = self.pipeline.thresholds
        return self.promise.applied_to(own) if self.promise is not None else own


def version_dir(version: ModelVersion) -> Path:
    """Where the version's folder lies."""
    return Path(settings.MODEL_DIR) / version.folder


def active_version(workspace_id: int) -> ModelVersion | None:
    """The workspace's active version, if there is one."""
    return ModelVersion.objects.filter(workspace_id=workspace_id, status="active").first()


def open_shadow_id(workspace_id: int) -> int | None:
    """The id of the workspace's shadow run, if one is going on."""
    runs = ShadowRun.objects.filter(workspace_id=workspace_id, ended_at__isnull=True)
    return runs.values_list("pk", flat=True).first()


def read_promise(version: ModelVersion) -> ErrorPromise | None:
    """What the row promises; None without a promise, or with one that this program cannot read."""
    if version.promise is None:
        return None
    try:
        return ErrorPromise.from_json(version.promise)
    except (KeyError, TypeError, ValueError):
        return None


def active_model_dir(workspace_slug: str) -> Path:
    """The folder of the active version; NoActiveModel if the workspace or its model does not exist."""
    workspace = Workspace.objects.filter(slug=workspace_slug).first()
    version = active_version(workspace.pk) if workspace is not None else None
    if version is None:
        raise NoActiveModel(f"Workspace {workspace_slug} has no active model")
    return version_dir(version)


def load_active_pipeline(workspace_slug: str) -> NluPipeline:
    """Load the active version's pipeline from its folder, verified."""
    from nlu.pipeline.pipeline import NluPipeline

    return NluPipeline.load(active_model_dir(workspace_slug))


def use_threads(count: int) -> None:
    """Load torch now and give it this many threads in the whole process."""
    import torch

    torch.set_num_threads(count)


class PipelineCache:
    """Keeps each workspace's active pipeline loaded and switches between two calls of `get`.

    A promise is part of the version's row, so a changed one is in force from the next call on, without loading.

    A version whose folder cannot be loaded is remembered as broken and the one that was loaded before stays in
    service, so that a damaged file never takes the assistant away.
    """

    def __init__(self) -> None:
        self.loaded: dict[int, ActivePipeline] = {}
        self.broken: dict[int, str] = {}
        self.lock = threading.Lock()

    def get(self, workspace_id: int) -> ActivePipeline | None:
        """The active version's pipeline, or None without a usable one; one cheap query when nothing changed."""
        version = active_version(workspace_id)
        with self.lock:
            current = self.loaded.get(workspace_id)
            if version is None:
                self.loaded.pop(workspace_id, None)
                return None
            if current is not None and current.version_id == version.pk:
                promise = read_promise(version)
                if promise != current.promise:
                    current = self.loaded[workspace_id] = replace(current, promise=promise)
                return current
            if version.pk in self.broken:
                return current
            fresh = self.load(version)
            if fresh is not None:
                self.loaded[workspace_id] = fresh
            return fresh or current

    def load(self, version: ModelVersion) -> ActivePipeline | None:
        """Load one version; on a damaged or foreign folder note the error and return None."""
        from nlu.pipeline.pipeline import NluPipeline

        try:
            pipeline = NluPipeline.load(version_dir(version))
            pipeline.version = f"v{version.number}"
        except (CorruptArtifact, IncompatibleArtifact, OSError) as error:
            self.broken[version.pk] = str(error)
            return None
        return ActivePipeline(
            pipeline=pipeline,
            version_id=version.pk,
            label=f"v{version.number}",
            promise=read_promise(version),
        )

    def status(self) -> dict[str, str]:
        """Workspace id -> label of what is loaded, for the worker's sign of life."""
        with self.lock:
            return {str(workspace_id): active.label for workspace_id, active in self.loaded.items()}


class ShadowCache:
    """Keeps shadows loaded while their runs last, apart from what answers; for one thread.

    A version that cannot be loaded is tried again after `RETRY_SECONDS`.
    """

    def __init__(self) -> None:
        self.loaded: dict[int, NluPipeline] = {}
        self.failed_at: dict[int, float] = {}

    def get(self, version: ModelVersion) -> NluPipeline | None:
        """The version's pipeline, loaded now if need be; None if that does not work at present."""
        pipeline = self.loaded.get(version.pk)
        if pipeline is None and self.may_try(version.pk):
            pipeline = self.load(version)
        return pipeline

    def may_try(self, version_id: int) -> bool:
        """Whether the last failure, if any, is long enough ago."""
        failed_at = self.failed_at.get(version_id)
        return failed_at is None or time.monotonic() - failed_at >= RETRY_SECONDS

    def load(self, version: ModelVersion) -> NluPipeline | None:
        """Load one version and keep it; on any failure keep the time and return None."""
        from nlu.pipeline.pipeline import NluPipeline

        try:
            pipeline = NluPipeline.load(version_dir(version))
        except Exception:  # noqa: BLE001 - whatever it is, it must be said and leave the other shadows alone
            self.failed_at[version.pk] = time.monotonic()
            return None
        pipeline.version = str(version)
        self.failed_at.pop(version.pk, None)
        self.loaded[version.pk] = pipeline
        return pipeline

    def keep_only(self, version_ids: Collection[int]) -> None:
        """Drop every other version, and what is remembered of it, so that its memory is free."""
        self.loaded = {pk: one for pk, one in self.loaded.items() if pk in version_ids}
        self.failed_at = {pk: moment for pk, moment in self.failed_at.items() if pk in version_ids}
