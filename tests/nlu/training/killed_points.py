"""A program that kills trainings at five points and finishes each afterwards; says what it found as JSON.

    python -m tests.nlu.training.killed_points

The database and the folder for models are those of the environment. It needs a process of its own: children are
forked and end by SIGKILL, as a worker does that the system ends. Where a child is depends on what it does to files
(audit events) and on what it reports, not on time.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import django

Event = Callable[[str, tuple[object, ...]], bool]


def dies_when(condition: Event) -> None:
    """From now on the process ends where an audit event fulfils the condition."""

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in ("open", "os.rename") and condition(event, arguments):
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def writes(name: str) -> Event:
    """Opening such a file for writing, in a folder that is not complete yet."""
    return lambda event, given: (
        event == "open" and str(given[0]).endswith(name) and "/." in str(given[0]) and "x" in str(given[1])
    )


def renames(event: str, _given: tuple[object, ...]) -> bool:
    """Making a folder visible."""
    return event == "os.rename"


def reads_again(event: str, given: tuple[object, ...]) -> bool:
    """Opening the manifest of a complete folder: what the gate does first."""
    return event == "open" and str(given[0]).endswith("manifest.json") and "/." not in str(given[0])


def in_child(work: Callable[[], object]) -> int:
    """Do it in a forked child; the signal that ended it, 0 if it came to its end."""
    from django.db import connections

    connections.close_all()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    _pid, ended = os.waitpid(child, 0)
    assert os.WIFSIGNALED(ended) or os.WEXITSTATUS(ended) == 0
    return os.WTERMSIG(ended) if os.WIFSIGNALED(ended) else 0


def main() -> None:
    """Set up a workspace with an active model, then kill and finish."""
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from nlu.actions.importing import import_utterances
    from nlu.actions.training import activate_version, request_training, run_training
    from nlu.actions.workspaces import create_workspace
    from nlu.inference import version_dir
    from nlu.models import ModelVersion, TrainingRun
    from nlu.pipeline.pipeline import NluPipeline
    from nlu.types import TrainingProgress
    from tests.nlu.pipeline.corpus import shop_examples

    call_command("migrate", verbosity=0)
    workspace = create_workspace(slug="killed", name="Killed", default_locale="en", actor=None)
    lines = [json.dumps({"text": example.text, "intent": example.intent}) for example in shop_examples()]
    import_utterances(workspace=workspace, lines=lines, file_format="jsonl", actor=None)

    def train(watch: Callable[[TrainingProgress], None] | None = None) -> None:
        run = TrainingRun.objects.filter(workspace=workspace).latest("pk")
        run_training(run.pk, watch=watch, quick=True)

    def reported(stage: str) -> Callable[[TrainingProgress], None]:
        def watch(progress: TrainingProgress) -> None:
            if progress.stage.startswith(stage):
                os.kill(os.getpid(), signal.SIGKILL)

        return watch

    def dying(condition: Event) -> Callable[[], None]:
        def work() -> None:
            dies_when(condition)
            train()

        return work

    request_training(workspace=workspace, actor=None)
    in_child(train)
    activate_version(version=ModelVersion.objects.get(), actor=None)
    points: dict[str, Callable[[], None]] = {
        "first epoch": lambda: train(reported("validation")),
        "last fit": lambda: train(reported("final")),
        "writing": dying(writes("manifest.json")),
        "making it visible": dying(renames),
        "gate": dying(reads_again),
    }
    found = {}
    for name, work in points.items():
        request_training(workspace=workspace, actor=None)
        ended = in_child(work)
        run = TrainingRun.objects.filter(workspace=workspace).latest("pk")
        between = {"status": run.status, "versions": ModelVersion.objects.count()}
        in_child(train)
        run.refresh_from_db()
        newest = ModelVersion.objects.latest("number")
        found[name] = {
            "signal": ended,
            "between": between,
            "status": run.status,
            "versions": ModelVersion.objects.count(),
            "own": newest.run_id == run.pk,
            "loads": NluPipeline.load(version_dir(newest)).parse("refund").top is not None,
            "active": ModelVersion.objects.get(status="active").number,
        }
    left = sorted(entry.name for entry in (Path(settings.MODEL_DIR) / workspace.slug).iterdir())
    named = {Path(version.folder).name for version in ModelVersion.objects.all()}
    print(json.dumps({"points": found, "left_behind": [name for name in left if name not in named]}))


if __name__ == "__main__":
    main()
