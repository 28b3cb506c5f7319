"""Writing, publishing and withdrawing articles."""

from __future__ import annotations

import re
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from nlu.actions.audit import Actor, record
from nlu.errors import InvalidData, InvalidTransition, StaleEdit
from nlu.knowledge.chunking import split
from nlu.models import Article, ArticleRevision, Intent, Passage, Workspace
from nlu.models.articles import ArticleStatus
from nlu.search import expire_index

TITLE_LENGTH = 200
SLUG_LENGTH = 120
BODY_LENGTH = 50_000
QUESTION_LENGTH = 200
MAX_QUESTIONS = 100
_SLUG = re.compile(r"[\w-]+")


@transaction.atomic
def create_article(
    *,
    workspace: Workspace,
    locale: str,
    title: str,
    body: str,
    slug: str = "",
    questions: str = "",
    intent: Intent | None = None,
    source: str = "",
    actor: Actor,
) -> Article:
    """A new draft. Without `slug` one is made from the title. InvalidData with a message for the form.

    source: the data that the text was made from, if it was.
    """
    if locale not in dict(settings.LANGUAGES):
        raise InvalidData(_("There is no such language."))
    title, body, questions = _checked(title, body, questions)
    _check_intent(workspace, intent)
    slug = slug.strip() or _free_slug(workspace, locale, title)
    _check_slug(workspace, locale, slug, None)
    article = Article.objects.create(
        workspace=workspace,
        slug=slug,
        locale=locale,
        title=title,
        body=body,
        questions=questions,
        intent=intent,
        source=source,
        updated_by_id=_person_id(actor),
    )
    record(actor=actor, action="article.created", target=article, workspace=workspace, summary=title)
    return article


@transaction.atomic
def update_article(
    *,
    article: Article,
    title: str,
    body: str,
    questions: str,
    slug: str,
    intent: Intent | None,
    expected_updated_at: datetime | None = None,
    actor: Actor,
) -> Article:
    """Change the working copy; customers see it after the next publication.

    StaleEdit if somebody changed the article after `expected_updated_at` (what the editor's form was made from).
    InvalidData with a message for the form; a short name that was ever published stays, because links lead to it.
    """
    article = _locked(article, expected_updated_at)
    title, body, questions = _checked(title, body, questions)
    _check_intent(article.workspace, intent)
    slug = slug.strip()
    if slug != article.slug:
        if article.published_revision_id is not None:
            raise InvalidData(_("The short name of a published article stays, because links lead to it."))
        _check_slug(article.workspace, article.locale, slug, article.pk)
    article.title, article.body, article.questions = title, body, questions
    article.slug, article.intent = slug, intent
    article.updated_by_id = _person_id(actor)
    article.save()
    record(actor=actor, action="article.updated", target=article, workspace=article.workspace, summary=title)
    return article


@transaction.atomic
def publish_article(*, article: Article, expected_updated_at: datetime | None = None, actor: Actor) -> Article:
    """Make the working copy what customers read and search finds, and keep it as a revision.

    Publishing what is published already changes nothing. StaleEdit as in `update_article`.
    """
    article = _locked(article, expected_updated_at)
    published = article.published_revision
    if (
        article.status == ArticleStatus.PUBLISHED
        and published is not None
        and (published.title, published.body, published.questions)
        == (article.title, article.body, article.questions)
    ):
        return article
    last = article.revisions.order_by("-number").first()
    revision = ArticleRevision.objects.create(
        article=article,
        number=last.number + 1 if last else 1,
        title=article.title,
        body=article.body,
        questions=article.questions,
        created_by_id=_person_id(actor),
    )
    article.published_revision = revision
    article.status = ArticleStatus.PUBLISHED
    article.updated_by_id = _person_id(actor)
    article.save()
    _rebuild_passages(article, revision)
    _refresh_search(article)
    record(
        actor=actor,
        action="article.published",
        target=article,
        workspace=article.workspace,
        summary=f"{revision.title} ({revision.number})",
    )
    return article


@transaction.atomic
def archive_article(*, article: Article, actor: Actor) -> Article:
    """Withdraw the article: customers no longer find or read it. Its revisions stay; publishing brings it back."""
    article = _locked(article, None)
    if article.status == ArticleStatus.ARCHIVED:
        return article
    article.status = ArticleStatus.ARCHIVED
    article.updated_by_id = _person_id(actor)
    article.save()
    article.passages.all().delete()
    _refresh_search(article)
    record(
        actor=actor, action="article.archived", target=article, workspace=article.workspace, summary=article.title
    )
    return article


@transaction.atomic
def delete_draft(*, article: Article, actor: Actor) -> None:
    """Delete an article that was never published; InvalidTransition for one that was: archive it instead."""
    article = _locked(article, None)
    if article.revisions.exists():
        raise InvalidTransition(_("An article that was published is archived, not deleted."))
    record(
        actor=actor, action="article.deleted", target=article, workspace=article.workspace, summary=article.title
    )
    article.delete()


def _rebuild_passages(article: Article, revision: ArticleRevision) -> None:
    """Make the passages those of the revision; unchanged ones keep their rows."""
    existing = {passage.position: passage for passage in article.passages.all()}
    chunks = split(revision.title, revision.body)
    for position, chunk in enumerate(chunks):
        passage = existing.pop(position, None)
        if passage is not None and passage.content_hash == chunk.content_hash:
            continue
        Passage.objects.update_or_create(
            article=article,
            position=position,
            defaults={
                "workspace_id": article.workspace_id,
                "heading": chunk.heading,
                "text": chunk.text,
                "locale": article.locale,
                "content_hash": chunk.content_hash,
            },
        )
    Passage.objects.filter(pk__in=[passage.pk for passage in existing.values()]).delete()


def _refresh_search(article: Article) -> None:
    """Let this process find the change at once; others look for changes themselves every second."""
    workspace_id = article.workspace_id
    transaction.on_commit(lambda: expire_index(workspace_id))


def _locked(article: Article, expected_updated_at: datetime | None) -> Article:
    # `of`: the nullable joins of an outer join cannot be locked on PostgreSQL.
    current = (
        Article.objects.select_for_update(of=("self",))
        .select_related("workspace", "published_revision")
        .get(pk=article.pk)
    )
    if expected_updated_at is not None and current.updated_at != expected_updated_at:
        raise StaleEdit(_("Somebody changed this article while you were editing it."))
    return current


def _checked(title: str, body: str, questions: str) -> tuple[str, str, str]:
    title = " ".join(title.split())
    body = body.replace("\r\n", "\n").replace("\r", "\n").strip()
    lines = [" ".join(line.split()) for line in questions.splitlines()]
    lines = list(dict.fromkeys(line for line in lines if line))
    if not title or len(title) > TITLE_LENGTH:
        raise InvalidData(_("A title has 1 to %(count)d characters.") % {"count": TITLE_LENGTH})
    if not body or len(body) > BODY_LENGTH:
        raise InvalidData(_("A text has 1 to %(count)d characters.") % {"count": BODY_LENGTH})
    if len(lines) > MAX_QUESTIONS or any(len(line) > QUESTION_LENGTH for line in lines):
        raise InvalidData(
            _("There may be %(lines)d questions of at most %(count)d characters each.")
            % {"lines": MAX_QUESTIONS, "count": QUESTION_LENGTH}
        )
    if any("\x00" in value for value in (title, body, questions)):
        raise InvalidData(_("The text contains a character that cannot be stored."))
    return title, body, "\n".join(lines)


def _check_intent(workspace: Workspace, intent: Intent | None) -> None:
    if intent is not None and intent.workspace_id != workspace.pk:
        raise InvalidData(_("There is no such intent."))


def _check_slug(workspace: Workspace, locale: str, slug: str, except_id: int | None) -> None:
    if len(slug) > SLUG_LENGTH or not _SLUG.fullmatch(slug):
        raise InvalidData(
            _("A short name has 1 to %(count)d letters, digits, hyphens and underscores.") % {"count": SLUG_LENGTH}
        )
    taken = Article.objects.filter(workspace=workspace, locale=locale, slug=slug).first()
    if taken is not None and taken.pk != except_id:
        raise InvalidData(_("There is already an article with this short name in this language."))


def _free_slug(workspace: Workspace, locale: str, title: str) -> str:
    base = slugify(title, allow_unicode=True)[: SLUG_LENGTH - 6].strip("-") or "article"
    taken = set(
        Article.objects.filter(workspace=workspace, locale=locale, slug__startswith=base).values_list(
            "slug", flat=True
        )
    )
    number = 1
    slug = base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug


def _person_id(actor: Actor) -> int | None:
    return actor.pk if actor is not None and actor.is_authenticated else None
