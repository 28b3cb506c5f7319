"""Which rule invites, and why the others do not: tables over plain values."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest

from chat.errors import InvalidInput
from chat.proactive.reader import read_conditions, read_money, read_page, read_words, write_conditions, write_words
from chat.proactive.rules import (
    Caps,
    Conditions,
    Happened,
    Money,
    Past,
    Rule,
    Situation,
    Words,
    decide,
    fits,
    is_returning,
)

NOW = datetime(2026, 3, 18, 14, 30, tzinfo=UTC)  # a Wednesday
CNY = "CNY"


def ago(**units: int) -> datetime:
    return NOW - timedelta(**units)


def money(amount: str, currency: str = CNY) -> Money:
    return Money(Decimal(amount), currency)


def rule(number: int = 1, *, priority: int = 10, **conditions: object) -> Rule:
    return Rule(
        id=number,
        name=f"rule {number}",
        priority=priority,
        conditions=Conditions(**conditions),  # type: ignore[arg-type]
        words={"en": Words("May I help?")},
        flow="pay",
    )


HERE = Situation(now=NOW, page="/checkout/", locale="en", first_seen=ago(minutes=1))
FAILED = Happened("payment_failed", ago(minutes=2), "/checkout/", value=money("99"))


USUAL = Caps()


def codes(of: Rule, situation: Situation, caps: Caps = USUAL) -> list[str]:
    [verdict] = decide([of], situation, caps).verdicts
    return [reason.code for reason in verdict.reasons]


HOLDS = [
    ("nothing wanted", rule(), HERE),
    ("page", rule(pages=("/cart/", "/checkout/")), HERE),
    ("page with a star", rule(pages=("*/checkout/*",)), replace(HERE, page="/zh/checkout/pay")),
    ("time", rule(seconds=20), replace(HERE, seconds=20)),
    ("event", rule(event="payment_failed"), replace(HERE, events=(FAILED,))),
    (
        "cart",
        rule(cart_at_least=money("300")),
        replace(HERE, events=(Happened("cart_changed", NOW, value=money("300")),)),
    ),
    ("new visitor", rule(visitor="new"), HERE),
    ("returning visitor", rule(visitor="returning"), replace(HERE, first_seen=ago(days=2))),
    ("language", rule(locales=("en",)), HERE),
    ("weekday", rule(weekdays=(3,)), HERE),
    ("hours", rule(opens=time(9), closes=time(18)), HERE),
    ("hours over midnight", rule(opens=time(22), closes=time(15)), HERE),
    (
        "everything",
        rule(pages=("/c*",), seconds=5, event="payment_failed", visitor="new", locales=("en",), weekdays=(3,)),
        replace(HERE, seconds=9, events=(FAILED,)),
    ),
    ("dismissed long ago", rule(2), replace(HERE, past=(Past(1, ago(days=2), ago(days=2)),))),
    (
        "seen twice, allowed three times",
        replace(rule(), most_ever=3),
        replace(HERE, past=(Past(1, ago(days=2)), Past(1, ago(days=3)))),
    ),
]
FAILS = [
    ("page", rule(pages=("/cart/",)), HERE, ["page"]),
    ("time", rule(seconds=20), replace(HERE, seconds=19), ["seconds"]),
    ("no event", rule(event="payment_failed"), HERE, ["event"]),
    (
        "event too old",
        rule(event="payment_failed"),
        replace(HERE, events=(replace(FAILED, at=ago(minutes=31)),)),
        ["event"],
    ),
    (
        "paid since",
        rule(event="payment_failed"),
        replace(HERE, events=(Happened("order_placed", NOW), FAILED)),
        ["event"],
    ),
    ("no cart", rule(cart_at_least=money("300")), HERE, ["cart"]),
    (
        "cart too small",
        rule(cart_at_least=money("300")),
        replace(HERE, events=(Happened("cart_changed", NOW, value=money("299.99")),)),
        ["cart"],
    ),
    (
        "cart emptied",
        rule(cart_at_least=money("1")),
        replace(
            HERE,
            events=(
                Happened("cart_changed", NOW, value=money("0")),
                Happened("cart_changed", ago(minutes=1), value=money("500")),
            ),
        ),
        ["cart"],
    ),
    (
        "other currency",
        rule(cart_at_least=money("300")),
        replace(HERE, events=(Happened("cart_changed", NOW, value=money("900", "EUR")),)),
        ["currency"],
    ),
    (
        "old cart",
        rule(cart_at_least=money("3")),
        replace(HERE, events=(Happened("cart_changed", ago(hours=25), value=money("9")),)),
        ["cart"],
    ),
    ("not returning", rule(visitor="returning"), HERE, ["visitor"]),
    ("not new", rule(visitor="new"), replace(HERE, first_seen=ago(days=2)), ["visitor"]),
    ("another language", rule(locales=("zh-hans",)), HERE, ["locale"]),
    ("no words in the language", rule(), replace(HERE, locale="zh-hans"), ["no_words"]),
    ("weekend", rule(weekdays=(6, 7)), HERE, ["weekday"]),
    ("closed", rule(opens=time(9), closes=time(14, 30)), HERE, ["hours"]),
    ("off", replace(rule(), is_on=False), HERE, ["off"]),
    ("flow gone", replace(rule(), flow_ready=False), HERE, ["no_flow"]),
    ("seen", rule(), replace(HERE, past=(Past(1, ago(days=9)),)), ["seen"]),
    ("dismissed today", rule(2), replace(HERE, past=(Past(1, ago(hours=25), ago(hours=23)),)), ["quiet"]),
    ("one today", rule(2), replace(HERE, past=(Past(1, ago(hours=2)),)), ["day_limit"]),
    ("panel open", rule(), replace(HERE, panel_open=True), ["panel_open"]),
    ("a person has it", rule(), replace(HERE, with_person=True), ["with_person"]),
    ("in the middle of a task", rule(), replace(HERE, task_under_way=True), ["task_under_way"]),
    ("opted out", rule(), replace(HERE, refusal="opted_out"), ["refused"]),
    ("two at once", rule(seconds=9, pages=("/x",)), HERE, ["page", "seconds"]),
]


@pytest.mark.parametrize(("of", "situation"), [case[1:] for case in HOLDS], ids=[case[0] for case in HOLDS])
def test_all_conditions_hold(of, situation):
    assert codes(of, situation) == []


@pytest.mark.parametrize(
    ("of", "situation", "wanted"), [case[1:] for case in FAILS], ids=[case[0] for case in FAILS]
)
def test_one_condition_is_enough_to_keep_quiet(of, situation, wanted):
    assert codes(of, situation) == wanted


def test_the_highest_priority_wins_and_of_equal_ones_the_older():
    rules = [rule(1, priority=5), rule(3, priority=20), rule(2, priority=20), rule(4, priority=90, pages=("/x",))]
    outcome = decide(rules, HERE, Caps())
    assert outcome.chosen == rules[2]
    assert [verdict.rule.id for verdict in outcome.verdicts] == [4, 2, 3, 1]
    assert [reason.code for verdict in outcome.verdicts for reason in verdict.reasons] == [
        "page",
        "outranked",
        "outranked",
    ]


def test_time_alone_is_waited_for():
    slow, slower = rule(1, seconds=20), rule(2, seconds=45, pages=("/checkout/",))
    assert decide([slow, slower], replace(HERE, seconds=8), Caps()).ask_again == 12
    assert decide([slower], HERE, Caps()).ask_again == 45
    # Not if something else forbids it as well, nor once a rule invites.
    assert decide([slow], replace(HERE, panel_open=True), Caps()).ask_again is None
    assert decide([slow, rule(3)], HERE, Caps()).ask_again is None


def test_a_day_without_any_is_a_cap_too():
    assert codes(rule(), HERE, Caps(a_day=0)) == ["day_limit"]


@pytest.mark.parametrize(
    ("minutes", "first_seen", "returning"),
    [
        ((0, 5, 20), 20, False),
        ((0, 29, 58), 60, False),
        ((0, 45), 45, True),
        ((), 31, True),
        ((), 10, False),
        ((0,), 24 * 60, True),
    ],
)
def test_a_visit_ends_with_half_an_hour_of_silence(minutes, first_seen, returning):
    events = tuple(Happened("page_viewed", ago(minutes=one)) for one in minutes)
    assert is_returning(replace(HERE, events=events, first_seen=ago(minutes=first_seen))) is returning


@pytest.mark.parametrize(
    ("pattern", "path", "is_fit"),
    [
        ("/a", "/a", True),
        ("/a", "/ab", False),
        ("/a*", "/a", True),
        ("*", "", True),
        ("/*/checkout*", "/en/checkout/pay", True),
        ("/*/checkout*", "/checkout", False),
        ("*a*a*", "/a", False),
        ("*a*a*", "/aa", True),
        ("/ab*ba", "/aba", False),
        ("/ab*ba", "/abba", True),
        ("*" + "a*" * 40 + "b", "a" * 200, False),
    ],
)
def test_patterns_of_pages(pattern, path, is_fit):
    assert fits(pattern, path) is is_fit


FULL = {
    "pages": ["/checkout/*"],
    "seconds": "20",
    "event": "payment_failed",
    "within_minutes": "10",
    "cart_at_least": {"amount": "99.50", "currency": "CNY"},
    "visitor": "returning",
    "locales": ["en"],
    "weekdays": ["1", "5"],
    "opens": "09:00",
    "closes": "18:30",
}


def test_conditions_are_written_as_they_are_read():
    assert write_conditions(read_conditions(FULL)) == FULL
    assert write_conditions(read_conditions({})) == {}
    words = {"en": {"text": "Help?", "quick_replies": ["Yes"]}, "zh-hans": {"text": "要帮忙吗？"}}
    assert write_words(read_words(words)) == words


@pytest.mark.parametrize(
    "change",
    [
        {"page": ["/x"]},
        {"pages": ["checkout"]},
        {"pages": "/x"},
        {"pages": ["/x"] * 30},
        {"pages": ["/*a*b*c*d*e*f"]},
        {"pages": ["/" + "x" * 300]},
        {"seconds": "-1"},
        {"seconds": "99999"},
        {"seconds": True},
        {"event": "bought"},
        {"event": 7},
        {"within_minutes": "1e3"},
        {"cart_at_least": {"amount": "-1", "currency": "CNY"}},
        {"cart_at_least": {"amount": "NaN", "currency": "CNY"}},
        {"cart_at_least": {"amount": "1", "currency": "yuan"}},
        {"cart_at_least": {"amount": "1", "currency": "CNY", "more": "x"}},
        {"cart_at_least": "9"},
        {"visitor": "old"},
        {"locales": "en"},
        {"locales": ["<script>"]},
        {"weekdays": ["0"]},
        {"weekdays": ["12"]},
        {"opens": "9:00"},
        {"opens": ""},
        {"opens": "18:30"},
        {"closes": "24:00"},
    ],
    ids=str,
)
def test_conditions_that_make_no_sense_are_refused(change):
    assert read_conditions(FULL)
    with pytest.raises(InvalidInput):
        read_conditions(FULL | change)
    with pytest.raises(InvalidInput):
        read_conditions([FULL])


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"en": {"text": " "}},
        {"en": {"text": "x" * 201}},
        {"en": {}},
        {"en": "Help?"},
        {"EN!": {"text": "x"}},
        {"en": {"text": "x", "quick_replies": "yes"}},
        {"en": {"text": "x", "quick_replies": ["a", "b", "c", "d"]}},
        {"en": {"text": "x", "quick_replies": ["y" * 41]}},
        {"en": {"text": "x", "html": "<b>"}},
    ],
    ids=str,
)
def test_words_that_make_no_sense_are_refused(words):
    assert read_words({"en": {"text": "x", "quick_replies": ["a", "a", " "]}})["en"].quick_replies == ("a",)
    with pytest.raises(InvalidInput):
        read_words(words)


@pytest.mark.parametrize("amount", [-1, "x", None, True, [], "1e99", "Infinity", "12345678901", 10**400])
def test_amounts_from_outside(amount):
    assert read_money("12.345", "CNY") == money("12.34")
    assert read_money(7, "CNY").amount == 7
    with pytest.raises(InvalidInput):
        read_money(amount, "CNY")


@pytest.mark.parametrize("page", ["", "x", "//" * 1500, None, 7, "/a\nb", "/\x00", "/%00"])
def test_paths_from_outside(page):
    assert read_page("/a?token=secret#x") == "/a"
    assert read_page("/%E5%95%86%E5%93%81/%3Fx") == "/商品/?x"
    assert len(read_page("/" + "a" * 900)) == 200
    with pytest.raises(InvalidInput):
        read_page(page)
