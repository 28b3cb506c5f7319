"""Tags of the inbox and the transcripts: names of languages, intents and reasons, bars, highlighted text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django import template
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chat.models.conversations import ConversationStatus
from chat.models.handoffs import HandoffReason
from chat.models.messages import Author

register = template.Library()

# The policy speaks in fixed English phrases (chat/dialogue/policy.py); an unknown one is shown as it is.
REASONS: Final[Mapping[str, str | Promise]] = {
    "the offers were declined": _("the customer wanted none of the offers"),
    "the article fits best": _("the article fits best"),
    "the intent goes to a person": _("the intent goes to a person"),
    "understood, but no reply is written for the intent": _("understood, but no reply is written for the intent"),
    "the intent is certain enough": _("the intent is certain enough"),
    "several intents, each certain enough": _("several intents, each certain enough"),
    "understood, but the intent has no reply": _("understood, but the intent no longer exists"),
    "an article answers it": _("an article answers it"),
    "plausible, but not certain": _("plausible, but not certain"),
    "articles are near, none is sure": _("articles are near, none is sure"),
    "not certain enough": _("not certain enough"),
    "out of scope": _("not something that the assistant was taught"),
}
OUTCOMES: Final[Mapping[str, str | Promise]] = {
    "reply": _("written reply"),
    "article": _("article"),
    "confirm": _("asked to confirm"),
    "offer": _("offered articles"),
    "rephrase": _("not understood"),
    "flow": _("guided by a flow"),
    "again": _("asked again"),
    "handoff": _("handed off"),
    "not_owner": _("a person was faster"),
    "failure": _("failed"),
}
OUTCOME_TONES: Final[Mapping[str, str]] = {
    "reply": "good",
    "article": "good",
    "confirm": "info",
    "offer": "info",
    "rephrase": "warn",
    "flow": "good",
    "again": "warn",
    "handoff": "warn",
    "failure": "bad",
}
STAGES: Final[Mapping[str, str | Promise]] = {
    "exact": _("same as an utterance"),
    "model": _("trained model"),
    "none": _("no model"),
}
BOUNDS: Final[Mapping[str, str | Promise]] = {
    "confidence": _("acts from"),
    "confirm": _("asks from"),
    "margin": _("smallest lead"),
    "scope": _("in scope from"),
}
SOURCES: Final[Mapping[str, str | Promise]] = {
    "model": _("trained model"),
    "list": _("list of values"),
    "fuzzy": _("list of values, misspelt"),
    "pattern": _("pattern"),
    "placeholder": _("masked"),
    "builtin": _("built-in"),
}
STATUS_TONES: Final[Mapping[str, str]] = {
    ConversationStatus.BOT: "",
    ConversationStatus.WAITING: "warn",
    ConversationStatus.ACTIVE: "good",
    ConversationStatus.RESOLVED: "",
}
STATUSES: Final[Mapping[str, str | Promise]] = {status.value: status.label for status in ConversationStatus}
SPEAKERS: Final[Mapping[str, str | Promise]] = {
    Author.VISITOR: _("Customer"),
    Author.BOT: _("Assistant"),
    Author.AGENT: _("Agent"),
    Author.SYSTEM: _("System"),
}
HANDOFF_REASONS: Final[Mapping[str, str | Promise]] = {reason.value: reason.label for reason in HandoffReason}


@register.simple_tag
def lookup(rows: Mapping[int, object], key: int) -> object:
    """What a mapping has under a number, or None: `{% lookup reviews turn.turn_id as review %}`."""
    return rows.get(key)


@register.filter
def language_name(locale: str) -> str:
    """The language in the reader's language; a code that is not one of ours stays a code."""
    return str(dict(settings.LANGUAGES).get(locale, locale))


@register.filter
def named(name: str, titles: Mapping[str, str]) -> str:
    """An intent's title, or its name made readable."""
    return titles.get(name) or name.replace("_", " ")


@register.filter
def reason(phrase: str) -> str | Promise:
    """Why the assistant decided so."""
    return REASONS.get(phrase, phrase)


@register.filter
def outcome(kind: str) -> str | Promise:
    """How a turn ended."""
    return OUTCOMES.get(kind, kind)


@register.filter
def outcome_tone(kind: str) -> str:
    """The badge's colour for an outcome; its words say the same."""
    return OUTCOME_TONES.get(kind, "")


@register.filter
def stage(name: str) -> str | Promise:
    """Which part of the understanding answered."""
    return STAGES.get(name, name)


@register.filter
def bound(name: str) -> str | Promise:
    """What a threshold is for."""
    return BOUNDS.get(name, name)


@register.filter
def entity_source(name: str) -> str | Promise:
    """What recognised an entity."""
    return SOURCES.get(name, name)


@register.filter
def status_name(status: str) -> str | Promise:
    """Who has a conversation of this status."""
    return STATUSES.get(status, status)


@register.filter
def status_tone(status: str) -> str:
    """The badge's colour for a status; its words say the same."""
    return STATUS_TONES.get(status, "")


@register.filter
def speaker(author: str) -> str | Promise:
    """Who said it, as a noun."""
    return SPEAKERS.get(author, author)


@register.filter
def handoff_reason(name: str) -> str | Promise:
    """Why the assistant let go."""
    return HANDOFF_REASONS.get(name, name)


@register.inclusion_tag("console/transcripts/bar.html")
def share_bar(share: float, series: int = 1) -> dict[str, object]:
    """A bar for a share in 0-1, beside the number itself."""
    return {"width": round(min(max(share, 0.0), 1.0) * 100, 1), "series": series}
