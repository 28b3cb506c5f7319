"""A flow's settings and slots: their forms. Every act saves the draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat.dialogue.flow_edits import keep_as_written, put_slot, remove_slot, slots_in
from chat.errors import DraftChanged, InvalidInput
from console.flow_editing import (
    NEW_SLOT,
    change_and_return,
    conflict_of,
    flow_or_404,
    keep,
    page_or_none,
    page_url,
    show,
)
from console.flow_page import FLOW, flow_page
from console.flow_panels import NEW_SLOT as BLANK
from console.flow_panels import settings_panel, slot_panel
from console.forms.flow_parts import SettingsForm, SlotForm
from console.permissions import StaffRequest, requires


@requires("teach")
def settings(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Save the settings; GET leads to their form."""
    flow = flow_or_404(request, pk)
    if request.method != "POST":
        return redirect(page_url(flow, part=FLOW))
    page = page_or_none(request, flow)
    if page is None:
        return redirect(page_url(flow))
    form = SettingsForm(request.POST, page=page)
    if not form.is_valid():
        return show(request, page, settings_panel(page, form=form))
    document = keep_as_written(page.document, form.document())
    try:
        saved = keep(request, flow, document)
    except DraftChanged:
        conflict = conflict_of(flow, _head(page.document), _head(document))
        return show(request, page, settings_panel(page, form=form, conflict=conflict))
    except InvalidInput as error:
        form.add_error(None, str(error))
        return show(request, page, settings_panel(page, form=form))
    if not request.htmx:
        return redirect(page_url(flow, part=FLOW))
    page = flow_page(saved)
    return show(request, page, settings_panel(page, is_saved=True, focus="save"))


def _head(document: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key not in ("slots", "steps")}


@requires("teach")
def slot_add(request: StaffRequest, pk: int) -> HttpResponseBase:
    """A new slot; GET leads to its form."""
    flow = flow_or_404(request, pk)
    if request.method != "POST":
        return redirect(page_url(flow, part=NEW_SLOT))
    return save_slot(request, pk, "")


@requires("teach")
def slot(request: StaffRequest, pk: int, slot: str) -> HttpResponseBase:
    """Save a slot; GET leads to its form."""
    flow = flow_or_404(request, pk)
    if request.method != "POST":
        return redirect(page_url(flow, slot=slot))
    return save_slot(request, pk, slot)


def save_slot(request: StaffRequest, pk: int, name: str) -> HttpResponseBase:
    """Put what was typed into the draft."""
    flow = flow_or_404(request, pk)
    page = page_or_none(request, flow)
    if page is None:
        return redirect(page_url(flow))
    slots = slots_in(page.document)
    is_gone = bool(name) and name not in slots
    written = slots.get(name, BLANK)
    form = SlotForm(request.POST, page=page, name=name, slot=written)
    if not form.is_valid():
        return show(request, page, slot_panel(page, name, form=form))
    made, new_name = keep_as_written(written, form.document()), form.cleaned_data["name"]
    try:
        saved = keep(request, flow, put_slot(page.document, name or new_name, made, new_name=new_name))
    except DraftChanged:
        conflict = conflict_of(flow, None if is_gone else written, made)
        return show(request, page, slot_panel(page, name, form=form, conflict=conflict))
    except InvalidInput as error:
        form.add_error(None, str(error))
        return show(request, page, slot_panel(page, name, form=form))
    if not request.htmx:
        return redirect(page_url(flow, slot=new_name))
    page = flow_page(saved)
    return show(request, page, slot_panel(page, new_name, is_saved=True, focus="save"))


@require_POST
@requires("teach")
def slot_delete(request: StaffRequest, pk: int, slot: str) -> HttpResponseBase:
    """Remove a slot, and offer to take it back."""
    flow = flow_or_404(request, pk)
    done = _("The slot “%(name)s” is deleted.") % {"name": slot}
    return change_and_return(request, flow, lambda document: remove_slot(document, slot), done=done)
