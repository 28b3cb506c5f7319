"""Lists: pages of rows, filters that live in the address, and safe CSV files."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from console.downloads import Download
from nlu.formats.cells import safe_cell

PAGE_SIZE: Final = 50

M = TypeVar("M", bound=Model)


def page_of(request: HttpRequest, rows: QuerySet[M], *, size: int = PAGE_SIZE) -> Page[M]:
    """The page that `?page=` names; the first for nonsense, the last beyond the end."""
    return Paginator(rows, size).get_page(request.GET.get("page"))


def search_text(request: HttpRequest, name: str = "q") -> str:
    """What somebody searches for: trimmed, at most 200 characters, without NUL, which databases refuse."""
    return request.GET.get(name, "").replace("\x00", "").strip()[:200]


def one_of(request: HttpRequest, name: str, allowed: Iterable[str], default: str = "") -> str:
    """A filter's value from the address if it is one of the allowed ones, otherwise the default."""
    value = request.GET.get(name, default)
    return value if value in set(allowed) else default


class Echo:
    """A file that hands every write back, so that csv.writer can feed a stream."""

    def write(self, value: str) -> str:
        """The value itself."""
        return value


def csv_response(filename: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Download:
    """A CSV download, written as it is read. Starts with a byte order mark, so that Excel reads UTF-8."""
    writer = csv.writer(Echo())

    def parts() -> Iterator[str]:
        yield "\ufeff"
        yield writer.writerow(list(header))
        for row in rows:
            yield writer.writerow([safe_cell(value) for value in row])

    return Download(parts(), content_type="text/csv; charset=utf-8", filename=filename)


def number_of(text: str) -> int | None:
    """The row's number that a text from outside names; None for what no row can have."""
    return int(text) if text.isdecimal() and len(text) < 19 else None


def chosen_ids(values: Iterable[str]) -> list[int]:
    """The numbers among posted values, each once; anything else is ignored."""
    return list(dict.fromkeys(number for value in values if (number := number_of(value)) is not None))
