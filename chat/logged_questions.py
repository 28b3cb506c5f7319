"""Customers' questions with what they mean, masked as they were stored: for encoders, which know no conversations.

A wording means what a person said in the review; one that nobody has reviewed means what it was understood as, if
the assistant had no doubt and nobody minded the answer.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q
from django.dispatch import receiver

from chat.models import Review
from chat.models.reviews import ReviewStatus
from nlu.models import Workspace
from nlu.signals import logged_questions_wanted
from nlu.types import Example


@receiver(logged_questions_wanted, sender=Workspace, dispatch_uid="chat.logged_questions")
def answer(sender: type[Workspace], workspace_id: int, limit: int, **_: object) -> Iterator[Example]:
    """The wordings that were said last."""
    return logged_questions(workspace_id=workspace_id, limit=limit)


def logged_questions(*, workspace_id: int, limit: int) -> Iterator[Example]:
    """At most `limit` wordings, each once, newest first."""
    confirmed = Q(status=ReviewStatus.ANSWERED, answer__isnull=False)
    certain = ~Q(status=ReviewStatus.ANSWERED) & Q(doubt="", objection="") & ~Q(understood="")
    rows = Review.objects.filter(confirmed | certain, workspace_id=workspace_id, turn__isnull=False)
    columns = rows.order_by("-last_seen_at", "-id").values_list(
        "status", "answer__name", "understood", "turn__parse", "locale"
    )
    for status, answered, understood, parse, locale in columns[:limit]:
        text = str(parse.get("text", "")).strip() if isinstance(parse, dict) else ""
        intent = answered if status == ReviewStatus.ANSWERED else understood
        if text and intent:
            yield Example(text=text, intent=intent, locale=locale)
