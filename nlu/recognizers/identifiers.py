"""What is written in Latin letters and digits as one thing: e-mail, order numbers, and what has no value.

Addresses, links, versions, codes and model names are set aside with the kind None, so that no grammar reads the
digits in them. Every expression is linear: bounded repetition, no nesting.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from nlu.recognizers.currencies import CODES
from nlu.recognizers.entities import Kind
from nlu.recognizers.phones import find_phones
from nlu.recognizers.reading import Reading


class Aside(NamedTuple):
    """The folded text [start, end) as one thing; `kind` None: something without a value."""

    start: int
    end: int
    kind: Kind | None
    value: str


_EMAIL = re.compile(
    r"[a-z0-9_%+\-][a-z0-9._%+\-]{0,63}@(?:[a-z0-9][a-z0-9\-]{0,62}\.){1,6}[a-z]{2,24}(?![a-z0-9@])"
)
_LINK = re.compile(
    r"https?://[^\s\u4e00-\u9fff，。]{1,500}|www\.[a-z0-9][a-z0-9./_\-]{0,200}"
    r"|(?<![a-z0-9.@])[a-z0-9][a-z0-9\-]{0,62}\.(?:com|cn|net|org|io|app|co|shop)(?![a-z0-9])[a-z0-9./_\-]{0,200}"
)
_NOTHING = re.compile(
    r"\[[^\[\]#]{1,40}#[0-9]{1,6}\]"  # a masked value
    r"|[@#][a-z0-9_]{1,60}"
    r"|(?<![a-z0-9.])v?[0-9]{1,4}(?:\.[0-9]{1,5}){2,5}(?![0-9])"  # versions and network addresses
    r"|(?<![a-z0-9/])[0-9]{1,6}/[0-9]{1,6}(?![0-9]|/[0-9])"  # 24/7, 1/3
    r"|(?<![a-z0-9.])[0-9]{1,6}(?:\.[0-9]{1,3})?[a-z]{0,2}"  # 30x40cm
    r" ?[x*] ?[0-9]{1,6}(?:\.[0-9]{1,3})?[a-z]{0,2}(?![a-z0-9])"
)
_CODE = re.compile(r"(?<![a-z0-9])[a-z0-9]{1,40}(?:[\-_][a-z0-9]{1,40}){0,6}(?![a-z0-9])")
_MODEL = re.compile(r"(?<![a-z0-9$])[a-z]{1,30}[\-_]?[0-9]{1,20}[a-z0-9]{0,30}(?:[.\-_][a-z0-9]{1,20}){0,4}")
_MIXED = re.compile(r"(?<![a-z0-9.])[0-9]{1,12}[a-z]{1,12}[0-9][a-z0-9]{0,20}")
_MEASURED = re.compile(r"[0-9]+(?:m|cm|mm|km)[23]|[0-9]{4}-?[0-9]{2}|[0-9]{1,2}t[0-9]{1,2}")
_KEPT_MODEL = re.compile(r"(?:q[1-4]|(?:" + "|".join(sorted(CODES)) + r")[0-9]+(?:[.][0-9]+)?k?)(?![a-z0-9])")
_DATE = re.compile(r"(?:19|20)[0-9]{2}\.[0-9]{1,2}\.[0-9]{1,2}|[0-9]{1,2}\.[0-9]{1,2}\.(?:19|20)[0-9]{2}")

_NUMBERED = r"(?:\s?(?:号码|编号|号|number|numbers|no\.?|num|nr|id|ids|ref|reference|code))?"
_CUE_BEFORE = re.compile(
    r"(?:订单|单号|(?<![a-z])orders?)"
    + _NUMBERED
    + r"[\s:,#，：\"'“「(（]{0,3}(?:是|为|was|is)?[\s:#：\"'“「(（]{0,3}$"
)
_CUE = re.compile(r"订单|(?<![a-z])orders?(?![a-z])")
_CHAINED = re.compile(r"\s?(?:and|or|,|、|和|跟|与|&)\s?$")
_NEAR = 24
_LOOK = 48


def set_aside(reading: Reading, *, chinese: bool) -> list[Aside]:
    """Everything that no grammar may read into, in order, none overlapping another."""
    found: list[Aside] = []
    for finder in (_emails, _links, _orders):
        found.extend(_free(finder(reading), found))
    found.extend(
        _free(
            (Aside(start, end, "phone", value) for start, end, value in find_phones(reading, chinese=chinese)),
            found,
        )
    )
    found.extend(_free(_valueless(reading), found))
    return sorted(found)


def _free(candidates: Iterator[Aside], taken: list[Aside]) -> list[Aside]:
    """The candidates that overlap nothing taken before, nor one another."""
    covered = bytearray()
    limit = max((aside.end for aside in taken), default=0)
    covered = bytearray(limit)
    for aside in taken:
        covered[aside.start : aside.end] = b"\1" * (aside.end - aside.start)
    kept: list[Aside] = []
    last = 0
    for aside in candidates:
        if aside.start >= last and not any(covered[aside.start : aside.end]):
            kept.append(aside)
            last = aside.end
    return kept


def _emails(reading: Reading) -> Iterator[Aside]:
    if "@" in reading.text:
        for match in _EMAIL.finditer(reading.text):
            yield Aside(match.start(), match.end(), "email", match.group())


def _links(reading: Reading) -> Iterator[Aside]:
    if "." in reading.text:
        for match in _LINK.finditer(reading.text):
            yield Aside(match.start(), match.end(), None, "")


def _orders(reading: Reading) -> Iterator[Aside]:
    """Codes with a letter and a digit: right behind the word order, or anywhere near it if they are long."""
    text = reading.text
    cues = [match.span() for match in _CUE.finditer(text)]
    if not cues and "单号" not in text:
        return
    previous = -1
    for match in _CODE.finditer(text):
        code = match.group()
        if (
            len(code) < 4
            or code.isalpha()
            or not any(c.isalpha() for c in code)
            or not any(map(str.isdigit, code))
        ):
            continue
        start, end = match.span()
        before = text[max(0, start - _LOOK) : start]
        linked = bool(_CUE_BEFORE.search(before))
        chained = previous > 0 and bool(_CHAINED.fullmatch(text[previous:start]))
        digits = sum(map(str.isdigit, code))
        near = digits >= 5 and any(start - _NEAR <= last and first <= end + _NEAR for first, last in cues)
        if (linked and digits >= 2 and not _DATED.fullmatch(code)) or chained or near:
            yield Aside(start, end, "order_no", reading.cased[start:end])
            previous = end


_DATED = re.compile(r"[0-9]{1,4}(?:st|nd|rd|th|gb|kg|ml|am|pm|k|mah|cm|mm|tb)")


def _valueless(reading: Reading) -> Iterator[Aside]:
    text = reading.text
    spans = [m.span() for m in _NOTHING.finditer(text) if not _DATE.fullmatch(m.group())]
    spans += [m.span() for m in _MODEL.finditer(text) if not _KEPT_MODEL.fullmatch(m.group())]
    spans += [m.span() for m in _MIXED.finditer(text) if not _MEASURED.match(m.group())]
    for start, end in sorted(spans):
        yield Aside(start, end, None, "")
