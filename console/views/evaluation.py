"""The evaluation set: the list with its filters, adding, correcting, deleting, files."""

from __future__ import annotations

import json
from collections.abc import Iterator

from django.contrib import messages
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from console.downloads import Download
from console.evaluation_lists import ENOUGH_CASES, case_list, coverage_of, filtered_cases
from console.forms.evaluation_cases import CaseForm
from console.forms.uploads import CaseUploadForm
from console.imports import Upload, import_page
from console.permissions import StaffRequest, requires
from console.tables import chosen_ids, csv_response
from nlu.actions.evaluation_cases import CaseImportReport, add_case, delete_cases, edit_case, import_cases
from nlu.errors import InvalidData
from nlu.models import EvaluationCase
from nlu.models.evaluation_cases import CaseSource


@requires("evaluate")
def index(request: StaffRequest) -> HttpResponseBase:
    """The set; POST adds a case."""
    form = CaseForm(request.workspace, request.POST or None, initial={"intent": request.GET.get("last", "")})
    if request.method == "POST" and form.is_valid():
        try:
            case = add_case(workspace=request.workspace, actor=request.user, **form.values())
        except InvalidData as error:
            form.add_error("text", str(error))
        else:
            messages.success(request, _("The case is added. It counts from the next training or comparison on."))
            last = case.intent_id or "outside"
            return redirect(f"{reverse('console:evaluation')}?last={last}")
    context = {
        "form": form,
        "cases": case_list(request),
        "coverage": coverage_of(request),
        "enough": ENOUGH_CASES,
        "sources": CaseSource.choices,
        "added": "last" in request.GET,
    }
    return render(request, "console/evaluation/index.html", context, status=422 if form.errors else 200)


@requires("evaluate")
def case(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Correct a case."""
    row = get_object_or_404(EvaluationCase, workspace=request.workspace, pk=pk)
    # Another beginning of the ids than in the form of the page that the dialog lies over.
    form = CaseForm(request.workspace, request.POST or None, case=row, auto_id="case_%s")
    if request.method == "POST" and form.is_valid():
        try:
            edit_case(case=row, actor=request.user, **form.values())
        except InvalidData as error:
            form.add_error("text", str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("console:evaluation")
    return render(request, "console/evaluation/form.html", {"form": form, "case": row})


@require_POST
@requires("evaluate")
def delete(request: StaffRequest) -> HttpResponseBase:
    """Ask with the number of ticked cases, then delete them."""
    ids = chosen_ids(request.POST.getlist("row"))
    rows = EvaluationCase.objects.filter(workspace=request.workspace, pk__in=ids)
    if request.POST.get("sure"):
        count = delete_cases(workspace=request.workspace, ids=ids, actor=request.user)
        done = ngettext("%(count)d case is deleted.", "%(count)d cases are deleted.", count)
        messages.success(request, done % {"count": count})
        return redirect("console:evaluation")
    if not rows.exists():
        messages.warning(request, _("Tick the cases to delete first."))
        return redirect("console:evaluation")
    return render(request, "console/evaluation/delete.html", {"rows": rows, "count": rows.count()})


@requires("evaluate")
def import_file(request: StaffRequest) -> HttpResponseBase:
    """Load a file; the report names each line that was refused."""

    def load(upload: Upload) -> CaseImportReport:
        return import_cases(
            workspace=request.workspace,
            lines=upload.lines(),
            file_format="csv" if upload.name.lower().endswith(".csv") else "jsonl",
            actor=request.user,
        )

    return import_page(request, form_class=CaseUploadForm, template="console/evaluation/import.html", load=load)


@requires("evaluate")
def export(request: StaffRequest, file_format: str) -> HttpResponseBase:
    """What the filters select, as CSV or as JSON lines with marks and contexts."""
    if file_format not in {"csv", "jsonl"}:
        raise Http404
    rows = filtered_cases(request)
    if file_format == "csv":
        return csv_response(
            "evaluation.csv",
            ["text", "intent", "locale", "source", "note"],
            (
                [row.text, row.intent.name if row.intent else "", row.locale, row.source, row.note]
                for row in rows.iterator(chunk_size=1000)
            ),
        )

    def lines() -> Iterator[str]:
        for row in rows.iterator(chunk_size=1000):
            record: dict[str, object] = {"text": row.text}
            if row.intent:
                record["intent"] = row.intent.name
            if row.locale:
                record["locale"] = row.locale
            if row.entities:
                record["entities"] = row.entities
            if row.context:
                record["context"] = row.context
            yield json.dumps(record, ensure_ascii=False) + "\n"

    return Download(lines(), content_type="application/x-ndjson; charset=utf-8", filename="evaluation.jsonl")
