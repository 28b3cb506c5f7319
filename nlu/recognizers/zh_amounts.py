"""Chinese money and measures: 四十二块六, 人民币500元, 5元3角, 3.5万元; 三斤半, 一米七八, 零下5度."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from nlu.recognizers.currencies import ZH_PREFIXES, ZH_SUFFIXES, ZH_UNITS
from nlu.recognizers.entities import Quantity, decimal_string, money
from nlu.recognizers.grammar import DIGIT, NOTHING, Builder, Grammar, Result, Site
from nlu.recognizers.reading import Reading, is_digit, is_word
from nlu.recognizers.wordlists import listed
from nlu.recognizers.zh_numbers import HAN_DIGITS

# 两块电池 are two batteries, 两块 is a price.
_IN_BLOCKS = listed(
    """
    电池 手表 表 屏 板 蛋糕 肥皂 香皂 皂 布 砖 石 巧克力 饼干 糖 肉 地 硬盘 玻璃 面包 木 毛 电路 主板 显卡
    腕表 披萨 豆腐 牌 移动硬盘 固态 内存 橡皮 滤芯 滤网 镜 瓷 墙 窗 桌布 抹布 积木 面 充电宝 平板 显示 芯片
    ssd 奖 拼图 瓜 姜 铁 金 月饼 海绵 尿布 田
    """
)
_NO_YUAN_AFTER = tuple("旦素件宵老首气音")
_COUNTED = tuple("斤公克米升吨个件台箱瓶双张本盒包袋套部只支辆条枚份颗粒次年天月号楼")
_MEMORY = {4, 8, 16, 32, 64, 128, 256, 512}
_NOT_UNIT_AFTER = {
    "克": tuple("拉服隆莱"), "米": tuple("饭粉其线老家色"), "升": tuple("级温降学值职"), "寸": tuple("照步"),
    "瓦": tuple("斯片罐"), "平": tuple("均台板时常衡安价"), "伏": tuple("击笔"), "度": tuple("假过数"), "斤": (),
    "平方": ("根",),
}  # fmt: skip
_WARM = ("温", "热", "冷", "零下", "冰", "烫", "烤", "洗", "空调", "水", "烧", "℃")


def add_amounts(grammar: Grammar) -> None:
    """The kinds `money` and `quantity`."""
    grammar.words("before_amount", ZH_PREFIXES)
    grammar.words("after_amount", ZH_SUFFIXES)
    grammar.terminal("jiao", _read_jiao, set(HAN_DIGITS) | {DIGIT})
    grammar.terminal("below_metre", _read_fraction, set(HAN_DIGITS) | {DIGIT})
    _add_yuan(grammar)
    grammar.rule("money", "{yuan}", lambda site, amount: money(amount, "CNY"))
    grammar.rule("money", "{yuan} 人民币|rmb", lambda site, amount: money(amount, "CNY"))
    grammar.rule("money", "{before_amount} {n}", lambda site, code, n: money(n, code))
    grammar.rule("money", "{before_amount} {n} k", lambda site, code, n: money(n * 1000, code))
    grammar.rule("money", "- {before_amount} {n}", lambda site, code, n: money(-n, code))
    grammar.rule("money", "{before_amount} {yuan}", lambda site, code, n: money(n, code))
    grammar.rule("money", "{before_amount} {n} {after_amount}", _both_sides)
    grammar.rule("money", "{n} {after_amount}", lambda site, n, code: money(n, code))
    grammar.rule("money", "-|负 {yuan}", lambda site, amount: money(-amount, "CNY"))
    grammar.words("measure", ZH_UNITS)
    grammar.rule("quantity", "{signed} {measure}", _quantity)
    grammar.rule("quantity", "{signed} {measure} 半", _and_half)
    grammar.rule("quantity", "半 {measure}", lambda site, unit: _quantity(site, Decimal("0.5"), unit))
    grammar.rule("quantity", "零下 {n} {measure}", lambda site, n, unit: _quantity(site, -n, unit))
    grammar.rule("quantity", "{n} 米 {below_metre}", lambda site, n, part: _metres(n, part))
    grammar.rule("quantity", '{n} "', lambda site, n: _inches(site, n))
    grammar.rule("quantity", "{n} 多 {measure}", lambda site, n, unit: NOTHING)
    grammar.rule("nothing", "{n} {measure} {n} {measure}", lambda site, *parts: NOTHING)
    grammar.rule("nothing", "{n} {measure} {n} 两", lambda site, *parts: NOTHING)
    grammar.rule("nothing", "{n} {measure} 多", lambda site, *parts: NOTHING)
    grammar.rule("nothing", "{yuan} 多", lambda site, *parts: NOTHING)
    grammar.rule("nothing", "几 百|千|万|十? 块|元|毛 钱?", lambda site: NOTHING)


def _add_yuan(grammar: Grammar) -> None:
    rules: list[tuple[str, Builder]] = [
        ("{n} 块 钱?", _blocks),
        ("{n} 元|圆 钱|整?", lambda site, n: None if _not_yuan(site) else n),
        ("{n} 块|元 {jiao}", lambda site, n, jiao: n + jiao / 10),
        ("{n} 块|元 {jiao} 毛|角 钱?", lambda site, n, jiao: n + jiao / 10),
        ("{n} 块|元 {jiao} 毛|角 {jiao} 分?", lambda site, n, jiao, fen: n + jiao / 10 + fen / 100),
        ("{n} 块|元 零? {n} 分 钱?", lambda site, n, fen: n + fen / 100 if fen < 100 else None),
        ("{n} 块 半", lambda site, n: n + Decimal("0.5") if n == int(n) else None),
        ("{n} 毛 钱?", lambda site, n: n / 10 if n < 100 else None),
        ("{n} 角 钱?", _jiao),
        ("{n} 毛|角 {jiao} 分? 钱?", lambda site, n, fen: n / 10 + fen / 100 if n < 10 else None),
        ("{n} 分 钱", lambda site, n: n / 100 if n < 100 else None),
    ]
    for pattern, builder in rules:
        grammar.rule("yuan", pattern, builder)


def _read_jiao(reading: Reading, position: int) -> Iterator[Result]:
    """One digit that counts nothing: the 五 of 三块五, not the one of 三块五个."""
    text = reading.text
    character = text[position]
    if character in "零〇0两" or (position and text[position - 1] == " "):
        return
    follower = text[position + 1 : position + 2]
    if follower in _COUNTED or (follower and (is_word(follower) or follower in ".,十百千万%折")):
        return
    yield Result(position + 1, Decimal(HAN_DIGITS.get(character, character)))


def _read_fraction(reading: Reading, position: int) -> Iterator[Result]:
    """One or two digits after the metres: the 七八 of 一米七八, as a string."""
    text = reading.text
    end = position
    while end < len(text) and end - position < 3 and (is_digit(text[end]) or text[end] in HAN_DIGITS):
        end += 1
    follower = text[end : end + 1]
    if (
        end - position > 2
        or follower in _COUNTED
        or (follower and (is_word(follower) or follower in "米.十百千万"))
    ):
        return
    yield Result(end, "".join(str(HAN_DIGITS.get(c, c)) for c in text[position:end]))


def _blocks(site: Site, n: Decimal) -> object:
    """两块 is money unless something follows that comes in pieces, or it is 一块 for "together"."""
    text = site.reading.text
    if text[site.end - 1] == "钱":
        return n
    after = site.reading.after(site.end, 4)
    if after.startswith(_IN_BLOCKS):
        return None
    if n == 1 and not (after.startswith("一") or not after):
        return None
    return n


def _not_yuan(site: Site) -> bool:
    return site.reading.text[site.end - 1] == "元" and site.reading.text.startswith(_NO_YUAN_AFTER, site.end)


def _jiao(site: Site, n: Decimal) -> object:
    if site.reading.text[site.end - 1] == "角" and site.reading.text.startswith(tuple("星形度落色"), site.end):
        return None
    return n / 10 if n < 100 else None


def _both_sides(site: Site, before: str, n: Decimal, after: str) -> object:
    return money(n, after) if before == after or before == "USD" else NOTHING


def _quantity(site: Site, n: Decimal, unit: str) -> object:
    reading = site.reading
    written = reading.text[site.start : site.end]
    if (
        n == 1
        and written[0] == "一"
        and reading.before(site.start, 1) in tuple("块元毛角钱") + tuple("六五四三二七八九")
    ):
        return NOTHING  # 四十二块六一斤
    word = next(
        (w for w in _NOT_UNIT_AFTER if written.endswith(w) and not written.endswith(("平方" + w, "公" + w))), ""
    )
    if word and reading.text.startswith(_NOT_UNIT_AFTER[word], site.end):
        return None
    last = reading.cased[site.end - 1]
    if written.endswith("千克") and unit == "g":
        return Quantity(decimal_string(n / 1000), "kg")
    if unit == "degC" and written.endswith("度") and "摄氏" not in written:
        return Quantity(decimal_string(n), unit) if any(word in reading.text for word in _WARM) else NOTHING
    if last == "G":
        return Quantity(decimal_string(n), "GB") if n in _MEMORY else NOTHING
    if unit == "m" and last == "M":
        return NOTHING
    if unit == "t" and last == "T":
        return Quantity(decimal_string(n), "TB") if n in (1, 2, 4, 8) else NOTHING
    return Quantity(decimal_string(n), unit)


def _and_half(site: Site, n: Decimal, unit: str) -> object:
    return _quantity(site, n + Decimal("0.5"), unit) if n == int(n) else None


def _metres(n: Decimal, part: str) -> object:
    return Quantity(decimal_string(Decimal(f"{n}.{part}")), "m") if n == int(n) else None


def _inches(site: Site, n: Decimal) -> object:
    return Quantity(decimal_string(n), "in") if is_digit(site.reading.text[site.end - 2]) and n >= 5 else None
