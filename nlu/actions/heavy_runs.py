"""One heavy thing at a time in a workspace: a model's training, an encoder's, or proposing utterances."""

from __future__ import annotations

from nlu.errors import TrainingRefused
from nlu.models import GenerationRun, TrainedEncoder, TrainingRun, Workspace
from nlu.models.training import RunStatus

HeavyRun = TrainingRun | TrainedEncoder | GenerationRun


def heavy_run(workspace: Workspace) -> HeavyRun | None:
    """What waits or works at the moment, or None."""
    runs = TrainingRun.objects.filter(workspace=workspace, status__in=[RunStatus.QUEUED, RunStatus.RUNNING])
    return (
        runs.first()
        or TrainedEncoder.objects.filter(workspace=workspace).in_work().first()
        or GenerationRun.objects.filter(workspace=workspace).in_work().first()
    )


def refuse_beside_heavy(workspace: Workspace) -> None:
    """Lock the workspace; TrainingRefused while anything heavy goes on in it. In a transaction."""
    Workspace.objects.select_for_update().get(pk=workspace.pk)
    match heavy_run(workspace):
        case TrainedEncoder():
            raise TrainingRefused("A sentence encoder of this workspace is being trained")
        case GenerationRun():
            raise TrainingRefused("Utterances are being proposed in this workspace")
        case TrainingRun():
            raise TrainingRefused("Another training of this workspace is going on")
