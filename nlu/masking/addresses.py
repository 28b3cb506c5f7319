"""E-mail addresses in any script.

Chinese has no blanks: where a name in Chinese characters begins can only be guessed, so at most `_LONGEST_NAME` of
them are taken, after words that lead to an address. With Chinese characters in the address, only well-known
endings of a domain are believed, because `@` also mentions people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_LOCAL_PART = re.compile(r"[A-Za-z0-9._%+\-]+$")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9\-]{0,62})"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.){{1,8}}[A-Za-z]{{2,24}}(?![A-Za-z0-9]*@)")
# A Chinese keyboard writes 。 for the dot; accepted when it is the only dot of the address.
_DOMAIN_CHINESE_DOT = re.compile(rf"{_LABEL}。(?:com|cn|net|org)(?![A-Za-z0-9])")
_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]")

# Scripts that are written without blanks or add endings to a word.
_UNSPACED = (
    "\u1100-\u11ff\u2e80-\u2fff\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_LONGEST_NAME = 6
_UNSPACED_NAME = re.compile(rf"[{_UNSPACED}][{_UNSPACED}0-9._\-]{{0,{_LONGEST_NAME - 1}}}$")
_LEADING = re.compile(r".*(?:邮箱|邮件|信箱|地址|发送|联系|抄送|[是为到给请])", re.DOTALL)
_ANY_LOCAL_PART = re.compile(rf"(?:[^\W{_UNSPACED}]|[.%+\-])+$")
_ANY_LABEL = r"[^\W_](?:[\w\-]{0,62})"
_KNOWN_ENDING = (
    "(?:com|net|org|edu|gov|info|biz|top|xyz|vip|shop|site|club|co|io|cc|tv|asia|cn|hk|tw|mo|jp|kr|sg|my|us|uk|de|fr|ru|eu"
    "|中国|中國|公司|网络|網絡|在线|网址|商城|集团|手机|政务|公益|香港|台湾|台灣|新加坡|网店|中文网|信息|移动|みんな|한국)"
)
_KNOWN = re.compile(rf".*[.。]{_KNOWN_ENDING}$", re.IGNORECASE)
_ANY_DOMAIN = re.compile(
    rf"(?:{_ANY_LABEL}[.。]){{1,8}}(?:{_KNOWN_ENDING}(?![A-Za-z0-9])|[^\W\d_{_UNSPACED}A-Za-z]{{2,24}})",
    re.IGNORECASE,
)


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """Where the addresses of a folded text stand: [start, end). Linear in the length of the text."""
    at = text.find("@")
    while at != -1:
        if at and (text[at - 1].isalnum() or text[at - 1] in "._%+-"):
            start = _start(text, at)
            end = _end(text, at)
            if start < at < end and (_spaced(text[start:at]) or _KNOWN.match(text, at, end)):
                yield start, end
        at = text.find("@", at + 1)


def _start(text: str, at: int) -> int:
    """Where the name before the @ begins; `at` if there is none."""
    floor = max(0, at - 64)
    before = _LOCAL_PART.search(text, floor, at)
    start = before.start() if before else at
    if start > floor and not text[start - 1].isascii() and text[start - 1].isalnum():
        wide = _ANY_LOCAL_PART.search(text, floor, at)
        start = wide.start() if wide else start
    if start == at:
        name = _UNSPACED_NAME.search(text, max(0, at - _LONGEST_NAME), at)
        if name is None:
            return at
        lead = _LEADING.match(text, name.start(), at)
        start = lead.end() if lead else name.start()
    while start < at and text[start] in ".-%":
        start += 1
    return start


def _end(text: str, at: int) -> int:
    """Where the domain after the @ ends; `at` if there is none."""
    after = _DOMAIN.match(text, at + 1, at + 256) or _DOMAIN_CHINESE_DOT.match(text, at + 1, at + 80)
    if after is not None:
        return at if _VERSION.match(after.group()) else after.end()
    after = _ANY_DOMAIN.match(text, at + 1, at + 256) if text[at + 1 : at + 256].isascii() is False else None
    return after.end() if after else at


def _spaced(name: str) -> bool:
    """Whether the name is in a script that separates words by blanks."""
    return _UNSPACED_NAME.search(name) is None
