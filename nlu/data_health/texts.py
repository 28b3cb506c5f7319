"""What the rules look at: one text and what it teaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

OUTSIDE: Final = 0
"""The number that stands for out of scope where an intent's id is asked for."""


@dataclass(frozen=True, slots=True)
class TaughtText:
    """An utterance: ids of its row and intent (`OUTSIDE`: none); marks as (start, end, type) in code points.

    A title or question of an article, which teaches too, has the article's id and a negative `id` of its own.
    `generated`: nobody has said it; it makes no intent less thin.
    """

    id: int
    text: str
    intent: int
    locale: str = ""
    spans: tuple[tuple[int, int, str], ...] = ()
    article: int = 0
    generated: bool = False
