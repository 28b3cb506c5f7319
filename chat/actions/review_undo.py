"""Taking back what one did last: the newest answer that still can be, and what had to be passed over for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.contrib.auth.models import User
from django.utils import timezone

from chat.actions.reviews import undo_review
from chat.errors import AnotherAnswer, ChangedSince, NotFound
from chat.models import Review
from nlu.models import Workspace

MOST_TRIED: Final = 20
"""Answers looked at for one that can be taken back; who has not found it by then looks for it in the list."""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """An answer that cannot be taken back, and why, in words for people."""

    review: Review
    reason: str


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The answer that was taken back, None if there was none that could be; and the newer ones, newest first.

    more: nothing was taken back, and there are older answers that were not tried.
    """

    review: Review | None
    passed: tuple[PassedOver, ...] = ()
    more: bool = False


def undo_newest(*, workspace: Workspace, actor: User) -> TakenBack:
    """Take back this person's newest answer or skip (`undo_review`) that nobody has changed since.

    The newest is "my last" whenever it was given. Instead of one that was changed only those of the same day are
    tried (local time), `MOST_TRIED` at most: nobody means an answer of last week. Each try is a transaction of its
    own: what is passed over stays as it is, and so does what was answered anew by somebody else meanwhile.
    """
    mine = Review.objects.filter(workspace=workspace, answered_by=actor, answered_at__isnull=False)
    rows = list(mine.order_by("-answered_at", "-pk").select_related("turn")[: MOST_TRIED + 1])
    passed: list[PassedOver] = []
    for row in rows[:MOST_TRIED]:
        if passed and day_of(row) != day_of(passed[0].review):
            return TakenBack(None, tuple(passed), more=True)
        try:
            return TakenBack(undo_review(review=row, actor=actor, as_read=True), tuple(passed))
        except AnotherAnswer:
            continue
        except (ChangedSince, NotFound) as error:
            passed.append(PassedOver(row, str(error)))
    return TakenBack(None, tuple(passed), more=len(rows) > MOST_TRIED)


def day_of(review: Review) -> date:
    """The local day of an answer."""
    return timezone.localdate(review.answered_at)
