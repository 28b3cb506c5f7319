"""The list of the evaluation set: its filters, what each row shows, and what the set covers."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.paginator import Page
from django.db.models import Count, QuerySet

from console.annotated import Piece, Span, cut
from console.permissions import StaffRequest
from console.tables import one_of, page_of, search_text
from nlu.actions.gate import read_report
from nlu.models import EvaluationCase, Intent, ModelVersion, Utterance
from nlu.models.evaluation_cases import CaseSource
from nlu.pipeline.normalizer import canonical

ENOUGH_CASES = 100
"""Below it the gate looks at held-out utterances as well: nlu/training/gate_evidence.py, held equal by a test."""
OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case, its text cut at the marks, and the intent (`taught`) of an utterance that says the same, if any."""

    case: EvaluationCase
    pieces: tuple[Piece, ...]
    is_leaked: bool
    taught: str
    contradicts: bool


@dataclass(frozen=True, slots=True)
class CaseList:
    """One page of cases and what the filters are set to; `version` and `change`: what a version changed."""

    page: Page[EvaluationCase]
    rows: tuple[CaseRow, ...]
    query: str
    intent: str
    source: str
    only: str
    version: ModelVersion | None
    change: str
    intents: tuple[Intent, ...]
    found: int

    @property
    def is_filtered(self) -> bool:
        """Whether the list shows less than everything."""
        return bool(self.query or self.intent or self.source or self.only or self.version)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the set covers. `missing` are intents without a case; `left_out` utterances do not teach."""

    total: int
    outside: int
    covered: int
    missing: tuple[Intent, ...]
    left_out: int

    @property
    def is_small(self) -> bool:
        """Whether the gate needs held-out utterances besides."""
        return self.total < ENOUGH_CASES

    @property
    def intents(self) -> int:
        """How many intents there are."""
        return self.covered + len(self.missing)


def coverage_of(request: StaffRequest) -> Coverage:
    """Counts of the workspace's set."""
    cases = EvaluationCase.objects.filter(workspace=request.workspace)
    counted = Intent.objects.filter(workspace=request.workspace).annotate(total=Count("evaluation_cases"))
    missing = tuple(counted.filter(total=0).order_by("name"))
    return Coverage(
        total=cases.count(),
        outside=cases.filter(intent__isnull=True).count(),
        covered=counted.exclude(total=0).count(),
        missing=missing,
        left_out=Utterance.objects.filter(
            workspace=request.workspace, normalized__in=cases.frozen().values("normalized")
        ).count(),
    )


def filtered_cases(request: StaffRequest) -> QuerySet[EvaluationCase]:
    """The cases that the address asks for, newest first."""
    rows = EvaluationCase.objects.filter(workspace=request.workspace).with_leaks()
    query = search_text(request)
    if query:
        rows = rows.filter(normalized__contains=canonical(query))
    intent = chosen_intent(request)
    if intent:
        rows = rows.filter(intent__isnull=True) if intent == OUTSIDE else rows.filter(intent_id=int(intent))
    source = one_of(request, "source", CaseSource.values)
    if source:
        rows = rows.filter(source=source)
    if one_of(request, "only", ("leaked",)):
        rows = rows.only_leaked()
    version = chosen_version(request)
    report = read_report(version) if version is not None else None
    if report is not None:
        rows = rows.filter(pk__in=report.better if chosen_change(request) == "better" else report.worse)
    return rows.select_related("intent", "created_by").order_by("-id")


def chosen_intent(request: StaffRequest) -> str:
    """The filter's intent: a number, `outside`, or empty."""
    value = request.GET.get("intent", "")
    return value if value == OUTSIDE or (value.isdecimal() and len(value) < 19) else ""


def chosen_version(request: StaffRequest) -> ModelVersion | None:
    """The version whose changes the list shows."""
    value = request.GET.get("version", "")
    if not value.isdecimal() or len(value) > 9:
        return None
    return ModelVersion.objects.filter(workspace=request.workspace, number=int(value)).first()


def chosen_change(request: StaffRequest) -> str:
    """Which changes: for the worse, unless asked for the others."""
    return one_of(request, "change", ("worse", "better"), "worse")


def case_list(request: StaffRequest) -> CaseList:
    """The page that the request asks for."""
    rows = filtered_cases(request)
    page = page_of(request, rows)
    return CaseList(
        page=page,
        rows=tuple(case_row(case) for case in page),
        query=search_text(request),
        intent=chosen_intent(request),
        source=one_of(request, "source", CaseSource.values),
        only=one_of(request, "only", ("leaked",)),
        version=chosen_version(request),
        change=chosen_change(request),
        intents=tuple(Intent.objects.filter(workspace=request.workspace).order_by("name")),
        found=page.paginator.count,
    )


def case_row(case: EvaluationCase) -> CaseRow:
    """What the list shows of a case that was read `with_leaks`."""
    leaked: bool = getattr(case, "is_leaked", False)
    return CaseRow(
        case=case,
        pieces=cut(case.text, (Span(start, end, name) for start, end, name in case.entities or ())),
        is_leaked=leaked,
        taught=getattr(case, "taught", None) or "",
        contradicts=leaked and getattr(case, "taught_id", None) != case.intent_id,
    )
