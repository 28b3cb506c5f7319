"""What a finding says, as a fingerprint: an answer to it stands as long as the texts and their labels do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from nlu.data_health.doubts import Doubt
from nlu.data_health.similar import Conflict
from nlu.data_health.texts import TaughtText

Settleable = Conflict | Doubt
"""The findings that a person may say of that nothing is wrong."""


def content_key(finding: Settleable, texts: Mapping[int, TaughtText]) -> str:
    """SHA-256, in hexadecimal digits, of the finding's kind, its texts and the ids of their intents.

    Equal for equal content: rows that say the same, a conflict's sides in either order, and another confidence of
    the same doubt count as the same finding.
    """
    match finding:
        case Conflict():
            sides = sorted((texts[pk].text, texts[pk].intent) for pk in (finding.first, finding.second))
            content: tuple[object, ...] = ("conflict", *sides)
        case Doubt():
            content = ("doubt", (texts[finding.utterance].text, finding.intent), finding.suggested)
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
