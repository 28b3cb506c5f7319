"""Rasa's training data as its projects have them: both ways of writing examples, marks, lists, mistakes."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import pytest

from nlu.errors import UnreadableFile
from nlu.formats.rasa_marks import read_marks, write_marks
from nlu.formats.rasa_reader import LONGEST_LINE, read_rasa
from nlu.formats.records import Note, PatternEntry, Phrase, Problem, Record, TypeEntry, ValueEntry

PIZZERIA = r"""# training data of a pizzeria
version: "3.1"

intents:
- greet
- order_pizza

entities:
- topping
- size:
    roles:
    - wanted

nlu:
- intent: greet
  examples: |
    - hey
    - hello there

    - good   morning
- intent: order_pizza
  metadata:
    sentiment: neutral
  examples: |
    - a [large](size) pizza with [mushrooms](topping)
    - one [small](size:S) [pepperoni]{"entity": "topping", "value": "salami", "role": "wanted", "group": "1"}
    - order for [4711]{"entity": "order_number"} please
    - to [rome][{"entity": "city", "role": "to"}, {"entity": "place"}]
- intent: faq/opening_hours
  examples:
  - text: |
      are you open on [sundays](day)?
    metadata:
      locale: en
  - text: "几点开门\n几点关门"
- intent: out_of_scope
  examples: |
    - what is the meaning of life
- synonym: L
  examples: |
    - large
    - big
- synonym: mushroom
  examples: |
    - mushrooms
    - champignons
- lookup: topping
  examples: |
    - mushroom
    - mushrooms
    - olives
- lookup: city
  examples: |
    - Rome
- regex: order_number
  examples: |
    - \d{4}
    - \d{6}
responses:
  utter_faq/opening_hours:
  - text: Every day.
stories:
- story: happy path
  steps:
  - intent: greet
"""


def records(text: str, kind: type[Record]) -> list[Record]:
    return [one for one in read_rasa(text.encode()) if isinstance(one, kind)]


def test_examples_in_either_form_are_phrases_with_their_lines() -> None:
    phrases = records(PIZZERIA, Phrase)
    assert [(one.line, one.text, one.intent) for one in phrases] == [
        (17, "hey", "greet"),
        (18, "hello there", "greet"),
        (20, "good   morning", "greet"),
        (25, "a large pizza with mushrooms", "order_pizza"),
        (26, "one small pepperoni", "order_pizza"),
        (27, "order for 4711 please", "order_pizza"),
        (28, "to rome", "order_pizza"),
        (31, "are you open on sundays?", "faq/opening_hours"),
        (35, "几点开门\n几点关门", "faq/opening_hours"),
        (38, "what is the meaning of life", ""),
    ]
    assert [phrases[3].text[start:end] for start, end, _name in phrases[3].entities] == ["large", "mushrooms"]
    assert phrases[4].entities == ((4, 9, "size"), (10, 19, "topping"))
    assert phrases[5].entities == ((10, 14, "order_number"),)
    assert (phrases[0].locale, phrases[7].locale) == (None, "en")
    assert records(PIZZERIA, Problem) == []
    assert records(PIZZERIA, Note) == [Note("second_mark")]
    assert [one.type for one in records(PIZZERIA, TypeEntry)] == ["topping", "size"]


def test_synonyms_go_to_the_types_that_their_words_belong_to() -> None:
    values = {(one.type, one.value): one.synonyms for one in records(PIZZERIA, ValueEntry)}
    assert values == {
        ("topping", "mushroom"): ("mushrooms", "champignons"),
        ("topping", "olives"): (),
        ("topping", "salami"): ("pepperoni",),
        ("city", "Rome"): (),
        ("size", "L"): ("large", "big"),
        ("size", "S"): ("small",),
    }
    assert [(one.type, one.pattern) for one in records(PIZZERIA, PatternEntry)] == [
        ("order_number", r"\d{4}"),
        ("order_number", r"\d{6}"),
    ]


def test_a_value_given_in_a_mark_takes_its_words_from_the_list() -> None:
    text = """nlu:
- intent: go
  examples: |
    - to [SF](city:San Francisco)
- lookup: city
  examples: |
    - SF
    - Oslo
"""
    values = {(one.type, one.value): one.synonyms for one in records(text, ValueEntry)}
    assert values == {("city", "Oslo"): (), ("city", "San Francisco"): ("SF",)}


def listed(kind: str, name: str, words: Iterable[str]) -> str:
    return f"- {kind}: {name}\n  examples: |\n" + "".join(f"    - {word}\n" for word in words)


def synonyms(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(listed("synonym", value, [word]) for word, value in pairs)


def values_of(text: str) -> dict[tuple[str, str], tuple[str, ...]]:
    return {(one.type, one.value): one.synonyms for one in records(text, ValueEntry)}


def test_chains_and_circles_of_synonyms_end_at_one_value() -> None:
    chain = listed("lookup", "size", ["a", "b", "c"]) + synonyms([("a", "x"), ("x", "b"), ("b", "c")])
    assert values_of("nlu:\n" + chain) == {("size", "c"): ("a", "b")}
    circle = synonyms([("a", "b"), ("b", "c"), ("c", "b"), ("d", "a")])
    # The first word of a circle is its value; a word that leads into it stays one if it came before.
    assert values_of("nlu:\n" + listed("lookup", "size", "cbad") + circle) == {("size", "c"): ("b", "a", "d")}
    assert values_of("nlu:\n" + listed("lookup", "size", "acbd") + circle) == {
        ("size", "a"): ("d",),
        ("size", "c"): ("b",),
    }
    elsewhere = listed("lookup", "size", ["a"]) + listed("lookup", "color", ["b"]) + synonyms([("a", "b")])
    assert values_of("nlu:\n" + elsewhere) == {("size", "a"): (), ("color", "b"): ()}


@pytest.mark.timeout(30)
def test_a_long_chain_of_synonyms_takes_no_time_to_speak_of() -> None:
    words = [f"w{number}" for number in range(10_001)]
    links = synonyms(pairwise(words))
    for order in (words, words[::-1]):
        found = values_of("nlu:\n" + listed("lookup", "size", order) + links)
        assert {key: len(forms) for key, forms in found.items()} == {("size", "w10000"): 10_000}
    # Through words of no list, from many types.
    types = "".join(listed("lookup", f"t{number}", [f"s{number}"]) for number in range(2000))
    starts = synonyms((f"s{number}", "w0") for number in range(2000))
    found = values_of("nlu:\n" + types + starts + links)
    assert set(found) == {(f"t{number}", "w10000") for number in range(2000)}
    # A circle of half of them, and the other half leads into it.
    circle = synonyms([*pairwise(words), (words[-1], words[5000])])
    for order, count in ((words, 5001), (words[::-1], 1), (words[:5000], 5000), (words[4999::-1], 1)):
        assert len(values_of("nlu:\n" + listed("lookup", "size", order) + circle)) == count


@pytest.mark.timeout(30)
def test_many_values_given_in_marks_take_no_time_to_speak_of() -> None:
    marks = (f"[w{number}](item:v{number})" for number in range(100_000))
    found = values_of("nlu:\n" + listed("intent", "buy", marks))
    assert len(found) == 100_000
    assert found["item", "v99999"] == ("w99999",)


def test_words_given_to_two_values_stay_with_the_first() -> None:
    marks = ["[a](item:x)", "[a](item:y)", "[b](item:y)", "[a](other:y)"]
    assert values_of("nlu:\n" + listed("intent", "buy", marks)) == {
        ("item", "x"): ("a",),
        ("item", "y"): ("b",),
        ("other", "y"): ("a",),
    }


@pytest.mark.parametrize(
    ("section", "line", "code"),
    [
        ("- intent: a\n  examples: |\n    # remark\n    - fine\n", 4, "no_dash"),
        ("- intent: a\n  examples: |\n    -\n    - fine\n", 4, "empty_example"),
        ('- intent: a\n  examples: |\n    - bad [words]{"entity": }\n    - fine\n', 4, "bad_mark"),
        ('- intent: a\n  examples: |\n    - bad [words]{"role": "x"}\n    - fine\n', 4, "bad_mark"),
        (f"- intent: a\n  examples: |\n    - {'x' * LONGEST_LINE}\n    - fine\n", 4, "long_line"),
        ("- intent: a\n  intent: b\n  examples: |\n    - fine\n", 2, "key_twice"),
        ("- intent: ''\n  examples: |\n    - lost\n", 2, "no_name"),
        ("- story: a\n", 2, "no_kind"),
        ("- just words\n", 2, "no_kind"),
        ("- intent: a\n", 2, "no_examples"),
        ("- intent: a\n  examples: {b: c}\n", 2, "no_examples"),
        ("- intent: a\n  examples: [{b: c}]\n", 3, "no_examples"),
        ("- synonym: a\n  examples: |\n    - b\n", 4, "synonym_nowhere"),
        (
            "- lookup: t\n  examples: [a, c]\n- synonym: a\n  examples: [b]\n- synonym: c\n  examples: [b]\n",
            7,
            "synonym_twice",
        ),
    ],
)
def test_a_mistake_is_named_by_its_line_and_the_rest_is_kept(section: str, line: int, code: str) -> None:
    found = list(read_rasa(f"nlu:\n{section}- intent: other\n  examples: |\n    - kept\n".encode()))
    assert [(one.line, one.code) for one in found if isinstance(one, Problem)] == [(line, code)]
    texts = [one.text for one in found if isinstance(one, Phrase)]
    assert texts[-1] == "kept"
    assert ("fine" in texts) == ("fine" in section)


@pytest.mark.parametrize(
    "text",
    [
        "a [b] (c)",
        "a [](b)",
        "a [b]()",
        "a [b](:c)",
        "[[[",
        "]](a)",
        "[a]{",
        "[a][b]",
        "[手机号#1] call",
        "\\[a\\] \\n",
    ],
)
def test_brackets_that_mark_nothing_are_text(text: str) -> None:
    marked = read_marks(text)
    assert (marked.text, marked.spans) == (text, ())


def test_what_is_written_reads_back() -> None:
    assert write_marks("to Oslo", [(3, 7, "city")]) == ("to [Oslo](city)", ())
    assert write_marks("to Oslo", [(3, 7, "a:b")]) == ('to [Oslo]{"entity": "a:b"}', ())
    assert write_marks("to [Oslo]", [(3, 9, "city")]) == ("to [Oslo]", ((3, 9, "city"),))
    assert write_marks("to [Oslo](city)", []) is None
    assert write_marks("to [Oslo]{braces}", []) is None


def test_many_brackets_take_no_time_to_speak_of() -> None:
    for piece in ("[", "[a", "[a]", "[a](", "[a]{", "[a][", "[]"):
        text = piece * (LONGEST_LINE // len(piece))
        assert read_marks(text).text == text


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (b"nlu:\n- &a x\n- *a\n", "yaml_alias", 2),
        (b"nlu:\n- *nobody\n", "yaml_alias", 2),
        (b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "yaml_alias", 1),
        (b"nlu: !!python/object/apply:os.system ['true']\n", "yaml_tag", 1),
        (b"nlu:\n- intent: !!str yes\n", "yaml_tag", 2),
        (b"nlu: !<tag:yaml.org,2002:python/name:os.system> x\n", "yaml_tag", 1),
        (b"nlu: " + b"[" * 100_000, "yaml_deep", 1),
        (b"nlu:\n" + b"".join(b" " * n + b"- \n" for n in range(1, 60)), "yaml_deep", 13),
        (b"nlu: [" + b"a," * 500_001 + b"]", "yaml_many", 1),
        (b"nlu: []\n---\nnlu: []\n", "yaml_documents", 2),
        (b"nlu: [a\n", "not_yaml", 2),
        (b"nlu: a\nnlu: b: c\n", "not_yaml", 2),
        (b"nlu:\n- \x07\n", "not_yaml", 2),
        (b"nlu: \xff\xfe\n", "not_utf8", 0),
        (b"", "not_a_mapping", 1),
        (b"- a\n- b\n", "not_a_mapping", 1),
        (b'{"rasa_nlu_data": {"common_examples": []}}', "no_nlu", 0),
        (b"version: '3.1'\nstories: []\n", "no_nlu", 0),
    ],
)
def test_a_hostile_or_broken_file_is_refused_as_a_whole(data: bytes, code: str, line: int) -> None:
    with pytest.raises(UnreadableFile) as caught:
        list(read_rasa(data))
    assert (caught.value.code, caught.value.line) == (code, line)


@pytest.mark.parametrize("text", ["nlu:\n", "nlu: []\n", "version: '3.1'\nnlu:\nresponses: {}\n"])
def test_a_file_without_any_data_has_no_mistake(text: str) -> None:
    assert list(read_rasa(text.encode())) == []


def test_words_that_yaml_takes_for_other_things_stay_words() -> None:
    text = "\ufeffnlu:\n- intent: yes\n  examples: [{text: no}, {text: 12}, {text: null}, 2026-01-01]\n"
    assert [(one.intent, one.text) for one in records(text, Phrase)] == [
        ("yes", "no"),
        ("yes", "12"),
        ("yes", "null"),
        ("yes", "2026-01-01"),
    ]
