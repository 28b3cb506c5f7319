"""The pages that load a file of examples and tell what became of each line."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final, Literal, Protocol, TextIO

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.models import WorkerHeartbeat
from chat.models.workers import WorkerRole
from console.forms.uploads import UploadForm
from console.permissions import StaffRequest
from nlu.actions.import_reports import Findings, ImportReport, LineError, Remark
from nlu.errors import InvalidData
from nlu.formats.records import FileFormat
from nlu.models import ImportRun

SHOWN_ERRORS: Final = 200
SHOWN_DUPLICATES: Final = 10
SHOWN_RENAMED: Final = 50


class Report(Protocol):
    """What the page needs of any import's report."""

    @property
    def added(self) -> int:
        """How many are new."""

    @property
    def rejected(self) -> int:
        """How many cannot be used."""

    @property
    def errors(self) -> Sequence[LineError]:
        """The first of those."""

    @property
    def duplicates(self) -> Sequence[object]:
        """What was there already."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A report as the page shows it: counts, and the first of everything that is named.

    `words` are values, synonyms and patterns that entity types got; `download` is where all refused lines are.
    """

    added: int
    already: int
    rejected: int
    errors: Sequence[LineError]
    duplicates: Sequence[object]
    words: int = 0
    renamed: Sequence[tuple[str, str]] = ()
    more_renamed: int = 0
    remarks: Sequence[Remark] = ()
    download: str = ""

    @property
    def more(self) -> int:
        """Of what was there already, how many are not named."""
        return self.already - len(self.duplicates)

    @property
    def more_errors(self) -> int:
        """Of what was refused, how many are not named."""
        return self.rejected - len(self.errors)


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
    load: Callable[[Upload], Report | HttpResponse],
    context: dict[str, object] | None = None,
) -> HttpResponse:
    """Show the form; with a file, `load` it and show the report, or say at the field what is wrong.

    Where `load` answers the request itself, that is the answer.
    """
    form = form_class(request.POST or None, request.FILES or None)
    shown: Shown | None = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data["file"]
        upload = Upload(given.file, given.name, form.cleaned_data.get("file_format") or "auto")
        try:
            loaded = load(upload)
            if isinstance(loaded, HttpResponse):
                return loaded
            shown = shown_report(loaded)
        except UnicodeDecodeError:
            form.add_error("file", _("The file is not UTF-8 text. Save it as UTF-8 and try again."))
        except InvalidData as error:
            form.add_error("file", str(error))
    return render(request, template, {"form": form, "shown": shown} | (context or {}))


def shown_report(report: Report) -> Shown:
    """What an import did while somebody waited."""
    whole = report if isinstance(report, ImportReport) else None
    renamed = whole.renamed if whole is not None else ()
    return Shown(
        added=report.added,
        already=len(report.duplicates),
        rejected=report.rejected,
        errors=report.errors[:SHOWN_ERRORS],
        duplicates=report.duplicates[:SHOWN_DUPLICATES],
        words=whole.values + whole.patterns if whole is not None else 0,
        renamed=renamed[:SHOWN_RENAMED],
        more_renamed=max(len(renamed) - SHOWN_RENAMED, 0),
        remarks=whole.remarks if whole is not None else (),
    )


def shown_run(run: ImportRun) -> Shown:
    """What an import in the background has done so far."""
    found = Findings.from_json(run.report, rejected=run.rejected)
    return Shown(
        added=run.added,
        already=run.duplicates,
        rejected=run.rejected,
        errors=found.errors[:SHOWN_ERRORS],
        duplicates=found.duplicates[:SHOWN_DUPLICATES],
        words=run.values + run.patterns,
        renamed=found.renamed[:SHOWN_RENAMED],
        more_renamed=max(len(found.renamed) - SHOWN_RENAMED, 0),
        remarks=found.remarks,
        download=reverse("console:intent_import_refused", args=[run.pk]) if found.errors else "",
    )


def run_context(run: ImportRun) -> dict[str, object]:
    """What the panel of a run shows; everything is on the row, so a reload loses nothing."""
    elapsed = None
    if run.started_at is not None:
        elapsed = ((run.finished_at or timezone.now()) - run.started_at).total_seconds()
    return {
        "run": run,
        "shown": shown_run(run),
        "elapsed": elapsed,
        "left": elapsed / run.done * (run.total - run.done) if elapsed and run.done else None,
        "dispatcher_alive": WorkerHeartbeat.objects.alive(WorkerRole.DISPATCHER).exists(),
    }
