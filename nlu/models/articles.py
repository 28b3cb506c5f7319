"""What the company knows: articles, what each publication said, and the passages that search finds."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from nlu.models.intents import Intent
from nlu.models.workspaces import Workspace


class ArticleStatus(models.TextChoices):
    """A draft never reaches a customer; an archived article is kept but no longer found."""

    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    ARCHIVED = "archived", _("archived")


class Article(models.Model):
    """A page of knowledge in one language. `title` and `body` are the working copy; customers read the
    published revision, so that a draft edit never reaches them. `source` names the data that an article was
    written from field by field (`catalogue:ID` of a scenario pack); empty for one that a person wrote."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="articles")
    slug = models.SlugField(_("short name"), max_length=120, allow_unicode=True)
    locale = models.CharField(_("language"), max_length=12)
    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("text"), help_text=_("Markdown."))
    questions = models.TextField(
        _("questions"), blank=True, help_text=_("How customers ask for this, one question a line; helps search.")
    )
    intent = models.ForeignKey(
        Intent, on_delete=models.SET_NULL, related_name="articles", null=True, blank=True, verbose_name=_("intent")
    )
    source = models.CharField(_("source"), max_length=120, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=ArticleStatus, default=ArticleStatus.DRAFT)
    published_revision = models.ForeignKey(
        "ArticleRevision", on_delete=models.SET_NULL, related_name="+", null=True, blank=True, editable=False
    )
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        ordering = ("title",)
        constraints = [
            models.UniqueConstraint(fields=["workspace", "slug", "locale"], name="article_slug_once"),
            models.CheckConstraint(
                condition=~Q(status="published") | Q(published_revision__isnull=False),
                name="article_published_has_revision",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ArticleRevision(models.Model):
    """What an article said when it was published; never changed afterwards."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("text"))
    questions = models.TextField(_("questions"), blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("article revision")
        verbose_name_plural = _("article revisions")
        ordering = ("-number",)
        constraints = [models.UniqueConstraint(fields=["article", "number"], name="revision_number_once")]

    def __str__(self) -> str:
        return f"{self.title} ({self.number})"


class Passage(models.Model):
    """A retrievable part of a published revision. These rows are the truth that search indexes are built from."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="passages")
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="passages")
    position = models.PositiveIntegerField(_("position"))
    heading = models.CharField(_("heading"), max_length=300, blank=True)
    text = models.TextField(_("text"))
    locale = models.CharField(_("language"), max_length=12)
    content_hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("passage")
        verbose_name_plural = _("passages")
        ordering = ("article", "position")
        constraints = [models.UniqueConstraint(fields=["article", "position"], name="passage_position_once")]

    def __str__(self) -> str:
        return self.heading or self.text[:60]
