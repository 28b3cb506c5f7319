"""Search over published articles: every process keeps its own replica of the index, built from the rows.

Nothing announces a change: the replica compares a cheap fingerprint of the published revisions, at most once a
second, and is rebuilt when it differs. So the same code serves one process on SQLite and many on PostgreSQL.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.db.models import Count, Max, Sum

from nlu.knowledge.index import Hit, IndexedArticle, IndexedPassage, KeywordIndex
from nlu.models import Article, Passage
from nlu.models.articles import ArticleStatus
from nlu.types import PassageHit

# Seconds for which a process may still search what another has published over.
REFRESH_SECONDS = 1.0

Fingerprint = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Replica:
    checked_at: float
    fingerprint: Fingerprint
    indexes: Mapping[str, KeywordIndex]


_replicas: dict[int, _Replica] = {}
_locks: dict[int, threading.Lock] = {}
_guard = threading.Lock()


def search_passages(
    *, workspace_id: int, locale: str, query: str, limit: int = 5, other_locales: bool = False
) -> list[PassageHit]:
    """The published articles that answer `query` best, best first, each with its best passage.

    Only articles of the workspace in `locale` are searched; with `other_locales` those of other languages fill up
    when fewer than `limit` were found. `relevance` estimates how likely the article answers the question.
    """
    indexes = _indexes(workspace_id)
    hits = indexes[locale].search(query, limit) if locale in indexes else []
    if other_locales and len(hits) < limit:
        rest = [hit for other, index in indexes.items() if other != locale for hit in index.search(query, limit)]
        rest.sort(key=lambda hit: -hit.score)
        hits = hits + rest[: limit - len(hits)]
    return _with_rows(workspace_id, hits)


def expire_index(workspace_id: int) -> None:
    """Have the fingerprint compared at the next search of this process, without waiting for the second to pass."""
    with _guard:
        replica = _replicas.get(workspace_id)
        if replica is not None:
            _replicas[workspace_id] = replace(replica, checked_at=-REFRESH_SECONDS)


def forget_indexes() -> None:
    """Drop all replicas of this process; the next searches build them anew."""
    with _guard:
        _replicas.clear()


def _with_rows(workspace_id: int, hits: list[Hit]) -> list[PassageHit]:
    """The hits with their rows; one withdrawn since the replica was built drops out."""
    if not hits:
        return []
    rows = Passage.objects.filter(
        workspace_id=workspace_id,
        pk__in=[hit.passage_id for hit in hits],
        article__status=ArticleStatus.PUBLISHED,
    ).select_related("article__published_revision")
    by_id = {row.pk: row for row in rows}
    found = []
    for hit in hits:
        row = by_id.get(hit.passage_id)
        if row is None or row.article.published_revision is None:
            continue
        found.append(
            PassageHit(
                passage_id=row.pk,
                article_id=row.article_id,
                article_slug=row.article.slug,
                title=row.article.published_revision.title,
                text=row.text,
                locale=row.locale,
                score=hit.score,
                relevance=hit.relevance,
            )
        )
    return found


def _indexes(workspace_id: int) -> Mapping[str, KeywordIndex]:
    replica = _replicas.get(workspace_id)
    if replica is not None and time.monotonic() - replica.checked_at < REFRESH_SECONDS:
        return replica.indexes
    with _guard:
        lock = _locks.setdefault(workspace_id, threading.Lock())
    # One thread compares and builds. The others meanwhile search the replica they have.
    if not lock.acquire(blocking=replica is None):
        return replica.indexes if replica is not None else {}
    try:
        return _refreshed(workspace_id).indexes
    finally:
        lock.release()


def _refreshed(workspace_id: int) -> _Replica:
    replica = _replicas.get(workspace_id)
    checked_at = time.monotonic()
    if replica is not None and checked_at - replica.checked_at < REFRESH_SECONDS:
        return replica  # built by another thread while this one waited
    # Read before the rows: a publication in between makes the next comparison differ.
    fingerprint = _fingerprint(workspace_id)
    if replica is not None and replica.fingerprint == fingerprint:
        indexes = replica.indexes
    else:
        indexes = _build(workspace_id)
    fresh = _Replica(checked_at, fingerprint, indexes)
    with _guard:
        _replicas[workspace_id] = fresh
    return fresh


def _fingerprint(workspace_id: int) -> Fingerprint:
    """Changes with every publication and withdrawal, because each publication makes a new revision."""
    sums = Article.objects.filter(workspace_id=workspace_id, status=ArticleStatus.PUBLISHED).aggregate(
        count=Count("pk"), last=Max("published_revision_id"), total=Sum("published_revision_id")
    )
    return sums["count"], sums["last"] or 0, sums["total"] or 0


def _build(workspace_id: int) -> dict[str, KeywordIndex]:
    passages: dict[int, list[IndexedPassage]] = {}
    rows = Passage.objects.filter(workspace_id=workspace_id).order_by("article_id", "position")
    for passage_id, article_id, heading, text in rows.values_list(
        "pk", "article_id", "heading", "text"
    ).iterator():
        passages.setdefault(article_id, []).append(IndexedPassage(passage_id, heading, text))
    published = Article.objects.filter(workspace_id=workspace_id, status=ArticleStatus.PUBLISHED)
    articles: dict[str, list[IndexedArticle]] = {}
    for article_id, locale, title, questions in published.values_list(
        "pk", "locale", "published_revision__title", "published_revision__questions"
    ):
        if article_id in passages:
            articles.setdefault(locale, []).append(
                IndexedArticle(article_id, title, tuple(questions.splitlines()), tuple(passages[article_id]))
            )
    return {locale: KeywordIndex(group) for locale, group in articles.items()}
