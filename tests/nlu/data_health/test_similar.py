"""Conflicts and repetitions: what counts as the same words, and which difference explains a different intent."""

from __future__ import annotations

import re
import subprocess
import sys
import time

import pytest

from nlu.data_health.similar import find_similar
from nlu.data_health.texts import OUTSIDE, TaughtText
from nlu.data_health.wording import find_words, is_misspelling, words_of

TRACK, CANCEL, CARD = 1, 2, 3


def texts(*rows: tuple[int, str]) -> list[TaughtText]:
    return [TaughtText(number, text, intent) for number, (intent, text) in enumerate(rows, start=1)]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Track my order", "please track my orders!", True),
        ("ＴＲＡＣＫ　my order", "track my order", True),
        ("my order, track it", "track it: my order", True),
        ("gift-card lost", "Gift card lost.", True),
        ("order 12 is late", "order 977 is late", True),
        ("查一下订单", "请问订单，查", False),
        ("请问怎么退货呢？", "怎么退货", True),
        ("您的地址", "你的地址", True),
        ("老板你好", "谢谢老板", False),
        ("好", "好的谢谢", False),
        ("88", "1", False),
        ("我借你钱", "你借我钱", False),
        ("hello", "hey", False),
        ("track my order", "cancel my order", False),
        ("call [phone#1] back", "call [phone#2] back", True),
        ("call [phone#1] back", "call [email#1] back", False),
    ],
)
def test_the_words_that_count(one: str, other: str, same: bool) -> None:
    assert (words_of(one) == words_of(other)) is same


@pytest.mark.parametrize(
    "text", ["", "   ", "?!", "啊", "please", "\u200b", "x" * 2000, "退" * 2000, "\ud800", "🎁"]
)
def test_any_text_has_words_or_none(text: str) -> None:
    assert isinstance(words_of(text).words, tuple)


@pytest.mark.parametrize(
    ("one", "other", "close"),
    [
        ("recognise", "recognize", True),
        ("delivery", "dleivery", True),
        ("card", "cards", True),
        ("card", "cord", True),
        ("car", "cat", False),
        ("track", "cancel", False),
        ("refund", "refunding", False),
    ],
)
def test_misspellings(one: str, other: str, close: bool) -> None:
    assert is_misspelling(one, other) is close


def test_the_same_words_in_two_intents_are_a_conflict_and_in_one_a_repetition() -> None:
    rows = texts(
        (TRACK, "where is my order"),
        (TRACK, "Where is my order, please?"),
        (CANCEL, "where are my order"),
        (CANCEL, "my order: where is"),
        (CARD, "can I pay by card"),
    )
    conflicts, repetitions = find_similar(rows)
    assert [(one.kind, one.first, one.second) for one in conflicts if one.kind == "same"] == [("same", 1, 4)]
    assert [(one.intent, one.kept, one.others) for one in repetitions] == [(TRACK, 1, (2,))]


def test_each_two_of_several_intents_with_one_wording_are_a_conflict() -> None:
    rows = texts((CANCEL, "pay by card"), (TRACK, "card, pay by"), (TRACK, "by card pay"), (CARD, "pay by cards"))
    conflicts, _repetitions = find_similar(rows)
    assert [(one.first, one.second) for one in conflicts] == [(2, 1), (2, 4), (1, 4)]
    assert {one.kind for one in conflicts} == {"same"}


def test_a_wording_in_very_many_intents_gives_no_crowd_of_conflicts() -> None:
    conflicts, _repetitions = find_similar(texts(*((intent, "pay by card") for intent in range(1, 301))))
    assert len(conflicts) == 299 + 11 * 10 // 2
    assert len(set(conflicts)) == len(conflicts)


def test_what_articles_say_conflicts_but_never_repeats() -> None:
    rows = [
        TaughtText(1, "can I pay by card", CARD),
        TaughtText(-1, "Can I pay by card?", CARD, article=7),
        TaughtText(2, "please, can I pay by card", TRACK),
    ]
    conflicts, repetitions = find_similar(rows)
    assert [(one.first, one.second) for one in conflicts] == [(1, 2)]
    assert repetitions == ()


def test_out_of_scope_conflicts_with_an_intent() -> None:
    conflicts, _repetitions = find_similar(texts((CARD, "can I pay by card"), (OUTSIDE, "Can I pay by card?")))
    assert [(one.first, one.second) for one in conflicts] == [(1, 2)]


def test_what_is_kept_of_a_repetition_has_the_most_marks() -> None:
    rows = [
        TaughtText(1, "send to Oslo", TRACK),
        TaughtText(2, "please send to Oslo", TRACK, spans=((15, 19, "city"),)),
    ]
    _conflicts, repetitions = find_similar(rows)
    assert (repetitions[0].kept, repetitions[0].others) == (2, (1,))


def test_one_general_word_apart_is_a_near_conflict() -> None:
    rows = texts(
        (TRACK, "my parcel was refused"),
        (CANCEL, "why my parcel was refused"),
        (TRACK, "why is it late"),
        (CARD, "why does the card fail"),
        (CANCEL, "why did you stop it"),
    )
    conflicts, _repetitions = find_similar(rows)
    assert [(one.kind, one.first, one.second, one.only_second) for one in conflicts] == [("near", 1, 2, ("why",))]


def test_a_word_that_its_intent_confirms_explains_the_difference() -> None:
    pair = ((TRACK, "track my last order"), (CANCEL, "cancel my last order"))
    others = ((CARD, "track or cancel by card"), (CANCEL, "why track it"), (TRACK, "why cancel it"))
    assert len(find_similar(texts(*pair, *others))[0]) == 1
    words = ((TRACK, "track"), (CANCEL, "cancel"))
    confirming = tuple((intent, f"{word} {chr(0x4E00 + number)}") for intent, word in words for number in range(8))
    assert find_similar(texts(*pair, *others, *confirming))[0] == ()


def test_a_negation_is_no_small_difference() -> None:
    rows = texts(
        (TRACK, "that is what I meant"),
        (CANCEL, "that is not what I meant"),
        (TRACK, "not yet here"),
        (CARD, "card not found"),
        (CANCEL, "do not do it"),
    )
    assert find_similar(rows)[0] == ()


def test_a_rare_word_may_be_what_tells_two_intents_apart() -> None:
    rows = texts(
        (TRACK, "what colour is it now"),
        (CANCEL, "what flavour is it now"),
        (CARD, "can I pay by card"),
    )
    assert find_similar(rows)[0] == ()


def test_a_misspelling_is_no_difference() -> None:
    rows = texts((TRACK, "a bill I do not recognise"), (CANCEL, "a bill I do not recognize"))
    assert [one.kind for one in find_similar(rows)[0]] == ["near"]


def test_chinese_texts_one_character_apart() -> None:
    rows = texts(
        (TRACK, "下单后几天会送到"),
        (CANCEL, "下单后几天送到"),
        (TRACK, "会到吗"),
        (CANCEL, "会取消吗"),
        (CARD, "会刷卡吗"),
    )
    conflicts, _repetitions = find_similar(rows)
    assert [(one.first, one.second, one.only_first) for one in conflicts] == [(1, 2, ("会",))]


@pytest.mark.parametrize(("count", "is_a_slip"), [(10, True), (60, False)])
def test_a_gap_that_many_words_fill_is_a_place_for_names(count: int, is_a_slip: bool) -> None:
    names = [f"{first}{second}o" for first in "bdfgklmnpr" for second in "aeiouy"][:count]
    rows = texts(
        *((TRACK + number % 2, f"show me {name} on the map") for number, name in enumerate(names)),
        *((TRACK, f"{name} is late again") for name in names),
        *((CANCEL, f"never mind about {name}") for name in names),
        *((CARD, f"who pays for {name}") for name in names),
    )
    assert bool(find_similar(rows)[0]) is is_a_slip


def test_thousands_of_alike_texts_cost_no_square() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    numbers = texts(*((TRACK + number % 2, f"order {number} of mine is late") for number in range(4000)))
    names = texts(
        *(
            (TRACK + number % 2, f"show me {letters[number % 26] * 3}{letters[number // 26 % 26] * 3} on the map")
            for number in range(4000)
        )
    )
    started = time.process_time()
    conflicts, repetitions = find_similar(numbers)
    assert len(conflicts) == 2000
    assert [len(one.others) for one in repetitions] == [1999, 1999]
    assert {one.kind for one in find_similar(names)[0]} <= {"same"}
    assert time.process_time() - started < 5


def found_by_two_processes(program: str) -> set[str]:
    """What `find(rows)` of (intent, text) finds, in processes whose hashes are salted in two ways."""
    begin = (
        "from nlu.data_health.similar import find_similar\n"
        "from nlu.data_health.texts import TaughtText\n"
        "def find(rows):\n"
        "    print(find_similar([TaughtText(at, text, intent) for at, (intent, text) in enumerate(rows, 1)]))\n"
    )
    return {
        subprocess.run(
            [sys.executable, "-c", begin + program],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
            env={"PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
        ).stdout
        for seed in ("1", "2")
    }


def test_conflicts_come_in_the_same_order_in_every_process() -> None:
    program = (
        "words = 'alpha bravo charlie delta foxtrot hotel india juliett'.split()\n"
        "slips = [' '.join(word + 'x' * (word == wrong) for word in words) for wrong in words]\n"
        "find([(1, ' '.join(words)), *((2, slip) for slip in slips)])\n"
    )
    (found,) = found_by_two_processes(program)
    assert re.findall(r"first=(\d+), second=(\d+), kind='near'", found) == [
        ("1", str(second)) for second in range(2, 10)
    ]


def test_the_words_that_differ_are_the_same_in_every_process() -> None:
    # Two characters that changed places: either one is taken out on both sides, and the same words are left.
    program = (
        "pairs = ['甲乙', '丙丁', '戊己', '庚辛', '壬癸']\n"
        "swapped = [(at, text + '送到家里来') for pair in pairs for at, text in ((1, pair), (2, pair[::-1]))]\n"
        "find([*swapped, *((intent, one) for intent in (3, 4, 5) for pair in pairs for one in pair)])\n"
    )
    (found,) = found_by_two_processes(program)
    assert found.count("kind='near'") == 5


def test_words_are_found_in_the_text_as_it_was_written() -> None:
    text = "Why were my Gift-Bags with Cards refused?"
    assert [text[start:end] for start, end in find_words(text, ("why", "card", "gift"))] == [
        "Why",
        "Gift",
        "Cards",
    ]
    assert [(start, end) for start, end in find_words("会送到吗", ("会",))] == [(0, 1)]
    assert find_words("anything", ()) == ()
