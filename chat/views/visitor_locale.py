"""Which of our languages a visitor reads."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation.trans_real import parse_accept_lang_header

from chat.locales import supported_locale

HTML_LANGUAGES = {"zh-hans": "zh-Hans", "en": "en"}


def visitor_locale(request: HttpRequest, *, default: str) -> str:
    """The language of a page for a visitor: `?locale=`, then the browser's list, then the site's own.

    The staff's language cookie is never read here: whoever works in the console may test the widget in the
    language that customers see.
    """
    asked = supported_locale(request.GET.get("locale", "")[:35])
    if asked:
        return asked
    for tag, _quality in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        found = supported_locale(tag)
        if found:
            return found
    return supported_locale(default) or settings.LANGUAGE_CODE
