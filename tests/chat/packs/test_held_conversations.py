"""Conversations of a pack are told in words that its utterances do not teach, the held-back ones in their own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chat.dialogue.flow_reader import flow_of
from chat.dialogue.flows import Ask, Choose, Say
from chat.dialogue.scripts import read_scripts
from chat.packs import read_pack
from nlu.pipeline.normalizer import canonical

HELD = Path(__file__).resolve().parents[2] / "packs_held"
BARE = re.compile(r"[A-Za-z]{0,2}[0-9]*|.{1,4}|(the )?(first|second|third|last)( one)?")
"""A number, a place in a list, or a word or two: they are the same wherever they are said."""


def turns(text):
    return {canonical(turn.user) for script in read_scripts(text) for turn in script.turns}


def buttons(pack):
    """What a customer can tap in the pack's flows."""
    flows = [flow_of(one.definition) for one in pack.flows]
    steps = [step for flow in flows for step in flow.steps]
    texts = [option.label for step in steps if isinstance(step, Choose) for option in step.options]
    texts += [step.quick_replies for step in steps if isinstance(step, Ask | Say)]
    return {canonical(text) for one in texts for variants in one.values() for text in variants}


@pytest.mark.parametrize("file", sorted(HELD.glob("*/*.yaml")), ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_held_back_conversations_are_ten_and_use_words_of_their_own(file):
    pack = read_pack(file.parent.name)
    taught = {canonical(one.text) for words in pack.intents for one in words.utterances}
    text = file.read_text(encoding="utf-8")
    said = turns(text)
    assert len(read_scripts(text)) >= 10
    assert said.isdisjoint(taught)
    recorded = (Path("chat/packs") / pack.name / "conversations" / file.name).read_text(encoding="utf-8")
    shared = (said & turns(recorded)) - buttons(pack)
    assert {one for one in shared if not BARE.fullmatch(one)} == set()


@pytest.mark.parametrize("file", sorted(HELD.glob("*/*.yaml")), ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_recorded_conversations_are_no_utterances(file):
    pack = read_pack(file.parent.name)
    recorded = (Path("chat/packs") / pack.name / "conversations" / file.name).read_text(encoding="utf-8")
    assert len(read_scripts(recorded)) >= 20
    taught = {canonical(one.text) for words in pack.intents for one in words.utterances}
    assert turns(recorded).isdisjoint(taught)
