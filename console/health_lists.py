"""The lists of the data health page: what the filters select of the findings, and what each row shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.utils import timezone

from console.annotated import Piece, Span, cut
from console.permissions import StaffRequest
from console.tables import one_of
from nlu.data_health.balance import Imbalance
from nlu.data_health.doubts import Doubt
from nlu.data_health.marks import Contradiction, ListOverlap, Place
from nlu.data_health.settling import Settleable
from nlu.data_health.similar import Conflict, Repetition
from nlu.data_health.texts import OUTSIDE, TaughtText
from nlu.data_health.wording import find_words
from nlu.health import HealthReport
from nlu.models import EntityType, Intent, SettledFinding

PART_SIZE: Final = 20
SHOWN_PLACES: Final = 6
SHOWN_REPETITIONS: Final = 20
OUTSIDE_KEY: Final = "outside"
PARTS: Final = ("conflicts", "repetitions", "balance", "marks", "doubts")
SETTLED: Final = "settled"
Finding = Conflict | Repetition | Imbalance | Contradiction | ListOverlap | Doubt


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for. `intent` is an id, `OUTSIDE`, or None for all; `key` as the address has it.

    settled: findings that people have let stand instead of those to look at.
    """

    part: str
    intent: int | None
    key: str
    locale: str
    settled: bool = False

    @property
    def is_filtered(self) -> bool:
        """Whether less than everything is shown."""
        return self.intent is not None or bool(self.locale)

    @property
    def narrowing(self) -> str:
        """The filters as the end of an address, "" without any."""
        chosen = {"intent": self.key, "locale": self.locale}
        return "".join(f"&{urlencode({name: value})}" for name, value in chosen.items() if value)


@dataclass(frozen=True, slots=True)
class TextCell:
    """A text in a row: its pieces, some marked, its intent (None: out of scope), and its article if any."""

    id: int
    text: str
    locale: str
    pieces: tuple[Piece, ...]
    intent: Intent | None
    article: int = 0

    @property
    def target(self) -> str:
        """The intent as the form that moves an utterance names it."""
        return str(self.intent.pk) if self.intent is not None else OUTSIDE_KEY


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """Two utterances side by side, the words that differ marked; `answer` if somebody has let it stand."""

    kind: str
    cells: tuple[tuple[TextCell, TextCell], ...]
    """(this one, the other one), twice."""
    key: str
    answer: SettledFinding | None


@dataclass(frozen=True, slots=True)
class RepetitionRow:
    """What is kept, the first others, and how many more there are."""

    kept: TextCell
    others: tuple[TextCell, ...]
    more: int


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """What is uneven, and the intent (None: out of scope)."""

    finding: Imbalance
    intent: Intent | None


@dataclass(frozen=True, slots=True)
class PlaceCell:
    """One place of a contradiction: its utterance, and what is marked there."""

    cell: TextCell
    start: int
    end: int
    type: str


@dataclass(frozen=True, slots=True)
class MarkRow:
    """Words marked in two ways, with the first places; or (`overlap`) listed twice, with the types' ids."""

    finding: Contradiction | None = None
    overlap: ListOverlap | None = None
    places: tuple[PlaceCell, ...] = ()
    more: int = 0
    values: tuple[tuple[str, str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class DoubtRow:
    """An utterance and the intent that the model was certain of; `answer` if somebody has let it stand."""

    cell: TextCell
    suggested: Intent
    confidence: float
    key: str
    answer: SettledFinding | None


Row = ConflictRow | RepetitionRow | BalanceRow | MarkRow | DoubtRow


@dataclass(frozen=True, slots=True)
class FindingList:
    """One page of a part's findings; `total` of those that the filters choose from, and how many are settled."""

    page: Page[Finding]
    rows: tuple[Row, ...]
    total: int
    settled: int


def filters_of(request: StaffRequest) -> Filters:
    """What the request's address asks for; nonsense counts as nothing."""
    key = request.GET.get("intent", "")
    if key != OUTSIDE_KEY and not (key.isdecimal() and len(key) < 19):
        key = ""
    return Filters(
        part=one_of(request, "part", PARTS, PARTS[0]),
        intent=(OUTSIDE if key == OUTSIDE_KEY else int(key)) if key else None,
        key=key,
        locale=one_of(request, "locale", dict(settings.LANGUAGES)),
        settled=request.GET.get("state") == SETTLED,
    )


def findings_of(report: HealthReport, part: str, *, settled: bool = False) -> Sequence[Finding]:
    """All findings of a part that are to be looked at, or those that people have let stand."""
    if settled:
        kinds: dict[str, type[Finding]] = {"conflicts": Conflict, "doubts": Doubt}
        return [one for one in report.settled if part in kinds and isinstance(one, kinds[part])]
    lists: dict[str, Sequence[Finding]] = {
        "conflicts": report.conflicts,
        "repetitions": report.repetitions,
        "balance": report.imbalances,
        "marks": (*report.contradictions, *report.overlaps),
        "doubts": report.doubts,
    }
    return lists[part]


def selected(report: HealthReport, filters: Filters) -> list[Finding]:
    """The findings of the part that the filters let through."""
    found = findings_of(report, filters.part, settled=filters.settled)
    return [one for one in found if any(_fits(facts, filters) for facts in _facts(report, one))]


def _facts(report: HealthReport, finding: Finding) -> Iterable[tuple[int | None, str]]:
    """(intent, language) of everything that a finding is about."""
    match finding:
        case Conflict():
            ids: Iterable[int] = (finding.first, finding.second)
        case Repetition():
            ids = (finding.kept, *finding.others)
        case Contradiction():
            ids = (place.utterance for place in finding.places)
        case Imbalance():
            return [(finding.intent, finding.locale)]
        case ListOverlap():
            return [(None, "")]
        case Doubt():
            text = report.texts[finding.utterance]
            return [(text.intent, text.locale), (finding.suggested, text.locale)]
    return ((report.texts[pk].intent, report.texts[pk].locale) for pk in ids)


def _fits(facts: tuple[int | None, str], filters: Filters) -> bool:
    intent, locale = facts
    return filters.intent in (None, intent) and filters.locale in ("", locale)


def finding_list(request: StaffRequest, report: HealthReport, filters: Filters) -> FindingList:
    """The page that the request asks for."""
    found = selected(report, filters)
    page = Paginator(found, PART_SIZE).get_page(request.GET.get("page"))
    builder = RowBuilder(request, report)
    rows = tuple(builder.row(one) for one in page.object_list)
    return FindingList(
        page=page,
        rows=rows,
        total=len(findings_of(report, filters.part, settled=filters.settled)),
        settled=len(findings_of(report, filters.part, settled=True)),
    )


class RowBuilder:
    """Makes rows of findings; reads intents and types once."""

    def __init__(self, request: StaffRequest, report: HealthReport) -> None:
        self.report = report
        self.texts = report.texts
        self.intents = {one.pk: one for one in Intent.objects.filter(workspace=request.workspace)}
        types = EntityType.objects.filter(workspace=request.workspace)
        self.types: dict[str, int] = dict(types.values_list("name", "id"))

    def row(self, finding: Finding) -> Row:
        """What the page shows of a finding."""
        match finding:
            case Conflict():
                first = self.cell(finding.first, words=finding.only_first)
                second = self.cell(finding.second, words=finding.only_second)
                sides = ((first, second), (second, first))
                return ConflictRow(finding.kind, sides, *self.answered(finding))
            case Repetition():
                shown = finding.others[:SHOWN_REPETITIONS]
                others = tuple(self.cell(pk) for pk in shown)
                return RepetitionRow(self.cell(finding.kept), others, len(finding.others) - len(shown))
            case Imbalance():
                return BalanceRow(finding, self.intents.get(finding.intent))
            case Contradiction():
                places = tuple(self.place(one) for one in finding.places[:SHOWN_PLACES])
                return MarkRow(finding=finding, places=places, more=len(finding.places) - len(places))
            case ListOverlap():
                values = tuple((kind, value, self.types[kind]) for kind, value in finding.values)
                return MarkRow(overlap=finding, values=values)
            case Doubt():
                cell, suggested = self.cell(finding.utterance), self.intents[finding.suggested]
                return DoubtRow(cell, suggested, finding.confidence, *self.answered(finding))

    def answered(self, finding: Settleable) -> tuple[str, SettledFinding | None]:
        """The finding's key, and the answer of somebody who has let it stand."""
        return self.report.key_of(finding), self.report.settled.get(finding)

    def cell(self, pk: int, *, words: Sequence[str] = ()) -> TextCell:
        """The utterance with the words marked that differ."""
        text = self.texts[pk]
        return self.made(text, (Span(start, end, "differs") for start, end in find_words(text.text, words)))

    def place(self, place: Place) -> PlaceCell:
        """The utterance with the place marked."""
        text = self.texts[place.utterance]
        cell = self.made(text, [Span(place.start, place.end, place.type or "unmarked")])
        return PlaceCell(cell, place.start, place.end, place.type)

    def made(self, text: TaughtText, spans: Iterable[Span]) -> TextCell:
        """A cell of the text cut at the spans."""
        intent = self.intents.get(text.intent)
        return TextCell(text.id, text.text, text.locale, cut(text.text, spans), intent, text.article)


CSV_HEADERS: Final[dict[str, tuple[str, ...]]] = {
    "conflicts": ("kind", "first", "first_intent", "second", "second_intent"),
    "repetitions": ("intent", "kept", "repeated"),
    "balance": ("problem", "intent", "language", "utterances", "usual"),
    "marks": ("problem", "words", "expected", "marked_as", "utterance", "intent"),
    "doubts": ("utterance", "intent", "suggested", "confidence"),
}


ANSWER_HEADERS: Final = ("settled_by", "settled_at")


def csv_headers(filters: Filters) -> tuple[str, ...]:
    """The names of the columns of `csv_rows`."""
    return (*CSV_HEADERS[filters.part], *(ANSWER_HEADERS if filters.settled else ()))


def csv_rows(request: StaffRequest, report: HealthReport, filters: Filters) -> Iterator[Sequence[object]]:
    """The findings that the filters select, one or more lines each; of those let stand, by whom and when."""
    names = dict(Intent.objects.filter(workspace=request.workspace).values_list("id", "name"))
    names[OUTSIDE] = ""
    texts = report.texts

    def told(pk: int) -> tuple[str, str]:
        return texts[pk].text, names.get(texts[pk].intent, "")

    def answer(finding: Settleable) -> tuple[str, ...]:
        row = report.settled.get(finding)
        if row is None:
            return ()
        person = row.settled_by.get_username() if row.settled_by else ""
        return person, timezone.localtime(row.settled_at).isoformat(timespec="seconds")

    for one in selected(report, filters):
        match one:
            case Conflict():
                yield one.kind, *told(one.first), *told(one.second), *answer(one)
            case Repetition():
                for pk in one.others:
                    yield names.get(one.intent, ""), texts[one.kept].text, texts[pk].text
            case Imbalance():
                yield one.problem, names.get(one.intent, ""), one.locale, one.count, one.usual
            case Contradiction():
                for place in one.places:
                    yield one.problem, one.words, one.expected, place.type, *told(place.utterance)
            case ListOverlap():
                for kind, value in one.values:
                    yield f"listed_{one.problem}", one.words, kind, value, "", ""
            case Doubt():
                yield *told(one.utterance), names.get(one.suggested, ""), one.confidence, *answer(one)
