"""The list of utterances on an intent's page: search, language, page, and the types to mark words with."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core.paginator import Page
from django.db.models import QuerySet

from console.annotated import Piece, pieces_of
from console.permissions import StaffRequest
from console.tables import one_of, page_of, search_text
from nlu.models import EntityType, Intent, Utterance
from nlu.models.intents import UtteranceSource
from nlu.pipeline.normalizer import canonical


@dataclass(frozen=True, slots=True)
class UtteranceRow:
    """An utterance and its text cut at the marks."""

    utterance: Utterance
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class UtteranceList:
    """One page of an intent's utterances, and what the filters are set to."""

    page: Page[Utterance]
    rows: tuple[UtteranceRow, ...]
    query: str
    locale: str
    source: str
    total: int
    types: tuple[EntityType, ...]
    others: tuple[Intent, ...]

    @property
    def sources(self) -> list[tuple[str, str]]:
        """Where an utterance may come from, for the filter."""
        return [(value, str(label)) for value, label in UtteranceSource.choices]

    @property
    def is_filtered(self) -> bool:
        """Whether the page shows less than everything."""
        return bool(self.query or self.locale or self.source)


def utterances_of(request: StaffRequest, intent: Intent | None) -> QuerySet[Utterance]:
    """The rows of an intent; without one, the examples of out of scope."""
    return Utterance.objects.filter(workspace=request.workspace, intent=intent)


def utterance_list(request: StaffRequest, intent: Intent | None, *, unfiltered: bool = False) -> UtteranceList:
    """What the request's filters select, newest first; `unfiltered` shows what was just added."""
    rows = utterances_of(request, intent)
    total = rows.count()
    query = "" if unfiltered else search_text(request)
    locale = "" if unfiltered else one_of(request, "locale", dict(settings.LANGUAGES))
    source = "" if unfiltered else one_of(request, "source", UtteranceSource.values)
    if source:
        rows = rows.filter(source=source)
    if query:
        rows = rows.filter(normalized__contains=canonical(query))
    if locale:
        rows = rows.filter(locale=locale)
    page = page_of(request, with_marks(rows))
    return UtteranceList(
        page=page,
        rows=tuple(UtteranceRow(row, pieces_of(row)) for row in page),
        query=query,
        locale=locale,
        source=source,
        total=total,
        types=tuple(EntityType.objects.filter(workspace=request.workspace).order_by("name")),
        others=tuple(
            Intent.objects.filter(workspace=request.workspace)
            .exclude(pk=intent.pk if intent else 0)
            .order_by("name")
        ),
    )


def with_marks(rows: QuerySet[Utterance]) -> QuerySet[Utterance]:
    """Read the marks and their types along, in two queries."""
    return rows.prefetch_related("annotations__entity_type").order_by("-id")


def utterance_row(request: StaffRequest, pk: int) -> UtteranceRow | None:
    """One row of the current workspace, or None."""
    utterance = with_marks(Utterance.objects.filter(workspace=request.workspace, pk=pk)).first()
    return UtteranceRow(utterance, pieces_of(utterance)) if utterance is not None else None
