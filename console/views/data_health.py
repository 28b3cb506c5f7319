"""Data health: what is wrong with the training data, found before a training, with the repair beside it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from console import undo
from console.health_lists import OUTSIDE_KEY, csv_headers, csv_rows, filters_of, finding_list
from console.permissions import StaffRequest, requires
from console.tables import chosen_ids, csv_response, number_of
from nlu.actions.settled_findings import reopen_finding, settle_finding
from nlu.actions.utterance_edits import annotate_utterance, delete_utterances, move_utterances
from nlu.errors import InvalidData, StaleEdit
from nlu.health import HealthCounts, HealthReport, counts_of, health_report, with_answers
from nlu.models import EntityType, Intent, SettledFinding, Utterance
from nlu.models.settled_findings import FindingKind


@requires("teach")
def index(request: StaffRequest) -> HttpResponseBase:
    """One part of the findings, filtered and in pages; `?format=csv` gives all that the filters select."""
    filters = filters_of(request)
    if request.GET.get("format") == "csv":
        rows = csv_rows(request, health_report(request.workspace), filters)
        return csv_response(f"{filters.part}.csv", csv_headers(filters), rows)
    return render(request, "console/data_health/index.html", page_context(request))


def page_context(
    request: StaffRequest, focus: int | None = None, found: HealthReport | None = None
) -> dict[str, object]:
    """What the page and its fragment show.

    `focus` is the row that gets the focus after a repair; `found` what was found, if the request knows it already.
    """
    report = health_report(request.workspace) if found is None else with_answers(request.workspace, found)
    filters = filters_of(request)
    listed = finding_list(request, report, filters)
    query = request.GET.copy()
    query.pop("format", None)
    return {
        "report": report,
        "filters": filters,
        "parts": parts_of(counts_of(report), filters.part),
        "found": listed,
        "template": f"console/data_health/{filters.part}.html",
        "intents": Intent.objects.filter(workspace=request.workspace).order_by("name"),
        "query": query.urlencode(),
        "focus": min(focus, len(listed.rows) - 1) if focus is not None else None,
        "repaired": focus is not None,
    }


def parts_of(counts: HealthCounts, current: str) -> tuple[tuple[str, str, int, bool], ...]:
    """The parts of the page: key, title, findings, whether it is the one that is shown."""
    titles = (
        ("conflicts", _("Conflicts"), counts.conflicts),
        ("repetitions", _("Repetitions"), counts.repeated),
        ("balance", _("Balance"), counts.imbalances),
        ("marks", _("Marks"), counts.contradictions),
        ("doubts", _("Doubted labels"), counts.doubts),
    )
    return tuple((key, title, count, key == current) for key, title, count in titles)


@requires("teach")
def counts(request: StaffRequest) -> HttpResponseBase:
    """The numbers for the training page, which asks for them after it is shown."""
    if not request.htmx:
        return redirect("console:data_health")
    return render(
        request, "console/data_health/counts.html", {"counts": counts_of(health_report(request.workspace))}
    )


@require_POST
@requires("teach")
def fix(request: StaffRequest) -> HttpResponseBase:
    """Move or delete utterances, or let a finding stand, which can be taken back; or mark words as elsewhere."""
    page = reverse("console:data_health")
    query = request.GET.urlencode()
    if query:
        page = f"{page}?{query}"
    do = request.POST.get("do", "")
    found: HealthReport | None = None
    if do == "mark":
        mark(request)
    elif do in {"move", "delete"}:
        move_or_delete(request, page)
    elif do == "settle":
        found = settle(request, page)
    elif do == "reopen":
        reopen(request)
    else:
        raise Http404
    if not request.htmx:
        return redirect(page)
    at = number_of(request.POST.get("at", "")) or 0
    return render(request, "console/data_health/findings.html", page_context(request, at, found))


def move_or_delete(request: StaffRequest, page: str) -> None:
    """Do it, and offer to take it back on the page where it was done."""
    ids = chosen_ids(request.POST.getlist("row"))
    if not ids:
        messages.warning(request, _("Tick the utterances first."))
        return
    if request.POST.get("do") == "move":
        target = chosen_target(request)
        moved = move_utterances(workspace=request.workspace, ids=ids, intent=target, actor=request.user)
        key = undo.remember(request, request.workspace, undo.Step(moved=moved, page=page))
        text = ngettext(
            "%(count)d utterance moved to “%(name)s”.", "%(count)d utterances moved to “%(name)s”.", len(moved)
        ) % {"count": len(moved), "name": target.name if target else _("Out of scope")}
    else:
        removed = delete_utterances(workspace=request.workspace, ids=ids, actor=request.user)
        key = undo.remember(request, request.workspace, undo.Step(removed=removed, page=page))
        text = ngettext("%(count)d utterance deleted.", "%(count)d utterances deleted.", len(removed)) % {
            "count": len(removed)
        }
    messages.success(request, text, extra_tags=f"undo:{key}")


def settle(request: StaffRequest, page: str) -> HealthReport | None:
    """Let the finding stand, and offer to take one's own answer back; what was found, if it was looked for."""
    key = request.POST.get("finding", "")
    try:
        settlement = settle_finding(workspace=request.workspace, key=key, actor=request.user)
    except StaleEdit as error:
        messages.warning(request, str(error))
        return None
    row = settlement.row
    if settlement.made or row.settled_by_id == request.user.pk:
        step = undo.remember(request, request.workspace, undo.Step(settled=row.pk, page=page))
        messages.success(request, settled_text(row), extra_tags=f"undo:{step}")
    else:
        person = row.settled_by
        name = (person.get_full_name() or person.get_username()) if person is not None else _("Somebody")
        messages.info(request, _("%(name)s has settled this already.") % {"name": name})
    return settlement.found


def settled_text(row: SettledFinding) -> str:
    """For how long the answer stands."""
    if row.kind == FindingKind.DOUBT:
        return _(
            "Settled: it is shown again only if the text or its intent changes, or if a training is certain of "
            "yet another intent."
        )
    return _("Settled: it is not shown again as long as the words and the intents stay the same.")


def reopen(request: StaffRequest) -> None:
    """Look at the finding again."""
    if reopen_finding(
        workspace=request.workspace, pk=number_of(request.POST.get("answer", "")) or 0, actor=request.user
    ):
        messages.success(request, _("Taken back: the finding is shown again."))
    else:
        messages.warning(request, _("Somebody has taken that back already."))


def chosen_target(request: StaffRequest) -> Intent | None:
    """The intent to move to; None is out of scope, which the form must name too."""
    value = request.POST.get("target", "")
    if value == OUTSIDE_KEY:
        return None
    return get_object_or_404(Intent, workspace=request.workspace, pk=number_of(value) or 0)


def mark(request: StaffRequest) -> None:
    """Mark the words of one utterance, unless it has changed meanwhile."""
    pk = number_of(request.POST.get("row", "")) or 0
    utterance = get_object_or_404(Utterance, workspace=request.workspace, pk=pk)
    kind = get_object_or_404(EntityType, workspace=request.workspace, name=request.POST.get("type", ""))
    numbers = [number_of(request.POST.get(name, "")) for name in ("start", "end")]
    start, end = (-1 if number is None else number for number in numbers)
    words = utterance.text[start:end] if 0 <= start < end else ""
    if words != request.POST.get("words"):
        messages.warning(request, _("The utterance was changed meanwhile; look at it again."))
        return
    try:
        annotate_utterance(utterance=utterance, start=start, end=end, entity_type=kind, actor=request.user)
    except InvalidData as error:
        messages.error(request, str(error))
    else:
        done = _("“%(words)s” is marked as %(type)s.") % {"words": words, "type": kind.name}
        messages.success(request, done)
