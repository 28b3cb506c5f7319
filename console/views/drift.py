"""The drift watch: how it stands, its alarms, and what people do about them."""

from __future__ import annotations

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chat.actions.drift import acknowledge_alarm, close_alarm
from chat.explanations import intent_titles
from chat.models import DriftAlarm
from console.drift_words import EARLIER_SHOWN, alarm_view, drift_view
from console.permissions import StaffRequest, requires


@require_GET
@requires("evaluate")
def index(request: StaffRequest) -> HttpResponseBase:
    """The open alarm, and earlier ones."""
    titles = intent_titles(request.workspace.pk, get_language() or "")
    view = drift_view(request.workspace, titles)
    earlier = DriftAlarm.objects.filter(workspace=request.workspace).select_related("version", "closed_by")
    if view.alarm is not None:
        earlier = earlier.exclude(pk=view.alarm.alarm.pk)
    return render(
        request,
        "console/drift/index.html",
        {"drift": view, "earlier": [alarm_view(alarm, titles) for alarm in earlier[:EARLIER_SHOWN]]},
    )


@require_POST
@requires("evaluate")
def acknowledge(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Somebody looks after it."""
    alarm = get_object_or_404(DriftAlarm, workspace=request.workspace, pk=pk)
    if acknowledge_alarm(alarm=alarm, actor=request.user):
        messages.success(request, _("Colleagues see that you look after it."))
    elif alarm.is_open:
        messages.info(request, _("Somebody looks after it already."))
    else:
        messages.info(request, _("The alarm is closed already."))
    return redirect("console:drift")


@require_POST
@requires("evaluate")
def close(request: StaffRequest, pk: int) -> HttpResponseBase:
    """The messages as they come now are the normal ones."""
    alarm = get_object_or_404(DriftAlarm, workspace=request.workspace, pk=pk)
    if close_alarm(alarm=alarm, actor=request.user):
        messages.success(
            request, _("Closed. The watch learns anew what is normal, from the messages since the alarm.")
        )
    else:
        messages.info(request, _("The alarm is closed already."))
    return redirect("console:drift")
