"""Chinese numbers: 两百零五, 三万五, 1.2万, 三点八五, 二〇二六; vague ones (十几, 两三) mean nothing."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from nlu.recognizers.digits import read_digits
from nlu.recognizers.grammar import DIGIT, NOTHING, Result
from nlu.recognizers.reading import Reading, is_digit

HAN_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "壹": 1, "贰": 2, "叁": 3}
_UNITS = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000}
_BIG = {"万": 10_000, "亿": 100_000_000}
_TENS = {"廿": 20, "卅": 30}
_VAGUE = frozenset("几数")
_LONGEST = 24
# 来 and 多 after a round number make it vague only before something that is counted.
_COUNTED = frozenset("个块天岁斤公米台次人年件只条名位家种元分小度箱瓶篇本张号")

FIRST = frozenset({*HAN_DIGITS, *_UNITS, *_TENS, *_VAGUE, DIGIT}) - {"数"}
"""The keys that a number can begin with."""


def read_number(reading: Reading, position: int) -> Iterator[Result]:
    """A number in Chinese or Arabic digits or both: Decimal; NOTHING for a vague one."""
    text = reading.text
    tokens = list(_tokens(reading, position))
    if not tokens:
        return
    if tokens[0][1] is NOTHING:
        yield Result(tokens[0][0], NOTHING)
        return
    end = tokens[-1][0]
    if any(value == "几" for _, value in tokens):
        yield Result(end, NOTHING)
        return
    value = _value([value for _, value in tokens])
    if value is None:
        # The longest part from the left that is a number, for 一万一 in front of something else.
        return
    if value is not NOTHING and _vague_after(text, end, value):
        yield Result(end + 1, NOTHING)
        return
    yield Result(end, value)
    if isinstance(value, Decimal):
        yield from _decimal(text, end, value)


def read_digit_string(reading: Reading, position: int) -> Iterator[Result]:
    """At least two Chinese digits read out one by one: 二〇二六, 八五; a string of ASCII digits."""
    text = reading.text
    end = position
    while end < len(text) and end - position < _LONGEST and text[end] in HAN_DIGITS and text[end] != "两":
        end += 1
    if end - position >= 2:
        yield Result(end, "".join(str(HAN_DIGITS[c]) for c in text[position:end]))


def _tokens(reading: Reading, position: int) -> Iterator[tuple[int, object]]:
    """(end, Decimal | Han digit as int | unit as str) of each piece of the number at a position."""
    text = reading.text
    end = position
    while end < len(text) and end - position < _LONGEST:
        character = text[end]
        if is_digit(character):
            result = next(iter(read_digits(reading, end)), None)
            if result is None:
                return
            end = result.end
            yield end, result.value
            if end >= len(text) or (text[end] not in _UNITS and text[end] not in _BIG):
                return
            continue
        if character == "两" and end > position and text[end - 1] in HAN_DIGITS and text[end - 1] not in "零〇":
            return  # 一斤三两
        if character in HAN_DIGITS:
            value: object = HAN_DIGITS[character]
        elif character in _UNITS or character in _BIG or character in _TENS or character == "几":
            value = character
        else:
            return
        end += 1
        yield end, value


def _value(tokens: list[object]) -> object:
    """Decimal, NOTHING if vague, None if it is no number."""
    if all(isinstance(token, int) for token in tokens):
        return _spelled([token for token in tokens if isinstance(token, int)])
    total = section = Decimal(0)
    current: Decimal | None = None
    last = 0
    zero = False
    for token in tokens:
        if isinstance(token, (int, Decimal)):
            if token == 0 and isinstance(token, int):
                zero = True
                continue
            if current is not None:
                return NOTHING  # 三四百, 十七八
            current = Decimal(token)
        elif token in _TENS:
            section += _TENS[str(token)]
            last = 10
        elif token in _UNITS:
            unit = _UNITS[str(token)]
            if current is None and unit > 10:
                return None  # 百货, 千万
            section += (current if current is not None else 1) * unit
            current, last, zero = None, unit, False
        else:
            unit = _BIG[str(token)]
            section += current or 0
            if section:
                total, section = total + section * unit, Decimal(0)
            elif total and unit > last:
                total *= unit  # 三万亿
            else:
                return None
            current, last, zero = None, unit, False
    if current is not None:
        # 三百五 is 350, 三百零五 is 305.
        lower = Decimal(last) / 10 if last and not zero and current < 10 else Decimal(1)
        section += current * lower
    return total + section


def _spelled(digits: list[int]) -> object:
    if len(digits) == 1:
        return Decimal(digits[0])
    if len(digits) == 2 and (digits[1] - digits[0] == 1 or digits == [3, 5]) and digits[0]:
        return NOTHING  # 两三, 七八, 三五
    return None


def _vague_after(text: str, end: int, value: object) -> bool:
    if not isinstance(value, Decimal) or value < 10 or end >= len(text):
        return False
    if text[end] in "多余":
        return not text.startswith(("多少", "多久", "多大", "多长", "余额"), end)
    return text[end] == "来" and text[end + 1 : end + 2] in _COUNTED


def _decimal(text: str, end: int, value: Decimal) -> Iterator[Result]:
    """三点八五 and 三点五万, if 三 was read; what would be a time of day (三点五十) is none."""
    if not text.startswith("点", end) or is_digit(text[end - 1]):
        return
    last = end + 1
    while last < len(text) and last - end < 8 and text[last] in HAN_DIGITS and text[last] != "两":
        last += 1
    follower = text[last : last + 1]
    if last == end + 1 or (follower and follower in "十刻分半廿"):
        return
    digits = "".join(str(HAN_DIGITS[c]) for c in text[end + 1 : last])
    number = Decimal(f"{value}.{digits}")
    if follower and (follower in _BIG or follower in _UNITS):
        yield Result(last + 1, number * (_BIG.get(follower) or _UNITS[follower]))
    else:
        yield Result(last, number)
