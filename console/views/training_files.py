"""Training data in files: loading them, and taking the workspace's own along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from console.downloads import Download, pieces_of
from console.forms.uploads import FormatUploadForm
from console.imports import Upload, import_page
from console.permissions import StaffRequest, requires
from console.tables import number_of
from nlu.actions.import_reports import ImportReport
from nlu.actions.import_runs import check_free, is_small, open_import, request_import
from nlu.actions.import_steps import store_content
from nlu.actions.training_files import read_training_file
from nlu.errors import ImportRefused, InvalidData
from nlu.formats.records import FileFormat
from nlu.models import EntityType, ImportRun, Intent, Workspace
from nlu.training_exports import Losses, dialogflow_file, exported_rows, losses_of, text_lines

# The ending in the address -> the form, and what the page says of it.
FORMATS: Final[dict[str, tuple[FileFormat, Promise, Promise]]] = {
    "jsonl": (
        "jsonl",
        _("JSON lines"),
        _("Utterances with their marks, one a line. For scripts, and for training without a database."),
    ),
    "csv": ("csv", _("CSV"), _("Texts, intents and languages in a table. For spreadsheets.")),
    "yml": (
        "rasa",
        _("Rasa YAML"),
        _("Utterances with their marks, lists with synonyms, and patterns. For Rasa 3, and to keep everything."),
    ),
    "zip": (
        "dialogflow",
        _("Dialogflow ES (ZIP)"),
        _("Utterances with their marks, lists with synonyms, and patterns, as an agent that Dialogflow restores."),
    ),
}
CONTENT_TYPES: Final = {
    "jsonl": "application/x-ndjson; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "yml": "application/yaml; charset=utf-8",
    "zip": "application/zip",
}


SHOWN_TYPES: Final = 10
SHOWN_RUNS: Final = 10


@dataclass(frozen=True, slots=True)
class FormatCard:
    """One form as the page offers it; `kinds` are the first entity types that it cannot carry in full."""

    ending: str
    title: Promise
    text: Promise
    losses: Losses
    kinds: tuple[EntityType, ...]


@requires("teach")
def import_file(request: StaffRequest) -> HttpResponseBase:
    """Load a file; the report names each line that was refused. A large one is stored in the background."""

    def load(upload: Upload) -> ImportReport | HttpResponse:
        try:
            check_free(request.workspace)
            content = read_training_file(
                workspace=request.workspace, file=upload.file, name=upload.name, file_format=upload.file_format
            )
            if is_small(content):
                return store_content(workspace=request.workspace, content=content, actor=request.user)
            run = request_import(
                workspace=request.workspace, content=content, name=upload.name, actor=request.user
            )
        except ImportRefused:
            raise InvalidData(_("Another file is being imported. Wait for its end, or cancel it.")) from None
        return redirect("console:intent_import_run", run.pk)

    rows = ImportRun.objects.filter(workspace=request.workspace).select_related("requested_by").defer("report")
    context: dict[str, object] = {"importing": open_import(request.workspace), "runs": rows[:SHOWN_RUNS]}
    return import_page(
        request,
        form_class=FormatUploadForm,
        template="console/intents/import.html",
        load=load,
        context=context,
    )


@requires("teach")
def export_page(request: StaffRequest) -> HttpResponseBase:
    """The forms to choose from, each with what it cannot carry of this workspace, or of `?intent=`."""
    number = exported_intent(request)
    intent = None if number is None else get_object_or_404(Intent, workspace=request.workspace, pk=number)
    losses = losses_of(request.workspace, number)
    context = {
        "intent": intent,
        "total": exported_rows(request.workspace, number).count(),
        "has_types": request.workspace.entity_types.exists(),
        "forms": [
            FormatCard(ending, title, text, losses[name], kinds_of(request.workspace, losses[name]))
            for ending, (name, title, text) in FORMATS.items()
        ],
    }
    return render(request, "console/intents/export.html", context)


def kinds_of(workspace: Workspace, losses: Losses) -> tuple[EntityType, ...]:
    """The entity types that a form cannot carry in full, the first of them."""
    return tuple(workspace.entity_types.filter(name__in=losses.types[:SHOWN_TYPES]).order_by("name"))


@requires("teach")
def export(request: StaffRequest, file_format: str) -> HttpResponseBase:
    """The training data of the workspace, or of `?intent=`, as a file that is written while it is read."""
    if file_format not in FORMATS:
        raise Http404
    number = exported_intent(request)
    filename = f"utterances.{file_format}"
    if file_format == "zip":
        parts = pieces_of(dialogflow_file(request.workspace, number))
        return Download(parts, content_type=CONTENT_TYPES[file_format], filename=filename)
    lines = text_lines(request.workspace, FORMATS[file_format][0], number)
    return Download(lines, content_type=CONTENT_TYPES[file_format], filename=filename)


def exported_intent(request: StaffRequest) -> int | None:
    """The number of the intent that the address names, 0 if none can have it; None for the whole workspace."""
    number = request.GET.get("intent", "")
    return (number_of(number) or 0) if number else None
