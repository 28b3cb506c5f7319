"""Replies that name what is known of the customer: "Hello, {profile.name}!" where there is a name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from chat.dialogue.decision import Catalogue, IntentEntry
from chat.dialogue.templates import shown

_FIELD: Final = re.compile(r"\{profile\.([a-z][a-z0-9_]*)\}")


def personal(catalogue: Catalogue, profile: Mapping[str, str], locale: str) -> Catalogue:
    """The catalogue with the replies that this customer gets.

    Of an intent's wordings those whose fields are all known, filled; if there is none, those without fields. A
    wording is never said with a gap in it.
    """
    changed = {
        name: replace(entry, replies=_replies(entry, profile, locale))
        for name, entry in catalogue.intents.items()
        if any("{profile." in reply for reply in entry.replies)
    }
    return replace(catalogue, intents={**catalogue.intents, **changed}) if changed else catalogue


def _replies(entry: IntentEntry, profile: Mapping[str, str], locale: str) -> tuple[str, ...]:
    plain, filled = [], []
    for reply in entry.replies:
        fields = _FIELD.findall(reply)
        if not fields:
            plain.append(reply)
        elif all(profile.get(name) for name in fields):
            filled.append(_FIELD.sub(lambda match: shown(profile[match[1]], locale), reply))
    return tuple(filled or plain)
