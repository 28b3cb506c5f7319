"""Built-in recognizers: mainland mobile numbers, resident identity numbers, bank cards, e-mail addresses.

They read folded text (see `folding`) and the numbers in it (see `digits`). Boundaries are decided by the digits
and letters around a number and never by `\\b`, because Chinese characters count as word characters. All work in
linear time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Literal, NamedTuple

from nlu.masking.addresses import addresses
from nlu.masking.digits import SHORTEST, DigitText, luhn_valid
from nlu.masking.grouping import grouped_as_card, grouped_as_mobile

Verdict = Literal["", "checksum", "date", "region", "grouping", "joined", "decimal"]


class Finding(NamedTuple):
    """A span that looks like the thing; `value` is its canonical form, an empty `verdict` says that it is one."""

    start: int
    end: int
    value: str
    verdict: Verdict = ""


_REGIONS = {
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54,
    61, 62, 63, 64, 65, 71, 81, 82, 83,
}  # fmt: skip
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"

# Latin words that people write directly before a number, also in capitals.
_CUES = {
    "tel", "phone", "telephone", "mobile", "mob", "cell", "cellphone", "hp", "sj", "sjh", "dh", "lxdh", "no",
    "num", "number", "wx", "vx", "wechat", "weixin", "qq", "sfz", "sfzh", "id", "idcard", "card", "cardno",
    "bank", "visa", "mastercard", "unionpay", "amex", "call", "contact", "is", "at", "me", "my", "on", "or",
    "and", "text", "whatsapp", "sms", "ok", "hi", "hello",
}  # fmt: skip
_FOLLOWERS = {
    "thanks", "thank", "thx", "tks", "ok", "okay", "please", "pls", "plz", "call", "and", "or", "is", "me",
    "my", "xiexie", "tel", "phone",
}  # fmt: skip
# Words that make the number after them something else, also in small letters.
_IDENTIFIERS = {
    "order", "orderno", "orderid", "ref", "refno", "sn", "uid", "sku", "imei", "invoice", "ticket", "trx", "txn",
    "tracking", "item", "lm", "sf", "jd", "yt", "zto", "sto", "ems",
}  # fmt: skip
_WORD_BEFORE = re.compile(r"([0-9]*)([A-Za-z_]+)([\-_]?)$")
_LETTERS_AFTER = re.compile(r"([\-_]?)([A-Za-z][A-Za-z_]*)([0-9]*)")
_CAPITALS_LAST = re.compile(r"[A-Z]+$")
_LOOK = 40


def _joined(text: str, start: int, end: int) -> bool:
    """Whether the number is part of an identifier such as LM20260318001234, SF-13800138000, order_… or a3f….

    Capitals directly before make one, and so do letters that have further digits on their other side; a word
    or a name that was typed without a blank does not.
    """
    if start and (text[start - 1] in "-_" or (text[start - 1].isascii() and text[start - 1].isalpha())):
        before = _WORD_BEFORE.search(text, max(0, start - _LOOK), start)
        if before and _identifier_before(before.group(1), before.group(2), before.group(3)):
            return True
    after = _LETTERS_AFTER.match(text, end, min(len(text), end + _LOOK))
    if after is None:
        return False
    joint, word, digits = after.groups()
    if word.lower() in _FOLLOWERS or word.lower() in _CUES:
        return False
    return 0 < len(digits) < SHORTEST or (joint != "" and word.isupper())


def _identifier_before(digits: str, word: str, joint: str) -> bool:
    whole = word.strip("_").lower()
    underscored = joint == "_" or word.endswith("_")
    last = whole.rsplit("_", 1)[-1]
    capitals = _CAPITALS_LAST.search(word.rstrip("_"))
    if last in _CUES or (capitals and capitals.group().lower() in _CUES):
        return False
    if underscored or capitals or 0 < len(digits) < SHORTEST:
        return True
    return joint == "" and (whole in _IDENTIFIERS or last in _IDENTIFIERS)


def _decimal(text: str, start: int, end: int) -> bool:
    """Whether the digits are one side of a decimal number; a list of numbers joined by dots is none."""
    if start > 1 and text[start - 1] == "." and text[start - 2].isdigit():
        first = start - 2
        while first > 0 and text[first - 1].isdigit() and start - first < 12:
            first -= 1
        if start - 1 - first < 11:
            return True
    if end + 1 < len(text) and text[end] == "." and text[end + 1].isdigit():
        last = end + 1
        while last < len(text) and text[last].isdigit() and last - end < 12:
            last += 1
        return last - end - 1 < 11
    return False


# How a card of this many digits may begin; keeps times and article numbers from looking like cards.
_LONG_CARD = ("30", "35", "36", "38", "39", "4", "5", "6", "81", "9")
_ISSUERS: dict[int, tuple[str, ...]] = {
    13: ("4",),
    14: ("30", "36", "38", "39"),
    15: ("34", "37"),
    16: (*_LONG_CARD, *(str(start) for start in range(2221, 2721))),
    17: _LONG_CARD,
    18: _LONG_CARD,
    19: _LONG_CARD,
}


def _ean_valid(digits: str) -> bool:
    weighted = sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(digits))
    return weighted % 10 == 0


def resident_id_verdict(number: str) -> Verdict:
    """Empty if the 18 characters are a well-formed identity number, else what is wrong with it."""
    if int(number[:2]) not in _REGIONS:
        return "region"
    year, month, day = int(number[6:10]), int(number[10:12]), int(number[12:14])
    try:
        born = date(year, month, day)
    except ValueError:
        return "date"
    if born.year < 1850 or born.year > 2100:
        return "date"
    total = sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, number, strict=False))
    return "" if _ID_CHECK[total % 11] == number[17].upper() else "checksum"


def _place(text: str, start: int, end: int) -> Verdict:
    if _joined(text, start, end):
        return "joined"
    return "decimal" if _decimal(text, start, end) else ""


def find_mobiles(subject: DigitText) -> Iterator[Finding]:
    """Mobile numbers of mainland China: 1[3-9] and nine more digits, with or without +86, 0086, separators."""
    text = subject.text
    for number in subject.numbers:
        prefix = number.size - 11
        if prefix not in _MOBILE_PREFIXES or not number.starts_with(_MOBILE_PREFIXES[prefix]):
            continue
        start = number.start
        if start and text[start - 1] in "(（" and number.run.mark_after(number.first) == ")":
            start -= 1
        if start and text[start - 1] in "+-. 6)）":
            before = _COUNTRY_CODE.search(text, max(0, start - 12), start)
            start = before.start() if before else start
        digits = number.digits[prefix:]
        if grouped_as_mobile(text, number):
            yield Finding(start, number.end, digits, _place(text, start, number.end))
        else:
            yield Finding(start, number.end, digits, "grouping")
    for start, end, digits in subject.spelled:
        if len(digits) == 11 and digits.startswith(_MOBILE_PREFIXES[0]):
            yield Finding(start, end, digits, _place(text, start, end))


_MOBILE_STARTS = ("13", "14", "15", "16", "17", "18", "19")
# How many digits stand before the national number -> what the whole may begin with.
_MOBILE_PREFIXES: dict[int, tuple[str, ...]] = {
    0: _MOBILE_STARTS,
    1: tuple("0" + start for start in _MOBILE_STARTS),
    2: tuple("86" + start for start in _MOBILE_STARTS),
    4: tuple("0086" + start for start in _MOBILE_STARTS),
}
_COUNTRY_CODE = re.compile(r"(?:(?<![0-9])[(（]?(?:\+|00)?86[)）]?[ .\-]{0,3}|[(（]?\+)$")


def find_resident_ids(subject: DigitText) -> Iterator[Finding]:
    """Resident identity numbers of 18 characters with a valid region, date of birth and check character."""
    text = subject.text
    for number in subject.numbers:
        if number.size == 18:
            yield _resident_id(text, number.start, number.end, number.digits)
        elif number.size == 17:
            check = _CHECK_X.match(text, number.end)
            if check:
                yield _resident_id(text, number.start, check.end(), number.digits + "X")
    for start, end, digits in subject.spelled:
        if len(digits) == 18:
            yield _resident_id(text, start, end, digits)


_CHECK_X = re.compile(r"[Xx]|(?:[ .\-]{1,3}|\s{1,3})[Xx](?![A-Za-z])")


def _resident_id(text: str, start: int, end: int, number: str) -> Finding:
    return Finding(start, end, number, resident_id_verdict(number) or _place(text, start, end))


def find_bank_cards(subject: DigitText) -> Iterator[Finding]:
    """Payment card numbers: 13 to 19 digits that a card may begin with, and a valid Luhn digit."""
    text = subject.text
    for number in subject.numbers:
        # A block of 13 or more digits is a number of its own, not a group.
        if (
            number.size < 13
            or not number.starts_with(_ISSUERS[number.size])
            or (number.first != number.last and max(number.sizes) > 10)
            or (number.size == 13 and _ean_valid(number.digits))
            or (number.size == 17 and _ORGANISATION_END.match(text, number.end))
        ):
            continue
        start, end = number.start, number.end
        verdict: Verdict = _place(text, start, end) if number.luhn_valid else "checksum"
        if not verdict and not grouped_as_card(text, number):
            verdict = "grouping"
        yield Finding(start, end, number.digits, verdict)
    for start, end, digits in subject.spelled:
        if len(digits) >= 13 and digits.isdigit() and digits.startswith(_ISSUERS[len(digits)]):
            yield Finding(start, end, digits, _place(text, start, end) if luhn_valid(digits) else "checksum")


# The code of an organisation has 17 characters before its check character.
_ORGANISATION_END = re.compile(r"[A-Z](?![A-Za-z])")


def find_emails(subject: DigitText) -> Iterator[Finding]:
    """E-mail addresses in any script; `git@localhost` and `left-pad@1.3.0` are none."""
    text = subject.text
    for start, end in addresses(text):
        yield Finding(start, end, text[start:end].lower().replace("。", "."))


RECOGNIZERS: dict[str, Callable[[DigitText], Iterator[Finding]]] = {
    "resident_id": find_resident_ids,
    "bank_card": find_bank_cards,
    "email": find_emails,
    "mobile": find_mobiles,
}
