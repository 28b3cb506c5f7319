"""The operator's pack: catalogue, articles, flows and demo backend say the same; its conversations are fresh."""

from __future__ import annotations

import re

import pytest
import yaml

from chat.dialogue.flow_reader import read_flow
from chat.dialogue.flows import Act
from chat.packs import PACKS, read_pack
from deploy.demo_backend.trades.telecom_data import COUNTRIES, DISTRICTS, PLANS, ROAMING, SERVICES
from nlu.pipeline.normalizer import canonical

FOLDER = PACKS / "telecom"
HELD = PACKS.parent.parent / "tests" / "packs_held" / "telecom"
NUMBER = re.compile(r"\d+(?:\.\d+)?")
BARE = re.compile(r"[0-9x]+|第.个|the \w+ one|\d+元|\d+ yuan|[^ ]{2}", re.IGNORECASE)


def loaded(file):
    return yaml.safe_load(file.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def catalogue():
    return loaded(FOLDER / "catalogue.yaml")["items"]


def turns(file):
    return {canonical(turn["user"]) for one in loaded(file) for turn in one["turns"]}


def test_the_catalogue_says_what_the_backend_says(catalogue):
    for plan in PLANS:
        item = catalogue[plan.code]
        assert item["name"] == {"zh-hans": plan.name_zh, "en": plan.name_en}
        assert item["price"] == plan.fee
        if plan.data_gb:
            assert item["attributes"]["data"]["value"]["en"] == f"{plan.data_gb} GB"
            assert item["attributes"]["minutes"]["value"]["en"] == f"{plan.minutes} minutes"
    for package in ROAMING:
        said = catalogue[f"roaming-{package.zone}"]["attributes"][f"days{package.days}"]["value"]
        assert said["en"] == f"{package.data_gb} GB, {package.price} yuan"


@pytest.mark.parametrize("locale", ["zh-hans", "en"])
def test_numbers_of_product_articles_are_in_the_catalogue(catalogue, locale):
    made = 0
    for file in sorted((FOLDER / locale / "articles").glob("*.md")):
        text = file.read_text(encoding="utf-8")
        source = re.search(r'^source = "catalogue:(.+)"$', text, re.MULTILINE)
        if source:
            made += 1
            body = text.split("+++\n", 2)[2]
            assert set(NUMBER.findall(body)) <= set(NUMBER.findall(str(catalogue[source[1]]))), file.name
    assert made == len(catalogue)


@pytest.mark.parametrize(("locale", "place"), [("zh-hans", "name_zh"), ("en", "name_en")])
def test_the_backend_knows_every_listed_value(locale, place):
    lists = {
        entity.name: set(entity.values) for entity in read_pack("telecom").entities if entity.locale == locale
    }
    rows = {"plan": PLANS, "country": COUNTRIES, "district": DISTRICTS, "vas": SERVICES}
    for name, table in rows.items():
        assert lists[name] == {getattr(row, place) for row in table}


def test_every_outcome_of_an_action_leads_somewhere():
    actions = {one["name"]: one for one in loaded(FOLDER / "actions.yaml")["actions"]}
    called = set()
    for file in sorted((FOLDER / "flows").glob("*.yaml")):
        flow = read_flow(file.read_text(encoding="utf-8"))
        for step in flow.steps:
            if isinstance(step, Act):
                called.add(step.action)
                known = {one["outcome"] for one in actions[step.action].get("outcomes", ())}
                assert set(step.outcomes) == known, f"{flow.name}.{step.id}"
                assert set(step.inputs) <= set(actions[step.action]["inputs"])
    assert called == set(actions)


@pytest.mark.parametrize("locale", ["zh-hans", "en"])
def test_conversations_say_nothing_that_trains_the_model(locale):
    recorded = turns(FOLDER / "conversations" / f"{locale}.yaml")
    held = turns(HELD / f"{locale}.yaml")
    taught = {
        canonical(one.text)
        for intent in read_pack("telecom").intents
        if intent.locale == locale
        for one in intent.utterances
    }
    assert not taught & (recorded | held)
    assert all(BARE.fullmatch(turn) for turn in recorded & held), recorded & held
    assert len(loaded(HELD / f"{locale}.yaml")) >= 10
    assert len(loaded(FOLDER / "conversations" / f"{locale}.yaml")) >= 20
