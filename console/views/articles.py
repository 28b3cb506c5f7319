"""Articles: the list, writing with a preview, publishing, withdrawing, comparing revisions."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat.citations import article_url
from console.differences import compare
from console.forms.articles import ArticleForm
from console.permissions import StaffRequest, requires
from console.tables import csv_response, number_of, one_of, page_of, search_text
from nlu.actions.articles import (
    archive_article,
    create_article,
    delete_draft,
    publish_article,
    update_article,
)
from nlu.errors import InvalidData, InvalidTransition, StaleEdit
from nlu.knowledge.markdown import render as render_markdown
from nlu.models import Article, Intent
from nlu.models.articles import ArticleStatus


@requires("teach")
def index(request: StaffRequest) -> HttpResponseBase:
    """All articles; the filters live in the address."""
    query = search_text(request)
    status = one_of(request, "status", ArticleStatus.values)
    locale = one_of(request, "locale", dict(settings.LANGUAGES))
    intent = request.GET.get("intent", "")
    rows = Article.objects.filter(workspace=request.workspace).select_related(
        "intent", "published_revision", "updated_by"
    )
    everything = rows.count()
    if query:
        rows = rows.filter(
            Q(title__icontains=query) | Q(body__icontains=query) | Q(questions__icontains=query) | Q(slug=query)
        )
    if status:
        rows = rows.filter(status=status)
    if locale:
        rows = rows.filter(locale=locale)
    if (intent_id := number_of(intent)) is not None:
        rows = rows.filter(intent_id=intent_id)
    rows = rows.order_by("title", "locale")
    if request.GET.get("format") == "csv":
        return csv_response(
            "articles.csv",
            ["slug", "locale", "title", "status", "intent", "updated_at"],
            (
                [
                    row.slug,
                    row.locale,
                    row.title,
                    row.status,
                    row.intent.name if row.intent else "",
                    row.updated_at.isoformat(),
                ]
                for row in rows
            ),
        )
    return render(
        request,
        "console/articles/index.html",
        {
            "page": page_of(request, rows),
            "everything": everything,
            "query": query,
            "status": status,
            "locale": locale,
            "intent": intent,
            "statuses": ArticleStatus.choices,
            "intents": Intent.objects.filter(workspace=request.workspace).order_by("name"),
            "is_filtered": bool(query or status or locale or intent),
        },
    )


@requires("teach")
def create(request: StaffRequest) -> HttpResponseBase:
    """A new draft."""
    initial = {
        "locale": get_language() or request.workspace.default_locale,
        "intent": request.GET.get("intent", ""),
    }
    form = ArticleForm(request.POST or None, workspace=request.workspace, is_new=True, initial=initial)
    if request.method == "POST" and form.is_valid():
        fields = {
            name: form.cleaned_data[name] for name in ("title", "locale", "body", "questions", "slug", "intent")
        }
        try:
            article = create_article(workspace=request.workspace, actor=request.user, **fields)
        except InvalidData as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The draft is saved. Customers see it after you publish it."))
            return redirect("console:article", article.pk)
    return render(request, "console/articles/edit.html", {"form": form, "article": None})


@requires("teach")
def edit(request: StaffRequest, pk: int) -> HttpResponseBase:
    """The working copy; saving over somebody else's newer version shows the difference first."""
    article = get_object_or_404(
        Article.objects.select_related("published_revision", "updated_by"), workspace=request.workspace, pk=pk
    )
    form = ArticleForm(
        request.POST or None,
        workspace=request.workspace,
        is_new=False,
        slug_is_fixed=article.published_revision_id is not None,
        initial={
            "title": article.title,
            "body": article.body,
            "questions": article.questions,
            "intent": article.intent_id,
            "slug": article.slug,
            "seen_at": article.updated_at.isoformat(),
        },
    )
    context: dict[str, object] = {"form": form, "article": article}
    if request.method == "POST" and form.is_valid():
        try:
            update_article(
                article=article,
                title=form.cleaned_data["title"],
                body=form.cleaned_data["body"],
                questions=form.cleaned_data["questions"],
                slug=form.cleaned_data["slug"] or article.slug,
                intent=form.cleaned_data["intent"],
                expected_updated_at=seen_at(form.cleaned_data["seen_at"]),
                actor=request.user,
            )
        except StaleEdit:
            context["stale"] = compare(article.body, form.cleaned_data["body"])
            # Saving again is a decision then, so the next attempt counts as having seen the newer version.
            again = request.POST.copy()
            again["seen_at"] = article.updated_at.isoformat()
            form.data = again
        except InvalidData as error:
            form.add_error(None, str(error))
        else:
            if request.POST.get("do") == "publish":
                return publish_now(request, article)
            messages.success(request, _("Saved. Customers see the change after you publish it."))
            return redirect("console:article", pk)
    context |= {
        "revisions": article.revisions.select_related("created_by")[:20],
        "is_changed": has_changes(article),
        "public_url": article_url(request.workspace.slug, article.locale, article.slug),
    }
    return render(request, "console/articles/edit.html", context)


def seen_at(text: str) -> datetime | None:
    """The moment that the form carries; None for nonsense, so that nothing is compared."""
    try:
        return parse_datetime(text)
    except ValueError:
        return None


def has_changes(article: Article) -> bool:
    """Whether the working copy differs from what customers read."""
    published = article.published_revision
    if article.status != ArticleStatus.PUBLISHED or published is None:
        return False
    return (published.title, published.body, published.questions) != (
        article.title,
        article.body,
        article.questions,
    )


def publish_now(request: StaffRequest, article: Article) -> HttpResponseBase:
    """Publish and say so."""
    publish_article(article=article, actor=request.user)
    messages.success(request, _("Published. Customers find it from now on."))
    return redirect("console:article", article.pk)


@requires("teach")
def publish(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Show what changes for customers, then publish."""
    article = get_object_or_404(
        Article.objects.select_related("published_revision"), workspace=request.workspace, pk=pk
    )
    if request.method == "POST":
        return publish_now(request, article)
    published = article.published_revision if article.status == ArticleStatus.PUBLISHED else None
    return render(
        request,
        "console/articles/publish.html",
        {
            "article": article,
            "published": published,
            "difference": compare(published.body if published else "", article.body),
        },
    )


@requires("teach")
def archive(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Ask, then withdraw a published article or delete a draft that was never published."""
    article = get_object_or_404(Article, workspace=request.workspace, pk=pk)
    was_published = article.revisions.exists()
    if request.method == "POST":
        if was_published:
            archive_article(article=article, actor=request.user)
            messages.success(request, _("Withdrawn. Customers no longer find it; publishing brings it back."))
            return redirect("console:article", pk)
        try:
            delete_draft(article=article, actor=request.user)
        except InvalidTransition as error:
            messages.error(request, str(error))
            return redirect("console:article", pk)
        messages.success(request, _("The draft is deleted."))
        return redirect("console:articles")
    return render(request, "console/articles/archive.html", {"article": article, "was_published": was_published})


@requires("teach")
def revision(request: StaffRequest, pk: int, number: int) -> HttpResponseBase:
    """A revision against the working copy."""
    article = get_object_or_404(Article, workspace=request.workspace, pk=pk)
    shown = get_object_or_404(article.revisions.select_related("created_by"), number=number)
    return render(
        request,
        "console/articles/revision.html",
        {"article": article, "revision": shown, "difference": compare(shown.body, article.body)},
    )


@require_POST
@requires("teach")
def preview(request: StaffRequest) -> HttpResponseBase:
    """The typed text as customers will see it."""
    html = render_markdown(request.POST.get("body", "")[:50_000])
    # The renderer escapes tags and then passes an allow-list, so its result is safe to print.
    return render(
        request,
        "console/articles/preview.html",
        {"title": request.POST.get("title", ""), "html": mark_safe(html)},  # noqa: S308
    )
