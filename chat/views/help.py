"""The public help pages: published articles of one workspace, to browse, search and read."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from chat.citations import article_url
from chat.views.visitor_locale import HTML_LANGUAGES, visitor_locale
from nlu.knowledge.markdown import blocks, render
from nlu.models import Article, Workspace
from nlu.models.articles import ArticleStatus
from nlu.search import search_passages

# Seconds for which browsers and proxies may keep a page; a withdrawn article is gone after that.
MAX_AGE = 300
LONGEST_QUESTION = 200
FOUND_AT_MOST = 10
# Hits below this relevance, or this share of the best one's, have hardly a word in common with the question.
SHOWN_FROM = 0.05
SHOWN_SHARE = 0.1
LEAD_WIDTH = 140
# From here on characters are about twice as wide as Latin ones.
WIDE = "\u2e80"


@dataclass(frozen=True, slots=True)
class ArticleCard:
    """An article in a list: its title, the beginning or the best part of its text, and where it is."""

    title: str
    lead: str
    url: str


@dataclass(frozen=True, slots=True)
class OtherLanguage:
    """The same page in another language, named in that language."""

    html_language: str
    name: str
    url: str


@require_safe
def help_home(request: HttpRequest, workspace: str) -> HttpResponseBase:
    """All articles in one language, or with `?q=` those that answer a question."""
    locale = visitor_locale(request, default=settings.LANGUAGE_CODE)
    tenant = Workspace.objects.filter(slug=workspace).first()
    if tenant is None:
        return missing(locale, home="")
    question = " ".join(request.GET.get("q", "")[:LONGEST_QUESTION].split())
    cards = found(tenant, locale, question) if question else everything(tenant, locale)
    home = reverse("chat:help", args=[tenant.slug])
    context = {
        "workspace": tenant,
        "locale": locale,
        "html_language": HTML_LANGUAGES[locale],
        "home": home,
        "question": question,
        "longest_question": LONGEST_QUESTION,
        "cards": cards,
        "languages": [
            other_language(code, f"{home}?{urlencode({'locale': code} | ({'q': question} if question else {}))}")
            for code, _name in settings.LANGUAGES
            if code != locale
        ],
    }
    with translation.override(locale):
        page = render_to_string("help/home.html", context)
    response = public_page(request, page, locale, cacheable=not question)
    patch_vary_headers(response, ["Accept-Language"])
    return response


@require_safe
def help_article(request: HttpRequest, workspace: str, locale: str, slug: str) -> HttpResponseBase:
    """One published article; the same 404 for a draft, a withdrawn one and none."""
    articles = published().filter(workspace__slug=workspace, slug=slug)
    versions = {article.locale: article for article in articles.select_related("workspace")}
    article = versions.get(locale)
    if article is None or article.published_revision is None or locale not in HTML_LANGUAGES:
        known = Workspace.objects.filter(slug=workspace).first()
        return missing(
            visitor_locale(request, default=locale), home=reverse("chat:help", args=[known.slug]) if known else ""
        )
    revision = article.published_revision
    context = {
        "workspace": article.workspace,
        "locale": locale,
        "html_language": HTML_LANGUAGES[locale],
        "home": reverse("chat:help", args=[article.workspace.slug]),
        "longest_question": LONGEST_QUESTION,
        "revision": revision,
        # `render` lets nothing through but an allow-list of tags, see nlu.knowledge.markdown.
        "body": mark_safe(render(revision.body)),  # noqa: S308
        "lead": beginning(revision.body),
        "languages": [
            other_language(code, article_url(article.workspace.slug, code, slug))
            for code, _name in settings.LANGUAGES
            if code != locale and code in versions
        ],
    }
    with translation.override(locale):
        page = render_to_string("help/article.html", context)
    return public_page(request, page, locale, cacheable=True)


def published() -> QuerySet[Article]:
    """What customers may read."""
    return Article.objects.filter(status=ArticleStatus.PUBLISHED, published_revision__isnull=False).select_related(
        "published_revision"
    )


def everything(workspace: Workspace, locale: str) -> Sequence[ArticleCard]:
    """Every published article of the workspace in one language, by title."""
    articles = published().filter(workspace=workspace, locale=locale).order_by("published_revision__title")
    return [
        ArticleCard(
            title=article.published_revision.title,
            lead=beginning(article.published_revision.body),
            url=article_url(workspace.slug, locale, article.slug),
        )
        for article in articles
        if article.published_revision is not None
    ]


def found(workspace: Workspace, locale: str, question: str) -> Sequence[ArticleCard]:
    """The articles that answer the question best, with the passage that does."""
    hits = search_passages(workspace_id=workspace.pk, locale=locale, query=question, limit=FOUND_AT_MOST)
    least = max(SHOWN_FROM, SHOWN_SHARE * hits[0].relevance) if hits else SHOWN_FROM
    return [
        ArticleCard(
            title=hit.title,
            lead=shortened(hit.text),
            url=article_url(workspace.slug, locale, hit.article_slug),
        )
        for hit in hits
        if hit.relevance >= least
    ]


def beginning(body: str) -> str:
    """The first paragraph of an article, shortened: what it answers, by the house's rules of writing."""
    words = (block.text for block in blocks(body) if not block.level)
    return shortened(next(words, ""))


def shortened(text: str) -> str:
    """The beginning of a text in one line; a Chinese character counts as two, as it is as wide."""
    line = " ".join(text.split())
    width = 0
    for index, character in enumerate(line):
        width += 1 if character < WIDE else 2
        if width > LEAD_WIDTH:
            cut = line[:index]
            # Do not cut a Latin word in two; Chinese has no blanks to look for.
            if character.isascii() and cut[-1].isascii() and " " in cut[-20:]:
                cut = cut[: cut.rindex(" ")]
            return cut.rstrip(" ,.;:-，。、；：") + "…"
    return line


def other_language(code: str, url: str) -> OtherLanguage:
    """A link to the same in another language."""
    return OtherLanguage(HTML_LANGUAGES[code], translation.get_language_info(code)["name_local"], url)


def public_page(request: HttpRequest, page: str, locale: str, *, cacheable: bool) -> HttpResponseBase:
    """The page with its language, its ETag and how long it keeps; 304 if the browser has it already.

    What somebody asked stays out of caches and search engines.
    """
    response = HttpResponse(page)
    response["Content-Language"] = HTML_LANGUAGES[locale]
    if not cacheable:
        response["Cache-Control"] = "private, no-store"
        response["X-Robots-Tag"] = "noindex"
        return response
    response["Cache-Control"] = f"public, max-age={MAX_AGE}"
    etag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    response["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response) or response


def missing(locale: str, *, home: str) -> HttpResponse:
    """404 in words for a customer, with the way back if there is one."""
    with translation.override(locale):
        page = render_to_string("help/missing.html", {"html_language": HTML_LANGUAGES[locale], "home": home})
    return HttpResponse(page, status=404)
