"""The review queue as tests read it and answer it."""

from __future__ import annotations

import html
import re

from django.urls import reverse

from chat.models import Review

QUEUE = "console:reviews"


def shown(client, **filters) -> list[str]:
    page = client.get(reverse(QUEUE), filters).content.decode()
    return [
        html.unescape(re.sub(r"<[^>]+>", "", text)).strip()
        for text in re.findall(r'<p class="review-text[^>]*>(.*?)</p>', page, re.DOTALL)
    ]


def answer(client, text: str, *, headers=None, **data):
    row = next(row for row in Review.objects.select_related("turn") if row.turn and row.turn.parse["text"] == text)
    return client.post(
        reverse("console:review_answer", args=[row.pk]), data, headers=headers or {}, follow=not headers
    )
