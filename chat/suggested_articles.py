"""Articles that an agent may want to send, by what the customer asked, came for before, and is known to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from chat.citations import article_url
from chat.dialogue.recommending import Interest, InterestKind, recommend, shortened
from nlu.models import Article, Workspace
from nlu.models.articles import ArticleStatus

SUGGESTED_AT_MOST: Final = 3
ARTICLES_READ: Final = 1_000


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An article with the reason why: the kind of the interest, and its words."""

    title: str
    url: str
    kind: InterestKind
    words: str


def suggested_articles(workspace: Workspace, locale: str, interests: Sequence[Interest]) -> tuple[Suggestion, ...]:
    """The published articles of the language that fit best; none where nothing fits."""
    rows = list(
        Article.objects.filter(
            workspace=workspace, locale=locale, status=ArticleStatus.PUBLISHED, published_revision__isnull=False
        )
        .order_by("pk")
        .values_list("slug", "published_revision__title", "intent__name")[:ARTICLES_READ]
    )
    ranked = recommend([f"{title} {(intent or '').replace('_', ' ')}" for _slug, title, intent in rows], interests)
    return tuple(
        Suggestion(
            title=rows[one.place][1],
            url=article_url(workspace.slug, locale, rows[one.place][0]),
            kind=one.reason.kind,
            words=shortened(one.reason.words),
        )
        for one in ranked[:SUGGESTED_AT_MOST]
        if one.reason is not None
    )
