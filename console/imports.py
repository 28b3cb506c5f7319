"""The page that loads a file of examples and tells what became of each line."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Protocol, TextIO

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from console.forms.uploads import UploadForm
from console.permissions import StaffRequest
from nlu.actions.importing import FileFormat
from nlu.errors import InvalidData

SHOWN_DUPLICATES = 10


class Report(Protocol):
    """What the page needs of an import's report."""

    @property
    def duplicates(self) -> Sequence[object]:
        """What was there already."""


def import_page(
    request: StaffRequest,
    *,
    form_class: type[UploadForm],
    template: str,
    load: Callable[[TextIO, FileFormat], Report],
) -> HttpResponse:
    """Show the form; with a file, `load` its lines and show the report, or say at the field what is wrong."""
    form = form_class(request.POST or None, request.FILES or None)
    report: Report | None = None
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        file_format: FileFormat = "csv" if file.name.lower().endswith(".csv") else "jsonl"
        try:
            report = load(io.StringIO(file.read().decode("utf-8-sig"), newline=None), file_format)
        except UnicodeDecodeError:
            form.add_error("file", _("The file is not UTF-8 text. Save it as UTF-8 and try again."))
        except InvalidData as error:
            form.add_error("file", str(error))
    context = {
        "form": form,
        "report": report,
        "duplicates": report.duplicates[:SHOWN_DUPLICATES] if report else (),
        "more": max(len(report.duplicates) - SHOWN_DUPLICATES, 0) if report else 0,
    }
    return render(request, template, context)
