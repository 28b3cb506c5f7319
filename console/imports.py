"""The page that loads a file of examples and tells what became of each line."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Literal, Protocol, TextIO

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from console.forms.uploads import UploadForm
from console.permissions import StaffRequest
from nlu.actions.import_reports import ImportReport
from nlu.errors import InvalidData
from nlu.formats.records import FileFormat

SHOWN_DUPLICATES = 10
SHOWN_RENAMED = 50


class Report(Protocol):
    """What the page needs of an import's report."""

    @property
    def duplicates(self) -> Sequence[object]:
        """What was there already."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was handed over, at its start; `file_format` "auto" leaves it to name and content."""

    file: BinaryIO
    name: str
    file_format: FileFormat | Literal["auto"]

    def lines(self) -> TextIO:
        """The lines of a text file. UnicodeDecodeError unless it is UTF-8."""
        return io.StringIO(self.file.read().decode("utf-8-sig"), newline="")


def import_page(
    request: StaffRequest,
    *,
    form_class: type[UploadForm],
    template: str,
    load: Callable[[Upload], Report],
) -> HttpResponse:
    """Show the form; with a file, `load` it and show the report, or say at the field what is wrong."""
    form = form_class(request.POST or None, request.FILES or None)
    report: Report | None = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data["file"]
        upload = Upload(given.file, given.name, form.cleaned_data.get("file_format") or "auto")
        try:
            report = load(upload)
        except UnicodeDecodeError:
            form.add_error("file", _("The file is not UTF-8 text. Save it as UTF-8 and try again."))
        except InvalidData as error:
            form.add_error("file", str(error))
    renamed = report.renamed if isinstance(report, ImportReport) else ()
    context = {
        "form": form,
        "report": report,
        "duplicates": report.duplicates[:SHOWN_DUPLICATES] if report else (),
        "more": max(len(report.duplicates) - SHOWN_DUPLICATES, 0) if report else 0,
        "renamed": renamed[:SHOWN_RENAMED],
        "more_renamed": max(len(renamed) - SHOWN_RENAMED, 0),
    }
    return render(request, template, context)
