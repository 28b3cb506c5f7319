"""What the views of the flow editor share: finding the flow, showing its page or the part that changed, saving."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import urlencode

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import push_url

from chat.actions.flows import save_draft
from chat.dialogue.flow_edits import Document
from chat.errors import DraftChanged, InvalidInput
from chat.models import Flow
from console import undo
from console.flow_differences import FieldChange, compare_parts
from console.flow_map import map_of
from console.flow_page import FLOW, FlowPage, Trouble, flow_page
from console.flow_words import KIND_HINTS, KIND_TITLES
from console.permissions import StaffRequest
from console.tables import number_of
from nlu.models import AuditEntry

PanelKind = Literal["none", "step", "slot", "settings"]
NEW_SLOT: Final = "new-slot"
MOST_KEPT: Final = 200_000
"""Characters of a draft that a session keeps to go back to."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody changed the draft while a form was open: who, and what saving again would change in it."""

    by: str
    is_gone: bool
    changes: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """The form beside the outline: of a step, a slot, the settings; or what to do first."""

    kind: PanelKind = "none"
    name: str = ""
    title: str = ""
    hint: str = ""
    form: BaseForm | None = None
    step_kind: str = ""
    is_saved: bool = False
    is_new: bool = False
    conflict: Conflict | None = None
    focus: str = ""
    users: tuple[str, ...] = field(default=())

    @property
    def query(self) -> str:
        """The query of the page that shows this panel."""
        if self.kind == "step":
            return urlencode({"step": self.name})
        if self.kind == "slot":
            return urlencode({"slot": self.name} if self.name else {"part": NEW_SLOT})
        return urlencode({"part": FLOW}) if self.kind == "settings" else ""


def flow_or_404(request: StaffRequest, pk: int) -> Flow:
    """A flow of the workspace."""
    rows = Flow.objects.select_related("published", "workspace")
    return get_object_or_404(rows, workspace=request.workspace, pk=pk)


def page_or_none(request: StaffRequest, flow: Flow) -> FlowPage | None:
    """The page; None, with a notice, for a draft that cannot be read."""
    try:
        return flow_page(flow)
    except InvalidInput as error:
        messages.error(request, _("The draft cannot be read: %(error)s") % {"error": error})
        return None


def page_url(flow: Flow, **query: str) -> str:
    """The flow's page with a form open."""
    return reverse("console:flow", args=[flow.pk]) + (f"?{urlencode(query)}" if query else "")


def show(request: StaffRequest, page: FlowPage, panel: Panel, *, status: int = 200) -> HttpResponse:
    """The whole page; to a form that was sent as a fragment, the form with outline and map beside it."""
    chosen = panel.name if panel.kind == "step" else ""
    context = {
        "page": page,
        "flow": page.flow,
        "definition": page.definition,
        "panel": panel,
        "chosen": chosen,
        "chosen_slot": panel.name if panel.kind == "slot" else "",
        "map": map_of(page.definition, locale=page.locale, chosen=chosen, troubled=page.troubled),
        "panel_troubles": panel_troubles(page, panel),
        "kinds": [(kind, title, KIND_HINTS[kind]) for kind, title in KIND_TITLES.items()],
    }
    if not request.htmx or request.htmx.target != "flow-form":
        return render(request, "console/flows/page.html", context, status=status)
    response = render(request, "console/flows/saved.html", context)
    return push_url(response, f"{page_url(page.flow)}?{panel.query}")


def panel_troubles(page: FlowPage, panel: Panel) -> list[Trouble]:
    """What is wrong with what the panel shows."""
    if panel.kind == "step":
        return [one for one in page.troubles if one.problem.step == panel.name]
    if panel.kind == "slot":
        return [one for one in page.troubles if panel.name and one.problem.slot == panel.name]
    return list(page.flow_troubles) if panel.kind == "settings" else []


def posted_revision(request: StaffRequest) -> int:
    """The revision of the draft that a form was made from; 0, which no draft has, for nonsense."""
    return number_of(request.POST.get("revision", "")) or 0


def keep(request: StaffRequest, flow: Flow, document: Document) -> Flow:
    """Save the draft as it was changed from the revision that the form names; DraftChanged, InvalidInput."""
    revision = posted_revision(request)
    saved = save_draft(flow=flow, definition=dict(document), revision=revision, actor=request.user)
    saved.published = flow.published
    return saved


def conflict_of(flow: Flow, before: Mapping[str, Any] | None, typed: Mapping[str, Any]) -> Conflict:
    """What stands against saving `typed` over what is in the draft now; None for what somebody deleted."""
    entry = AuditEntry.objects.filter(
        object_type="flow", object_id=str(flow.pk), action="flow.draft_saved"
    ).select_related("actor")
    newest = entry.first()
    actor = newest.actor if newest is not None else None
    by = (actor.get_full_name() or actor.get_username()) if actor is not None else _("somebody else")
    return Conflict(by, before is None, compare_parts(before, typed) if before is not None else ())


def change_and_return(
    request: StaffRequest, flow: Flow, change: Callable[[Document], Document], *, done: str = "", **query: str
) -> HttpResponse:
    """Change the draft by one act, say so with a way back, and go to its page."""
    before, revision = dict(flow.draft), flow.revision
    try:
        saved = keep(request, flow, change(before))
    except DraftChanged as error:
        messages.error(request, _("%(error)s Look at it as it is now, and do it again.") % {"error": error})
        return redirect(page_url(flow))
    except InvalidInput as error:
        messages.error(request, str(error))
        return redirect(page_url(flow))
    if done and saved.revision != revision:
        offer_undo(request, saved, before, done)
    return redirect(page_url(flow, **query))


def offer_undo(request: StaffRequest, flow: Flow, before: dict[str, Any], done: str) -> None:
    """A notice that offers to put the draft back as it was; a very large one is not kept for that."""
    if len(json.dumps(before)) > MOST_KEPT:
        messages.success(request, done)
        return
    step = undo.Step(draft=undo.KeptDraft(flow.pk, flow.revision, before), page=page_url(flow))
    key = undo.remember(request, request.workspace, step)
    messages.success(request, done, extra_tags=f"undo:{key}")


def take_back_draft(request: StaffRequest, kept: undo.KeptDraft) -> str:
    """Put a draft back if nobody has changed it since; the address to go on at."""
    flow = Flow.objects.filter(workspace=request.workspace, pk=kept.flow).first()
    if flow is None:
        messages.error(request, _("That step cannot be taken back any more."))
        return reverse("console:flows")
    try:
        save_draft(flow=flow, definition=kept.definition, revision=kept.revision, actor=request.user)
    except InvalidInput as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Taken back: the draft is as it was."))
    return page_url(flow)
