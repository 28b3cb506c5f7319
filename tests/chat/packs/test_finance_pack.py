"""The bank's pack: its flows can be published, its conversations are fresh, its cautions are there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from chat.dialogue.cues import cue_of
from chat.dialogue.flow_text import load_yaml
from chat.dialogue.scripts import read_scripts
from chat.packs import PACKS, read_pack
from nlu.pipeline.normalizer import canonical

FOLDER = PACKS / "finance"
HELD_BACK = Path(__file__).resolve().parents[2] / "packs_held" / "finance"
LOCALES = ("zh-hans", "en")
WEALTH = (
    "daily-ease",
    "steady-grain-90",
    "steady-grain-one-year",
    "balanced-stream",
    "growth-ridge",
    "far-voyage",
)
CAUTIONS = {
    "zh-hans": ("理财非存款", "投资须谨慎", "不是收益承诺", "不代表未来"),
    "en": ("not a deposit", "carries risk", "no promise of returns", "no guide to the future"),
}


@pytest.fixture(scope="module")
def pack():
    return read_pack("finance")


def turns(folder: Path, locale: str) -> set[str]:
    """What customers say in the conversations, without answers that everybody gives in the same words."""
    scripts = read_scripts((folder / f"{locale}.yaml").read_text(encoding="utf-8"))
    said = {turn.user for script in scripts for turn in script.turns}
    return {canonical(text) for text in said if cue_of(text) is None}


@pytest.mark.parametrize("locale", LOCALES)
def test_conversations_are_no_training_data(pack, locale):
    taught = {canonical(one.text) for words in pack.intents for one in words.utterances}
    assert not turns(FOLDER / "conversations", locale) & taught
    assert not turns(HELD_BACK, locale) & taught


@pytest.mark.parametrize("locale", LOCALES)
def test_what_is_held_back_opens_in_other_words(locale):
    recorded = read_scripts((FOLDER / "conversations" / f"{locale}.yaml").read_text(encoding="utf-8"))
    held = read_scripts((HELD_BACK / f"{locale}.yaml").read_text(encoding="utf-8"))
    assert len(recorded) >= 20
    assert len(held) >= 10
    known = {canonical(turn.user) for script in recorded for turn in script.turns}
    assert not {canonical(script.turns[0].user) for script in held} & known


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("slug", WEALTH)
def test_every_wealth_product_comes_with_the_cautions(locale, slug):
    text = (FOLDER / locale / "articles" / f"{slug}.md").read_text(encoding="utf-8")
    for caution in CAUTIONS[locale]:
        assert caution in text


@pytest.mark.parametrize("locale", LOCALES)
def test_numbers_of_product_articles_are_those_of_the_catalogue(locale):
    items = yaml.safe_load((FOLDER / "catalogue.yaml").read_text(encoding="utf-8"))["items"]
    seen = 0
    for file in sorted((FOLDER / locale / "articles").glob("*.md")):
        _, front, body = file.read_text(encoding="utf-8").split("+++\n", 2)
        source = tomllib.loads(front).get("source", "")
        if source:
            entry = yaml.safe_dump(items[source.removeprefix("catalogue:")], allow_unicode=True)
            assert set(re.findall(r"\d[\d,.]*", body)) <= set(re.findall(r"\d[\d,.]*", entry)), file.name
            seen += 1
    assert seen == len(items)


def test_the_wealth_flow_warns_before_it_keeps_anything():
    flow = load_yaml((FOLDER / "flows" / "wealth_products.yaml").read_text(encoding="utf-8"))
    steps = {step["id"]: step for step in flow["steps"]}
    reserving = [step for step in flow["steps"] if step.get("action") == "reserve_product"]
    assert [step["id"] for step in reserving] == [steps["sure"]["yes"]]
    for locale, words in (
        ("zh-hans", ("不是收益承诺", "亏损本金")),
        ("en", ("no promise of returns", "lose capital")),
    ):
        for text in steps["sure"]["confirm"][locale]:
            assert all(word in text for word in words)
