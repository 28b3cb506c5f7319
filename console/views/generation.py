"""Proposing utterances: switching it on, asking for proposals, watching a run, what it measured."""

from __future__ import annotations

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat.models import WorkerHeartbeat
from chat.models.workers import WorkerRole
from console.forms.proposals import GenerationForm
from console.permissions import StaffRequest, requires
from console.proposal_lists import (
    intent_choices,
    latest_run,
    progress_context,
    run_rows,
    state_counts,
    thin_intent_ids,
)
from console.proposal_words import EXPLANATIONS, TITLES, effect_panel, measure_rows, read_measures, refusals
from console.tables import number_of
from nlu.actions.generation_runs import (
    cancel_generation,
    delete_generation,
    request_generation,
    switch_generation,
)
from nlu.actions.heavy_runs import heavy_run
from nlu.errors import InvalidData, InvalidTransition, TrainingRefused
from nlu.export import ENOUGH_UTTERANCES, dataset_health
from nlu.models import GenerationRun, Utterance, Workspace
from nlu.models.proposals import GenerationMethod
from nlu.training_estimates import estimate_with, pace_of
from nlu.training_plans import TrainingPlan, candidates_of

# htmx stops polling at this status; the answer is swapped like any other.
STOP_POLLING = 286


def list_context(request: StaffRequest) -> dict[str, object]:
    """The runs that there were, what waits for review, and whether another run must wait."""
    return {
        "runs": run_rows(request.workspace),
        "counts": state_counts(request.workspace),
        "is_busy": heavy_run(request.workspace) is not None,
    }


def page(request: StaffRequest, form: GenerationForm, *, status: int = 200) -> HttpResponseBase:
    """Everything about proposing on one page."""
    choices = intent_choices(request.workspace, form["intents"].value() or ())
    context = list_context(request) | progress_context(latest_run(request.workspace))
    context |= {
        "form": form,
        "methods": [(value, TITLES[value], EXPLANATIONS[value]) for value in GenerationMethod.values],
        "thin": [one for one in choices if one.is_thin],
        "others": [one for one in choices if not one.is_thin],
        "others_open": any(one.is_checked for one in choices if not one.is_thin),
        "enough": ENOUGH_UTTERANCES,
        "effect_seconds": 2 * training_seconds(request.workspace),
        "generated": Utterance.objects.filter(workspace=request.workspace).generated().count(),
        "dispatcher_alive": WorkerHeartbeat.objects.alive(WorkerRole.DISPATCHER).exists(),
    }
    return render(request, "console/generation/index.html", context, status=status)


def training_seconds(workspace: Workspace) -> float:
    """About how long a fast training takes here."""
    plan = TrainingPlan()
    options = candidates_of(workspace, plan)
    return estimate_with(pace_of(workspace), options, plan, dataset_health(workspace)).seconds


@requires("teach")
def index(request: StaffRequest) -> HttpResponseBase:
    """What there is, the run in work, and the form for another one; `?intent=` chooses one intent."""
    number = number_of(request.GET.get("intent", ""))
    chosen = [number] if number is not None else thin_intent_ids(request.workspace)
    return page(request, GenerationForm(workspace=request.workspace, chosen=chosen))


@require_POST
@requires("teach")
def switch(request: StaffRequest) -> HttpResponseBase:
    """Let the workspace propose utterances, or stop it."""
    on = request.POST.get("on") == "1"
    switch_generation(workspace=request.workspace, on=on, actor=request.user)
    if on:
        messages.success(request, _("Utterances can be proposed now. Nothing teaches before you accept it."))
    else:
        messages.success(
            request,
            _("Nothing is proposed or accepted any more, and a run in work stops. What was accepted stays."),
        )
    return redirect("console:training_generation")


@require_POST
@requires("teach")
def start(request: StaffRequest) -> HttpResponseBase:
    """Ask for proposals; they are made in the background."""
    form = GenerationForm(request.POST, workspace=request.workspace)
    if not form.is_valid():
        return page(request, form, status=422)
    chosen = form.cleaned_data
    try:
        request_generation(
            workspace=request.workspace,
            method=chosen["method"],
            intents=list(chosen["intents"]),
            per_intent=chosen["per_intent"],
            with_effect=chosen["with_effect"],
            actor=request.user,
        )
    except TrainingRefused:
        messages.warning(request, _("A training of this workspace is going on already."))
    except InvalidData as error:
        form.add_error(None, str(error))
        return page(request, form, status=422)
    return redirect("console:training_generation")


@require_POST
@requires("teach")
def cancel(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Stop a run: a waiting one at once, a running one at its next step."""
    run = get_object_or_404(GenerationRun, workspace=request.workspace, pk=pk)
    try:
        cancel_generation(run=run, actor=request.user)
    except InvalidTransition:
        messages.warning(request, _("That run has ended already."))
    else:
        messages.success(request, _("The run stops at its next step."))
    return redirect("console:training_generation")


@requires("teach")
def delete(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Ask, then delete a run that has ended with all its proposals."""
    run = get_object_or_404(GenerationRun, workspace=request.workspace, pk=pk)
    if request.method != "POST":
        return render(request, "console/generation/delete.html", {"run": run, "found": run.proposals.count()})
    number = run.pk
    try:
        delete_generation(run=run, actor=request.user)
    except InvalidTransition:
        messages.error(request, _("That run still goes on. Cancel it first."))
    else:
        messages.success(request, _("Run #%(number)d and its proposals are deleted.") % {"number": number})
    return redirect("console:training_generation")


@requires("teach")
def progress(request: StaffRequest, pk: int) -> HttpResponseBase:
    """The progress panel, asked for every second until the run has ended."""
    run = get_object_or_404(GenerationRun, workspace=request.workspace, pk=pk)
    if not request.htmx:
        return redirect("console:training_generation")
    context = progress_context(run)
    if run.is_open:
        return render(request, "console/generation/progress.html", context)
    context |= list_context(request)
    return render(request, "console/generation/ended.html", context, status=STOP_POLLING)


@requires("teach")
def detail(request: StaffRequest, pk: int) -> HttpResponseBase:
    """One run: what was asked for, what came out, what was measured."""
    run = get_object_or_404(
        GenerationRun.objects.select_related("requested_by"), workspace=request.workspace, pk=pk
    )
    measures = read_measures(run)
    context = progress_context(run) | {
        "title": TITLES[run.method],
        "measures": measures,
        "rows": measure_rows(measures, run.checked_by) if measures is not None else (),
        "refusals": refusals(measures) if measures is not None else (),
        "effect": effect_panel(measures) if measures is not None else None,
        "waiting": run.proposals.filter(status="proposed").count(),
        "accepted": run.proposals.filter(status="accepted").count(),
    }
    return render(request, "console/generation/run.html", context)
