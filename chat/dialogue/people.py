"""How many people a message is about, where it counts them one by one: "两个大人一个小孩", "me and my wife"."""

from __future__ import annotations

import re
from typing import Final

from chat.dialogue.cues import NUMERALS

_WORDS: Final = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMBERS_EN: Final = {
    **{word: number for number, word in enumerate(_WORDS, start=1)},
    "a": 1,
    "an": 1,
    "couple of": 2,
}
_KIND_ZH: Final = (
    r"大人|成(?:年)?人|小孩(?:子|儿)?|孩子|儿童|小朋友|婴儿|宝宝|娃(?:娃)?|老人|学生|男(?:的|生)?|女(?:的|生)?"
)
_KIND_EN: Final = (
    r"adults?|grown-?ups?|kids?|child(?:ren)?|infants?|bab(?:y|ies)|toddlers?|seniors?|students?|teenagers?"
)
_PART_ZH: Final = re.compile(
    rf"([一二两俩三四五六七八九十]|\d{{1,2}})\s*(?:个|位|名|口)?\s*(?:{_KIND_ZH})|([一二两三四五六七八九]|\d)大"
)
_SMALL_ZH: Final = re.compile(r"(?<=大)\s*([一二两三四五六七八九]|\d)小")
_PART_EN: Final = re.compile(
    rf"\b({'|'.join(_NUMBERS_EN)}|\d{{1,2}})\s+(?:\w+\s+)?(?:{_KIND_EN})\b", re.IGNORECASE
)
_TOGETHER_ZH: Final = re.compile(r"一家([三四五六七八])口|我们([一二两俩三四五六七八九十]|\d)个?")
_FAMILY_EN: Final = re.compile(rf"\b(?:family|group|party) of ({'|'.join(_WORDS)}|\d{{1,2}})\b", re.IGNORECASE)
_OF_US_EN: Final = re.compile(rf"\b({'|'.join(_WORDS)}|\d{{1,2}}) of us\b|\b(both) of us\b", re.IGNORECASE)
_RELATIVE: Final = (
    r"老婆|老公|爱人|妻子|丈夫|媳妇|先生|太太|女朋友|男朋友|女友|男友|对象|妈妈?|爸爸?|母亲|父亲|朋友|"
    r"同事|儿子|女儿|孩子|哥哥?|姐姐?|弟弟?|妹妹?"
)
_WITH_ZH: Final = re.compile(rf"我(?:和|跟|与|同|带着?|还有)(?:我)?(?:的)?(?:{_RELATIVE})(?!们)")
_WITH_EN: Final = re.compile(
    r"\b(?:me and (?:my )?|my (?!self)\w+ and (?:me|i|myself)|i and my |with my )(?:wife|husband|"
    r"partner|girlfriend|boyfriend|friend|"
    r"mum|mom|mother|dad|father|son|daughter|colleague|brother|sister)?\b",
    re.IGNORECASE,
)
_ALONE: Final = re.compile(
    r"(?:就|只有?)?(?:我(?:自己|一个(?:人)?|一人)|我自个儿?)|就我|\b(?:just|only) (?:me|myself|one|"
    r"the one)\b|\bby myself\b|\b(?:on my own|alone|solo)\b",
    re.IGNORECASE,
)


def people_in(text: str, *, alone: bool = False) -> tuple[int, int, int] | None:
    """(number, start, end) of people whom the message counts in parts or as a group; None if it does not.

    `alone`: also "just me", which says a number only where it was asked for.
    """
    parts = [*_PART_ZH.finditer(text), *_SMALL_ZH.finditer(text), *_PART_EN.finditer(text)]
    if len(parts) > 1:
        total = sum(_number(next(group for group in part.groups() if group)) for part in parts)
        return total, min(part.start() for part in parts), max(part.end() for part in parts)
    for pattern in (_TOGETHER_ZH, _FAMILY_EN, _OF_US_EN):
        if match := pattern.search(text):
            said = next(group for group in match.groups() if group)
            return (2 if said.lower() == "both" else _number(said)), match.start(), match.end()
    if not alone:
        return None
    for pattern, number in ((_WITH_ZH, 2), (_WITH_EN, 2), (_ALONE, 1)):
        if match := pattern.search(text):
            more = [part for part in parts if part.start() >= match.end()] if number > 1 else []
            total = number + sum(_number(next(group for group in part.groups() if group)) for part in more)
            return total, match.start(), max([match.end(), *(part.end() for part in more)])
    return None


def _number(said: str) -> int:
    if said.isdigit():
        return int(said)
    if said == "俩":
        return 2
    return NUMERALS.get(said) or _NUMBERS_EN[said.lower()]
