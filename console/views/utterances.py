"""Utterances: adding, correcting, marking, moving, deleting, taking back."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from django_htmx.http import reswap, retarget

from console import undo
from console.flow_editing import take_back_draft
from console.permissions import StaffRequest, requires
from console.tables import chosen_ids, number_of
from console.utterance_lists import utterance_list, utterance_row
from nlu.actions.corrections import take_back_correction
from nlu.actions.settled_findings import reopen_finding
from nlu.actions.utterance_edits import (
    add_texts,
    annotate_utterance,
    delete_utterances,
    edit_utterance,
    move_back,
    move_utterances,
    remove_annotation,
    restore_utterances,
)
from nlu.actions.utterances import Stored
from nlu.errors import DuplicateUtterance, InvalidData, StaleEdit
from nlu.models import EntityAnnotation, EntityType, Intent, Utterance

SHOWN_DUPLICATES = 10


def posted_intent(request: StaffRequest, name: str = "intent") -> Intent | None:
    """The intent that a form names; empty means out of scope."""
    number = request.POST.get(name, "")
    if not number:
        return None
    return get_object_or_404(Intent, workspace=request.workspace, pk=number_of(number) or 0)


def page_url(intent: Intent | None) -> str:
    """The page that shows the utterances of the intent."""
    return reverse("console:intent", args=[intent.pk]) if intent else reverse("console:intent_outside")


def list_response(request: StaffRequest, intent: Intent | None, **extra: object) -> HttpResponseBase:
    """The list again as a fragment, or its page for a browser without scripts."""
    if not request.htmx:
        return redirect(page_url(intent))
    context = {"intent": intent, "utterances": utterance_list(request, intent), **extra}
    return render(request, "console/intents/utterances.html", context)


@require_POST
@requires("teach")
def add(request: StaffRequest) -> HttpResponseBase:
    """Add the typed line or the pasted lines, and say which were there already and where."""
    intent = posted_intent(request)
    try:
        stored = add_texts(
            workspace=request.workspace,
            intent=intent,
            texts=request.POST.get("text", "").splitlines(),
            locale=request.POST.get("locale", ""),
            actor=request.user,
        )
    except InvalidData as error:
        if not request.htmx:
            messages.error(request, str(error))
            return redirect(page_url(intent))
        answer = render(request, "console/intents/add_error.html", {"error": str(error)}, status=422)
        return reswap(retarget(answer, "#add-report"), "innerHTML")
    if not request.htmx:
        messages.success(request, added_text(stored))
        return redirect(page_url(intent))
    if request.POST.get("report") == "notice":
        messages.success(request, added_text(stored))
        return HttpResponse("")
    ids = {one.intent for one in stored.duplicates}
    names = dict(Intent.objects.filter(workspace=request.workspace, name__in=ids).values_list("name", "pk"))
    return render(
        request,
        "console/intents/added.html",
        {
            "intent": intent,
            "utterances": utterance_list(request, intent, unfiltered=True),
            "summary": added_text(stored),
            "duplicates": [(one, names.get(one.intent)) for one in stored.duplicates[:SHOWN_DUPLICATES]],
            "more": max(len(stored.duplicates) - SHOWN_DUPLICATES, 0),
        },
    )


def added_text(stored: Stored) -> str:
    """What an addition did, in one sentence."""
    added = ngettext("%(count)d utterance added.", "%(count)d utterances added.", stored.added) % {
        "count": stored.added
    }
    if not stored.duplicates:
        return added
    known = len(stored.duplicates)
    there = ngettext("%(count)d was there already.", "%(count)d were there already.", known) % {"count": known}
    return f"{added} {there}"


@requires("teach")
def row(request: StaffRequest, pk: int) -> HttpResponseBase:
    """One row: GET shows it (or, with `?edit`, its editor), POST saves the wording."""
    shown = utterance_row(request, pk)
    if shown is None:
        raise Http404
    utterance = shown.utterance
    context: dict[str, object] = {
        "row": shown,
        "editing": "edit" in request.GET,
        "focus": True,
        "types": EntityType.objects.filter(workspace=request.workspace).order_by("name"),
    }
    if request.method == "POST":
        try:
            edit_utterance(
                utterance=utterance,
                text=request.POST.get("text", ""),
                locale=request.POST.get("locale", utterance.locale),
                actor=request.user,
            )
        except DuplicateUtterance as error:
            context |= {"editing": True, "duplicate": error, "typed": request.POST.get("text", "")}
        except InvalidData as error:
            context |= {"editing": True, "error": str(error), "typed": request.POST.get("text", "")}
        else:
            context |= {"row": utterance_row(request, pk), "editing": False}
    if not request.htmx and not context["editing"]:
        return redirect(page_url(utterance.intent))
    template = "console/intents/row.html" if request.htmx else "console/intents/row_page.html"
    return render(request, template, context)


@require_POST
@requires("teach")
def bulk(request: StaffRequest) -> HttpResponseBase:
    """Move or delete the ticked rows; either can be taken back."""
    source = posted_intent(request, "source")
    ids = chosen_ids(request.POST.getlist("row"))
    if request.POST.get("do") == "move":
        target = None if request.POST.get("target") == "outside" else posted_intent(request, "target")
        if target is None and request.POST.get("target") != "outside":
            messages.error(request, _("Choose the intent to move to."))
            return list_response(request, source)
        moved = move_utterances(workspace=request.workspace, ids=ids, intent=target, actor=request.user)
        key = undo.remember(request, request.workspace, undo.Step(moved=moved))
        text = ngettext(
            "%(count)d utterance moved to “%(name)s”.", "%(count)d utterances moved to “%(name)s”.", len(moved)
        ) % {"count": len(moved), "name": target.name if target else _("Out of scope")}
    else:
        removed = delete_utterances(workspace=request.workspace, ids=ids, actor=request.user)
        key = undo.remember(request, request.workspace, undo.Step(removed=removed))
        text = ngettext("%(count)d utterance deleted.", "%(count)d utterances deleted.", len(removed)) % {
            "count": len(removed)
        }
    messages.success(request, text, extra_tags=f"undo:{key}")
    return list_response(request, source)


@require_POST
@requires("teach")
def take_back(request: StaffRequest, key: str) -> HttpResponseBase:
    """Undo a step and go back to the page it was made on."""
    step = undo.take(request, request.workspace, key)
    if step is None:
        messages.error(request, _("That step cannot be taken back any more."))
        return redirect("console:intents")
    if step.draft is not None:
        return redirect(take_back_draft(request, step.draft))
    if step.taught is not None:
        try:
            take_back_correction(workspace=request.workspace, taught=step.taught, actor=request.user)
        except StaleEdit as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Taken back: nothing is taught by it."))
        return redirect(step.page or "console:intents")
    if step.settled:
        if reopen_finding(workspace=request.workspace, pk=step.settled, actor=request.user):
            messages.success(request, _("Taken back: the finding is shown again."))
        else:
            messages.warning(request, _("Somebody has taken that back already."))
        return redirect(step.page or "console:data_health")
    target = None
    count = 0
    if step.removed:
        count = restore_utterances(workspace=request.workspace, removed=step.removed, actor=request.user)
        target = Intent.objects.filter(workspace=request.workspace, name=step.removed[0].intent).first()
    if step.moved:
        count = move_back(workspace=request.workspace, moved=step.moved, actor=request.user)
        target = Intent.objects.filter(workspace=request.workspace, pk=step.moved[0].intent_id or 0).first()
    done = ngettext("%(count)d utterance is back.", "%(count)d utterances are back.", count)
    messages.success(request, done % {"count": count})
    return redirect(step.page or page_url(target))


@require_POST
@requires("teach")
def annotate(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Mark a stretch of an utterance, offsets in code points."""
    utterance = get_object_or_404(Utterance, workspace=request.workspace, pk=pk)
    kind = get_object_or_404(EntityType, workspace=request.workspace, name=request.POST.get("type", ""))
    numbers = [request.POST.get(name, "") for name in ("start", "end")]
    start, end = (int(number) if number.isdecimal() and len(number) < 6 else -1 for number in numbers)
    try:
        annotate_utterance(utterance=utterance, start=start, end=end, entity_type=kind, actor=request.user)
    except InvalidData as error:
        messages.error(request, str(error))
    return row_response(request, utterance)


@require_POST
@requires("teach")
def unannotate(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Take a mark off."""
    annotation = get_object_or_404(EntityAnnotation, utterance__workspace=request.workspace, pk=pk)
    utterance = remove_annotation(annotation=annotation, actor=request.user)
    return row_response(request, utterance)


def row_response(request: StaffRequest, utterance: Utterance) -> HttpResponseBase:
    """The row again."""
    if not request.htmx:
        return redirect(page_url(utterance.intent))
    context = {"row": utterance_row(request, utterance.pk), "editing": False, "focus": True}
    return render(request, "console/intents/row.html", context)
