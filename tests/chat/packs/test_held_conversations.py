"""Conversations of a pack are told in words that its utterances do not teach, the held-back ones in their own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chat.dialogue.scripts import read_scripts
from chat.packs import read_pack
from nlu.pipeline.normalizer import canonical

HELD = Path(__file__).resolve().parents[2] / "packs_held"
BARE = re.compile(r"[A-Za-z]{0,2}[0-9]*|.{1,4}")
"""A number, or a word or two: values are the same wherever they are said."""


def turns(text):
    return {canonical(turn.user) for script in read_scripts(text) for turn in script.turns}


@pytest.mark.parametrize("file", sorted(HELD.glob("*/*.yaml")), ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_held_back_conversations_are_ten_and_use_words_of_their_own(file):
    pack = read_pack(file.parent.name)
    taught = {canonical(one.text) for words in pack.intents for one in words.utterances}
    text = file.read_text(encoding="utf-8")
    said = turns(text)
    assert len(read_scripts(text)) >= 10
    assert said.isdisjoint(taught)
    recorded = (Path("chat/packs") / pack.name / "conversations" / file.name).read_text(encoding="utf-8")
    assert {one for one in said & turns(recorded) if not BARE.fullmatch(one)} == set()


@pytest.mark.parametrize("file", sorted(HELD.glob("*/*.yaml")), ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_recorded_conversations_are_no_utterances(file):
    pack = read_pack(file.parent.name)
    recorded = (Path("chat/packs") / pack.name / "conversations" / file.name).read_text(encoding="utf-8")
    assert len(read_scripts(recorded)) >= 20
    taught = {canonical(one.text) for words in pack.intents for one in words.utterances}
    assert turns(recorded).isdisjoint(taught)
