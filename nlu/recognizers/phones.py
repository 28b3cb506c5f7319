"""Telephone numbers as people write them: shapes found here, lengths checked against the numbering plans."""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers

from nlu.recognizers.reading import Reading, is_word

_INTERNATIONAL = re.compile(r"(?:\(\+[0-9]{1,3}\)|\+[0-9]{1,3})(?:[ .\-]?\(?[0-9]{1,12}\)?){1,6}")
_CHINESE = re.compile(
    r"(?:(?:0086|86)[ \-]?)?1[3-9][0-9](?:[ \-]?[0-9]{4}){2}"
    r"|(?:\(0(?:10|2[0-9]|[3-9][0-9]{2})\) ?|0(?:10|2[0-9]|[3-9][0-9]{2})[ \-]?)[2-9][0-9]{2,3}[ \-]?[0-9]{4}"
    r"|[48]00(?:[ \-]?[0-9]{3}[ \-]?[0-9]{4}|[ \-]?[0-9]{4}[ \-]?[0-9]{3})"
)
_SHORT = re.compile(r"1(?:00[0-9]{2}|23[0-9]{2}|1[0-9]|20)|9[56][0-9]{3,4}")
_SHORT_CUE = re.compile(r"(?:打|拨|电话|热线|致电|电)(?:是|为|:|了|过)? ?$")
_NORTH_AMERICAN = re.compile(
    r"(?:1[ .\-])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ .\-])[2-9][0-9]{2}[ .\-]?[0-9]{4}"
)
_BRITISH = re.compile(r"\(?0[1-9][0-9]{1,4}\)?(?:[ \-]?[0-9]{3,8}){1,3}")
_BARE = re.compile(r"[2-9][0-9]{9}|1[2-9][0-9]{9}|[0-9]{3}-[0-9]{4}")
_CUE = re.compile(
    r"(?:call|phone|tel|telephone|mobile|cell|number|text|dial|ring|reach|contact|hotline|whatsapp|sms)"
    r"(?: (?:me|us|them|him|her|number|is|at|on|back|no|was|line))* ?(?:is|at|on|:|no\.)? ?$"
)
_LEAST, _MOST = 7, 15


def find_phones(reading: Reading, *, chinese: bool) -> Iterator[tuple[int, int, str]]:
    """Spans of telephone numbers in order; the value is the digits, a leading + kept."""
    text = reading.text
    found: list[tuple[int, int, str]] = []
    for match in _INTERNATIONAL.finditer(text):
        value = "+" + re.sub("[^0-9]", "", match.group())
        if _alone(text, *match.span()) and _possible(value, None):
            found.append((match.start(), match.end(), value))
    shapes = [(_CHINESE, "CN"), (_NORTH_AMERICAN, "US"), (_BRITISH, "GB")]
    for shape, region in shapes if chinese else shapes[1:] + shapes[:1]:
        for match in shape.finditer(text):
            start = match.start()
            value = re.sub("[^0-9]", "", match.group())
            if (
                _alone(text, start, match.end())
                and _written(match.group(), text, start)
                and _possible(value, region)
            ):
                found.append((start, match.end(), value))
    extra, cue = (_SHORT, _SHORT_CUE) if chinese else (_BARE, _CUE)
    for match in extra.finditer(text):
        start, end = match.span()
        if _alone(text, start, end) and cue.search(text[max(0, start - 40) : start]):
            found += [(start, end, match.group().replace("-", ""))]
    last = 0
    for start, end, value in sorted(found, key=lambda span: (span[0], -span[1])):
        if start >= last:
            yield start, end, value
            last = end


def _alone(text: str, start: int, end: int) -> bool:
    """Whether the number is no part of a longer run of letters and digits."""
    before, after = text[start - 1 : start], text[end : end + 1]
    if (before and (is_word(before) or before in "_=#")) or (after and is_word(after)):
        return False
    if before and before in "-./:+" and start > 1 and is_word(text[start - 2]):
        return False
    return not (after and after in "-_/" and is_word(text[end + 1 : end + 2] or " "))


def _written(number: str, text: str, start: int) -> bool:
    """Groups make a number a telephone number; a solid one must look mobile or be announced."""
    if not number.isdigit():
        return True
    return number.startswith(("13", "14", "15", "16", "17", "18", "19", "0", "400", "800", "86")) or bool(
        _CUE.search(text[max(0, start - 40) : start])
    )


def _possible(number: str, region: str | None) -> bool:
    digits = number.lstrip("+")
    if not _LEAST <= len(digits) <= _MOST:
        return False
    if region == "CN" and digits.startswith(("86", "0086")):
        digits = number = digits.removeprefix("00").removeprefix("86")
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(number, region))
    except phonenumbers.NumberParseException:
        return False
