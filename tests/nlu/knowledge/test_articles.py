"""Writing, publishing, withdrawing; and that search follows the published revisions only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from nlu import search
from nlu.actions.articles import archive_article, create_article, delete_draft, publish_article, update_article
from nlu.actions.workspaces import create_workspace
from nlu.errors import InvalidData, InvalidTransition, StaleEdit
from nlu.models import Article, AuditEntry, Intent, Workspace
from nlu.search import search_passages

pytestmark = [pytest.mark.django_db, pytest.mark.persistence]

LONG = "Open the order and tap the button. " * 10


@pytest.fixture
def workspace() -> Workspace:
    return create_workspace(slug="shop", name="Shop", default_locale="en", actor=None)


@pytest.fixture
def operator() -> User:
    return User.objects.create_user("operator")


def write(workspace: Workspace, title: str = "How to return an item", **fields: object) -> Article:
    given = {"locale": "en", "body": "Open the order and tap Return.", "actor": None, **fields}
    return create_article(workspace=workspace, title=title, **given)


def change(article: Article, **fields: object) -> Article:
    same = {
        "title": article.title,
        "body": article.body,
        "questions": article.questions,
        "slug": article.slug,
        "intent": article.intent,
        "actor": None,
    }
    return update_article(article=article, **{**same, **fields})


def found(workspace: Workspace, query: str, locale: str = "en") -> list[str]:
    search.forget_indexes()
    return [hit.article_slug for hit in search_passages(workspace_id=workspace.pk, locale=locale, query=query)]


def test_from_draft_to_withdrawn(workspace: Workspace, operator: User) -> None:
    article = write(workspace, actor=operator)
    assert (article.status, article.slug) == ("draft", "how-to-return-an-item")
    assert found(workspace, "return") == []
    article = publish_article(article=article, actor=operator)
    assert found(workspace, "return") == [article.slug]
    article = change(article, title="Sending things back", body="Ask for a courier.", actor=operator)
    assert article.status == "published"
    assert found(workspace, "return") == [article.slug], "a draft edit is not public"
    assert found(workspace, "courier") == []
    article = publish_article(article=article, actor=operator)
    assert found(workspace, "return") == []
    assert found(workspace, "courier") == [article.slug]
    assert [revision.number for revision in article.revisions.all()] == [2, 1]
    article = archive_article(article=article, actor=operator)
    assert found(workspace, "courier") == []
    assert article.passages.count() == 0
    assert publish_article(article=article, actor=operator).revisions.count() == 3
    assert found(workspace, "courier") == [article.slug]
    actions = AuditEntry.objects.filter(actor=operator).order_by("id").values_list("action", flat=True)
    assert list(actions) == [
        "article.created",
        "article.published",
        "article.updated",
        "article.published",
        "article.archived",
        "article.published",
    ]


def test_publishing_the_same_again_changes_nothing(workspace: Workspace) -> None:
    article = publish_article(article=write(workspace), actor=None)
    again = publish_article(article=article, actor=None)
    assert again.published_revision == article.published_revision
    assert again.updated_at == article.updated_at
    assert again.revisions.count() == 1


def test_unchanged_passages_keep_their_rows(workspace: Workspace) -> None:
    article = write(workspace, body=f"intro {LONG}\n\n# A\n\n{LONG}\n\n# B\n\n{LONG}")
    article = publish_article(article=article, actor=None)
    before = {passage.heading: passage.pk for passage in article.passages.all()}
    assert list(before) == ["", "A", "B"]
    article = change(article, body=f"intro {LONG}\n\n# A\n\nchanged {LONG}")
    article = publish_article(article=article, actor=None)
    after = {passage.heading: (passage.pk, passage.text) for passage in article.passages.all()}
    assert list(after) == ["", "A"]
    assert after[""][0] == before[""]
    assert after["A"][1].startswith("changed")


def test_an_edit_on_an_old_copy_is_refused(workspace: Workspace) -> None:
    article = write(workspace)
    opened = article.updated_at
    article = change(article, body="First.", expected_updated_at=opened)
    with pytest.raises(StaleEdit):
        change(article, body="Second.", expected_updated_at=opened)
    with pytest.raises(StaleEdit):
        publish_article(article=article, expected_updated_at=opened - timedelta(seconds=1), actor=None)
    article.refresh_from_db()
    assert (article.body, article.status) == ("First.", "draft")
    assert (
        publish_article(article=article, expected_updated_at=article.updated_at, actor=None).status == "published"
    )


def test_only_a_draft_is_deleted(workspace: Workspace) -> None:
    draft = write(workspace)
    delete_draft(article=draft, actor=None)
    assert not Article.objects.filter(pk=draft.pk).exists()
    article = publish_article(article=write(workspace), actor=None)
    with pytest.raises(InvalidTransition):
        delete_draft(article=article, actor=None)
    with pytest.raises(InvalidTransition):
        delete_draft(article=archive_article(article=article, actor=None), actor=None)


def test_short_names(workspace: Workspace) -> None:
    assert write(workspace).slug == "how-to-return-an-item"
    assert write(workspace).slug == "how-to-return-an-item-2"
    assert write(workspace, "怎么退货", locale="zh-hans").slug == "怎么退货"
    assert write(workspace, "???").slug == "article"
    assert write(workspace, slug="returns").slug == "returns"
    assert write(workspace, slug="returns", locale="zh-hans").slug == "returns"
    with pytest.raises(InvalidData):
        write(workspace, slug="returns")
    other = create_workspace(slug="other", name="Other", default_locale="en", actor=None)
    assert write(other, slug="returns").slug == "returns"


def test_a_published_short_name_stays(workspace: Workspace) -> None:
    article = change(write(workspace), slug="returns")
    assert article.slug == "returns"
    article = publish_article(article=article, actor=None)
    with pytest.raises(InvalidData):
        change(article, slug="sending-back")


@pytest.mark.parametrize(
    "fields",
    [
        {"title": " "},
        {"title": "x" * 201},
        {"body": "\n"},
        {"body": "x" * 50_001},
        {"body": "a\x00b"},
        {"questions": "x" * 201},
        {"questions": "\n".join(f"q{number}" for number in range(101))},
        {"slug": "a b"},
        {"slug": "a/b"},
        {"slug": "x" * 121},
    ],
)
def test_a_field_that_cannot_be_used_is_refused(workspace: Workspace, fields: dict[str, str]) -> None:
    with pytest.raises(InvalidData):
        write(workspace, **fields)
    article = write(workspace)
    with pytest.raises(InvalidData):
        change(article, **fields)
    assert change(article, title=" a  b ", questions=" q \n\nq\nr").questions == "q\nr"


def test_language_and_intent_must_exist_here(workspace: Workspace) -> None:
    with pytest.raises(InvalidData):
        write(workspace, locale="tlh")
    other = create_workspace(slug="other", name="Other", default_locale="en", actor=None)
    with pytest.raises(InvalidData):
        write(workspace, intent=Intent.objects.create(workspace=other, name="return_item"))
    intent = Intent.objects.create(workspace=workspace, name="return_item")
    assert write(workspace, intent=intent).intent == intent


def test_search_stays_in_workspace_and_language(workspace: Workspace) -> None:
    other = create_workspace(slug="other", name="Other", default_locale="en", actor=None)
    publish_article(article=write(workspace), actor=None)
    publish_article(article=write(other, "How to return a book"), actor=None)
    publish_article(article=write(workspace, "退货", locale="zh-hans", body="return 退货", slug="tui"), actor=None)
    assert found(workspace, "return") == ["how-to-return-an-item"]
    assert found(workspace, "return", "zh-hans") == ["tui"]
    hits = search_passages(workspace_id=workspace.pk, locale="en", query="return 退货", other_locales=True)
    assert [(hit.article_slug, hit.locale) for hit in hits] == [
        ("how-to-return-an-item", "en"),
        ("tui", "zh-hans"),
    ]


def test_a_hit_quotes_the_published_words(workspace: Workspace) -> None:
    article = publish_article(article=write(workspace), actor=None)
    change(article, title="Something else")
    (hit,) = search_passages(workspace_id=workspace.pk, locale="en", query="return")
    assert (hit.title, hit.text, hit.article_id) == (
        "How to return an item",
        "Open the order and tap Return.",
        article.pk,
    )


def test_this_process_finds_a_publication_at_once(
    workspace: Workspace, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    def titles() -> list[str]:
        return [hit.title for hit in search_passages(workspace_id=workspace.pk, locale="en", query="return")]

    assert titles() == []
    with django_capture_on_commit_callbacks(execute=True):
        article = publish_article(article=write(workspace), actor=None)
    assert titles() == ["How to return an item"]
    with django_capture_on_commit_callbacks(execute=True):
        archive_article(article=article, actor=None)
    assert titles() == []


def test_another_process_s_publication_is_found_after_a_second(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Callable[..., object]
) -> None:
    clock = 1000.0
    monkeypatch.setattr(search.time, "monotonic", lambda: clock)

    def slugs() -> list[str]:
        hits = search_passages(workspace_id=workspace.pk, locale="en", query="return")
        return [hit.article_slug for hit in hits]

    assert slugs() == []
    publish_article(article=write(workspace), actor=None)  # its commit hook does not run in a test's transaction
    clock += search.REFRESH_SECONDS - 0.1
    with django_assert_num_queries(0):
        assert slugs() == []
    clock += 0.2
    assert slugs() == ["how-to-return-an-item"]
    clock += search.REFRESH_SECONDS
    with django_assert_num_queries(2):  # the fingerprint and the rows of the hits
        assert slugs() == ["how-to-return-an-item"]
