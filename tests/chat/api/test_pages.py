"""The pages made of the same data: help, and the description of the interface."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest
from django.core.management import call_command
from django.test import Client

from chat.api.articles import ArticlesView, ArticleView
from chat.api.conversations import ConversationsView, ConversationView, MessagesView
from chat.api.parse import ParseView
from chat.citations import article_url
from chat.models import ApiToken
from nlu.actions.articles import archive_article, publish_article, update_article
from nlu.models import Article, Workspace

pytestmark = pytest.mark.django_db


class Page(HTMLParser):
    """What a page consists of, as far as the tests ask."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.language = ""
        self.headings: list[str] = []
        self.scripts = 0
        self.ids: list[str] = []
        self.links: list[str] = []
        self.labels: set[str] = set()
        self.fields: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        assert "style" not in values
        assert not any(name.startswith("on") for name in values)
        self.scripts += tag in {"script", "style"}
        if tag == "html":
            self.language = values.get("lang") or ""
        if tag in {"h1", "h2", "h3"}:
            self.headings.append(tag)
        if "id" in values:
            self.ids.append(values["id"] or "")
        if tag == "a":
            self.links.append(values.get("href") or "")
        if tag == "label":
            self.labels.add(values.get("for") or "")
        if tag == "input" and values.get("type") != "hidden":
            self.fields.add(values.get("id") or "")


def page(path: str, **headers: str) -> tuple[object, Page]:
    response = Client().get(path, headers=headers)
    parsed = Page(response.content.decode())
    assert parsed.scripts == 0, "the policy allows no inline script or style, and these pages need none"
    assert len(parsed.ids) == len(set(parsed.ids))
    assert parsed.headings.count("h1") == 1
    assert parsed.fields <= parsed.labels
    assert "default-src 'self'" in response.headers["Content-Security-Policy"]
    return response, parsed


@pytest.mark.parametrize(
    ("locale", "title", "language"), [("en", "How to return an item", "en"), ("zh-hans", "怎么退货", "zh-Hans")]
)
def test_the_list_shows_published_articles_of_one_language(
    workspace: Workspace, locale: str, title: str, language: str
) -> None:
    response, parsed = page(f"/help/shop/?locale={locale}")
    text = response.content.decode()
    assert response.status_code == 200
    assert parsed.language == response.headers["Content-Language"] == language
    assert title in text
    assert article_url("shop", locale, "return-item") in parsed.links
    assert "Secret draft" not in text
    assert sum(other in text for other in ("How to return an item", "怎么退货")) == 1


def test_the_browsers_language_decides_unless_the_address_does(workspace: Workspace) -> None:
    for header, language in (("zh-CN,en;q=0.5", "zh-Hans"), ("en-GB", "en")):
        response, parsed = page("/help/shop/", **{"Accept-Language": header})
        assert parsed.language == language
        assert "Accept-Language" in response.headers["Vary"]
    assert page("/help/shop/?locale=en", **{"Accept-Language": "zh-CN"})[1].language == "en"


def test_a_search_shows_what_answers_and_is_not_kept(workspace: Workspace) -> None:
    response, parsed = page("/help/shop/?locale=en&q=how+do+I+return+something")
    assert article_url("shop", "en", "return-item") in parsed.links
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert "ETag" not in response.headers
    nothing, parsed = page("/help/shop/?locale=en&q=zzzz")
    assert article_url("shop", "en", "return-item") not in parsed.links
    assert "zzzz" in nothing.content.decode()


@pytest.mark.parametrize(
    "question", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "x" * 5000, "\x00"]
)
def test_odd_questions_are_only_text(workspace: Workspace, question: str) -> None:
    response = Client().get("/help/shop/", {"locale": "en", "q": question})
    assert response.status_code == 200
    assert Page(response.content.decode()).scripts == 0
    assert question[:30] not in response.content.decode() or "<" not in question


@pytest.mark.parametrize(("locale", "other"), [("en", "zh-hans"), ("zh-hans", "en")])
def test_an_article_is_read(workspace: Workspace, locale: str, other: str) -> None:
    response, parsed = page(article_url("shop", locale, "return-item"))
    assert response.status_code == 200
    assert article_url("shop", other, "return-item") in parsed.links
    assert ("<strong>Return</strong>" in response.content.decode()) == (locale == "en")


def test_only_the_published_words_are_shown(workspace: Workspace) -> None:
    article = Article.objects.get(workspace=workspace, slug="return-item", locale="en")
    url = article_url("shop", "en", "return-item")
    article = update_article(
        article=article,
        title="Edited",
        body="New <b>words</b>.",
        questions="",
        slug=article.slug,
        intent=None,
        actor=None,
    )
    assert "Edited" not in page(url)[0].content.decode()
    publish_article(article=article, actor=None)
    text = page(url)[0].content.decode()
    assert "Edited" in text
    assert "New &lt;b&gt;words&lt;/b&gt;." in text
    archive_article(article=article, actor=None)
    assert page(url)[0].status_code == 404


def test_what_is_not_public_is_the_same_404(workspace: Workspace) -> None:
    paths = ["/help/shop/en/draft/", "/help/shop/en/nothing/", "/help/shop/tlh/return-item/"]
    answers = [page(path, **{"Accept-Language": "en"})[0] for path in paths]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert len({answer.content for answer in answers}) == 1
    assert page("/help/nowhere/")[0].status_code == 404
    assert page("/help/nowhere/en/return-item/")[0].status_code == 404


def test_browsers_keep_pages_and_ask_by_etag(workspace: Workspace) -> None:
    for path in ("/help/shop/?locale=en", article_url("shop", "en", "return-item")):
        first, _ = page(path)
        assert first.headers["Cache-Control"] == "public, max-age=300"
        same = Client().get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (same.status_code, same.content) == (304, b"")
        assert Client().get(path, headers={"If-None-Match": '"other"'}).status_code == 200
        assert not first.cookies
    article = Article.objects.get(workspace=workspace, slug="return-item", locale="en")
    before = page(article_url("shop", "en", "return-item"))[0].headers["ETag"]
    update_article(
        article=article, title="New title", body="x", questions="", slug=article.slug, intent=None, actor=None
    )
    article.refresh_from_db()
    publish_article(article=article, actor=None)
    assert page(article_url("shop", "en", "return-item"))[0].headers["ETag"] != before


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_help_is_read_only(workspace: Workspace, method: str) -> None:
    assert getattr(Client(), method)("/help/shop/").status_code == 405
    assert getattr(Client(), method)(article_url("shop", "en", "return-item")).status_code == 405
    assert Client().head("/help/shop/").status_code == 200


def test_the_description_names_every_operation() -> None:
    response = Client().get("/api/v1/schema")
    assert response.status_code == 200
    schema = json.loads(response.content)
    operations = {(path, method) for path, item in schema["paths"].items() for method in item}
    assert operations == {
        ("/api/v1/articles", "get"),
        ("/api/v1/articles/{slug}", "get"),
        ("/api/v1/conversations", "get"),
        ("/api/v1/conversations/{uuid}", "get"),
        ("/api/v1/conversations/{uuid}/messages", "get"),
        ("/api/v1/conversations/{uuid}/messages", "post"),
        ("/api/v1/parse", "post"),
        ("/api/v1/sites/{key}/session", "post"),
        ("/api/v1/sites/{key}/behaviour", "post"),
        ("/api/v1/sites/{key}/invitations/{uuid}", "post"),
        ("/api/v1/sites/{key}/about-me", "get"),
        ("/api/v1/sites/{key}/about-me", "delete"),
        ("/api/v1/sites/{key}/about-me/lines", "delete"),
        ("/api/v1/sites/{key}/about-me/lines/{uuid}", "delete"),
        ("/api/v1/sites/{key}/about-me/purposes/{purpose}", "put"),
    }
    for path, item in schema["paths"].items():
        for entry in item.values():
            assert (entry.get("security") == [{"token": []}]) == ("/sites/" not in path), path
            # Visitors have no scopes that could forbid them something.
            wanted = {"401", "429"} if "/sites/" in path else {"401", "403", "429"}
            assert path.endswith("/session") or wanted <= set(entry["responses"]), path


def test_the_documented_scope_is_the_one_asked_for() -> None:
    schema = json.loads(Client().get("/api/v1/schema").content)
    views = {
        "/api/v1/articles": ArticlesView,
        "/api/v1/articles/{slug}": ArticleView,
        "/api/v1/conversations": ConversationsView,
        "/api/v1/conversations/{uuid}": ConversationView,
        "/api/v1/conversations/{uuid}/messages": MessagesView,
        "/api/v1/parse": ParseView,
    }
    for path, view in views.items():
        documented = {method.upper(): entry["x-required-scope"] for method, entry in schema["paths"][path].items()}
        assert documented == view.required_scopes


def test_the_description_has_no_warnings(capsys: pytest.CaptureFixture[str], tmp_path) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yml"))
    assert "Warning" not in capsys.readouterr().err


def test_the_page_for_people_lists_the_same(workspace: Workspace) -> None:
    response, parsed = page("/api/v1/docs", **{"Accept-Language": "en"})
    schema = json.loads(Client().get("/api/v1/schema").content)
    assert "`" not in response.content.decode()
    ids = {entry["operationId"] for item in schema["paths"].values() for entry in item.values()}
    assert ids <= set(parsed.ids)
    assert {f"#{one}" for one in ids} <= set(parsed.links)
    scopes = {
        entry["x-required-scope"]
        for item in schema["paths"].values()
        for entry in item.values()
        if entry.get("security")
    }
    assert scopes == set(ApiToken.SCOPES)
    assert all(f"<code>{scope}</code>" in response.content.decode() for scope in scopes)


def test_addresses_that_lead_nowhere_answer_in_json(workspace: Workspace) -> None:
    for method in ("get", "post"):
        response = getattr(Client(enforce_csrf_checks=True), method)("/api/v1/nothing/here")
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
