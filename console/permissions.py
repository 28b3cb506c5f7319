"""Who may do what in the console: roles are groups, and every screen asks for one named permission.

The map below is the whole policy. A test holds it against every address of the project, so that a new screen
without a place in it fails the suite.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec, cast

from django.contrib.auth.models import AnonymousUser, User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from chat.access import READER_ROLES
from console.context import find_current_workspace
from nlu.models import Workspace

OPERATOR: Final = "operator"
AGENT: Final = "agent"
SUPERVISOR: Final = "supervisor"
ADMINISTRATOR: Final = "administrator"

ROLES: Final = (OPERATOR, AGENT, SUPERVISOR, ADMINISTRATOR)
ROLE_TITLES: Final = {
    OPERATOR: _("operator"),
    AGENT: _("agent"),
    SUPERVISOR: _("supervisor"),
    ADMINISTRATOR: _("administrator"),
}
ROLE_DESCRIPTIONS: Final = {
    OPERATOR: _("teaches the assistant: intents, entities, articles, masking rules, connections, training"),
    AGENT: _("answers customers in the inbox"),
    SUPERVISOR: _(
        "answers customers, reads transcripts and the audit list, reviews messages, keeps the evaluation set"
    ),
    ADMINISTRATOR: _("everything in the console, with staff, sites and keys"),
}

# Permission -> the roles that have it. A superuser has all of them.
PERMISSIONS: Final[dict[str, frozenset[str]]] = {
    "overview": frozenset(ROLES),
    "inbox": frozenset({AGENT, SUPERVISOR, ADMINISTRATOR}),
    "transcripts": READER_ROLES,
    # Reading the conversations that one took part in; with "transcripts" all of them.
    "own_transcripts": frozenset(ROLES),
    # Opening what was masked, one value at a time and with a reason. Operators teach from masked texts, and agents
    # ask the customer; who answers for people or for privacy may look.
    "reveal": frozenset({SUPERVISOR, ADMINISTRATOR}),
    "teach": frozenset({OPERATOR, ADMINISTRATOR}),
    # The evaluation set: those who teach, and those who answer for how good the assistant is.
    "evaluate": frozenset({OPERATOR, SUPERVISOR, ADMINISTRATOR}),
    # The queue of real messages: correcting what the assistant understood, with all that a correction adds.
    "review": frozenset({OPERATOR, SUPERVISOR, ADMINISTRATOR}),
    # Business systems: addresses, secrets (which nobody can read back), what flows may ask of them.
    "connect": frozenset({OPERATOR, ADMINISTRATOR}),
    "workspaces": frozenset({OPERATOR, ADMINISTRATOR}),
    # Deleting all that is kept of a person, at their wish.
    "erase": frozenset({SUPERVISOR, ADMINISTRATOR}),
    # The queue for people: who comes first, and to whom.
    "route": frozenset({SUPERVISOR, ADMINISTRATOR}),
    "audit": frozenset({SUPERVISOR, ADMINISTRATOR}),
    "sites": frozenset({ADMINISTRATOR}),
    "staff": frozenset({ADMINISTRATOR}),
}

P = ParamSpec("P")


class StaffRequest(HttpRequest):
    """A request that passed `requires`: somebody is signed in and a workspace is chosen."""

    user: User
    workspace: Workspace
    htmx: HtmxDetails


def roles_of(user: User | AnonymousUser) -> frozenset[str]:
    """The roles of an active user, read once a request; a superuser has every role, anonymous none."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    if user.is_superuser:
        return frozenset(ROLES)
    known: frozenset[str] | None = getattr(user, "_console_roles", None)
    if known is None:
        known = frozenset(user.groups.filter(name__in=ROLES).values_list("name", flat=True))
        user._console_roles = known  # type: ignore[attr-defined]
    return known


def has_permission(user: User | AnonymousUser, permission: str) -> bool:
    """Whether one of the user's roles has the permission; KeyError for a permission that does not exist."""
    return bool(roles_of(user) & PERMISSIONS[permission])


def requires(
    permission: str, *, workspace: bool = True
) -> Callable[
    [Callable[Concatenate[StaffRequest, P], HttpResponseBase]],
    Callable[Concatenate[HttpRequest, P], HttpResponseBase],
]:
    """Let a view run only for staff with the permission; `workspace` says whether it works on a chosen workspace.

    Anonymous people are sent to sign in and come back afterwards; others get 403. When there is no workspace
    yet, whoever may create one is sent there, and the rest read what is missing.
    """
    if permission not in PERMISSIONS:
        raise KeyError(permission)

    def decorate(
        view: Callable[Concatenate[StaffRequest, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return sign_in_first(request)
            if not has_permission(request.user, permission):
                raise PermissionDenied
            if workspace:
                chosen = find_current_workspace(request)
                if chosen is None:
                    return workspace_first(request)
                cast("StaffRequest", request).workspace = chosen
            return view(cast("StaffRequest", request), *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return decorate


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """To the sign-in page and back; a fragment request moves the whole page, not its fragment."""
    htmx = cast("StaffRequest", request).htmx
    if htmx:
        page = htmx.current_url_abs_path or "/"
        return HttpResponseClientRedirect(redirect_to_login(page).url)
    return redirect_to_login(request.get_full_path())


def workspace_first(request: HttpRequest) -> HttpResponse:
    """Nothing can be shown before there is a workspace: create it, or read who can."""
    if has_permission(request.user, "workspaces"):
        return redirect("console:workspace_create")
    return render(request, "console/workspaces/none.html")
