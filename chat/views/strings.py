"""The chat page's texts for its scripts, one file a language."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_safe
from django.views.i18n import JavaScriptCatalog


@lru_cache(maxsize=8)
def catalog(locale: str) -> bytes:
    """The catalogue as JavaScript; it changes only with the program, so a process makes it once."""
    view = JavaScriptCatalog(packages=["chat"])
    with translation.override(locale):
        return bytes(view.get(HttpRequest()).content)


@lru_cache(maxsize=8)
def strings_url(locale: str) -> str:
    """The address of a language's texts; it carries a version, so that browsers may keep it for good."""
    version = hashlib.sha256(catalog(locale)).hexdigest()[:12]
    return f"{reverse('chat:strings', args=[locale])}?v={version}"


@require_safe
def strings(request: HttpRequest, locale: str) -> HttpResponse:
    """Answer with the texts of one language; 404 for a language that we do not have."""
    if locale not in dict(settings.LANGUAGES):
        return HttpResponseNotFound(content_type="text/plain")
    response = HttpResponse(catalog(locale), content_type="text/javascript; charset=utf-8")
    # Only the versioned address may be kept for ever.
    response["Cache-Control"] = (
        "public, max-age=31536000, immutable" if request.GET.get("v") else "public, max-age=300"
    )
    return response
