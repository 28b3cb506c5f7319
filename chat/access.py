"""Who may use a desk, and from which pages a socket may be opened."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.http.request import validate_host

from chat.errors import Forbidden
from chat.models import Agent

DESK_ROLES = frozenset({"agent", "supervisor", "administrator"})
LEAD_ROLES = frozenset({"supervisor", "administrator"})
READER_ROLES = frozenset({"operator", "supervisor", "administrator"})

Person = AbstractBaseUser | AnonymousUser | None


def roles_of(user: Person) -> frozenset[str]:
    """The names of the user's groups; every role for an active superuser, none for everybody who is not active."""
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    if user.is_superuser:
        return DESK_ROLES
    return frozenset(user.groups.values_list("name", flat=True))


def can_use_desk(user: Person) -> bool:
    """Whether the user answers conversations or leads those who do."""
    return bool(roles_of(user) & DESK_ROLES)


def can_lead(user: Person) -> bool:
    """Whether the user may act on conversations that other agents have."""
    return bool(roles_of(user) & LEAD_ROLES)


def can_read_all(user: Person) -> bool:
    """Whether the user may read every conversation, not only what is open and what they took part in."""
    return bool(roles_of(user) & READER_ROLES)


def agent_of(user: Person) -> Agent:
    """The profile of a desk user; Forbidden if there is none (see `chat.actions.agents.ensure_agent`).

    The profile outlives the role; what needs the role asks `desk_agent_of`.
    """
    agent = Agent.objects.filter(user_id=user.pk).first() if isinstance(user, User) else None
    if agent is None:
        raise Forbidden("Not an agent")
    return agent


def desk_agent_of(user: Person) -> Agent:
    """The profile of somebody who may use the desk now; Forbidden otherwise."""
    if not can_use_desk(user):
        raise Forbidden("The role does not answer conversations")
    return agent_of(user)


def own_origins(*, host: str, secure: bool) -> frozenset[str]:
    """The origins that are ours for a request with this Host header: the public one, and the request's own.

    The Host must be an allowed one, else a name that an attacker points at us would count as ours.
    """
    origins = {origin_of(settings.PUBLIC_URL)}
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    if host and validate_host(name.lower(), settings.ALLOWED_HOSTS):
        origins.add(origin_of(f"{'https' if secure else 'http'}://{host}"))
    return frozenset(origins)


def origin_of(url: str) -> str:
    """`scheme://host[:port]` of a URL, in lower case and without a default port; empty if it has none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" if port in (None, default) else f"{parts.scheme}://{host}:{port}"
