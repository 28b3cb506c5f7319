"""A version's promise of how often it is wrong: the live preview, saving, the utterances behind the numbers."""

from __future__ import annotations

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from console.held_out_lists import SHOWN, chosen_answers, held_out_list, rows_of
from console.permissions import StaffRequest, has_permission, requires
from console.promise_panel import bounds_for, promise_panel
from console.tables import csv_response, one_of
from nlu.actions.promises import checked_percent, read_evidence, save_promise, withdraw_promise
from nlu.errors import CorruptArtifact, InvalidData, NoHeldOutAnswers, StaleEdit
from nlu.models import Intent, ModelVersion


def version_of(request: StaffRequest, number: int) -> ModelVersion:
    """The workspace's version with this number, or 404."""
    versions = ModelVersion.objects.select_related("workspace", "promised_by")
    return get_object_or_404(versions, workspace=request.workspace, number=number)


def panel_address(number: int, percent: str = "") -> str:
    """The panel on the version's page."""
    query = f"?percent={percent}" if percent else ""
    return f"{reverse('console:training_version', args=[number])}{query}#promise"


@requires("evaluate")
def preview(request: StaffRequest, number: int) -> HttpResponseBase:
    """What a percentage would change, as a fragment; without htmx the version's page with it."""
    version = version_of(request, number)
    panel = promise_panel(version, request.GET.get("percent"))
    if not request.htmx:
        return redirect(panel_address(number, panel.percent if panel.preview else ""))
    status = 422 if panel.problem == "percent" else 200
    context = {"version": version, "promise": panel, "intent_ids": intent_ids(request)}
    return render(request, "console/training/promise_preview.html", context, status=status)


def intent_ids(request: StaffRequest) -> dict[str, int]:
    """What links the names of intents to their pages: nothing for those who may not open them."""
    if not has_permission(request.user, "teach"):
        return {}
    return dict(Intent.objects.filter(workspace=request.workspace).values_list("name", "pk"))


@requires("teach")
def save(request: StaffRequest, number: int) -> HttpResponseBase:
    """Show what changes and ask; then make the promise, or with `withdraw` take it back."""
    version = version_of(request, number)
    if request.method == "POST":
        return saved(request, version)
    panel = promise_panel(version, request.GET.get("percent"))
    withdraws = "withdraw" in request.GET
    if panel.preview is None or (withdraws and version.promise is None):
        messages.error(request, panel.message or _("There is nothing to promise or to take back here."))
        return redirect(panel_address(number))
    context = {"version": version, "promise": panel, "preview": panel.preview, "withdraws": withdraws}
    return render(request, "console/training/promise_save.html", context)


def saved(request: StaffRequest, version: ModelVersion) -> HttpResponseBase:
    """Do it, and say what came of it."""
    seen = request.POST.get("seen", "")
    try:
        if request.POST.get("withdraw"):
            withdraw_promise(version=version, actor=request.user, seen=seen)
            done = _("The promise is taken back. The bound that training fitted is in force again.")
        else:
            percent = checked_percent(request.POST.get("percent", ""))
            save_promise(version=version, percent=percent, actor=request.user, seen=seen)
            done = _("Promised: of what %(version)s answers on its own, at most %(share)s is wrong.") % {
                "version": version,
                "share": f"{percent:g}\u00a0%",
            }
    except StaleEdit:
        messages.error(
            request,
            _("Somebody else changed the promise meanwhile. Nothing was saved; look at it and choose again."),
        )
    except InvalidData as error:
        messages.error(request, str(error))
    except NoHeldOutAnswers:
        messages.error(request, _("This version has no held-out utterances to choose a bound on. Train again."))
    except CorruptArtifact:
        messages.error(request, _("The files of this version are damaged or missing. Nothing was changed."))
    else:
        messages.success(request, done)
    return redirect(panel_address(version.number))


@requires("evaluate")
def held_out(request: StaffRequest, number: int) -> HttpResponseBase:
    """The held-out utterances and what becomes of each, filtered; as a page or as CSV."""
    version = version_of(request, number)
    percent = request.GET.get("percent", "")
    try:
        evidence = read_evidence(version)
    except (NoHeldOutAnswers, CorruptArtifact):
        messages.error(request, _("This version has no held-out utterances that could be listed."))
        return redirect(panel_address(number))
    now, chosen = bounds_for(version, evidence, percent)
    if request.GET.get("format") == "csv":
        show = one_of(request, "show", SHOWN, "all")
        rows = rows_of(version.workspace_id, chosen_answers(evidence.answers, show, now, chosen), now, chosen)
        return csv_response(
            f"version-{version.number}-held-out.csv",
            ["text", "intent", "understood", "confidence", "now", "then"],
            (
                [
                    row.utterance.text if row.utterance else "",
                    row.answer.gold,
                    row.answer.intent,
                    row.answer.confidence,
                    row.fate_now,
                    row.fate,
                ]
                for row in rows
            ),
        )
    context = {
        "version": version,
        "held_out": held_out_list(request, evidence.answers, now, chosen),
        "now": now,
        "chosen": chosen,
        "percent": percent if now != chosen else "",
        "intent_ids": intent_ids(request),
    }
    return render(request, "console/training/held_out.html", context)
