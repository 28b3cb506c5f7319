"""`/chat/<site key>/`: the conversation itself, alone in a tab or in the widget's frame."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from csp.constants import NONE, SELF
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from chat.behaviour import policy_in_force
from chat.models import QuickReply, Site
from chat.views.strings import strings_url
from chat.views.visitor_locale import HTML_LANGUAGES, visitor_locale

THEMES = frozenset({"light", "dark"})
GREETING_INTENT = "greeting"
STARTERS = 4


@dataclass(frozen=True, slots=True)
class LanguageLink:
    """The same page in another language, named in that language."""

    code: str
    html_language: str
    name: str
    url: str


def starters(site: Site, locale: str) -> list[str]:
    """Questions offered before the first message: what the greeting offers, in the visitor's language."""
    offered = QuickReply.objects.filter(
        intent__workspace_id=site.workspace_id, intent__name=GREETING_INTENT, locale=locale
    )
    return list(offered.values_list("text", flat=True)[:STARTERS])


def lawful_basis(site: Site) -> str:
    """On what the site may keep what happens on the page around the widget; empty if it keeps nothing."""
    policy = policy_in_force(site.pk)
    return policy.basis if policy is not None else ""


def page_policy(request: HttpRequest, site: Site) -> str:
    """The page's Content-Security-Policy: framed only by the site's own origins, talking only to this server.

    A site without origins embeds nowhere, not even on this server. The socket's address is named because not
    every browser takes 'self' to include it.
    """
    origins = site.allowed_origins
    scheme = "wss" if request.is_secure() else "ws"
    policy: str = build_policy(
        replace={
            "connect-src": [SELF, f"{scheme}://{request.get_host()}"],
            "frame-ancestors": [SELF, *origins] if origins else [NONE],
        }
    )
    return policy


def unavailable(request: HttpRequest) -> HttpResponse:
    """404 for a site that is unknown or switched off, in words for a visitor; nothing may frame it."""
    locale = visitor_locale(request, default=settings.LANGUAGE_CODE)
    with translation.override(locale):
        body = render_to_string("chat/unavailable.html", {"html_language": HTML_LANGUAGES[locale]})
    return HttpResponse(body, status=404)


@require_safe
def chat_page(request: HttpRequest, key: str) -> HttpResponse:
    """Answer with the conversation's page for one site. It needs no cookie and sets none."""
    site = Site.objects.filter(key=key, enabled=True).first()
    if site is None:
        return unavailable(request)
    return framed_page(request, site)


@xframe_options_exempt  # `frame-ancestors` decides; X-Frame-Options cannot list origins
def framed_page(request: HttpRequest, site: Site) -> HttpResponse:
    """The page of a site that exists, with the headers that let its own origins frame it."""
    locale = visitor_locale(request, default=site.locale)
    theme = request.GET.get("theme", "")
    embedded = request.GET.get("embed") == "1"
    with translation.override(locale):
        body = render_to_string(
            "chat/page.html",
            {
                "site": site,
                "locale": locale,
                "html_language": HTML_LANGUAGES[locale],
                "theme": theme if theme in THEMES else "",
                "embedded": embedded,
                "behaviour": lawful_basis(site) if embedded else "",
                "starters": starters(site, locale),
                "strings_url": strings_url(locale),
                "languages": language_links(request, current=locale),
            },
        )
    response = HttpResponse(body)
    response["Content-Security-Policy"] = page_policy(request, site)
    response["Referrer-Policy"] = "same-origin"
    response["Content-Language"] = HTML_LANGUAGES[locale]
    return response


def language_links(request: HttpRequest, *, current: str) -> list[LanguageLink]:
    """The page in the languages other than `current`, with whatever else its address asked for."""
    kept = {name: request.GET[name] for name in ("embed", "theme") if name in request.GET}
    return [
        LanguageLink(
            code=code,
            html_language=HTML_LANGUAGES[code],
            name=translation.get_language_info(code)["name_local"],
            url=f"?{urlencode({'locale': code, **kept})}",
        )
        for code, _name in settings.LANGUAGES
        if code != current
    ]
