"""Where a citation leads: the public address of an article."""

from __future__ import annotations

from django.urls import reverse


def article_url(workspace_slug: str, locale: str, slug: str) -> str:
    """The path of the published article on the help pages, percent-encoded."""
    return reverse("chat:help_article", args=[workspace_slug, locale, slug])
