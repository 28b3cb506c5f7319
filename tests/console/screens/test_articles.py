"""Articles: writing, previewing, publishing, withdrawing, and two people at once."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from nlu.actions.articles import update_article
from nlu.models import Article, AuditEntry, Passage
from tests.console.screens.shop import Shop


def text(response) -> str:
    return response.content.decode()


def form_of(article: Article, **changes: str) -> dict[str, str]:
    return {
        "title": article.title,
        "body": article.body,
        "questions": article.questions,
        "intent": "",
        "slug": article.slug,
        "seen_at": article.updated_at.isoformat(),
    } | changes


def test_a_draft_is_made_and_published(teach: Client, shop: Shop) -> None:
    form = {
        "title": "Sending it back",
        "locale": "en",
        "body": "Choose *Return*.",
        "questions": "can I return\n",
        "intent": str(shop.refund.pk),
        "slug": "",
    }
    response = teach.post(reverse("console:article_create"), form, follow=True)
    article = Article.objects.get(title="Sending it back")
    assert "The draft is saved" in text(response)
    assert (article.status, article.slug, article.intent) == ("draft", "sending-it-back", shop.refund)
    url = reverse("console:article_publish", args=[article.pk])
    assert "Publish “Sending it back”?" in text(teach.get(url, headers={"HX-Request": "true"}))
    teach.post(url)
    article.refresh_from_db()
    assert article.status == "published"
    assert Passage.objects.filter(article=article).exists()
    actions = set(AuditEntry.objects.filter(object_id=str(article.pk)).values_list("action", flat=True))
    assert {"article.created", "article.published"} <= actions


def test_empty_titles_and_texts_are_refused(teach: Client, shop: Shop) -> None:
    page = text(teach.post(reverse("console:article_create"), {"title": "", "locale": "en", "body": ""}))
    assert page.count('class="errorlist"') == 2
    assert Article.objects.count() == 1


def test_a_change_waits_for_its_publication_and_shows_the_difference(teach: Client, shop: Shop) -> None:
    url = reverse("console:article", args=[shop.article.pk])
    teach.post(url, form_of(shop.article, body="Open **My parcels**."))
    shop.article.refresh_from_db()
    assert shop.article.published_revision.body == "Open **My orders**."
    assert "changes not published" in text(teach.get(url))
    page = text(teach.get(reverse("console:article_publish", args=[shop.article.pk])))
    assert "<del>Open **My orders**.</del>" in page
    assert "<ins>Open **My parcels**.</ins>" in page


def test_save_and_publish_in_one_step(teach: Client, shop: Shop) -> None:
    url = reverse("console:article", args=[shop.article.pk])
    teach.post(url, form_of(shop.article, body="Newer.", do="publish"))
    shop.article.refresh_from_db()
    assert shop.article.published_revision.body == "Newer."


def test_saving_over_a_newer_version_shows_it_first(teach: Client, shop: Shop, administrator: User) -> None:
    seen = form_of(shop.article, body="Mine.")
    update_article(
        article=shop.article,
        title=shop.article.title,
        body="Theirs.",
        questions="",
        slug=shop.article.slug,
        intent=None,
        actor=administrator,
    )
    url = reverse("console:article", args=[shop.article.pk])
    page = text(teach.post(url, seen))
    assert "administrator saved a newer version" in page
    assert "<del>Theirs.</del>" in page
    shop.article.refresh_from_db()
    assert shop.article.body == "Theirs."
    again = seen | {"seen_at": shop.article.updated_at.isoformat()}
    teach.post(url, again)
    shop.article.refresh_from_db()
    assert shop.article.body == "Mine."


def test_the_preview_is_safe(teach: Client, shop: Shop) -> None:
    form = {"title": "<b>T</b>", "body": "**bold** <script>alert(1)</script> [x](javascript:alert(1))"}
    page = text(teach.post(reverse("console:article_preview"), form))
    assert "<strong>bold</strong>" in page
    assert "<script" not in page
    assert "javascript:" not in page.replace("[x](javascript:alert(1))", "")
    assert "&lt;b&gt;T&lt;/b&gt;" in page


def test_a_published_article_is_withdrawn_and_a_draft_deleted(teach: Client, shop: Shop) -> None:
    url = reverse("console:article_archive", args=[shop.article.pk])
    assert "Withdraw “How to track”?" in text(teach.get(url))
    teach.post(url)
    shop.article.refresh_from_db()
    assert shop.article.status == "archived"
    assert not Passage.objects.filter(article=shop.article).exists()
    teach.post(reverse("console:article_create"), {"title": "Draft", "locale": "en", "body": "x"})
    draft = Article.objects.get(title="Draft")
    url = reverse("console:article_archive", args=[draft.pk])
    assert "Delete the draft" in text(teach.get(url))
    teach.post(url)
    assert not Article.objects.filter(title="Draft").exists()


def test_revisions_are_compared_with_the_draft(teach: Client, shop: Shop) -> None:
    url = reverse("console:article_revision", args=[shop.article.pk, 1])
    assert "The texts are equal" in text(teach.get(url))
    teach.post(reverse("console:article", args=[shop.article.pk]), form_of(shop.article, body="Else."))
    assert "<ins>Else.</ins>" in text(teach.get(url))
    assert teach.get(reverse("console:article_revision", args=[shop.article.pk, 9])).status_code == 404


def test_the_list_filters(teach: Client, shop: Shop) -> None:
    url = reverse("console:articles")
    assert "How to track" in text(teach.get(url, {"q": "my orders", "status": "published", "locale": "en"}))
    for nothing in ({"status": "draft"}, {"locale": "zh-hans"}, {"q": "zebra"}, {"intent": str(shop.refund.pk)}):
        assert "Nothing fits" in text(teach.get(url, nothing))
    rows = b"".join(teach.get(url, {"format": "csv"}).streaming_content).decode()
    assert "how-to-track,en,How to track,published" in rows
