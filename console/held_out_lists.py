"""Held-out utterances behind the numbers of a version's promise: which would be answered alone, which not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.core.paginator import Page, Paginator

from console.permissions import StaffRequest
from console.tables import PAGE_SIZE, one_of
from nlu.held_out import HeldOutAnswer
from nlu.models import Utterance
from nlu.pipeline.exact_matcher import canonical_key
from nlu.promise import fate
from nlu.types import OUT_OF_SCOPE, Thresholds

SHOWN: Final = ("all", "alone", "wrong", "asked", "left", "moved")
"""Filters: what becomes of an utterance, and `moved` for those that change sides."""


@dataclass(frozen=True, slots=True)
class HeldOutRow:
    """A held-out answer, the utterance that it is of (None if it is gone by now), and what becomes of it.

    fate_now: with the bound in force; fate: with the chosen one.
    """

    answer: HeldOutAnswer
    utterance: Utterance | None
    fate_now: str
    fate: str

    @property
    def is_right(self) -> bool:
        """Whether acting on it would be right."""
        return self.answer.intent == self.answer.gold

    @property
    def gold(self) -> str:
        """The intent that it was taught as; empty for out of scope."""
        return "" if self.answer.gold == OUT_OF_SCOPE else self.answer.gold


@dataclass(frozen=True, slots=True)
class HeldOutList:
    """One page of rows and what the filter is set to."""

    page: Page[HeldOutAnswer]
    rows: tuple[HeldOutRow, ...]
    show: str


def chosen_answers(
    answers: Iterable[HeldOutAnswer], show: str, now: Thresholds, chosen: Thresholds
) -> list[HeldOutAnswer]:
    """Those that the filter selects, the surest first; of those that change sides the nearest to the bound."""
    kept = [answer for answer in answers if selects(answer, show, now, chosen)]
    if show == "moved":
        return sorted(kept, key=lambda answer: (abs(answer.confidence - chosen.confidence), answer.key))
    return sorted(kept, key=lambda answer: (-answer.confidence, answer.key))


def selects(answer: HeldOutAnswer, show: str, now: Thresholds, chosen: Thresholds) -> bool:
    """Whether the filter shows the answer."""
    then = fate(answer, chosen)
    if show == "moved":
        return then != fate(answer, now)
    if show == "wrong":
        return then == "alone" and answer.intent != answer.gold
    return show in ("all", then)


def rows_of(
    workspace_id: int, answers: Sequence[HeldOutAnswer], now: Thresholds, chosen: Thresholds
) -> tuple[HeldOutRow, ...]:
    """The answers with their utterances, in their order. A version's folder knows texts by a hash alone."""
    found = utterances_by_key(workspace_id, {answer.key for answer in answers})
    return tuple(
        HeldOutRow(answer, found.get(answer.key), fate(answer, now), fate(answer, chosen)) for answer in answers
    )


def utterances_by_key(workspace_id: int, keys: set[int]) -> dict[int, Utterance]:
    """The workspace's utterances with these keys."""
    if not keys:
        return {}
    rows = Utterance.objects.filter(workspace=workspace_id).order_by("pk").values_list("pk", "normalized")
    places: dict[int, int] = {}
    for pk, canonical in rows.iterator(chunk_size=2000):
        key = canonical_key(canonical)
        if key in keys:
            places[pk] = key
            if len(places) == len(keys):
                break
    found = Utterance.objects.filter(pk__in=list(places)).select_related("intent")
    return {places[row.pk]: row for row in found}


def held_out_list(
    request: StaffRequest, answers: Sequence[HeldOutAnswer], now: Thresholds, chosen: Thresholds
) -> HeldOutList:
    """One page of what the request asks for."""
    show = one_of(request, "show", SHOWN, "all")
    page = Paginator(chosen_answers(answers, show, now, chosen), PAGE_SIZE).get_page(request.GET.get("page"))
    return HeldOutList(page, rows_of(request.workspace.pk, list(page), now, chosen), show)
