"""The language of an answer: that of the message's words, or of the talk so far."""

from __future__ import annotations

import pytest

from chat.answering import TurnInput, reply_locale
from chat.dialogue.state import DialogueState


@pytest.mark.parametrize(
    ("talk", "text", "expected"),
    [
        ("", "where is it", "en"),
        ("", "LM20260318001234", "zh-hans"),
        ("zh-hans", "LM20260318001234", "zh-hans"),
        ("zh-hans", "ok", "zh-hans"),
        ("zh-hans", "where is it", "en"),
        ("en", "我想退款", "en->zh"),
        ("en", "好", "en->zh"),
        ("en", "2", "en"),
    ],
)
def test_the_language_changes_with_words_only(talk, text, expected):
    given = TurnInput(1, 1, "zh-hans", text, text, DialogueState(locale=talk))
    assert reply_locale(given) == expected.replace("en->zh", "zh-hans")
