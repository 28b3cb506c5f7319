"""Trying a flow out: the draft or a published version, from any step, by the same path as live chat."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat.actions.flow_trials import decide_call, fresh_trial, say_in_trial, start_trial
from chat.actions.recordings import record_trial
from chat.dialogue.flow_checks import Problem
from chat.dialogue.flow_reader import flow_of
from chat.errors import FlowNotReady, InvalidInput, NoTurnWorker, TrialWentOn
from chat.models import Flow, FlowTrial, FlowVersion
from console.flow_trial_page import attributes_of, held_back, trial_page
from console.flow_words import problem_text
from console.forms.flow_trials import PROFILE, OutcomeForm, TrialStartForm
from console.forms.recordings import RecordForm
from console.permissions import StaffRequest, requires
from console.tables import number_of

VERSIONS_OFFERED: Final = 20


def wanted_flow(request: StaffRequest, pk: int) -> Flow:
    """The flow, of this workspace alone."""
    return get_object_or_404(Flow.objects.select_related("workspace"), workspace=request.workspace, pk=pk)


def wanted_trial(request: StaffRequest, flow: Flow) -> FlowTrial | None:
    """The person's own talk."""
    return fresh_trial(flow=flow, staff=request.user)


def start_form(
    request: StaffRequest, flow: Flow, trial: FlowTrial | None, *, sent: bool = False
) -> TrialStartForm:
    """The form to begin with, as it was `sent`, or filled in as the talk under way was begun."""
    definition = flow_of(flow.draft)
    initial: dict[str, object] = {
        "locale": request.workspace.default_locale,
        "step": request.GET.get("step", ""),
    }
    if trial is not None and "step" not in request.GET:
        version = str(trial.version.number) if trial.version is not None else ""
        initial |= {"version": version, "locale": trial.locale, "step": trial.start.get("step", "")}
        initial |= {f"slot_{name}": value for name, value in trial.start.get("slots", {}).items()}
        initial |= {f"{PROFILE}{name}": value for name, value in trial.profile.items()}
    return TrialStartForm(
        request.POST if sent else None,
        definition=definition,
        versions=list(FlowVersion.objects.filter(flow=flow)[:VERSIONS_OFFERED]),
        attributes=attributes_of(definition),
        locale=get_language() or "",
        initial=initial,
    )


def shown(
    request: StaffRequest,
    flow: Flow,
    trial: FlowTrial | None,
    *,
    error: str = "",
    text: str = "",
    form: TrialStartForm | None = None,
    problems: tuple[str, ...] = (),
) -> HttpResponseBase:
    """The talk, as the panel that replaces itself or as the whole page; the flow's page if it cannot be read."""
    try:
        flow_of(flow.draft)
    except InvalidInput:
        return redirect("console:flow", flow.pk)
    page = trial_page(trial, get_language() or "") if trial is not None else None
    context: dict[str, object] = {
        "flow": flow,
        "page": page,
        "map": page.map if page is not None else None,
        "form": form or start_form(request, flow, trial),
        "outcome_form": OutcomeForm(action=page.action) if page is not None and page.waits is not None else None,
        "record_form": RecordForm(),
        "error": error,
        "text": text,
        "problems": problems,
    }
    if request.htmx and request.htmx.target == "trial":
        return render(request, "console/flows/trial.html", context)
    return render(request, "console/flows/try.html", context)


@requires("teach")
def trial(request: StaffRequest, pk: int) -> HttpResponseBase:
    """The page; it shows the person's talk if one is under way, unless a step is asked for."""
    flow = wanted_flow(request, pk)
    return shown(request, flow, wanted_trial(request, flow))


@require_POST
@requires("teach")
def start(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Begin anew."""
    flow = wanted_flow(request, pk)
    try:
        form = start_form(request, flow, None, sent=True)
    except InvalidInput:
        return redirect("console:flow", flow.pk)
    if not form.is_valid():
        return shown(request, flow, wanted_trial(request, flow), form=form)
    number = number_of(form.cleaned_data["version"])
    version = FlowVersion.objects.filter(flow=flow, number=number).first() if number is not None else None
    error = ""
    try:
        start_trial(
            flow=flow,
            staff=request.user,
            version=version,
            locale=form.cleaned_data["locale"],
            start=form.start(),
            profile=form.given(PROFILE),
        )
    except FlowNotReady as refused:
        return shown(request, flow, wanted_trial(request, flow), form=form, problems=told(refused))
    except (InvalidInput, NoTurnWorker) as refused:
        error = str(refused)
    if not request.htmx and not error:
        return redirect("console:flow_try", flow.pk)
    return shown(request, flow, wanted_trial(request, flow), error=error, form=form)


@require_POST
@requires("teach")
def say(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Write as a customer would."""
    flow = wanted_flow(request, pk)
    talk = wanted_trial(request, flow)
    if talk is None:
        return shown(request, flow, None, error=gone())
    text = request.POST.get("text", "")
    try:
        say_in_trial(trial=talk, text=text, after=number_of(request.POST.get("after", "")) or 0)
    except FlowNotReady as error:
        return shown(request, flow, wanted_trial(request, flow), text=text, problems=told(error))
    except (InvalidInput, NoTurnWorker, TrialWentOn) as error:
        return shown(request, flow, wanted_trial(request, flow), error=str(error), text=text)
    return answered(request, flow)


@require_POST
@requires("teach")
def call(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Decide about a call that was not made: choose what it brings, or really make it."""
    flow = wanted_flow(request, pk)
    talk = wanted_trial(request, flow)
    if talk is None:
        return shown(request, flow, None, error=gone())
    key = request.POST.get("key", "")
    try:
        if "really" in request.POST:
            if request.POST.get("sure") != "on":
                raise InvalidInput(_("Tick that it shall really be done."))
            decide_call(trial=talk, key=key, really=True)
        else:
            form = OutcomeForm(request.POST, action=held_back(talk))
            if not form.is_valid():
                raise InvalidInput(_("Choose an outcome."))
            decide_call(trial=talk, key=key, outcome=form.cleaned_data["outcome"], outputs=form.outputs())
    except FlowNotReady as error:
        return shown(request, flow, wanted_trial(request, flow), problems=told(error))
    except (InvalidInput, NoTurnWorker, TrialWentOn) as error:
        return shown(request, flow, wanted_trial(request, flow), error=str(error))
    return answered(request, flow)


@require_POST
@requires("teach")
def keep(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Keep the talk as a recorded conversation, and go on to what shall be expected of it."""
    flow = wanted_flow(request, pk)
    talk = wanted_trial(request, flow)
    if talk is None:
        messages.error(request, gone())
        return redirect("console:flow_try", flow.pk)
    form = RecordForm(request.POST)
    try:
        if not form.is_valid():
            raise InvalidInput(_("Give the conversation a name."))
        kept = record_trial(trial=talk, name=form.cleaned_data["name"], actor=request.user)
    except InvalidInput as error:
        messages.error(request, str(error))
        return redirect("console:flow_try", flow.pk)
    messages.success(request, _("Kept. Choose what must stay so, and what may change."))
    return redirect("console:flow_conversation", flow.pk, kept.pk)


def told(refused: FlowNotReady) -> tuple[str, ...]:
    """What keeps a draft from running, in words."""
    return tuple(dict.fromkeys(problem_text(one) for one in refused.problems if isinstance(one, Problem)))


def answered(request: StaffRequest, flow: Flow) -> HttpResponseBase:
    """The talk as it is now; without scripts by way of a new page, so that a reload sends nothing twice."""
    if not request.htmx:
        return redirect("console:flow_try", flow.pk)
    return shown(request, flow, wanted_trial(request, flow))


def gone() -> str:
    """What is said where the talk is no longer there."""
    return _("This talk is over a day old, or was ended in another window. Start again.")
