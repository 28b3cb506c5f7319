"""Random texts, marks and lists through both foreign formats: what is written reads back or is known as lost."""

from __future__ import annotations

import io
import random
from itertools import groupby

import pytest

from nlu.errors import UnreadableFile
from nlu.formats.dialogflow_reader import read_dialogflow
from nlu.formats.dialogflow_writer import write_dialogflow
from nlu.formats.line_writers import csv_lines, json_lines
from nlu.formats.rasa_lists import kinds_of, lists_of, unwritable_words
from nlu.formats.rasa_reader import read_rasa
from nlu.formats.rasa_writer import rasa_lines, rasa_loss
from nlu.formats.records import EntityKind, KindValue, Phrase, Problem, ValueEntry
from nlu.types import Example
from tests.nlu.formats.agents import hotel, packed
from tests.nlu.formats.test_rasa import PIZZERIA

ALPHABET = "ab北京 \t\n\r\x0b\x1c\x85\u2028\ufeff\x00\x7f[](){}:\"'\\-#|>&*!%@=,😀é"


def random_example(dice: random.Random) -> Example:
    text = "x" + "".join(dice.choice(ALPHABET) for _ in range(dice.randrange(25))) + "x"
    edges = sorted(dice.sample(range(len(text) + 1), min(2 * dice.randrange(4), len(text) + 1) // 2 * 2))
    spans = tuple(
        (left, right, dice.choice(["city", "a:b", "日期", "x y"]))
        for left, right in zip(edges[::2], edges[1::2], strict=True)
    )
    return Example(
        text=text, intent=dice.choice(["", "i", "意图"]), entities=spans, locale=dice.choice(["en", "zh-hans"])
    )


def examples(seed: int) -> list[Example]:
    dice = random.Random(seed)
    return sorted((random_example(dice) for _ in range(150)), key=lambda one: (one.intent, one.locale))


def read_back(phrases: list[Phrase]) -> list[tuple[object, ...]]:
    return sorted((one.text, one.intent, one.entities, one.locale) for one in phrases)


def as_rows(given: list[Example]) -> list[tuple[object, ...]]:
    return sorted((one.text, one.intent, one.entities, one.locale) for one in given)


@pytest.mark.parametrize("seed", range(20))
def test_texts_and_marks_come_back_from_rasa(seed: int) -> None:
    given = [one for one in examples(seed) if one.intent or one.text]
    kept = [one for one in given if rasa_loss(one) != "text"]
    found = list(read_rasa("".join(rasa_lines(given, ())).encode()))
    assert not [one for one in found if isinstance(one, Problem)]
    assert read_back([one for one in found if isinstance(one, Phrase)]) == as_rows(kept)
    assert len(kept) > 120


@pytest.mark.parametrize("seed", range(20))
def test_texts_and_marks_come_back_from_dialogflow(seed: int) -> None:
    given = [
        one
        for one in examples(seed)
        if not any(name == "a:b" or not one.text[s:e].strip() for s, e, name in one.entities)
    ]
    target = io.BytesIO()
    write_dialogflow(target, name="x", locale="en", examples=given, kinds=())
    found = list(read_dialogflow(target))
    assert not [one for one in found if isinstance(one, Problem)]
    assert read_back([one for one in found if isinstance(one, Phrase)]) == as_rows(given)


@pytest.mark.parametrize("seed", range(20))
def test_lists_come_back_from_rasa_unless_they_are_known_to_be_lost(seed: int) -> None:
    dice = random.Random(seed)
    words = [f"w{number}" for number in range(14)]
    kinds = []
    for name in ("a", "b", "c"):
        free = dice.sample(words, len(words))
        values = []
        while free and dice.random() < 0.8:
            count = min(dice.randrange(1, 4), len(free))
            values.append(KindValue(free.pop(), tuple(free.pop() for _ in range(count - 1))))
        kinds.append(EntityKind(name, tuple(values)))
    back = kinds_of(*lists_of(kinds))
    lost = unwritable_words(kinds)
    for kind in kinds:
        if kind.name not in lost:
            assert {value: set(forms) for value, forms in back.get(kind.name, {}).items()} == {
                entry.value: set(entry.synonyms) for entry in kind.values
            }
    found = [one for one in read_rasa("".join(rasa_lines((), kinds)).encode()) if isinstance(one, ValueEntry)]
    assert {(one.type, one.value, frozenset(one.synonyms)) for one in found} == {
        (name, value, frozenset(forms)) for name, entries in back.items() for value, forms in entries.items()
    }


def test_groups_stay_together_in_every_writer() -> None:
    given = examples(1)
    assert len(list(json_lines(given))) == len(given)
    assert len(list(csv_lines(given))) == len(given) + 1
    assert [key for key, _group in groupby(given, key=lambda one: one.intent)] == ["", "i", "意图"]


def damaged(dice: random.Random, data: bytes) -> bytes:
    """The bytes with a few of them changed, cut out, or put in twice."""
    changed = bytearray(data)
    for _time in range(dice.randrange(1, 6)):
        at = dice.randrange(len(changed))
        match dice.randrange(3):
            case 0:
                changed[at] = dice.randrange(256)
            case 1:
                del changed[at : at + dice.randrange(1, 20)]
            case _:
                changed[at:at] = changed[at : at + 20]
    return bytes(changed)


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_file_is_read_or_refused_and_nothing_else(seed: int) -> None:
    dice = random.Random(seed)
    agent = packed(hotel())
    outcomes = set()
    for _time in range(150):
        for read in (
            lambda: list(read_rasa(damaged(dice, PIZZERIA.encode()))),
            lambda: list(read_dialogflow(io.BytesIO(damaged(dice, agent)))),
        ):
            try:
                outcomes.add(bool(read()))
            except UnreadableFile as error:
                outcomes.add(error.code)
    assert {True, "not_zip", "not_utf8", "zip_damaged"} <= outcomes


def test_a_small_file_cannot_ask_for_a_product_of_its_parts() -> None:
    synonyms = {f"word {number}": "v" for number in range(1000)}
    few = kinds_of({f"type {number}": ["v"] for number in range(400)}, synonyms)
    assert {len(entries["v"]) for entries in few.values()} == {1000}
    with pytest.raises(UnreadableFile) as caught:
        kinds_of({f"type {number}": ["v"] for number in range(600)}, synonyms)
    assert caught.value.code == "yaml_many"
