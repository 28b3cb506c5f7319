"""The after-sales pack: articles say what the catalogue says, flows are sound, conversations are not taught."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from chat.business.action_reader import read_action_file
from chat.dialogue.flow_checks import Surroundings, problems_of
from chat.dialogue.flow_reader import read_flow
from chat.packs import PACKS, read_pack
from chat.packs.solution_articles import articles, read_devices
from nlu.pipeline.normalizer import canonical

FOLDER = PACKS / "aftersales"
HELD = Path(__file__).resolve().parents[2] / "packs_held" / "aftersales"
LOCALES = ("zh-hans", "en")


@pytest.fixture(scope="module")
def flows():
    return {file.stem: read_flow(file.read_text(encoding="utf-8")) for file in (FOLDER / "flows").glob("*.yaml")}


def turns(folder: Path, locale: str) -> list[str]:
    talks = yaml.safe_load((folder / f"{locale}.yaml").read_text(encoding="utf-8"))
    return [turn["user"] for talk in talks for turn in talk["turns"]]


def test_solution_articles_are_what_the_catalogue_makes():
    for file, text in articles():
        assert file.read_text(encoding="utf-8") == text, file.name


def test_the_steps_that_the_diagnosis_tells_are_those_of_the_catalogue(flows):
    steps = {step.id: step for step in flows["diagnose"].steps}
    for device in read_devices():
        for symptom in device["symptoms"]:
            told = steps[f"{device['id']}_{symptom['id'].replace('-', '_')}_steps"].text
            for locale in LOCALES:
                assert symptom["warning"][locale] in told[locale][0]
                for line in symptom["steps"][locale]:
                    assert line in told[locale][0]


def test_flows_have_no_problems(flows):
    pack = read_pack("aftersales")
    actions = read_action_file((FOLDER / "actions.yaml").read_text(encoding="utf-8")).actions
    around = Surroundings(
        locales=LOCALES,
        entity_types={one.name for one in pack.entities} | set(pack.patterns),
        actions={one.name: one.outcome_names for one in actions},
        needs={one.name: [name for name, given in one.inputs.items() if given.required] for one in actions},
        flows=set(flows),
        articles={one.slug for one in pack.articles},
        intents=set(pack.handlings),
    )
    for name, flow in flows.items():
        assert flow.name == name
        assert problems_of(flow, around) == [], name


@pytest.mark.parametrize("locale", LOCALES)
def test_conversations_are_no_training_data_and_the_held_back_ones_are_their_own(locale):
    taught = {canonical(one.text) for words in read_pack("aftersales").intents for one in words.utterances}
    recorded = {canonical(turn) for turn in turns(FOLDER / "conversations", locale)}
    held = {canonical(turn) for turn in turns(HELD, locale)}
    assert not taught & (recorded | held)
    bare = re.compile(r"[0-9a-z]{1,12}", re.IGNORECASE)
    assert all(bare.fullmatch(turn) for turn in recorded & held)
