"""What is masked, what is not, and the promises that hold for every text."""

from __future__ import annotations

import random
import time

import pytest

from nlu.errors import InvalidData, InvalidPattern
from nlu.masking.engine import DEFAULT_RULES, Rule, compile_rules, explain
from nlu.masking.patterns import MAX_LENGTH, check_pattern
from tests.nlu.masking.samples import (
    CARD,
    EMAIL,
    FOREIGN_ADDRESSES,
    FOUND,
    IDENTIFIERS,
    LISTS,
    MARKED,
    MENTIONS,
    MOBILE,
    OTHER_MOBILE,
    RESIDENT_ID,
    RESIDENT_ID_X,
    TRAPS,
    TYPED_ON,
)

MASKER = compile_rules(DEFAULT_RULES)
OWN_RULES = (
    Rule("member", "pattern", "会员号", r"会员[0-9]{6}"),
    *DEFAULT_RULES,
    Rule("code", "pattern", "验证码", r"验证码.*"),
)
OWN = compile_rules(OWN_RULES)


@pytest.mark.parametrize(("text", "expected"), FOUND + MARKED + TYPED_ON + FOREIGN_ADDRESSES)
def test_found(text: str, expected: str) -> None:
    assert MASKER.mask(text).text == expected


@pytest.mark.parametrize("text", TRAPS + LISTS + IDENTIFIERS + MENTIONS)
def test_traps_stay(text: str) -> None:
    masked = MASKER.mask(text)
    assert masked.text == text
    assert masked.spans == ()


@pytest.mark.parametrize("position", range(1, 18))
@pytest.mark.parametrize("gap", [" ", "\n", "\r\n", " \n"])
@pytest.mark.parametrize("value", [RESIDENT_ID, RESIDENT_ID_X])
def test_an_identity_number_may_be_broken_anywhere(value: str, gap: str, position: int) -> None:
    broken = value[:position] + gap + value[position:]
    assert MASKER.mask(f"身份证{broken}。").text == "身份证[身份证号#1]。"
    other = str((int(value[5]) + 1) % 10)
    wrong = value[:5] + other + value[6:]
    assert "身份证号" not in MASKER.mask(wrong[:position] + gap + wrong[position:]).text


@pytest.mark.parametrize(
    "unit", ["13,", "444/", "4444\n", "(138)", "138*0013*", "1301_", "138、0013、8000、", "a1380"]
)
def test_the_time_grows_with_the_length_alone(unit: str) -> None:
    """Five seconds for 100,000 characters are plenty, but not for anything that grows with the square."""
    text = (unit * 100_000)[:100_000]
    started = time.process_time()
    MASKER.mask(text)
    assert time.process_time() - started < 5


def test_spans_are_code_points_of_the_original() -> None:
    broken = "😀、(１\u200b38)0013\n8000！"
    (span,) = MASKER.mask(broken).spans
    assert broken[span.start : span.end] == "(１\u200b38)0013\n8000"
    text = "😀１\u200b3800138000！"
    (span,) = MASKER.mask(text).spans
    assert text[span.start : span.end] == "１\u200b3800138000"
    assert (span.recognizer, span.label, span.placeholder) == ("mobile", "手机号", "[手机号#1]")


def test_equal_values_share_a_number_and_kinds_count_apart() -> None:
    text = f"{MOBILE} {OTHER_MOBILE} +86 {MOBILE} {EMAIL} {RESIDENT_ID} {CARD}"
    assert MASKER.mask(text).text == "[手机号#1] [手机号#2] [手机号#1] [邮箱#1] [身份证号#1] [银行卡号#1]"


def test_a_typed_placeholder_is_left_alone_and_never_shares_its_number() -> None:
    assert MASKER.mask(f"[手机号#1] {MOBILE} [手机号#7]").text == "[手机号#1] [手机号#8] [手机号#7]"
    # Not a placeholder of a known label, or with a number that could hide something: scanned like any text.
    assert MOBILE not in MASKER.mask(f"[别的#1] [{MOBILE}#1] [手机号#{MOBILE}]").text


def test_an_earlier_rule_keeps_what_it_found() -> None:
    text = f"验证码 1234 和 {MOBILE}"
    first = compile_rules((*DEFAULT_RULES, Rule("code", "pattern", "验证码", "验证码.*")))
    assert first.mask(text).text == "[验证码#1][手机号#1]"
    last = compile_rules((Rule("code", "pattern", "验证码", "验证码.*"), *DEFAULT_RULES))
    assert last.mask(text).text == "[验证码#1]"


def test_own_patterns_see_what_was_typed_and_what_was_folded() -> None:
    rules = (Rule("colon", "pattern", "密码", "密码：[0-9]+"), Rule("id", "pattern", "编号", "NO[0-9]{3}"))
    masker = compile_rules(rules)
    assert masker.mask("密码：１２３ NO４５６").text == "[密码#1] [编号#1]"


def test_without_rules_nothing_changes() -> None:
    assert compile_rules(()).mask(MOBILE).text == MOBILE


def random_text(source: random.Random) -> str:
    values = [MOBILE, OTHER_MOBILE, RESIDENT_ID, RESIDENT_ID_X, CARD, EMAIL, "qq.com", "1380013", "13", "8", "0"]
    typed = [
        "[手机号#1]",
        "[验证码#12]",
        "[",
        "]",
        "#1]",
        "验证码",
        "会员123456",
        "LM",
        "x",
        "X",
        "+86",
        "0086",
        "（",
    ]
    others = [
        " ",
        "-",
        "/",
        ",",
        "、",
        "_",
        "*",
        "(",
        ")",
        "Tom",
        ".",
        "@",
        "\n",
        "\u200b",
        "１",
        "９",
        "😀",
        "的",
        "\ufffc",
        "\ud800",
    ]
    pieces = [*values, *typed, *others]
    return "".join(source.choice(pieces) for _ in range(source.randint(1, 14)))


@pytest.mark.parametrize("masker", [MASKER, OWN], ids=["default", "own"])
def test_promises_hold_for_any_text(masker: object) -> None:
    assert isinstance(masker, type(MASKER))
    source = random.Random(20261122)
    for _ in range(4000):
        text = random_text(source)
        masked = masker.mask(text)
        again = masker.mask(masked.text)
        assert again.text == masked.text, ascii(text)
        assert again.spans == (), ascii(text)
        rebuilt, cursor = [], 0
        for span in masked.spans:
            assert cursor <= span.start < span.end <= len(text), ascii(text)
            rebuilt += [text[cursor : span.start], span.placeholder]
            cursor = span.end
        assert "".join(rebuilt) + text[cursor:] == masked.text, ascii(text)


def test_every_valid_value_is_found_wherever_it_stands() -> None:
    source = random.Random(7)
    values = [MOBILE, OTHER_MOBILE, RESIDENT_ID, RESIDENT_ID_X, CARD, EMAIL]
    before = ["", "电话", "，", "\n", "(", "：", "号码是 ", "😀"]
    after = ["", "谢谢", "。", "\n", ")", "，麻烦了", " ok", "😀"]
    for _ in range(500):
        value = source.choice(values)
        text = source.choice(before) + value + source.choice(after)
        assert value not in MASKER.mask(text).text, text


def test_the_checksum_decides() -> None:
    """One changed digit of an identity number or a card is another number."""
    for value in (RESIDENT_ID, CARD):
        assert MASKER.mask(value).text != value
        wrong = value[:-1] + str((int(value[-1]) + 1) % 10)
        assert MASKER.mask(wrong).text == wrong


def test_explain_tells_what_each_rule_noticed() -> None:
    text = f"{MOBILE}@163.com SF{MOBILE} 6222021234567890129 {OTHER_MOBILE}"
    explanation = explain(text, DEFAULT_RULES)
    assert explanation.masked == MASKER.mask(text).text
    steps = {(step.rule, step.outcome, step.reason, step.by): step.text for step in explanation.steps}
    assert steps == {
        ("email", "masked", "", ""): f"{MOBILE}@163.com",
        ("mobile", "overlaps", "", "email"): MOBILE,
        ("mobile", "rejected", "joined", ""): MOBILE,
        ("bank_card", "rejected", "checksum", ""): "6222021234567890129",
        ("mobile", "masked", "", ""): OTHER_MOBILE,
    }
    assert [step.rule for step in explanation.steps] == ["bank_card", "email", "mobile", "mobile", "mobile"]


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("a" * (MAX_LENGTH + 1), "too_long"),
        ("a*", "matches_empty"),
        ("^", "matches_empty"),
        (r"\b", "matches_empty"),
        ("(a|)", "matches_empty"),
        ("(?=a)b", "unsupported"),
        ("(?<!a)b", "unsupported"),
        (r"(a)\1", "unsupported"),
        ("(", "malformed"),
        ("[", "malformed"),
        ("a**", "malformed"),
        ("a{2000}", "malformed"),
        ("\ud800", "malformed"),
        (r"(?:\pL{900}){1}(?:\pL{900}){1}(?:\pL{900}){1}(?:\pL{900}){1}", "too_large"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_named(pattern: str, code: str) -> None:
    with pytest.raises(InvalidPattern) as caught:
        check_pattern(pattern)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "pattern", ["a", "[0-9]{6}", "会员[0-9]+", "(?i)code", r"\d+", "(a|b)+", "a" * MAX_LENGTH]
)
def test_a_sound_pattern_is_accepted(pattern: str) -> None:
    check_pattern(pattern)


@pytest.mark.parametrize("label", ["", " ", "[a", "a]", "a#b", "a\nb", " a", "a ", "x" * 21])
def test_a_label_that_breaks_placeholders_is_refused(label: str) -> None:
    with pytest.raises(InvalidData):
        compile_rules([Rule("r", "mobile", label)])


@pytest.mark.parametrize("label", ["手机号", "mobile number", "e-mail", "x" * 20, "a.b (c)*"])
def test_a_label_with_any_other_characters_works(label: str) -> None:
    masker = compile_rules([Rule("r", "mobile", label)])
    masked = masker.mask(MOBILE).text
    assert masked == f"[{label}#1]"
    assert masker.mask(masked).text == masked


def test_an_unknown_recognizer_is_refused() -> None:
    with pytest.raises(InvalidData):
        compile_rules([Rule("r", "shoe_size", "鞋码")])
