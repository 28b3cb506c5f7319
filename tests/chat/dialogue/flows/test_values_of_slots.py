"""Which values slots take and refuse, how values are written in texts, and what a flow knows by path."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chat.dialogue.flow_reader import read_flow
from chat.dialogue.flows import Slot
from chat.dialogue.frames import Frame
from chat.dialogue.slot_values import Candidate, candidates_of, is_bound, lone_number, misfit, rest_of, value_for
from chat.dialogue.templates import clock_value, fields_of, fill, shown, whole_field
from chat.dialogue.values import FlowValues
from tests.chat.dialogue.flows.scene import CLOCK, parse
from tests.chat.dialogue.flows.travel_flows import CHANGE, SEARCH


def slot(type_: str, **more: str) -> Slot:
    return Slot(name="s", type=type_, title={"en": "s"}, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("type_", "kind", "value", "taken"),
    [
        ("date", "date", "2026-03-20", "2026-03-20"),
        ("date", "datetime", "2026-03-20T09:00", "2026-03-20"),
        ("date", "interval", "2026-03-20T00:00/2026-03-20T12:00", "2026-03-20"),
        ("date", "interval", "2026-03-20/2026-03-22", ""),
        ("date", "number", "20", ""),
        ("time", "datetime", "2026-03-20T09:00", "09:00"),
        ("time", "date", "2026-03-20", ""),
        ("number", "number", "2", "2"),
        ("number", "quantity", "3 kg", "3"),
        ("money", "number", "50", "50 CNY"),
        ("money", "money", "50.00 USD", "50.00 USD"),
        ("percentage", "number", "5", "5"),
        ("city", "city", "Beijing", "Beijing"),
        ("city", "date", "2026-03-20", ""),
        ("text", "date", "2026-03-20", ""),
        ("choice", "city", "Beijing", ""),
        ("yes_no", "number", "1", ""),
    ],
)
def test_types_that_a_slot_takes(type_: str, kind: str, value: str, taken: str) -> None:
    assert value_for(slot(type_), Candidate(0, 1, kind, value)) == taken


@pytest.mark.parametrize(
    ("type_", "bounds", "value", "refused"),
    [
        ("date", {"least": "today"}, "2026-03-17", True),
        ("date", {"least": "today"}, "2026-03-18", False),
        ("date", {"least": "today+1"}, "2026-03-18", True),
        ("date", {"least": "today-2"}, "2026-03-16", False),
        ("date", {"most": "today+30"}, "2026-04-17", False),
        ("date", {"most": "today+30"}, "2026-04-18", True),
        ("date", {"most": "2026-12-31"}, "2027-01-01", True),
        ("number", {"least": "1"}, "0", True),
        ("number", {"least": "1"}, "-1", True),
        ("number", {"least": "1", "most": "9"}, "9", False),
        ("number", {"most": "9"}, "9.5", True),
        ("money", {"most": "100"}, "100.01 CNY", True),
        ("money", {"most": "100"}, "99.99 CNY", False),
        ("code", {"pattern": "[A-Z]{2}[0-9]{4}"}, "TR1001", False),
        ("code", {"pattern": "[A-Z]{2}[0-9]{4}"}, "TR1001x", True),
        ("code", {"pattern": "[A-Z]+"}, "", True),
        ("code", {}, "x" * 501, True),
        ("code", {}, "x" * 500, False),
        ("phone_mask", {"pattern": "[0-9]+"}, "vault:7:[phone#1]", False),
        ("number", {"least": "1"}, "many", False),
    ],
)
def test_bounds_and_patterns(type_: str, bounds: dict[str, str], value: str, refused: bool) -> None:
    assert misfit(slot(type_, **bounds), value, now=CLOCK) is refused


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("", True),
        ("1", True),
        ("-0.5", True),
        ("100 CNY", True),
        ("today", True),
        ("today+330", True),
        ("today-90", True),
        ("2026-03-18", True),
        ("soon", False),
        ("today+x", False),
        ("2026-13-01", False),
        ("NaN", False),
        ("Infinity", False),
    ],
)
def test_what_a_bound_is(text: str, is_one: bool) -> None:
    assert is_bound(text) is is_one


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("一个人", "1"),
        ("就两位", "2"),
        ("3", "3"),
        ("just one", "1"),
        ("ten people", "10"),
        ("十", "10"),
        ("一下", ""),
        ("one day", ""),
    ],
)
def test_a_lone_number(text: str, number: str) -> None:
    assert [one.value for one in lone_number(text)] == ([number] if number else [])


@pytest.mark.parametrize(
    ("text", "locale", "values"),
    [
        ("from Shanghai to Beijing tomorrow", "en", ["Shanghai", "Beijing", "2026-03-19"]),
        ("not Beijing, Guangzhou", "en", ["~Beijing", "Guangzhou"]),
        ("明天从上海飞北京，两个人", "zh-hans", ["2026-03-19", "Shanghai", "Beijing", "2"]),
        ("不是北京，是广州", "zh-hans", ["~Beijing", "Guangzhou"]),
        ("北京 tomorrow", "zh-hans", ["Beijing", "2026-03-19"]),
        ("TR1001，明天", "en", ["TR1001", "2026-03-19"]),
        ("hello", "en", []),
        ("", "en", []),
        ("9" * 5000, "en", []),
    ],
)
def test_values_of_a_message(text: str, locale: str, values: list[str]) -> None:
    slots = read_flow(SEARCH).slots.values()
    found = candidates_of(parse(text, locale), slots, now=CLOCK, references={})
    assert [("~" if one.negated else "") + one.value for one in found] == values


def test_what_is_left_of_a_message() -> None:
    text = "from Shanghai to Beijing"
    found = candidates_of(parse(text, "en"), (), now=CLOCK, references={})
    assert rest_of(text, found).split() == ["from", "to"]


def test_a_masked_value_is_passed_by_reference_only_where_it_is_held() -> None:
    said = parse("call [phone#1] or [phone#2]", "en")
    found = candidates_of(said, (), now=CLOCK, references={"[phone#1]": "7"})
    assert [one.value for one in found] == ["vault:7:[phone#1]", "[phone#2]"]


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        ("2026-03-20", "2026年3月20日（周五）", "Fri 20 March 2026"),
        ("2026-03-20T09:05", "2026年3月20日（周五） 09:05", "Fri 20 March 2026 09:05"),
        (
            "2026-03-20/2026-03-22",
            "2026年3月20日（周五）至2026年3月22日（周日）",
            "Fri 20 March 2026 to Sun 22 March 2026",
        ),
        ("50.00 CNY", "50.00元", "¥50.00"),
        ("50.00 USD", "50.00 USD", "50.00 USD"),
        ("-5 CNY", "-5元", "¥-5"),
        ("vault:7:[手机号#1]", "[手机号#1]", "[手机号#1]"),
        ("2026-02-30", "2026-02-30", "2026-02-30"),
        ("either/or", "either/or", "either/or"),
        ("{slot}", "{slot}", "{slot}"),
        ("", "", ""),
    ],
)
def test_how_values_are_written(value: str, zh: str, en: str) -> None:
    assert (shown(value, "zh-hans"), shown(value, "en")) == (zh, en)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{a}", "<a>"),
        ("{a.b} and {a.0.c}", "<a.b> and <a.0.c>"),
        ("{{a}}", "{a}"),
        ("{{{a}}}", "{<a>}"),
        ("{A}", "{A}"),
        ("{a b}", "{a b}"),
        ("{", "{"),
        ("}{", "}{"),
        ("{}", "{}"),
        ("{a!r}", "{a!r}"),
        ("%s $a", "%s $a"),
    ],
)
def test_placeholders(text: str, filled: str) -> None:
    assert fill(text, lambda path: f"<{path}>") == filled


def test_what_is_filled_in_is_not_read_again() -> None:
    assert fill("{a}{b}", lambda path: {"a": "{b}", "b": "{{"}[path]) == "{b}{{"


@pytest.mark.parametrize(("text", "paths"), [("{a} {b.c}", ["a", "b.c"]), ("{{a}}", []), ("", [])])
def test_paths_of_a_text(text: str, paths: list[str]) -> None:
    assert fields_of(text) == paths


@pytest.mark.parametrize("text", ["{", "}", "{A}", "{a b}", "{a!r}"])
def test_a_stray_brace_is_an_error_where_texts_are_checked(text: str) -> None:
    with pytest.raises(ValueError, match=r"[{}]"):
        fields_of(text)


@pytest.mark.parametrize(("text", "path"), [("{a}", "a"), (" {a.b} ", "a.b"), ("x{a}", ""), ("{{", ""), ("", "")])
def test_a_template_that_is_one_placeholder(text: str, path: str) -> None:
    assert whole_field(text) == path


@pytest.mark.parametrize(
    ("name", "value"), [("hour", "14"), ("weekday", "3"), ("date", "2026-03-18"), ("minute", "")]
)
def test_the_clock(name: str, value: str) -> None:
    assert clock_value(datetime(2026, 3, 18, 14, 30, tzinfo=UTC), name) == value


FLIGHTS = ({"no": "CA1", "at": "08:00"}, {"no": "CA2", "at": "09:00"})


def values(locale: str = "en") -> FlowValues:
    frame = Frame(
        "search_flights",
        slots={"seat": "window", "date": "2026-03-20"},
        saved={"r": {"fee": "5.00 CNY", "flights": FLIGHTS}},
    )
    return FlowValues(read_flow(SEARCH), frame, locale, CLOCK, {"tier": "gold"}, {"no": "X"})


@pytest.mark.parametrize(
    ("path", "canonical", "written"),
    [
        ("seat", "window", "Window"),
        ("date", "2026-03-20", "Fri 20 March 2026"),
        ("r.fee", "5.00 CNY", "¥5.00"),
        ("r.flights", "2", "2"),
        ("r.flights.count", "2", "2"),
        ("r.flights.1.no", "CA2", "CA2"),
        ("r.flights.9.no", "", ""),
        ("r.flights.x.no", "", ""),
        ("r.flights.0", "", ""),
        ("r.fee.more", "", ""),
        ("r.none", "", ""),
        ("r.__class__", "", ""),
        ("none.fee", "", ""),
        ("none", "", ""),
        ("profile.tier", "gold", "gold"),
        ("profile.age", "", ""),
        ("item.no", "X", "X"),
    ],
)
def test_what_is_known_by_path(path: str, canonical: str, written: str) -> None:
    assert (values().canonical(path), values().shown(path)) == (canonical, written)


def test_a_choice_is_named_in_the_language_and_passed_on_as_its_value() -> None:
    assert values("zh-hans").render({"zh-hans": ("{seat}",)}, 0) == "靠窗"
    assert values("zh-hans").render_canonical("{seat}/{date}") == "window/2026-03-20"


def test_what_is_agreed_to_does_not_depend_on_the_language_or_wording() -> None:
    one, other = {"en": ("{date} {seat}",)}, {"zh-hans": ("{seat}，{date}",)}
    assert values().basis(one) == values("zh-hans").basis(other)
    assert values().basis(one) != values().basis({"en": ("{date}",)})


def test_variants_are_used_in_turn() -> None:
    texts = {"en": ("a", "b")}
    assert [values().render(texts, turn) for turn in range(3)] == ["a", "b", "a"]
    assert values("zh-hans").render(texts, 0) == "a"
    assert read_flow(CHANGE).title_in("fr") == "改签"
