"""Training: what the data is like, the run that is going on, earlier runs, versions."""

from __future__ import annotations

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat.models import WorkerHeartbeat
from chat.models.workers import WorkerRole
from console import charts
from console.encoder_words import choice_of_run, encoder_name
from console.forms.training import TrainingForm
from console.gate_words import gate_badge
from console.model_metrics import read_metrics
from console.permissions import StaffRequest, requires
from console.training_start import start_panel
from nlu.actions.import_runs import open_import
from nlu.actions.training import cancel_training, request_training
from nlu.errors import InvalidData, InvalidTransition, TrainingRefused
from nlu.export import ENOUGH_UTTERANCES, dataset_health
from nlu.inference import read_promise
from nlu.models import GenerationRun, ModelVersion, TrainedEncoder, TrainingRun
from nlu.models.training import VersionStatus
from nlu.training_plans import FEWEST_MESSAGES

SHOWN_RUNS = 12
SHOWN_VERSIONS = 12
# htmx stops polling at this status; the answer is swapped like any other.
STOP_POLLING = 286


def progress_context(run: TrainingRun | None) -> dict[str, object]:
    """What the progress panel shows of a run; its curve is drawn from the row, so a reload loses nothing."""
    if run is None:
        return {"run": None}
    curve = run.curve if isinstance(run.curve, list) else []
    losses = [point.get("loss") for point in curve if isinstance(point, dict)]
    accuracies = [point.get("accuracy") for point in curve if isinstance(point, dict)]
    end = run.finished_at or timezone.now()
    return {
        "run": run,
        "loss_chart": charts.lines([losses]),
        "accuracy_chart": charts.lines([accuracies]),
        "has_curve": len(curve) > 0,
        "elapsed": (end - run.started_at).total_seconds() if run.started_at else None,
        "version": ModelVersion.objects.filter(run=run).first(),
        "trying": encoder_name(run.trying),
        "choice": choice_of_run(run),
    }


def latest_run(request: StaffRequest) -> TrainingRun | None:
    """The newest run of the workspace."""
    return TrainingRun.objects.filter(workspace=request.workspace).order_by("-id").first()


def list_context(request: StaffRequest, form: TrainingForm | None = None) -> dict[str, object]:
    """Versions, earlier runs, and how another training may be started; `form` is one that was sent in vain."""
    health = dataset_health(request.workspace)
    active = ModelVersion.objects.filter(workspace=request.workspace, status=VersionStatus.ACTIVE).first()
    versions = ModelVersion.objects.filter(workspace=request.workspace).select_related("run", "activated_by")
    runs = TrainingRun.objects.filter(workspace=request.workspace).select_related("requested_by", "version")
    return {
        "health": health,
        "start": start_panel(request.workspace, health, form),
        "generation_in_work": GenerationRun.objects.filter(workspace=request.workspace).in_work().first(),
        "fewest_messages": FEWEST_MESSAGES,
        "importing": open_import(request.workspace),
        "encoder_in_work": TrainedEncoder.objects.filter(workspace=request.workspace).in_work().first(),
        "enough": ENOUGH_UTTERANCES,
        "runs": runs.defer("curve")[:SHOWN_RUNS],
        "versions": [
            (version, read_metrics(version, active), gate_badge(version, active), read_promise(version))
            for version in versions[:SHOWN_VERSIONS]
        ],
    }


@requires("teach")
def index(request: StaffRequest) -> HttpResponseBase:
    """Everything about training on one page."""
    return page(request)


def page(request: StaffRequest, form: TrainingForm | None = None) -> HttpResponseBase:
    """The page, with a form that could not be followed if there is one."""
    context = list_context(request, form) | progress_context(latest_run(request))
    context["dispatcher_alive"] = WorkerHeartbeat.objects.alive(WorkerRole.DISPATCHER).exists()
    return render(request, "console/training/index.html", context, status=422 if form is not None else 200)


@requires("teach")
def estimate(request: StaffRequest) -> HttpResponseBase:
    """How long each way would take with the minutes that are being typed."""
    if not request.htmx:
        return redirect("console:training")
    form = TrainingForm(request.GET, workspace=request.workspace)
    panel = start_panel(request.workspace, dataset_health(request.workspace), form)
    return render(request, "console/training/estimate.html", {"start": panel})


@require_POST
@requires("teach")
def start(request: StaffRequest) -> HttpResponseBase:
    """Ask for a training; it runs in the background. Without an effort it is done as the last one was."""
    form = TrainingForm(request.POST, workspace=request.workspace) if "effort" in request.POST else None
    if form is not None and not form.is_valid():
        return page(request, form)
    try:
        plan = form.plan() if form is not None else None
        request_training(workspace=request.workspace, actor=request.user, plan=plan)
    except TrainingRefused:
        if dataset_health(request.workspace).can_train:
            messages.warning(request, _("A training of this workspace is going on already."))
        else:
            messages.error(request, _("Training needs at least two intents with at least two utterances each."))
    except InvalidData as error:
        if form is None:
            messages.error(request, str(error))
        else:  # the encoder was deleted since the form was sent out
            form.add_error(None, str(error))
            return page(request, form)
    return redirect("console:training")


@require_POST
@requires("teach")
def cancel(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Stop a run: a waiting one at once, a running one at its next step."""
    run = get_object_or_404(TrainingRun, workspace=request.workspace, pk=pk)
    try:
        cancel_training(run=run, actor=request.user)
    except InvalidTransition:
        messages.warning(request, _("That training has ended already."))
    else:
        messages.success(request, _("The training stops at its next step."))
    return redirect("console:training")


@requires("teach")
def progress(request: StaffRequest, pk: int) -> HttpResponseBase:
    """The progress panel, asked for every second until the run has ended."""
    run = get_object_or_404(TrainingRun, workspace=request.workspace, pk=pk)
    if not request.htmx:
        return redirect("console:training")
    if run.is_open:
        return render(request, "console/training/progress.html", progress_context(run))
    context = list_context(request) | progress_context(run)
    return render(request, "console/training/ended.html", context, status=STOP_POLLING)
