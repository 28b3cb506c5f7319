"""The console's menu: groups of screens, each shown only to those who may open it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from console.permissions import has_permission


@dataclass(frozen=True, slots=True)
class Screen:
    """An entry: `route` is its address, `prefix` the beginning of the route names that belong to it."""

    title: str | Promise
    route: str
    icon: str
    permission: str
    prefix: str


@dataclass(frozen=True, slots=True)
class Group:
    """Screens that belong together under a heading."""

    title: str | Promise
    screens: tuple[Screen, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A screen as the menu shows it."""

    title: str | Promise
    url: str
    icon: str
    route: str
    current: bool


@dataclass(frozen=True, slots=True)
class EntryGroup:
    """A group with the entries that its reader may open."""

    title: str | Promise
    entries: tuple[Entry, ...]


GROUPS: tuple[Group, ...] = (
    Group(
        _("Conversations"),
        (
            Screen(_("Overview"), "dashboard", "home", "overview", "dashboard"),
            Screen(_("Inbox"), "inbox", "inbox", "inbox", "inbox"),
            Screen(_("Transcripts"), "transcripts", "document-magnifying-glass", "own_transcripts", "transcript"),
        ),
    ),
    Group(
        _("Teaching"),
        (
            Screen(_("Review"), "reviews", "check-badge", "review", "review"),
            Screen(_("Intents"), "intents", "chat-bubble-left-right", "teach", "intent"),
            Screen(_("Entity types"), "entity_types", "tag", "teach", "entity_"),
            Screen(_("Articles"), "articles", "book-open", "teach", "article"),
            Screen(_("Flows"), "flows", "share", "teach", "flow"),
            Screen(_("Masking rules"), "masking_rules", "eye-slash", "teach", "masking"),
            Screen(_("Invitations"), "invitations", "megaphone", "teach", "invitation"),
            Screen(_("Connections"), "connections", "link", "connect", "connection"),
            Screen(_("Evaluation set"), "evaluation", "scale", "evaluate", "evaluation"),
            Screen(_("Data health"), "data_health", "clipboard-document-check", "teach", "data_health"),
            Screen(_("Training"), "training", "academic-cap", "teach", "training"),
            Screen(_("Try it"), "probe", "beaker", "teach", "probe"),
        ),
    ),
    Group(
        _("Administration"),
        (
            Screen(_("Sites"), "sites", "globe-alt", "sites", "site"),
            Screen(_("Customer attributes"), "profile_attributes", "identification", "sites", "profile_"),
            Screen(_("Routing"), "routing_rules", "queue-list", "route", "routing_"),
            Screen(_("API tokens"), "tokens", "key", "sites", "token"),
            Screen(_("Staff"), "staff", "users", "staff", "staff"),
            Screen(_("Audit"), "audit", "clipboard-document-list", "audit", "audit"),
        ),
    ),
)


def navigation(request: HttpRequest) -> tuple[EntryGroup, ...]:
    """The groups and entries that the signed-in person may open, the current one marked."""
    match = request.resolver_match
    route = match.url_name or "" if match is not None and "console" in match.namespaces else ""
    groups = []
    for group in GROUPS:
        entries = tuple(
            Entry(
                screen.title,
                reverse(f"console:{screen.route}"),
                screen.icon,
                screen.route,
                current=bool(route) and route.startswith(screen.prefix),
            )
            for screen in group.screens
            if has_permission(request.user, screen.permission)
        )
        if entries:
            groups.append(EntryGroup(group.title, entries))
    return tuple(groups)
