"""Chinese times of day and lengths of time: 下午三点半, 差五分十点, 明天下午两点到四点, 两个半小时, 半个月."""

from __future__ import annotations

from datetime import time
from decimal import Decimal

from nlu.recognizers.grammar import DIGIT, NOTHING, Grammar, Site
from nlu.recognizers.moments import (
    Face,
    Length,
    Of,
    Part,
    half_of,
    length_of,
    moment,
    moments_range,
    time_of_day,
    times_range,
)
from nlu.recognizers.numeric_dates import read_clock, read_moment
from nlu.recognizers.reading import is_digit
from nlu.recognizers.zh_days import TO

_PARTS = {
    "凌晨": Part.DAWN, "早上": Part.MORNING, "早晨": Part.MORNING, "清晨": Part.MORNING, "清早": Part.MORNING,
    "早": Part.MORNING, "上午": Part.MORNING, "中午": Part.NOON, "正午": Part.NOON, "下午": Part.AFTERNOON,
    "午后": Part.AFTERNOON, "傍晚": Part.EVENING, "晚上": Part.EVENING, "晚间": Part.EVENING, "夜里": Part.NIGHT,
    "夜间": Part.NIGHT, "半夜": Part.NIGHT, "深夜": Part.NIGHT, "晚": Part.EVENING,
}  # fmt: skip
_UNITS = {
    "年": "years", "个月": "months", "周": "weeks", "个周": "weeks", "个星期": "weeks", "星期": "weeks",
    "个礼拜": "weeks", "礼拜": "weeks", "天": "days", "小时": "hours", "个小时": "hours", "个钟头": "hours",
    "钟头": "hours", "个钟": "hours", "分钟": "minutes", "秒": "seconds", "秒钟": "seconds",
}  # fmt: skip
_HALF_UNITS = {
    "年": "years", "个月": "months", "天": "days", "小时": "hours", "个小时": "hours", "个钟头": "hours",
    "分钟": "minutes",
}  # fmt: skip
_ONE_AND_HALF = {"小时": "hours", "钟头": "hours", "月": "months"}
_QUARTERS = {"一刻": 15, "1刻": 15, "三刻": 45, "3刻": 45}
# 三点 is a count of arguments, or of points, beside these.
_POINTS_AFTER = tuple("建要原疑意问理需不说第优缺好注共内启心小想质积")
_POINTS_BEFORE = tuple("第这那有下几提以")
_NO_SINGLE_PART_BEFORE = tuple("最更太很越点不")
# After 一天 and the like: a set phrase.
_PHRASES_AFTER = {
    "天": ("到晚", "天"),
    "年": ("四季", "级", "一度", "制"),
    "周": ("年",),
    "分钟": (),
    "秒": ("杀",),
}
_ONE_BEFORE = frozenset("这那哪某每同另头第有前")


def add_lengths(grammar: Grammar) -> None:
    """The part `length` and the kind `duration`."""
    grammar.words("unit", _UNITS)
    grammar.words("half_unit", _HALF_UNITS)
    grammar.words("unit_after_half", _ONE_AND_HALF)
    grammar.rule("simple_length", "{n} {unit}", _length)
    grammar.rule("simple_length", "{n} 日", _length_of_days)
    grammar.rule("length", "{simple_length}", lambda site, length: length)
    grammar.rule("length", "{n} {half_unit} 半", _and_half)
    grammar.rule("length", "{n} 个半 {unit_after_half}", _and_half)
    grammar.rule("length", "半 {half_unit}", _half)
    grammar.rule("length", "一刻钟|1刻钟", lambda site: Length(minutes=15))
    grammar.rule("length", "三刻钟|3刻钟", lambda site: Length(minutes=45))
    grammar.rule("length", "{simple_length} 零|又? {simple_length}", _both)
    grammar.rule("length", "{simple_length} {n} 分", lambda site, a, n: _minutes(a, n, "minutes"))
    grammar.rule("length", "{n} 分|分钟 {n} 秒|秒钟?", _minutes_seconds)
    grammar.rule("duration", "{length}", _said)
    grammar.rule("nothing", "{length} 多|余", lambda site, length: _vague(site))
    grammar.rules(
        "nothing",
        [
            "{n} 个? 工作日",
            "{n} 个? 自然日",
            f"{{n}} {TO} {{length}}",
            f"{{length}} {TO} {{length}}",
            "每|每隔 {length}",
        ],
        lambda site, *parts: NOTHING,
    )


def add_times(grammar: Grammar) -> None:
    """The parts `part`, `face` and the kinds `time`, `datetime`, and `interval` with times."""
    grammar.terminal("digital", read_clock, {DIGIT})
    grammar.terminal("written_moment", read_moment, {DIGIT})
    grammar.words("part_word", _PARTS)
    grammar.words("quarter_hour", _QUARTERS)
    grammar.rule("part", "{part_word}", _part)
    _add_faces(grammar)
    grammar.rule("time", "{part} {face}", lambda site, part, face: time_of_day(site, face, part))
    grammar.rule("time", "{face}", _bare_time)
    grammar.rule("time", "正午", lambda site: time(12))
    grammar.rule("time", "午夜", lambda site: time(0))
    grammar.rule("nothing", "{part}? {face} 多|来钟", lambda site, part, face: NOTHING)
    grammar.rule("moment", "{of} 的? {part}? {face}", lambda site, of, part, face: moment(of, face, part))
    grammar.rule("moment", "{of} 的? 正午", lambda site, of: moment(of, Face(12, 0, certain=True)))
    grammar.rule("moment", "{written_moment}", lambda site, value: value)
    grammar.rule("datetime", "{moment}", lambda site, value: value)
    first = "{of} 的? {part}? 从?"
    grammar.rule("interval", f"{first} {{face}} {TO} {{part}}? {{face}}", _range)
    grammar.rule("interval", f"{first} {{n}} {TO} {{part}}? {{face}}", _range_of_numbers)
    grammar.rule("interval", f"{{moment}} {TO} {{moment}}", lambda site, a, b: moments_range(a, b))
    grammar.rules(
        "nothing",
        [
            f"{{part}}? {{face}} {TO} {{part}}? {{face}}",
            f"{{part}}? {{n}} {TO} {{part}}? {{face}}",
            f"{{units}} {{part}}? {{face}} {TO} {{part}}? {{face}}",
            "{each} {part}? {face}",
            f"{{each}} {{part}}? {{face}} {TO} {{part}}? {{face}}",
            "{each}",
        ],
        lambda site, *parts: NOTHING,
    )
    grammar.rules(
        "each",
        [
            "每 天|日|晚|早|周|月|年|季度|星期|礼拜|个月|个星期|个礼拜|逢",
            "每 周|星期|礼拜|个星期|个礼拜 {weekday}",
            f"每 周|星期|礼拜|个星期|个礼拜 {{weekday}} {TO}|和|、 周|星期|礼拜? {{weekday}}",
            f"周|星期|礼拜 {{weekday}} {TO} 周|星期|礼拜 {{weekday}} 每天",
            "每 月|个月 {n} 号|日",
            "每 月|个月 {edge}",
            "每 年 {month}",
            "每 年 {month} {n} 号|日",
            "每 年 的? {feast}",
        ],
        lambda site, *parts: True,
    )
    grammar.rule(
        "nothing", f"{{weekdays}} 的? {{part}}? {{face}} {TO} {{part}}? {{face}}", lambda site, *p: NOTHING
    )
    grammar.rule("nothing", "{weekdays} 的? {part}? {face}", lambda site, *p: NOTHING)
    grammar.rule("weekdays", f"周|星期|礼拜 {{weekday}} {TO} 周|星期|礼拜? {{weekday}}", lambda site, *p: True)


def _add_faces(grammar: Grammar) -> None:
    grammar.rule("face", "{digital}", lambda site, face: face)
    grammar.rule("face", "{n} 点 整|钟|正?", lambda site, n: _face(n, 0))
    grammar.rule("face", "{n} 时 整|许?", _hour)
    grammar.rule("face", "{n} 点|时 {n} 分?", _hour_minute)
    grammar.rule("face", "{n} 点|时 零|过? {n} 分", _hour_minute)
    grammar.rule("face", "{n} 点|时 零 {n}", _hour_minute)
    grammar.rule("face", "{n} 点 过? {quarter_hour}", lambda site, n, minute: _face(n, minute))
    grammar.rule("face", "{n} 点 半 钟?", lambda site, n: _face(n, 30))
    grammar.rule("face", "差 {n} 分|分钟? {n} 点 钟?", lambda site, minutes, n: _face_before(n, minutes))
    grammar.rule("face", "差 {quarter_hour} {n} 点 钟?", lambda site, minutes, n: _face_before(n, minutes))
    grammar.rule("face", "{n} 点 差 {n} 分|分钟?", lambda site, n, minutes: _face_before(n, minutes))
    grammar.rule("face", "{n} 点 差 {quarter_hour}", lambda site, n, minutes: _face_before(n, minutes))
    grammar.rule("face", "零点", lambda site: Face(0, 0, certain=True))


def _part(site: Site, part: Part) -> object:
    single = site.end - site.start == 1
    before = site.reading.before(site.start, 1)
    if single and (before in _NO_SINGLE_PART_BEFORE or site.reading.text.startswith(("点", "安"), site.end)):
        return None
    return part


def _face(n: object, minute: object) -> object:
    """An hour of Chinese or Arabic digits: from 13 on, and 0, certain."""
    if not isinstance(n, Decimal) or n != int(n) or not 0 <= n <= 24:
        return None
    hour, minutes = int(n), int(str(minute))
    if not 0 <= minutes < 60 or (hour == 24 and minutes):
        return None
    return Face(hour % 24, minutes, certain=hour > 12 or hour == 0)


def _hour(site: Site, n: Decimal) -> object:
    """3时 alone is rather an hour count; 下午3时 and 15时 are times."""
    before = site.reading.before(site.start, 2)
    return _face(n, 0) if n > 12 or before.endswith(("午", "晨", "上", "晚", "早", "里", "日", "号")) else None


def _hour_minute(site: Site, n: Decimal, minute: Decimal) -> object:
    text = site.reading.text
    if minute != int(minute) or text[site.start : site.end].endswith("点"):
        return None
    # 三点五 is a decimal; minutes below ten have a zero before or 分 after them.
    said = text[site.start : site.end]
    if minute < 10 and not said.endswith("分") and "零" not in said[1:] and "0" not in said[1:]:
        return None
    if not said.endswith("分") and site.reading.after(site.end, 2).startswith(
        ("个", "块", "元", "米", "公", "万", "%")
    ):
        return None
    return _face(n, minute)


def _face_before(n: Decimal, minutes: Decimal | int) -> object:
    face = _face(n, 0)
    if not isinstance(face, Face) or not 0 < minutes < 60 or minutes != int(minutes):
        return None
    hour = (face.hour - 1) % 24
    hour = hour or (0 if face.certain else 12)
    # 差五分十点 is said of the morning.
    return Face(hour, 60 - int(minutes), certain=hour > 12 or 7 <= hour < 12)


def _bare_time(site: Site, face: Face) -> object:
    """三点 without a part of the day is used where 三点建议 and 这三点 cannot be meant."""
    text = site.reading.text
    if text[site.end - 1] == "点":
        before, after = site.reading.before(site.start, 1), site.reading.after(site.end, 1)
        if (before and before in _POINTS_BEFORE) or after.startswith(_POINTS_AFTER):
            return NOTHING
    return time_of_day(site, face)


def _range(site: Site, of: Of, part: Part | None, first: Face, last_part: Part | None, last: Face) -> object:
    return times_range(of, first, part or of.part, last, last_part)


def _range_of_numbers(
    site: Site, of: Of, part: Part | None, first: Decimal, last_part: Part | None, last: Face
) -> object:
    face = _face(first, 0)
    return times_range(of, face, part or of.part, last, last_part) if isinstance(face, Face) else None


def _length(site: Site, n: Decimal, unit: str) -> object:
    text = site.reading.text
    written = text[site.start : site.end]
    if unit == "years" and n >= 1900:
        return None
    word = next(word for word in _PHRASES_AFTER if written.endswith(word)) if _phrased(written) else ""
    if word and site.reading.text.startswith(_PHRASES_AFTER[word], site.end):
        return NOTHING
    return length_of(n, unit)


def _phrased(written: str) -> bool:
    return written.endswith(tuple(_PHRASES_AFTER))


def _length_of_days(site: Site, n: Decimal) -> object:
    """3日内 and 7日无理由; elsewhere 日 names a day."""
    after = site.reading.after(site.end, 2)
    return length_of(n, "days") if after.startswith(("内", "之内", "以内", "无理", "游")) else None


def _and_half(site: Site, n: Decimal, unit: str) -> object:
    if site.reading.text.startswith(("天",), site.end) or n != int(n):
        return None
    return length_of(n + Decimal("0.5"), unit)


def _half(site: Site, unit: str) -> object:
    before = site.reading.before(site.start, 1)
    if before in tuple("大老好小上下后前多"):
        return NOTHING
    return half_of(unit)


def _both(site: Site, first: Length, second: Length) -> object:
    """两年三个月, 1小时20分钟: the larger unit first."""
    places = [next(i for i, n in enumerate(length.numbers) if n) for length in (first, second)]
    return first.plus(second) if places[0] < places[1] else None


def _minutes(first: Length, n: Decimal, unit: str) -> object:
    if not first.hours or first.minutes or n != int(n):
        return None
    rest = length_of(n, unit)
    return first.plus(rest) if isinstance(rest, Length) else None


def _minutes_seconds(site: Site, minutes: Decimal, seconds: Decimal) -> object:
    first, second = length_of(minutes, "minutes"), length_of(seconds, "seconds")
    return first.plus(second) if isinstance(first, Length) and isinstance(second, Length) else None


def _vague(site: Site) -> object:
    """两年多 is vague, 住三天多少钱 is not."""
    return None if site.reading.text.startswith(("少", "久", "大", "长"), site.end) else NOTHING


def _said(site: Site, length: Length) -> object:
    """A length by itself; 那一天 and 每两周 are none."""
    before = site.reading.before(site.start, 1)
    one = site.reading.text[site.start] in "一1" and not is_digit(site.reading.text[site.start + 1])
    if before == "每" or (one and before and before in _ONE_BEFORE):
        return NOTHING
    return length
