"""Flows: the list, a new one, the page where one is edited, switching on and off, deleting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat.actions.flows import create_flow, delete_flow, locales_of, switch_flow
from chat.dialogue.flow_checks import problems_of
from chat.dialogue.flow_edits import slots_in, step_in
from chat.dialogue.flow_reader import flow_of
from chat.errors import InvalidInput
from chat.flow_book import surroundings_of
from chat.models import Flow
from console.flow_editing import NEW_SLOT, Panel, flow_or_404, page_or_none, page_url, show
from console.flow_page import FLOW
from console.flow_panels import settings_panel, slot_panel, step_panel
from console.flow_starts import new_document
from console.forms.flow_parts import NewFlowForm
from console.forms.flow_texts import texts_from
from console.permissions import StaffRequest, requires
from console.tables import csv_response, one_of, search_text
from nlu.models import IntentTitle

STATES = ("on", "off", "changed", "new", "problems")


@dataclass(frozen=True, slots=True)
class FlowRow:
    """A flow as the list shows it. `problems` is None for a draft that cannot be read."""

    flow: Flow
    title: str
    triggers: tuple[str, ...]
    steps: int
    is_changed: bool
    problems: int | None

    def is_in(self, state: str) -> bool:
        """Whether the filter shows it."""
        match state:
            case "on" | "off":
                return self.flow.is_on == (state == "on")
            case "changed":
                return self.flow.published is not None and self.is_changed
            case "new":
                return self.flow.published is None
            case "problems":
                return self.problems != 0
        return True

    def has(self, text: str) -> bool:
        """Whether the search finds it, by its name, title, description or intents."""
        draft = self.flow.draft
        description = str(draft.get("description", "")) if isinstance(draft, dict) else ""
        found = (self.flow.name, self.title, description, *self.triggers)
        return any(text.casefold() in one.casefold() for one in found)


def flow_rows(request: StaffRequest) -> Iterator[FlowRow]:
    """All flows of the workspace, by name."""
    flows = list(Flow.objects.filter(workspace=request.workspace).select_related("published").order_by("name"))
    if not flows:
        return
    around = surroundings_of(request.workspace, locales_of(flows[0]))
    locale = get_language() or ""
    for flow in flows:
        is_changed = flow.published is None or flow.published.definition != flow.draft
        try:
            definition = flow_of(flow.draft)
        except InvalidInput:
            yield FlowRow(flow, "", (), 0, is_changed, None)
            continue
        problems = len(problems_of(definition, around))
        title = definition.title_in(locale)
        yield FlowRow(flow, title, definition.triggers, len(definition.steps), is_changed, problems)


@requires("teach")
def index(request: StaffRequest) -> HttpResponseBase:
    """All flows, with what customers get of them and what is wrong with their drafts."""
    query = search_text(request)
    state = one_of(request, "state", STATES)
    everything = list(flow_rows(request))
    rows = [row for row in everything if row.is_in(state) and (not query or row.has(query))]
    if request.GET.get("format") == "csv":
        return csv_response(
            "flows.csv",
            ["name", "title", "intents", "on", "published_version", "draft_changed", "problems", "steps"],
            (
                [
                    row.flow.name,
                    row.title,
                    " ".join(row.triggers),
                    "yes" if row.flow.is_on else "no",
                    row.flow.published.number if row.flow.published is not None else "",
                    "yes" if row.is_changed else "no",
                    row.problems if row.problems is not None else "unreadable",
                    row.steps,
                ]
                for row in rows
            ),
        )
    context = {
        "rows": rows,
        "everything": len(everything),
        "query": query,
        "state": state,
        "is_filtered": bool(query or state),
    }
    return render(request, "console/flows/index.html", context)


@requires("teach")
def create(request: StaffRequest) -> HttpResponseBase:
    """A new flow, opened at its first step."""
    asked = {"trigger": request.GET.get("intent", "")}
    form = NewFlowForm(request.POST or None, workspace=request.workspace, initial=asked)
    if request.method == "POST" and form.is_valid():
        trigger = form.cleaned_data["trigger"]
        document = new_document(
            name=form.cleaned_data["name"],
            title=texts_from(form, "title", {}) or titles_of(request, trigger),
            trigger=trigger,
            start=form.cleaned_data["start"],
        )
        try:
            flow = create_flow(workspace=request.workspace, definition=document, actor=request.user)
        except InvalidInput as error:
            form.add_error("name", str(error))
        else:
            first = document["steps"][0]["id"] if document["steps"] else ""
            return redirect(page_url(flow, step=first) if first else page_url(flow))
    return render(request, "console/flows/create.html", {"form": form})


def titles_of(request: StaffRequest, intent: str) -> dict[str, str]:
    """An intent's titles, which are a flow's until somebody writes others."""
    rows = IntentTitle.objects.filter(intent__workspace=request.workspace, intent__name=intent)
    return {locale: title for locale, title in rows.values_list("locale", "title") if title.strip()}


@requires("teach")
def detail(request: StaffRequest, pk: int) -> HttpResponseBase:
    """A flow: its outline, a form beside it, its map."""
    flow = flow_or_404(request, pk)
    page = page_or_none(request, flow)
    if page is None:
        return render(request, "console/flows/unreadable.html", {"flow": flow})
    step, slot, part = (request.GET.get(name, "") for name in ("step", "slot", "part"))
    panel = Panel()
    if (written := step_in(page.document, step)) is not None:
        panel = step_panel(page, written)
    elif slot in slots_in(page.document):
        panel = slot_panel(page, slot)
    elif part == NEW_SLOT:
        panel = slot_panel(page, "")
    elif part == FLOW:
        panel = settings_panel(page)
    elif step or slot:
        messages.warning(request, _("“%(name)s” is not in the draft any more.") % {"name": (step or slot)[:60]})
    return show(request, page, panel)


@require_POST
@requires("teach")
def switch(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Switch a flow on or off for customers."""
    flow = switch_flow(flow=flow_or_404(request, pk), on=request.POST.get("on") == "yes", actor=request.user)
    if flow.is_on and flow.published_id is None:
        messages.success(
            request, _("“%(name)s” is on: customers get it once it is published.") % {"name": flow.name}
        )
    elif flow.is_on:
        messages.success(request, _("“%(name)s” is on.") % {"name": flow.name})
    else:
        messages.warning(
            request, _("“%(name)s” is off: its intents are replied to in writing.") % {"name": flow.name}
        )
    return redirect("console:flows" if request.POST.get("back") == "list" else page_url(flow))


@requires("teach")
def delete(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Ask, then delete a flow with its versions."""
    flow = flow_or_404(request, pk)
    if request.method == "POST":
        delete_flow(flow=flow, actor=request.user)
        messages.success(request, _("“%(name)s” is deleted.") % {"name": flow.name})
        return redirect("console:flows")
    context = {"flow": flow, "versions": flow.versions.count(), "recorded": flow.recorded.count()}
    return render(request, "console/flows/delete.html", context)
