"""The clock of the labelled sentences, and short ways to ask."""

from __future__ import annotations

from datetime import datetime

import pytest

from nlu.recognizers.recognizer import recognize

CLOCK = datetime.fromisoformat("2026-03-18T14:30:00+08:00")


@pytest.fixture
def found():
    """(text, locale="", clock=...) -> [(surface, kind, value as one string)]."""

    def ask(text, locale="", clock=CLOCK):
        return [
            (text[entity.start : entity.end], entity.kind, entity.canonical)
            for entity in recognize(text, clock=clock, locale=locale)
        ]

    return ask
