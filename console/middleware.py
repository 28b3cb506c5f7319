"""Middleware of the project: the staff's language, no caching of private answers, notices in fragments."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.middleware.locale import LocaleMiddleware
from django.template.loader import render_to_string


class StaffLocaleMiddleware(LocaleMiddleware):
    """Language by cookie, then by browser; named here so that settings read as what they do."""


class PrivateResponseMiddleware:
    """Mark every answer that is not a static file as private and never stored by a cache.

    Pages of different people behind one address must not be mixed up by a proxy. Views that are public set
    their own Cache-Control, which is left alone.
    """

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add the header unless the view chose one."""
        response = self.get_response(request)
        if "Cache-Control" not in response and not request.path.startswith(settings.STATIC_URL):
            response["Cache-Control"] = "private, no-store"
        return response


class FragmentNoticesMiddleware:
    """Send the notices of a fragment request along with the fragment, out of band.

    A full page shows its notices itself; a fragment has no place for them, so they would wait for the next
    full page. Answers that make the browser load a page are left alone: that page shows them.
    """

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Append the notices to an HTML fragment."""
        response = self.get_response(request)
        moves = {"HX-Redirect", "HX-Refresh", "HX-Location"} & set(response.headers)
        if (
            request.headers.get("HX-Request") == "true"
            and not moves
            and not response.streaming
            and response.status_code in {200, 422}
            and response.headers.get("Content-Type", "").startswith("text/html")
        ):
            notices = list(get_messages(request))
            if notices:
                response.write(
                    render_to_string("console/partials/notices.html", {"messages": notices, "oob": True}, request)
                )
        return response
