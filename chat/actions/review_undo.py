"""Taking back what one did last: the newest answer that still can be, and what had to be passed over for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.contrib.auth.models import User

from chat.actions.reviews import undo_review
from chat.errors import ChangedSince, NotFound
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
    """The answer that was taken back, None if there was none that could be; and the newer ones, newest first."""

    review: Review | None
    passed: tuple[PassedOver, ...] = ()


def undo_newest(*, workspace: Workspace, actor: User) -> TakenBack:
    """Take back this person's newest answer or skip (`undo_review`) that nobody has changed since.

    Each try is a transaction of its own: what is passed over stays as it is.
    """
    mine = Review.objects.filter(workspace=workspace, answered_by=actor, answered_at__isnull=False)
    passed: list[PassedOver] = []
    for row in mine.order_by("-answered_at", "-pk").select_related("turn")[:MOST_TRIED]:
        try:
            return TakenBack(undo_review(review=row, actor=actor), tuple(passed))
        except (ChangedSince, NotFound) as error:
            passed.append(PassedOver(row, str(error)))
    return TakenBack(None, tuple(passed))
