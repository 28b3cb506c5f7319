"""Running recorded conversations: starting, watching, stopping, and where each went another way."""

from __future__ import annotations

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat.actions.rehearsals import cancel_rehearsal, request_rehearsal
from chat.errors import FlowNotReady, InvalidInput, InvalidTransition, RehearsalRefused
from chat.models import Flow, RehearsalResult, RehearsalRun
from chat.recorded_results import conversations_of
from console.permissions import StaffRequest, requires
from console.recorded_pages import compared, run_context
from console.tables import chosen_ids, number_of

# htmx stops polling at this status; the answer is swapped like any other.
STOP_POLLING = 286


def wanted_flow(request: StaffRequest, pk: int) -> Flow:
    """The flow, of this workspace alone."""
    return get_object_or_404(Flow.objects.select_related("workspace"), workspace=request.workspace, pk=pk)


def wanted_run(request: StaffRequest, pk: int) -> RehearsalRun:
    """The run, of this workspace alone."""
    rows = RehearsalRun.objects.select_related("flow", "requested_by", "workspace")
    return get_object_or_404(rows, workspace=request.workspace, pk=pk)


@require_POST
@requires("teach")
def start(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Run the flow's conversations, all of the workspace or those named, with the draft or as published."""
    flow = wanted_flow(request, pk)
    named = chosen_ids(request.POST.getlist("conversation"))
    everything = named or request.POST.get("scope") == "all"
    chosen = conversations_of(request.workspace, None if everything else flow)
    if named:
        chosen = [one for one in chosen if one.pk in named]
    draft = request.POST.get("against", "draft") == "draft"
    try:
        run = request_rehearsal(
            workspace=request.workspace, conversations=chosen, draft_of=flow if draft else None, actor=request.user
        )
    except FlowNotReady:
        messages.error(request, _("The draft has problems with which it cannot run."))
        return redirect("console:flow", flow.pk)
    except (RehearsalRefused, InvalidInput) as error:
        messages.error(request, str(error))
        return redirect("console:flow_conversations", flow.pk)
    return redirect("console:flow_rehearsal", flow.pk, run.pk)


@requires("teach")
def detail(request: StaffRequest, pk: int, run: int) -> HttpResponseBase:
    """How far it is, and every result; `?result=` shows one beside what was expected."""
    flow = wanted_flow(request, pk)
    row = wanted_run(request, run)
    number = number_of(request.GET.get("result", ""))
    result = RehearsalResult.objects.filter(run=row, pk=number).first() if number is not None else None
    context = run_context(row) | {"flow": flow, "talk": compared(result) if result is not None else None}
    return render(request, "console/flows/rehearsal.html", context)


@requires("teach")
def progress(request: StaffRequest, pk: int, run: int) -> HttpResponseBase:
    """The panel, asked for every second until the run has ended."""
    flow = wanted_flow(request, pk)
    row = wanted_run(request, run)
    if not request.htmx:
        return redirect("console:flow_rehearsal", flow.pk, row.pk)
    status = 200 if row.is_open else STOP_POLLING
    return render(request, "console/flows/rehearsal_panel.html", run_context(row) | {"flow": flow}, status=status)


@require_POST
@requires("teach")
def cancel(request: StaffRequest, pk: int, run: int) -> HttpResponseBase:
    """Stop it; results until then stay."""
    flow = wanted_flow(request, pk)
    row = wanted_run(request, run)
    try:
        cancel_rehearsal(run=row, actor=request.user)
    except InvalidTransition:
        messages.warning(request, _("That run has ended already."))
    else:
        messages.success(request, _("The run is stopped. Results until then stay."))
    return redirect("console:flow_rehearsal", flow.pk, row.pk)
