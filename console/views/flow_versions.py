"""Versions of a flow: publishing with what changes, comparing, going back, files out and in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat.actions.flows import NOTE_LENGTH, create_flow, locales_of, publish_flow, restore_version, save_draft
from chat.business.action_text import action_text
from chat.dialogue.flow_checks import problems_of
from chat.dialogue.flow_reader import flow_of
from chat.dialogue.flow_text import load_yaml
from chat.errors import DraftChanged, FlowNotReady, InvalidInput
from chat.flow_book import surroundings_of
from chat.models import Flow, FlowVersion
from console.flow_differences import PartChange, compare_flows
from console.flow_editing import flow_or_404, offer_undo, page_or_none, page_url, posted_revision
from console.flow_page import Trouble, trouble_of
from console.forms.flow_parts import FlowFileForm
from console.permissions import StaffRequest, requires
from console.tables import number_of, page_of


@requires("teach")
def publish(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Show what changes for customers and what is in the way; then publish."""
    flow = flow_or_404(request, pk)
    page = page_or_none(request, flow)
    if page is None:
        return redirect(page_url(flow))
    note = request.POST.get("note", "").replace("\x00", "")[:NOTE_LENGTH]
    if request.method == "POST":
        try:
            version = publish_flow(flow=flow, note=note, revision=posted_revision(request), actor=request.user)
        except DraftChanged:
            messages.warning(
                request, _("Somebody has changed the draft meanwhile: look at what would be published now.")
            )
            flow = flow_or_404(request, pk)
            page = page_or_none(request, flow)
            if page is None:
                return redirect(page_url(flow))
        except FlowNotReady:
            messages.error(request, _("Not published: the draft has problems."))
        else:
            told = _("Version %(number)d is published.") % {"number": version.number}
            off = "" if flow.is_on else _("The flow is off: switch it on for customers to get it.")
            messages.success(request, f"{told} {off}".strip())
            return redirect(page_url(flow))
    changes = compare_flows(flow.published.definition, flow.draft) if flow.published is not None else ()
    return render(
        request,
        "console/flows/publish.html",
        {"page": page, "flow": flow, "changes": changes, "note": note, "note_length": NOTE_LENGTH},
    )


@requires("teach")
def versions(request: StaffRequest, pk: int) -> HttpResponseBase:
    """All versions, and what differs between any two of them or the draft."""
    flow = flow_or_404(request, pk)
    rows = flow.versions.select_related("published_by").order_by("-number")
    before, after = (one_side(flow, request.GET.get(name, "")) for name in ("from", "to"))
    context: dict[str, object] = {
        "flow": flow,
        "page": page_of(request, rows),
        "numbers": list(rows.values_list("number", flat=True)),
        "before": before,
        "after": after,
    }
    if before is not None and after is not None:
        context["changes"] = compare_flows(before.document, after.document)
    return render(request, "console/flows/versions.html", context)


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: a version's number, or 0 for the draft."""

    number: int
    document: dict[str, Any]


def one_side(flow: Flow, text: str) -> Side | None:
    """What the address names; None for nothing."""
    if text == "draft":
        return Side(0, flow.draft)
    number = number_of(text)
    version = flow.versions.filter(number=number).first() if number is not None else None
    return Side(version.number, version.definition) if version is not None else None


@requires("teach")
def version(request: StaffRequest, pk: int, number: int) -> HttpResponseBase:
    """One version against the draft."""
    flow = flow_or_404(request, pk)
    row = version_or_404(flow, number)
    context = {"flow": flow, "version": row, "changes": compare_flows(row.definition, flow.draft)}
    return render(request, "console/flows/version.html", context)


def version_or_404(flow: Flow, number: int) -> FlowVersion:
    """A version of the flow."""
    return get_object_or_404(FlowVersion.objects.select_related("published_by"), flow=flow, number=number)


@require_POST
@requires("teach")
def restore(request: StaffRequest, pk: int, number: int) -> HttpResponseBase:
    """Make a version the draft; the draft that it replaces can be taken back."""
    flow = flow_or_404(request, pk)
    before = dict(flow.draft)
    row = version_or_404(flow, number)
    revision = posted_revision(request)
    try:
        restored = restore_version(flow=flow, version=row, revision=revision, actor=request.user)
    except DraftChanged:
        messages.warning(
            request, _("Somebody has changed the draft meanwhile: look at what would be replaced now.")
        )
        return redirect("console:flow_version", flow.pk, number)
    if restored.revision == revision:
        messages.success(request, _("The draft is this version already."))
    else:
        done = _("The draft is version %(number)d now. Customers notice nothing until it is published.")
        offer_undo(request, restored, before, done % {"number": number})
    return redirect(page_url(flow))


@requires("teach")
def export(request: StaffRequest, pk: int) -> HttpResponseBase:
    """The draft as YAML."""
    flow = flow_or_404(request, pk)
    return yaml_file(flow.draft, f"{flow.name}.yaml")


@requires("teach")
def version_export(request: StaffRequest, pk: int, number: int) -> HttpResponseBase:
    """A version as YAML."""
    flow = flow_or_404(request, pk)
    return yaml_file(version_or_404(flow, number).definition, f"{flow.name}-v{number}.yaml")


def yaml_file(document: dict[str, Any], filename: str) -> HttpResponse:
    """A document as a file to keep, and to read in again."""
    response = HttpResponse(action_text(document), content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would do: make a new flow, or replace the draft of one."""

    name: str
    title: str
    steps: int
    flow: Flow | None
    changes: tuple[PartChange, ...]
    troubles: tuple[Trouble, ...]


def preview_of(request: StaffRequest, document: Any) -> Preview:
    """What would come of a document; InvalidInput for what is no flow."""
    definition = flow_of(document)
    flow = Flow.objects.filter(workspace=request.workspace, name=definition.name).first()
    around = surroundings_of(request.workspace, locales_of(flow or Flow(workspace=request.workspace)))
    problems = problems_of(definition, around)
    return Preview(
        name=definition.name,
        title=definition.title_in(request.LANGUAGE_CODE),
        steps=len(definition.steps),
        flow=flow,
        changes=compare_flows(flow.draft, document) if flow is not None else (),
        troubles=tuple(trouble_of(problem) for problem in problems),
    )


@requires("teach")
def import_file(request: StaffRequest) -> HttpResponseBase:
    """Read a file, show what it would do, and do it when asked to."""
    form = FlowFileForm(request.POST or None, request.FILES or None)
    context: dict[str, object] = {"form": form}
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        try:
            document = load_yaml(text)
            preview = preview_of(request, document)
            if request.POST.get("do") == "import":
                return take_in(request, preview, document)
            context |= {"preview": preview, "text": text}
        except DraftChanged:
            messages.warning(
                request, _("Somebody has changed the draft meanwhile: look at what would change now.")
            )
            context |= {"preview": preview_of(request, document), "text": text}
        except InvalidInput as error:
            form.add_error(None, str(error))
    return render(request, "console/flows/import.html", context)


def take_in(request: StaffRequest, preview: Preview, document: dict[str, Any]) -> HttpResponse:
    """Make the flow, or replace the draft that was shown; DraftChanged, InvalidInput."""
    if preview.flow is None:
        flow = create_flow(workspace=request.workspace, definition=document, actor=request.user)
        messages.success(request, _("“%(name)s” is there as a draft.") % {"name": flow.name})
        return redirect(page_url(flow))
    revision = posted_revision(request)
    before = dict(preview.flow.draft)
    saved = save_draft(flow=preview.flow, definition=document, revision=revision, actor=request.user)
    if saved.revision == revision:
        messages.success(request, _("The draft says the same already."))
    else:
        done = _("The draft of “%(name)s” is replaced. Customers notice nothing until it is published.")
        offer_undo(request, saved, before, done % {"name": saved.name})
    return redirect(page_url(saved))
