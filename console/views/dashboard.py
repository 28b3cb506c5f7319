"""The overview: what happens now, what happened lately, what to do next."""

from __future__ import annotations

from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from chat.explanations import intent_titles
from console import charts, figures
from console.drift_words import drift_view
from console.permissions import StaffRequest, requires


@requires("overview")
def dashboard(request: StaffRequest) -> HttpResponseBase:
    """Everything is read for the current workspace."""
    days = figures.last_days(request.workspace)
    chart = charts.stacked_bars(
        [
            (
                _("%(day)s: %(contained)s answered by the assistant, %(handed)s handed off")
                % {
                    "day": date_format(day.day, "MONTH_DAY_FORMAT"),
                    "contained": day.contained,
                    "handed": day.handed_off,
                },
                (day.contained, day.handed_off),
            )
            for day in days
        ]
    )
    return render(
        request,
        "console/dashboard.html",
        {
            "today": figures.today(request.workspace),
            "days": days,
            "chart": chart,
            "status": figures.system_status(request.workspace),
            "setup": figures.setup_steps(request.workspace),
            "drift": drift_view(request.workspace, intent_titles(request.workspace.pk, get_language() or "")),
        },
    )
