"""Published articles: the list, the search, one article."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from chat.api.schema import refusals, scope
from chat.api.views import ApiView, TextField
from chat.citations import article_url
from nlu.knowledge.markdown import plain_text, render
from nlu.models import Article
from nlu.models.articles import ArticleStatus
from nlu.search import search_passages

MAX_FOUND = 20
LOCALES = [code for code, _name in settings.LANGUAGES]


class ArticleQuery(serializers.Serializer[object]):
    """What a list may be narrowed by."""

    locale = serializers.ChoiceField(choices=LOCALES, required=False, help_text="Language of the articles.")
    q = TextField(required=False, max_length=400, allow_blank=True, help_text="A question in the visitor's words.")


class ArticleSummary(serializers.Serializer[Article]):
    """An article in a list."""

    slug = serializers.CharField()
    locale = serializers.CharField()
    title = serializers.CharField(source="published_revision.title")
    url = serializers.SerializerMethodField(help_text="The article's page, relative to this server.")
    published_at = serializers.DateTimeField(source="published_revision.created_at")

    def get_url(self, article: Article) -> str:
        """Where people read it."""
        return article_url(article.workspace.slug, article.locale, article.slug)


class ArticleFull(ArticleSummary):
    """An article with its words."""

    body = serializers.CharField(source="published_revision.body", help_text="Markdown.")
    html = serializers.SerializerMethodField(help_text="The same as safe HTML.")
    text = serializers.SerializerMethodField(help_text="The same without any marks.")

    def get_html(self, article: Article) -> str:
        """What the help page shows."""
        return render(article.published_revision.body) if article.published_revision else ""

    def get_text(self, article: Article) -> str:
        """The words alone."""
        return plain_text(article.published_revision.body) if article.published_revision else ""


class FoundArticle(serializers.Serializer[object]):
    """A search hit."""

    slug = serializers.CharField()
    locale = serializers.CharField()
    title = serializers.CharField()
    url = serializers.CharField()
    passage = serializers.CharField(help_text="The part of the article that fits best.")
    relevance = serializers.FloatField(help_text="0 to 1: how likely the article answers the question.")


class ArticlesView(ApiView):
    """`GET /api/v1/articles`."""

    required_scopes: ClassVar = {"GET": "articles:read"}
    ordering: ClassVar = ("-published_revision_id",)
    serializer_class = ArticleSummary

    def get_queryset(self) -> QuerySet[Article]:
        """The workspace's published articles."""
        return published(self.workspace.pk)

    @extend_schema(
        operation_id="articles_list",
        extensions=scope("articles:read"),
        summary="List or search published articles",
        description="Without `q`, pages of all published articles, newest publication first. With `q`, at most "
        f"{MAX_FOUND} articles that may answer the question, best first, each with its best passage and relevance "
        "(no further pages).",
        parameters=[ArticleQuery, OpenApiParameter("limit", int), OpenApiParameter("cursor", str)],
        responses={200: ArticleSummary(many=True), **refusals(400, 401, 403, 429)},
    )
    def get(self, request: Request) -> Response:
        """List or search."""
        query = ArticleQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        locale = query.validated_data.get("locale", "")
        question = query.validated_data.get("q", "")
        if question:
            return self.found(question, locale or self.workspace.default_locale)
        articles = self.get_queryset().filter(locale=locale) if locale else self.get_queryset()
        page = self.paginate_queryset(articles)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def found(self, question: str, locale: str) -> Response:
        """The hits of a search, in the shape of a last page."""
        hits = search_passages(workspace_id=self.workspace.pk, locale=locale, query=question, limit=MAX_FOUND)
        results = [
            {
                "slug": hit.article_slug,
                "locale": hit.locale,
                "title": hit.title,
                "url": article_url(self.workspace.slug, hit.locale, hit.article_slug),
                "passage": hit.text,
                "relevance": round(hit.relevance, 4),
            }
            for hit in hits
        ]
        return Response({"next": None, "previous": None, "results": FoundArticle(results, many=True).data})


class ArticleView(ApiView):
    """`GET /api/v1/articles/<slug>`."""

    required_scopes: ClassVar = {"GET": "articles:read"}
    serializer_class = ArticleFull
    pagination_class = None

    @extend_schema(
        operation_id="articles_read",
        extensions=scope("articles:read"),
        summary="Read a published article",
        description="`locale` chooses among its languages; without it the workspace's default language, or the "
        "only one there is.",
        parameters=[OpenApiParameter("locale", str, enum=LOCALES)],
        responses={200: ArticleFull, **refusals(400, 401, 403, 404, 429)},
    )
    def get(self, request: Request, slug: str) -> Response:
        """One article."""
        locale = request.query_params.get("locale", "")
        if locale and locale not in LOCALES:
            raise ValidationError({"locale": [f"Not one of {', '.join(LOCALES)}."]})
        found = list(published(self.workspace.pk).filter(slug=slug))
        wanted = locale or self.workspace.default_locale
        article = next((one for one in found if one.locale == wanted), None)
        if article is None and not locale and len(found) == 1:
            article = found[0]
        if article is None:
            raise Http404
        return Response(ArticleFull(article).data)


def published(workspace_id: int) -> QuerySet[Article]:
    """Published articles of the workspace with what customers read of them."""
    return Article.objects.filter(
        workspace_id=workspace_id, status=ArticleStatus.PUBLISHED, published_revision__isnull=False
    ).select_related("workspace", "published_revision")
