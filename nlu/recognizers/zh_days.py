"""Chinese days and whole units of the calendar: 大后天, 下下周二, 下个月15号, 月底, 除夕, 3月20日到25日."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import product

from nlu.recognizers.calendar import (
    Days,
    add_days,
    make_date,
    month_days,
    months_days,
    new_years_eve,
    shifted_month,
    week_of,
    year_days,
)
from nlu.recognizers.grammar import DIGIT, NOTHING, Grammar, Site
from nlu.recognizers.moments import Length, Of, Part, days_range, shifted, upcoming
from nlu.recognizers.numeric_dates import read_date
from nlu.recognizers.reading import is_digit, is_word

_DAYS = {
    "今天": 0, "今日": 0, "今儿": 0, "今儿个": 0, "明天": 1, "明日": 1, "明儿": 1, "明儿个": 1, "后天": 2,
    "后日": 2,
    "大后天": 3, "昨天": -1, "昨日": -1, "昨儿": -1, "前天": -2, "前日": -2, "大前天": -3,
}  # fmt: skip
_PARTED = {
    "今晚": (0, Part.EVENING), "今夜": (0, Part.EVENING), "今早": (0, Part.MORNING), "今晨": (0, Part.MORNING),
    "明早": (1, Part.MORNING), "明晨": (1, Part.MORNING), "明晚": (1, Part.EVENING), "后晚": (2, Part.EVENING),
    "昨晚": (-1, Part.EVENING), "昨夜": (-1, Part.EVENING), "昨早": (-1, Part.MORNING), "前晚": (-2, Part.EVENING),
    "今儿晚上": (0, Part.EVENING), "明儿早上": (1, Part.MORNING), "今下午": (0, Part.AFTERNOON),
}  # fmt: skip
_SHIFTS = {
    "这": 0, "这个": 0, "本": 0, "下": 1, "下个": 1, "下下": 2, "下下个": 2, "上": -1, "上个": -1, "上上": -2,
    "上上个": -2,
}  # fmt: skip
_WEEKS = ("周", "星期", "礼拜")
_WEEKDAYS = {c: n for n, c in enumerate("一二三四五六日")} | {"天": 6} | {str(n + 1): n for n in range(6)}
_YEARS = {"今年": 0, "本年": 0, "明年": 1, "后年": 2, "去年": -1, "前年": -2, "大前年": -3}
_FEASTS = {
    "元旦": (1, 1), "元旦节": (1, 1), "情人节": (2, 14), "妇女节": (3, 8), "三八妇女节": (3, 8), "愚人节": (4, 1),
    "劳动节": (5, 1), "五一劳动节": (5, 1), "五一": (5, 1), "青年节": (5, 4), "五四青年节": (5, 4),
    "儿童节": (6, 1), "六一儿童节": (6, 1), "六一": (6, 1), "建军节": (8, 1), "教师节": (9, 10), "国庆节": (10, 1),
    "国庆": (10, 1), "十一国庆": (10, 1), "万圣节": (10, 31), "光棍节": (11, 11), "双十一": (11, 11),
    "双11": (11, 11),
    "双十二": (12, 12), "双12": (12, 12), "平安夜": (12, 24), "圣诞节": (12, 25), "圣诞": (12, 25),
    "跨年夜": (12, 31),
}  # fmt: skip
_EVES = ("除夕", "除夕夜", "大年三十", "年三十")
# What makes 15号 a place, a size or a name.
_NO_DAY_AFTER = tuple("楼线门店桌窗院机电柜房公库仓口车选球位厅馆床铺站登信牌院桩柱井箱笔钢油汽柴字链扣铁")
_NO_DAY_BEFORE = frozenset("路街弄栋幢巷院村道第座室楼")
_LATER = "之后|以后|过后|后"
_EARLIER = "之前|以前|前"
TO = "到|至|~|-|--|直到|直至"


def add_days_of(grammar: Grammar) -> None:
    """The parts `of` (a named day), `units` (whole weeks, months, years) and the kinds `date` and `interval`."""
    grammar.terminal("numeric_date", read_date, {DIGIT})
    grammar.words("day_word", _DAYS)
    grammar.words("parted_word", _PARTED)
    grammar.words("week", {p + w: n for (p, n), w in product(_SHIFTS.items(), _WEEKS)})
    grammar.words("weekday", _WEEKDAYS)
    grammar.words("year_word", _YEARS)
    grammar.words("feast", _FEASTS)
    grammar.words("eve", dict.fromkeys(_EVES, True))
    grammar.words("month_shift", {p + "月": n for p, n in _SHIFTS.items() if p != "这个"} | {"这个月": 0})
    grammar.words("edge", {"初": 0, "月初": 0, "底": -1, "末": -1, "月底": -1, "月末": -1})
    grammar.words("year_edge", {"初": 0, "年初": 0, "底": -1, "末": -1, "年底": -1, "年末": -1})
    _add_named(grammar)
    _add_months(grammar)
    _add_units(grammar)
    _add_ranges(grammar)
    grammar.rule("date", "{of}", lambda site, of: of.day if of.part is None else None)
    grammar.rule("interval", "{units}", lambda site, days: days)
    grammar.rule("interval", "{day_range}", lambda site, days: days)


def _add_named(grammar: Grammar) -> None:
    grammar.rule("of", "{numeric_date}", lambda site, of: of)
    grammar.rule("of", "{day_word}", lambda site, days: _moved(site, days))
    grammar.rule("of", "{parted_word}", lambda site, word: _moved(site, word[0], word[1]))
    grammar.rule("of_week", "{week} {weekday}", _week_day)
    grammar.rule("of", "{of_week}", lambda site, of: of)
    grammar.rule("bare_weekday", "周|星期|礼拜 {weekday}", lambda site, weekday: weekday)
    grammar.rule("of", "{bare_weekday}", _bare_weekday)
    grammar.rule("of", "{feast}", lambda site, feast: _feast(site, None, feast))
    grammar.rule("of", "{year} 的? {feast}", _feast)
    grammar.rule("of", "{eve}", lambda site, eve: _eve(site, None))
    grammar.rule("of", "{year} 的? {eve}", lambda site, year, eve: _eve(site, year))
    grammar.rule("of", f"{{length}} {_LATER}", lambda site, length: _shifted_day(site, length, 1))
    grammar.rule("of", f"{{length}} {_EARLIER}", lambda site, length: _shifted_day(site, length, -1))
    grammar.rule("of", "再过|过 {length}", _passing)
    grammar.rule("datetime", f"{{length}} {_LATER}", lambda site, length: _shifted_minute(site, length, 1))
    grammar.rule("datetime", f"{{length}} {_EARLIER}", lambda site, length: _shifted_minute(site, length, -1))


def _add_months(grammar: Grammar) -> None:
    grammar.rule("year", "{year_word}", lambda site, years: site.clock.year + years)
    grammar.rule("year", "{n} 年", lambda site, n: int(n) if n == int(n) and 1900 <= n <= 2100 else None)
    grammar.rule("year", "{spelled} 年", lambda site, digits: _spelled_year(digits))
    grammar.rule("short_year", "{n} 年", lambda site, n: 2000 + int(n) if 20 <= n <= 40 and n == int(n) else None)
    grammar.rule("month", "{n} 月 份?", _month)
    grammar.rule("month_of", "{month}", lambda site, month: (None, month))
    grammar.rule("month_of", "{year} 的? {month}", lambda site, year, month: (year, month))
    grammar.rule("month_of", "{short_year} {month}", lambda site, year, month: (year, month))
    grammar.rule("month_of", "{month_shift}", _month_shift)
    grammar.rule("of", "{month_of} 的? {n} 号|日", _day_of_month)
    grammar.rule("of", "{month} {n}", _day_without_sign)
    grammar.rule("of", "{n} 号|日", _bare_day)
    grammar.rule("of", "{month_of} {edge}", lambda site, month, edge: _edge(_whole_month(site, month), edge))
    grammar.rule("of", "月 初|底|末", _bare_month_edge)
    grammar.rule("of", "{year} {year_edge}", lambda site, year, edge: _edge(year_days(year), edge))
    grammar.rule("of", "年 初|底|末", _bare_year_edge)
    grammar.rule("nothing", "{month_of} 上旬|中旬|下旬|月中|中", lambda site, month: NOTHING)
    grammar.rules(
        "nothing", ["{month_of} 初 {n}", "正月|腊月|农历|阴历", "大年 初 {n}"], lambda site, *parts: NOTHING
    )


def _add_units(grammar: Grammar) -> None:
    grammar.rule("units", "{week}", lambda site, weeks: _after_unit(site, week_of(site.clock.date(), weeks)))
    grammar.rule("units", "{week} 末", lambda site, weeks: _weekend(site, weeks))
    grammar.words("weekend_shift", {p + "周末": n for p, n in _SHIFTS.items()})
    grammar.rule("units", "{weekend_shift}", lambda site, weeks: _weekend(site, weeks))
    grammar.rule("units", "{month_of}", lambda site, month: _whole_month(site, month))
    grammar.rule("units", "{year}", _whole_year)
    grammar.words("quarter_shift", {p + "季度": n for p, n in _SHIFTS.items()})
    grammar.rule("units", "{quarter_shift}", _shifted_quarter)
    grammar.words("q", {f"q{n}": n for n in range(1, 5)})
    grammar.rule("units", "{year}? 的? 第? {n} 季度", _quarter)
    grammar.rule("units", "{year}? 的? {q}", _quarter)
    grammar.words("half", {"上半年": 0, "下半年": 1})
    grammar.rule("units", "{year}? 的? {half}", _half)


def _add_ranges(grammar: Grammar) -> None:
    grammar.rule("day_range", f"{{of}} {TO} {{of}}", _of_range)
    grammar.rule("day_range", f"{{month_of}} {{n}} 号|日? {TO} {{n}} 号|日", _range_in_month)
    grammar.rule("day_range", f"{{n}} {TO} {{n}} 号", _bare_range)
    grammar.rule("day_range", f"{{of_week}} {TO} {{bare_weekday}}", _range_in_week)
    grammar.rule("day_range", f"{{month_of}} {TO} {{month_of}}", _month_range)
    grammar.rule("day_range", f"{{n}} {TO} {{month}}", lambda site, n, month: _months(site, n, month))
    grammar.rule("day_range", f"{{year}} {TO} {{year}}", lambda site, a, b: days_range(year_days(a), year_days(b)))


def _moved(site: Site, days: int, part: Part | None = None) -> object:
    moved = add_days(site.clock.date(), days)
    return Of(moved, part) if moved else NOTHING


def _week_day(site: Site, weeks: int, weekday: int) -> object:
    after = site.reading.after(site.end, 3)
    if site.reading.text[site.end - 1] == "一" and after.startswith(("共", "起", "直", "定", "般", "次", "个")):
        return None
    if is_digit(site.reading.text[site.end - 1]) and (is_word(after[:1]) or after[:1] in tuple("个次天件人条.:")):
        return None
    return Of(week_of(site.clock.date(), weeks).first + timedelta(days=weekday))


def _bare_weekday(site: Site, weekday: int) -> object:
    """Only for days still ahead: others could be meant either way, or mean every week."""
    today = site.clock.date()
    if weekday <= today.weekday() or site.reading.before(site.start, 1) in tuple("每逢各"):
        return NOTHING
    if site.reading.text.startswith("年", site.start + 1):
        return NOTHING
    return Of(today + timedelta(days=weekday - today.weekday()))


def _feast(site: Site, year: int | None, feast: tuple[int, int]) -> object:
    if site.reading.after(site.end, 3).startswith(("假", "黄金周", "长假", "小长假", "路", "广场", "大道", "街")):
        return NOTHING
    day = make_date(year, *feast) if year else upcoming(site.clock, *feast)
    return Of(day) if day else NOTHING


def _eve(site: Site, year: int | None) -> object:
    if year is None:
        eves = [new_years_eve(site.clock.year), new_years_eve(site.clock.year + 1)]
        day = next((eve for eve in eves if eve and eve > site.clock.date()), None)
    else:
        day = new_years_eve(year)
    return Of(day) if day else NOTHING


_NOT_LATER = tuple("台续面悔来盖退备期勤置缀轮腿")
_NOT_EARLIER = tuple("台面后提往来者置轮")


def _points(site: Site, sign: int) -> bool:
    return not site.reading.after(site.end, 1).startswith(_NOT_LATER if sign > 0 else _NOT_EARLIER)


def _shifted_day(site: Site, length: Length, sign: int) -> object:
    if not _points(site, sign):
        return None
    day = shifted(site.clock, length, sign)
    if isinstance(day, datetime):
        return None
    return Of(day) if isinstance(day, date) else day


def _shifted_minute(site: Site, length: Length, sign: int) -> object:
    if not _points(site, sign):
        return None
    moment = shifted(site.clock, length, sign)
    return moment if isinstance(moment, datetime) else None


def _passing(site: Site, length: Length) -> object:
    """过三天 as 三天后; 超过三天 is a length."""
    if site.reading.before(site.start, 1) in tuple("超不经路通度渡"):
        return None
    day = shifted(site.clock, length, 1)
    return Of(day) if isinstance(day, date) and not isinstance(day, datetime) else None


def _month(site: Site, n: Decimal) -> object:
    return int(n) if n == int(n) and 1 <= n <= 12 else None


def _month_shift(site: Site, months: int) -> object:
    first = shifted_month(site.clock.date(), months).first
    return first.year, first.month


def _whole_month(site: Site, month: tuple[int | None, int]) -> Days:
    return month_days(month[0] or site.clock.year, month[1])


def _after_unit(site: Site, days: Days) -> object:
    return NOTHING if site.reading.text.startswith("几", site.end) else days


def _spelled_year(digits: str) -> int | None:
    return int(digits) if len(digits) == 4 and digits[:2] in ("19", "20") else None


def _whole_year(site: Site, year: int) -> object:
    if site.reading.after(site.end, 1).startswith(("款", "产", "货", "版")):
        return NOTHING
    return year_days(year)


def _day_of_month(site: Site, month: tuple[int | None, int], n: Decimal) -> object:
    day = make_date(month[0] or site.clock.year, month[1], int(n)) if n == int(n) else None
    return Of(day) if day else NOTHING


def _day_without_sign(site: Site, month: int, n: Decimal) -> object:
    """3月15, if nothing counted or measured follows."""
    text = site.reading.text
    follower = text[site.end : site.end + 1]
    if not is_digit(text[site.end - 1]) or is_word(follower) or follower in tuple("个件块元天年次台.,:%人份"):
        return None
    return _day_of_month(site, (None, month), n)


def _bare_day(site: Site, n: Decimal) -> object:
    """15号 is of this month, and only if still ahead; 15号楼 is a place."""
    text = site.reading.text
    before, after = site.reading.before(site.start, 1), site.reading.after(site.end, 2)
    if text[site.end - 1] == "日" and after.startswith(("内", "之", "以", "游", "无", "均", "活")):
        return None
    if after.startswith(_NO_DAY_AFTER) or before in _NO_DAY_BEFORE or is_word(before or " ") or n != int(n):
        return NOTHING
    day = make_date(site.clock.year, site.clock.month, int(n))
    return Of(day) if day and day >= site.clock.date() else NOTHING


def _edge(days: Days, edge: int) -> Of:
    return Of(days.first if edge == 0 else days.last)


def _bare_month_edge(site: Site) -> object:
    today = site.clock.date()
    edge = 0 if site.reading.text[site.end - 1] == "初" else -1
    return _edge(month_days(today.year, today.month), edge)


def _bare_year_edge(site: Site) -> object:
    return _edge(year_days(site.clock.year), 0 if site.reading.text[site.end - 1] == "初" else -1)


def _weekend(site: Site, weeks: int) -> Days:
    week = week_of(site.clock.date(), weeks)
    return Days(week.last - timedelta(days=1), week.last)


def _quarter(site: Site, year: int | None, n: Decimal | int) -> object:
    if n not in (1, 2, 3, 4):
        return None
    return months_days(year or site.clock.year, 3 * int(n) - 2, 3 * int(n))


def _shifted_quarter(site: Site, quarters: int) -> object:
    first = shifted_month(site.clock.date(), 3 * quarters - (site.clock.month - 1) % 3).first
    return months_days(first.year, first.month, first.month + 2)


def _half(site: Site, year: int | None, half: int) -> object:
    return months_days(year or site.clock.year, 1 + 6 * half, 6 + 6 * half)


def _of_range(site: Site, first: Of, last: Of) -> object:
    return NOTHING if first.part or last.part else days_range(first, last)


def _range_in_month(site: Site, month: tuple[int | None, int], first: Decimal, last: Decimal) -> object:
    return days_range(*(_day_of_month(site, month, n) for n in (first, last)))


def _bare_range(site: Site, first: Decimal, last: Decimal) -> object:
    month = (site.clock.year, site.clock.month)
    days = days_range(*(_day_of_month(site, month, n) for n in (first, last)))
    return days if isinstance(days, Days) and days.first >= site.clock.date() else NOTHING


def _range_in_week(site: Site, first: Of, weekday: int) -> object:
    return days_range(first, Of(week_of(first.day).first + timedelta(days=weekday)))


def _month_range(site: Site, first: tuple[int | None, int], last: tuple[int | None, int]) -> object:
    year = first[0] or last[0] or site.clock.year
    return days_range(month_days(year, first[1]), month_days(last[0] or year, last[1]))


def _months(site: Site, first: Decimal, last: int) -> object:
    if first != int(first) or not 1 <= first < last:
        return None
    return months_days(site.clock.year, int(first), last)
