"""What a finding says, as a fingerprint: an answer to it stands as long as what is said and the labels do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from nlu.data_health.doubts import Doubt
from nlu.data_health.similar import Conflict
from nlu.data_health.texts import TaughtText
from nlu.data_health.wording import words_of

Settleable = Conflict | Doubt
"""The findings that a person may say of that nothing is wrong."""


def content_key(finding: Settleable, texts: Mapping[int, TaughtText]) -> str:
    """SHA-256, in hexadecimal digits, of the finding's kind, what is said and the ids of the intents.

    Equal for equal content: of a conflict the words that count (`words_of`), by which it was found, so that it is
    the same whichever of several rows that say the same stands for them; its sides in either order; and another
    confidence of the same doubt, which is about one text as it is written.
    """
    match finding:
        case Conflict():
            sides = sorted(
                (words_of(texts[pk].text).words, texts[pk].intent) for pk in (finding.first, finding.second)
            )
            content: tuple[object, ...] = ("conflict", *sides)
        case Doubt():
            content = ("doubt", (texts[finding.utterance].text, finding.intent), finding.suggested)
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
