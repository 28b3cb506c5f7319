"""Where a workspace's model versions lie, and what killed trainings left there."""

from __future__ import annotations

import re
import shutil
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from nlu.models import ModelVersion, Workspace
from nlu.workshop import remove_abandoned

LEFTOVER_AGE = timedelta(days=1)
OWN_NAME = re.compile(r"\.?\d{8}-\d{6}-\d{6}")


def new_folder(workspace: Workspace) -> Path:
    """A folder name that no version uses; the trainer creates it whole or not at all."""
    parent = Path(settings.MODEL_DIR) / workspace.slug
    parent.mkdir(parents=True, exist_ok=True)
    stamp = timezone.now().strftime("%Y%m%d-%H%M%S-%f")
    return parent / stamp


def sweep_leftovers(workspace: Workspace) -> None:
    """Remove what trainings that were killed left behind: folders of no version.

    A comparison's folder tells whether its process, one of this machine, still lives. Of others only those a day
    old or older are removed: a younger one may belong to a training that is still at work, although its job was
    given to another worker.
    """
    parent = Path(settings.MODEL_DIR) / workspace.slug
    if not parent.is_dir():
        return
    folders = ModelVersion.objects.filter(workspace=workspace).values_list("folder", flat=True)
    kept = {Path(folder).name for folder in folders}
    oldest = (timezone.now() - LEFTOVER_AGE).timestamp()
    for entry in list(parent.iterdir()):
        if entry.name in kept or not OWN_NAME.match(entry.name):
            continue
        # One that somebody else removes, or that cannot be read, is no reason to stop.
        with suppress(OSError):
            if remove_abandoned(entry):
                continue
            if entry.is_dir() and entry.stat().st_mtime < oldest:
                shutil.rmtree(entry)
