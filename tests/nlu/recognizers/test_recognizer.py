"""Offsets, clocks, locales, kinds, and what hostile texts cost."""

from __future__ import annotations

import time
from datetime import datetime

import pytest

from nlu.recognizers.recognizer import MAX_LENGTH, recognize
from tests.nlu.recognizers.conftest import CLOCK


def test_offsets_count_code_points_of_the_original(found):
    assert found("😀😀明天\u200b下午３点见") == [("明天\u200b下午３点", "datetime", "2026-03-19T15:00")]
    assert found("㎡ 面积１００㎡") == [("１００㎡", "quantity", "100 m2")]


def test_the_clock_decides(found):
    new_year = datetime.fromisoformat("2027-12-31T23:50:00+01:00")
    assert found("明天", clock=new_year) == [("明天", "date", "2028-01-01")]
    assert found("in 15 minutes", clock=new_year) == [("in 15 minutes", "datetime", "2028-01-01T00:05")]
    assert found("下个月初", clock=new_year) == [("下个月初", "date", "2028-01-01")]
    assert found("last month", clock=new_year) == [("last month", "interval", "2027-11-01/2027-11-30")]


def test_a_month_later_is_never_a_day_that_does_not_exist(found):
    assert found("一个月后", clock=datetime.fromisoformat("2026-01-31T09:00+08:00")) == [
        ("一个月后", "date", "2026-02-28")
    ]
    assert found("2月30号") == []
    assert found("February 30") == []


def test_bare_clock_faces_only_where_office_hours_and_the_next_such_face_agree(found):
    assert found("half past three") == [("half past three", "time", "15:30")]
    assert found("half past nine") == []
    morning = datetime.fromisoformat("2026-03-18T08:00:00+08:00")
    assert found("half past nine", clock=morning) == [("half past nine", "time", "09:30")]


def test_bare_weekdays_only_for_days_still_ahead(found):
    assert found("周五") == [("周五", "date", "2026-03-20")]
    assert found("周一") == []
    assert found("on Friday") == [("Friday", "date", "2026-03-20")]
    assert found("on Monday") == []


@pytest.mark.parametrize(
    ("eve", "day"), [("今年除夕", "2026-02-16"), ("2027年除夕", "2027-02-05"), ("2025年大年三十", "2025-01-28")]
)
def test_the_eve_of_the_chinese_new_year(found, eve, day):
    assert found(eve) == [(eve, "date", day)]


@pytest.mark.parametrize(
    "text", ["二〇二六一年二月", "二〇二六〇年", "1e9十点月二〇二六一年二月", "一九九九九九年底"]
)
def test_a_year_of_five_digits_is_none(found, text):
    assert not [value for _, _, value in found(text) if value.startswith(("20261", "20260", "19999"))]
    assert found("二〇二六年二月") == [("二〇二六年二月", "interval", "2026-02-01/2026-02-28")]


def test_only_the_kinds_asked_for_and_never_a_part_of_another(found):
    entities = recognize("明天下午三点来取三箱", clock=CLOCK, kinds=("number", "time"))
    assert [(entity.kind, entity.canonical) for entity in entities] == [("number", "3")]


def test_the_script_decides_where_the_locale_is_wrong(found):
    assert found("tomorrow at 3 pm", locale="zh-hans") == [("tomorrow at 3 pm", "datetime", "2026-03-19T15:00")]
    assert found("明天下午三点", locale="en") == [("明天下午三点", "datetime", "2026-03-19T15:00")]
    assert found("Does 小米 ship by next Friday?", locale="en") == [("next Friday", "date", "2026-03-27")]


def test_masked_values_keep_their_number(found):
    assert found("我的电话[手机号#1]，要三箱") == [("三", "number", "3")]


def test_what_lies_beyond_the_bound_is_not_read(found):
    assert found("啊" * MAX_LENGTH + "明天") == []
    assert found("啊" * (MAX_LENGTH - 2) + "明天") == [("明天", "date", "2026-03-19")]


HOSTILE = [
    "一", "三 ", "3 ", "1 ", "1.2.3", "3-", "每周一到", "明天下午两点到", "三块五毛", "半", "上", "差五分",
    "2026-03-", "￥", "a ", "one ", "twenty-", "the end of ", "in 3 hours and ", "5 to ", "a@a.", "+1 ", "(415) ",
    "order A1 ", "half a ", "hundred and ", "A-", "a1-", "第", "零", " ", "\u200b", "1,", "www.", "订单",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize("locale", ["zh-hans", "en"])
def test_the_time_grows_with_the_length_alone(piece, locale):
    def cost(size):
        text = (piece * size)[:size]
        best = float("inf")
        for _ in range(3):
            begun = time.process_time()
            recognize(text, clock=CLOCK, locale=locale)
            best = min(best, time.process_time() - begun)
        return best

    recognize("x", clock=CLOCK, locale=locale)
    assert cost(MAX_LENGTH) < 8 * cost(MAX_LENGTH // 4) + 0.05
