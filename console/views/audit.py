"""The audit list: who did what, when, and why."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.models import User
from django.db.models import Q
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.dateparse import parse_date

from chat.transcripts import FIRST_DAY, LAST_DAY
from console.figures import end_of, start_of
from console.permissions import StaffRequest, requires
from console.tables import csv_response, number_of, one_of, page_of, search_text
from nlu.models import AuditEntry

MOST_EXPORTED = 100_000


@requires("audit")
def index(request: StaffRequest) -> HttpResponseBase:
    """Entries of the workspace and of the installation as a whole, newest first."""
    entries = AuditEntry.objects.filter(Q(workspace=request.workspace) | Q(workspace__isnull=True))
    kinds = sorted(set(entries.order_by().values_list("object_type", flat=True).distinct()))
    query = search_text(request)
    kind = one_of(request, "kind", kinds)
    person = request.GET.get("person", "")
    if query:
        entries = entries.filter(
            Q(action__icontains=query) | Q(summary__icontains=query) | Q(reason__icontains=query)
        )
    if kind:
        entries = entries.filter(object_type=kind)
    if person == "system":
        entries = entries.filter(actor__isnull=True)
    elif (actor_id := number_of(person)) is not None:
        entries = entries.filter(actor_id=actor_id)
    first, last = day_of(request, "from"), day_of(request, "to")
    if first is not None:
        entries = entries.filter(created_at__gte=start_of(first))
    if last is not None:
        entries = entries.filter(created_at__lt=end_of(last))
    entries = entries.select_related("actor").order_by("-id")
    if request.GET.get("format") == "csv":
        return csv_response(
            "audit.csv",
            ["at", "person", "action", "object", "id", "summary", "reason"],
            (
                [
                    entry.created_at.isoformat(),
                    entry.actor.get_username() if entry.actor else "",
                    entry.action,
                    entry.object_type,
                    entry.object_id,
                    entry.summary,
                    entry.reason,
                ]
                for entry in entries[:MOST_EXPORTED].iterator(chunk_size=1000)
            ),
        )
    return render(
        request,
        "console/audit/index.html",
        {
            "page": page_of(request, entries),
            "kinds": kinds,
            "people": User.objects.filter(pk__in=AuditEntry.objects.values("actor")).order_by("username"),
            "query": query,
            "kind": kind,
            "person": person,
            "first": request.GET.get("from", "") if first else "",
            "last": request.GET.get("to", "") if last else "",
            "is_filtered": bool(query or kind or person or first or last),
        },
    )


def day_of(request: StaffRequest, name: str) -> date | None:
    """A day from the address, or None for nonsense."""
    try:
        day = parse_date(request.GET.get(name, ""))
    except ValueError:
        return None
    return day if day is not None and FIRST_DAY <= day <= LAST_DAY else None
