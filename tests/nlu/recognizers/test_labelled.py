"""The labelled sentences of both languages: span and value of every entity, and traps that must stay untouched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nlu.recognizers.recognizer import recognize
from tests.nlu.recognizers.conftest import CLOCK

FOLDER = Path(__file__).parent
LANGUAGES = ("zh-hans", "en")


def sentences(locale):
    lines = (FOLDER / f"{locale}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("locale", LANGUAGES)
def test_labels_are_well_formed(locale):
    rows = sentences(locale)
    assert len(rows) >= 150
    for row in rows:
        spans = [(e["start"], e["end"]) for e in row["entities"]] + [tuple(trap) for trap in row.get("traps", [])]
        assert all(0 <= start < end <= len(row["text"]) for start, end in spans)


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("given", ["the locale", "no locale"])
def test_every_label_is_found_and_nothing_else(locale, given):
    wrong = []
    for row in sentences(locale):
        spoken = locale if given == "the locale" else ""
        entities = [entity.to_json() for entity in recognize(row["text"], clock=CLOCK, locale=spoken)]
        if entities != row["entities"]:
            wrong.append((row["text"], entities, row["entities"]))
    assert not wrong
