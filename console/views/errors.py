"""Pages for what went wrong. They need neither a session nor the database, so that they always appear."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

logger = logging.getLogger(__name__)


def page(*, title: str, text: str, status: int) -> HttpResponse:
    """The page itself, rendered without a request: no context processor may fail while we report a failure."""
    return HttpResponse(render_to_string("errors/page.html", {"title": title, "text": text}), status=status)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: signed in, but without the role."""
    return page(
        title=_("You may not open this page"),
        text=_("Your account lacks the role that this page needs. Ask an administrator if you should have it."),
        status=403,
    )


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form was open too long, or was sent from somewhere else."""
    logger.warning("A form was refused: %s", reason)
    return page(
        title=_("This form is no longer valid"),
        text=_(
            "It was open for too long, or cookies are blocked. Go back, load the page again and send it again."
        ),
        status=403,
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: nothing here, or nothing for this reader."""
    return page(title=_("Nothing here"), text=_("The address is wrong, or what was here is gone."), status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault; the log has the traceback."""
    return page(
        title=_("Something went wrong on our side"),
        text=_("The server's log says what. Try again in a moment; nothing that you had saved is lost."),
        status=500,
    )
