"""Steps of a flow: the form of one, adding, moving, copying, removing. Every act saves the draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from chat.dialogue.flow_edits import (
    Document,
    add_step,
    copy_step,
    free_name,
    move_step,
    put_slot,
    put_step,
    remove_step,
    step_in,
)
from chat.errors import DraftChanged, InvalidInput
from chat.models import Flow
from console.flow_editing import (
    Panel,
    change_and_return,
    conflict_of,
    flow_or_404,
    keep,
    page_or_none,
    page_url,
    show,
)
from console.flow_page import flow_page
from console.flow_panels import step_panel
from console.flow_starts import blank_step
from console.flow_words import target_text
from console.forms.flow_kinds import FORMS, document_of, kind_in, step_form
from console.forms.flow_steps import StepForm
from console.permissions import StaffRequest, requires

REFRESH: Final = "refresh"
"""Show the form anew, with what was typed and the fields that belong to it."""
MORE: Final = "more-"
"""The same, with the cursor in the empty row of a kind."""


@requires("teach")
def step(request: StaffRequest, pk: int, step: str) -> HttpResponseBase:
    """Save the form of a step, and then move, copy or add; GET leads to the form."""
    flow = flow_or_404(request, pk)
    if request.method != "POST":
        return redirect(page_url(flow, step=step))
    page = page_or_none(request, flow)
    kind = request.POST.get("kind", "")
    if page is None or kind not in FORMS:
        return redirect(page_url(flow))
    written = step_in(page.document, step)
    is_gone = written is None or kind_in(written) != kind
    if written is None or is_gone:
        written = {**blank_step(kind, page.document), "id": step}
    form = step_form(request.POST, page=page, step=written)
    do = request.POST.get("do", "")
    if do == REFRESH or do.startswith(MORE):
        form.quiet = True
        return show(request, page, step_panel(page, written, form=form, focus=do.removeprefix(MORE)))
    if not form.is_valid():
        return show(request, page, step_panel(page, written, form=form))
    try:
        made = document_of(form)
        if is_gone and step_in(page.document, str(made["id"])) is not None:
            made = {**made, "id": free_name(step, list(page.definition.places))}
        document, target = act(
            do,
            request,
            with_step(page.document, str(made["id"]) if is_gone else step, made, form),
            str(made["id"]),
        )
        saved = keep(request, flow, document)
    except DraftChanged:
        conflict = conflict_of(flow, None if is_gone else written, document_of(form))
        return show(request, page, step_panel(page, written, form=form, conflict=conflict))
    except InvalidInput as error:
        form.add_error(None, str(error))
        return show(request, page, step_panel(page, written, form=form))
    return show_saved(request, saved, target, is_saved=target == made["id"])


def with_step(document: Document, step_id: str, made: Mapping[str, Any], form: StepForm) -> Document:
    """The draft with the step, and with the slot that it brought."""
    new_slot = form.new_slot() if "slot" in form.fields else None
    if new_slot is not None:
        document = put_slot(document, new_slot[0], new_slot[1])
    return put_step(document, step_id, made)


def act(do: str, request: StaffRequest, document: Document, step_id: str) -> tuple[Document, str]:
    """What a button of the form does besides saving: the draft, and the step to show then."""
    match do:
        case "up" | "down":
            return move_step(document, step_id, -1 if do == "up" else 1), step_id
        case "copy":
            return copy_step(document, step_id)
        case "add":
            return added(request, document, step_id)
    return document, step_id


def added(request: StaffRequest, document: Document, after: str) -> tuple[Document, str]:
    """The draft with a new step of the kind that was chosen, and its name."""
    kind = request.POST.get("new_kind", "")
    if kind not in FORMS:
        raise InvalidInput(_("Choose what the new step does."))
    made = blank_step(kind, document)
    return add_step(document, made, after=after), str(made["id"])


def show_saved(request: StaffRequest, flow: Flow, target: str, *, is_saved: bool) -> HttpResponse:
    """The step's form after the draft was saved: as a fragment, or by the page's address."""
    if not request.htmx:
        return redirect(page_url(flow, step=target))
    page = flow_page(flow)
    written = step_in(page.document, target)
    panel = step_panel(page, written) if written is not None else Panel()
    focus = request.POST.get("do", "") if is_saved else ""
    return show(request, page, replace(panel, is_saved=is_saved, is_new=not is_saved, focus=focus))


@require_POST
@requires("teach")
def add(request: StaffRequest, pk: int) -> HttpResponseBase:
    """A new step at the end, while no other one is open."""
    flow = flow_or_404(request, pk)
    found = {"step": ""}

    def change(document: Document) -> Document:
        document, found["step"] = added(request, document, "")
        return document

    response = change_and_return(request, flow, change)
    return redirect(page_url(flow, step=found["step"])) if found["step"] else response


@require_POST
@requires("teach")
def delete(request: StaffRequest, pk: int, step: str) -> HttpResponseBase:
    """Remove a step, say who leads elsewhere now, and offer to take it back."""
    flow = flow_or_404(request, pk)
    page = page_or_none(request, flow)
    if page is None:
        return redirect(page_url(flow))
    removed = remove_step(page.document, step)
    done = _("The step “%(name)s” is deleted.") % {"name": step}
    if removed.redirected:
        told = ngettext(
            "%(count)d step that led to it leads to %(target)s now.",
            "%(count)d steps that led to it lead to %(target)s now.",
            len(removed.redirected),
        ) % {"count": len(removed.redirected), "target": target_text(removed.target, page.definition)}
        done = f"{done} {told}"
    return change_and_return(request, flow, lambda _document: removed.document, done=done)
