"""Imports in the background: watching one, stopping it, what it did."""

from __future__ import annotations

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from console.imports import run_context
from console.permissions import StaffRequest, requires
from console.tables import csv_response
from nlu.actions.import_reports import Findings
from nlu.actions.import_runs import cancel_import
from nlu.errors import InvalidTransition
from nlu.models import ImportRun

# htmx stops polling at this status; the answer is swapped like any other.
STOP_POLLING = 286


def wanted_run(request: StaffRequest, pk: int) -> ImportRun:
    """The import, of this workspace alone."""
    return get_object_or_404(ImportRun.objects.select_related("requested_by"), workspace=request.workspace, pk=pk)


@requires("teach")
def detail(request: StaffRequest, pk: int) -> HttpResponseBase:
    """How far it is, and at its end what it did."""
    return render(request, "console/imports/run.html", run_context(wanted_run(request, pk)))


@requires("teach")
def progress(request: StaffRequest, pk: int) -> HttpResponseBase:
    """The panel, asked for every second until the import has ended."""
    run = wanted_run(request, pk)
    if not request.htmx:
        return redirect("console:intent_import_run", run.pk)
    status = 200 if run.is_open else STOP_POLLING
    return render(request, "console/imports/panel.html", run_context(run), status=status)


@require_POST
@requires("teach")
def cancel(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Stop it; what it has stored stays."""
    run = wanted_run(request, pk)
    try:
        cancel_import(run=run, actor=request.user)
    except InvalidTransition:
        messages.warning(request, _("That import has ended already."))
    else:
        messages.success(request, _("The import is stopped. What was stored until then stays."))
    return redirect("console:intent_import_run", run.pk)


@requires("teach")
def refused(request: StaffRequest, pk: int) -> HttpResponseBase:
    """The lines that could not be used, as a table."""
    run = wanted_run(request, pk)
    found = Findings.from_json(run.report, rejected=run.rejected)
    return csv_response(
        "refused.csv",
        ["line", "file", "problem"],
        ([one.line or "", one.file, one.message] for one in found.errors),
    )
