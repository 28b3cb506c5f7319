"""Recorded conversations of a flow or of the whole workspace: list, what they expect, files in and out."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat.actions.recordings import accept_result, delete_recording, expect, import_recordings, rewrite
from chat.actions.rehearsals import open_rehearsal
from chat.errors import InvalidInput
from chat.models import Flow, RecordedConversation, RehearsalResult, RehearsalRun
from chat.recorded_results import ConversationResult, conversations_of, last_results
from chat.recordings import claims_of, scripts_text
from console.forms.recordings import RecordingFileForm, ScriptForm
from console.permissions import StaffRequest, requires
from console.recorded_pages import claim_words, compared
from console.tables import one_of, search_text

RUNS_SHOWN = 5


def wanted_flow(request: StaffRequest, pk: int) -> Flow:
    """The flow, of this workspace alone."""
    return get_object_or_404(Flow.objects.select_related("workspace"), workspace=request.workspace, pk=pk)


def wanted_recording(request: StaffRequest, pk: int) -> RecordedConversation:
    """The recorded conversation, of this workspace alone."""
    rows = RecordedConversation.objects.select_related("workspace", "flow")
    return get_object_or_404(rows, workspace=request.workspace, pk=pk)


def listed(request: StaffRequest, flow: Flow) -> list[RecordedConversation]:
    """Those that the filters of the address leave."""
    scope = one_of(request, "scope", ("flow", "all"), "flow")
    locale, text = request.GET.get("locale", ""), search_text(request).casefold()
    return [
        one
        for one in conversations_of(request.workspace, flow if scope == "flow" else None)
        if locale in ("", one.locale) and text in one.name.casefold()
    ]


@requires("teach")
def index(request: StaffRequest, pk: int) -> HttpResponseBase:
    """The list, with how each did last time."""
    flow = wanted_flow(request, pk)
    result = one_of(request, "result", ("passed", "failed", "none"))
    rows = [one for one in last_results(listed(request, flow)) if not result or said(one) == result]
    context = {
        "flow": flow,
        "rows": rows,
        "scope": one_of(request, "scope", ("flow", "all"), "flow"),
        "result": result,
        "locale": request.GET.get("locale", ""),
        "q": search_text(request),
        "any_at_all": RecordedConversation.objects.filter(workspace=request.workspace).exists(),
        "under_way": open_rehearsal(request.workspace),
        "runs": RehearsalRun.objects.filter(workspace=request.workspace).select_related("flow")[:RUNS_SHOWN],
        "parameters": request.GET.urlencode(),
    }
    return render(request, "console/flows/conversations.html", context)


def said(one: ConversationResult) -> str:
    """The result as the filter names it."""
    return "none" if one.passed is None else "passed" if one.passed else "failed"


@requires("teach")
def export(request: StaffRequest, pk: int) -> HttpResponseBase:
    """What the filters leave as YAML, in the format that `test_dialogues` reads."""
    flow = wanted_flow(request, pk)
    rows = listed(request, flow)
    names = [one.name for one in rows]
    scripts = [
        # Two languages may use one name, a file may not.
        one.script if names.count(one.name) == 1 else {**one.script, "name": f"{one.name} ({one.locale})"}
        for one in rows
    ]
    response = HttpResponse(scripts_text(scripts), content_type="application/yaml; charset=utf-8")
    locale = request.GET.get("locale", "")
    name = locale if locale in {one.locale for one in rows} else "conversations"
    response["Content-Disposition"] = f'attachment; filename="{name}.yaml"'
    return response


@requires("teach")
def import_file(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Read a file in that format."""
    flow = wanted_flow(request, pk)
    form = RecordingFileForm(
        request.POST or None, request.FILES or None, initial={"locale": request.workspace.default_locale}
    )
    if request.method == "POST" and form.is_valid():
        try:
            count = import_recordings(
                workspace=request.workspace,
                locale=form.cleaned_data["locale"],
                text=form.cleaned_data["file"],
                actor=request.user,
            )
        except InvalidInput as error:
            form.add_error("file", str(error))
        else:
            messages.success(request, _("Recorded conversations added: %(count)d.") % {"count": count})
            return redirect("console:flow_conversations", flow.pk)
    return render(request, "console/flows/conversation_import.html", {"flow": flow, "form": form})


@requires("teach")
def detail(request: StaffRequest, pk: int, recording: int) -> HttpResponseBase:
    """What is expected of one conversation, and how it went last."""
    flow = wanted_flow(request, pk)
    row = wanted_recording(request, recording)
    form = ScriptForm(
        request.POST if "script" in request.POST else None, initial={"script": scripts_text([row.script])}
    )
    if request.method == "POST":
        try:
            if "script" in request.POST:
                if form.is_valid():
                    rewrite(recording=row, text=form.cleaned_data["script"], actor=request.user)
            else:
                expect(recording=row, kept=set(request.POST.getlist("claim")), actor=request.user)
        except InvalidInput as error:
            form.add_error("script", str(error)) if form.is_bound else messages.error(request, str(error))
        if not form.errors:
            messages.success(request, _("Saved."))
            return redirect("console:flow_conversation", flow.pk, row.pk)
    last = last_results([row])[0]
    context = {
        "flow": flow,
        "recording": row,
        "turns": claims_of(row.script, row.seen),
        "words": claim_words(),
        "form": form,
        "talk": compared(last.result) if last.result is not None else None,
        "under_way": open_rehearsal(request.workspace),
    }
    return render(request, "console/flows/conversation.html", context)


@requires("teach")
def delete(request: StaffRequest, pk: int, recording: int) -> HttpResponseBase:
    """Ask, then delete."""
    flow = wanted_flow(request, pk)
    row = wanted_recording(request, recording)
    if request.method == "POST":
        delete_recording(recording=row, actor=request.user)
        messages.success(request, _("“%(name)s” is deleted.") % {"name": row.name})
        return redirect("console:flow_conversations", flow.pk)
    return render(request, "console/flows/conversation_delete.html", {"flow": flow, "recording": row})


@require_POST
@requires("teach")
def accept(request: StaffRequest, pk: int, result: int) -> HttpResponseBase:
    """Expect from now on what a run found."""
    flow = wanted_flow(request, pk)
    rows = RehearsalResult.objects.select_related("run")
    row = get_object_or_404(rows, run__workspace=request.workspace, pk=result)
    try:
        recording = accept_result(result=row, actor=request.user)
    except InvalidInput as error:
        messages.error(request, str(error))
        return redirect("console:flow_rehearsal", flow.pk, row.run_id)
    messages.success(request, _("From now on this is what is expected."))
    return redirect("console:flow_conversation", flow.pk, recording.pk)
