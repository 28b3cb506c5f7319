"""What every template of the console may use, and which workspace a member of staff is working on."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import HttpRequest

from nlu.models import Workspace

WORKSPACE_KEY: Final = "workspace"
THEME_COOKIE: Final = "theme"
THEMES: Final = ("light", "dark")


def find_current_workspace(request: HttpRequest) -> Workspace | None:
    """The workspace kept in the session, or else the first one; None when there is none at all."""
    known: Workspace | None = getattr(request, "_console_workspace", None)
    if known is not None:
        return known
    workspaces = Workspace.objects.all()
    chosen = (
        workspaces.filter(pk=request.session.get(WORKSPACE_KEY) or 0).first() or workspaces.order_by("id").first()
    )
    request._console_workspace = chosen  # type: ignore[attr-defined]
    return chosen


def choose_workspace(request: HttpRequest, workspace: Workspace) -> None:
    """Keep the workspace for the rest of the session."""
    request.session[WORKSPACE_KEY] = workspace.pk
    request._console_workspace = workspace  # type: ignore[attr-defined]


def theme_of(request: HttpRequest) -> str:
    """`light` or `dark` if the reader chose one, otherwise empty: the system decides."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return theme if theme in THEMES else ""


def console(request: HttpRequest) -> dict[str, object]:
    """The chosen theme and the languages; pages of the console add their navigation by a tag."""
    return {"theme": theme_of(request), "site_languages": settings.LANGUAGES}
