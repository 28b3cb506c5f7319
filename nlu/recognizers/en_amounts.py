"""English numbers, percentages, ordinals, money, measures: a dozen, 3.85 percent, 2nd, two grand, 27-inch."""

from __future__ import annotations

import re
from decimal import Decimal

from nlu.recognizers.currencies import EN_SUFFIXES, EN_UNITS, PREFIXES
from nlu.recognizers.en_idioms import IDIOMS, LABELS, NOT_COUNTED
from nlu.recognizers.en_numbers import NUMBER_FIRST, read_number
from nlu.recognizers.entities import Quantity, decimal_string, money
from nlu.recognizers.grammar import NOTHING, Grammar, Site
from nlu.recognizers.reading import is_digit, is_letter, is_word
from nlu.recognizers.wordlists import listed

_LONGEST_PLAIN = 6
_ONE_BEFORE = frozenset(
    listed(
        """
        this that which the no any every each another other only new old first last same wrong right big
        small red blue black white green better best cheaper is was be got get like good bad some of from
        as for nice free used spare damaged faulty broken correct bigger smaller larger day number
        """
    )
)
_ONE_AFTER = frozenset(
    listed(
        """
        get of more day another thing things time times way by on is was are to in for that which who i you we
        they it at with can will does did has had isn't wasn't doesn't and or last final off please but
        from here there now yet too though hand moment minute sec second if because only instead before
        after
        """
    )
)
_ORDINAL_NOT_AFTER = frozenset(
    listed(
        """
        floor street st avenue ave century edition gen generation party parties person world name class aid
        road lane grade degree amendment hand half baron
        """
    )
)
_DETERMINERS = frozenset(["the", "my", "your", "our", "his", "her", "their", "its", "this", "that", "every", "on"])
_RANKED = frozenset({"in", "as", "and", "or", "s", "came", "to"})
_SENTENCE_ENDS = ".!?:;\n"


_STREET = re.compile(
    r" (?:[A-Z][A-Za-z.']{1,20} ){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Lane|Drive|Blvd|Way|Square|Place)\b"
)


def add_amounts(grammar: Grammar) -> None:
    """The part `n` and the kinds `number`, `percentage`, `ordinal`, `money`, `quantity`; idioms as `nothing`."""
    grammar.terminal("n", read_number, NUMBER_FIRST)
    grammar.rule("signed", "{n}", lambda site, n: n)
    grammar.rule("signed", "-|minus {n}", _negative)
    grammar.rule("number", "{n}", _number)
    grammar.rule("number", "- {n}", _negative)
    grammar.rule("number", "minus {n}", lambda site, n: -n)
    grammar.rule("number", "half a dozen", lambda site: Decimal(6))
    grammar.rule("number", "half a million", lambda site: Decimal(500_000))
    grammar.rule("percentage", "{signed} %", lambda site, n: n)
    grammar.rule("percentage", "{signed} -? percent", lambda site, n: n)
    grammar.rule("percentage", "{signed} per cent", lambda site, n: n)
    grammar.rule("percentage", "half a percent", lambda site: Decimal("0.5"))
    grammar.rule("percentage", "{n} and a half percent", lambda site, n: n + Decimal("0.5"))
    grammar.rule("ordinal", "{nth}", _ordinal)
    _add_money(grammar)
    _add_measures(grammar)
    grammar.words("idiom", dict.fromkeys(IDIOMS, True))
    grammar.rule("nothing", "{idiom}", lambda site, _: NOTHING)
    grammar.rules(
        "nothing",
        [
            "{n} -? fold",
            "{n} times",
            "{n} percentage points",
            "{nth} -? floor|street|avenue|century|generation|gen|grade|edition|degree",
            "{n} -? factor|step|way|star|piece|seater|stroke|wheel|legged|headed|digit|core|bit|storey|story",
            "¥ {n}",
            "{n} pounds|pound",
            "half a pound",
            "{n} out of {n}",
            "{n} x|* {n}",
            "{n} feet|foot|ft|' {n} inches|inch|in?",
        ],
        _nothing,
    )


def _add_money(grammar: Grammar) -> None:
    grammar.words("before_amount", dict(PREFIXES))
    grammar.words("after_amount", dict(EN_SUFFIXES))
    grammar.rule("money", "{before_amount} {n}", lambda site, code, n: money(n, code))
    grammar.rule("money", "{before_amount} {n} k|K|grand", lambda site, code, n: money(n * 1000, code))
    grammar.rule("money", "{before_amount} {n} m|mn|bn", _millions)
    grammar.rule("money", "- {before_amount} {n}", lambda site, code, n: money(-n, code))
    grammar.rule("money", "{before_amount} {n} {after_amount}", _both_sides)
    grammar.rule("money", "{n} -? {after_amount}", lambda site, n, code: money(n, code))
    grammar.rule(
        "money", "{n} {after_amount} and? {n} cents", lambda s, n, code, cents: money(n + cents / 100, code)
    )
    grammar.rule("money", "{n} and a half {after_amount}", lambda site, n, code: money(n + Decimal("0.5"), code))
    grammar.rule("money", "{n} and a half grand", lambda site, n: money(n * 1000 + 500, "USD"))
    grammar.rule("money", "{n} grand", lambda site, n: money(n * 1000, "USD"))
    grammar.rule("money", "{n} cents|cent|¢", lambda site, n: money(n / 100, "USD"))
    grammar.rule("money", "{n} pence", lambda site, n: money(n / 100, "GBP"))


def _add_measures(grammar: Grammar) -> None:
    grammar.words("measure", dict(EN_UNITS))
    grammar.words("long_measure", {form: unit for form, unit in EN_UNITS.items() if len(form) > 2})
    grammar.rule("quantity", "{signed} -? {measure}", _quantity)
    grammar.rule("quantity", "{n} and a half -? {long_measure}", _and_half)
    grammar.rule("quantity", "{n} {long_measure} and a half", _and_half)
    grammar.rule("quantity", "half a|an {long_measure}", lambda site, unit: _quantity(site, Decimal("0.5"), unit))
    grammar.rule("quantity", '{n} "', _inches)
    grammar.rule("quantity", "{n} in", _inches)
    grammar.rule("quantity", "{n} - in", _inches)


def _nothing(site: Site, *parts: object) -> object:
    """Twelve times is a count of events; 3 times is left to the number."""
    if site.reading.text.endswith("times", site.start, site.end):
        return None
    return NOTHING


def _negative(site: Site, n: Decimal) -> object:
    before = site.reading.text[site.start - 1 : site.start]
    return None if before and is_word(before) else -n


def _number(site: Site, n: Decimal) -> object:
    reading = site.reading
    written = reading.text[site.start : site.end]
    before, after = reading.word_before(site.start), reading.word_after(site.end).lower()
    if is_digit(written[0]):
        return n if _digits_count(site, written, before, after) else NOTHING
    if _capitalised_name(site):
        return NOTHING
    if before.lower() in LABELS - {"order", "item", "ticket", "box", "case", "card", "word", "watch", "update"}:
        return NOTHING
    if written == "one":
        return n if _one(before.lower(), after) else NOTHING
    if written == "zero":
        return n if after and after not in ("tolerance", "in", "sum", "day") else NOTHING
    if reading.text.startswith("-", site.end) and is_letter(reading.text[site.end + 1 : site.end + 2] or " "):
        return NOTHING  # two-factor
    return n


def _digits_count(site: Site, written: str, before: str, after: str) -> bool:
    """Whether digits count something: no model, version, code, room or year of a model."""
    reading = site.reading
    plain = written.isdigit()
    if plain and ((len(written) > 1 and written[0] == "0") or len(written) > _LONGEST_PLAIN):
        return False
    preceding = reading.before(site.start, 2)
    if preceding and preceding[-1] in "#@_=&":
        return False
    if (after and after in NOT_COUNTED) or _STREET.match(reading.cased, site.end):
        return False
    if plain and len(written) == 4 and 1980 <= int(written) <= 2039 and not _plural(after):
        return False
    adjacent = (bool(before) and reading.text[site.start - 1] == " ") or preceding.endswith(".")
    if not adjacent:
        return True
    word = before.lower()
    if (word == "the" and _capital_after(site)) or (before.isupper() and len(before) > 1):
        return False  # the 7 Seas, ISO 9001
    if reading.before(site.start, 12).endswith(("ending in", "ends in", "ending with", "ending")):
        return False
    if word in (
        "order",
        "item",
        "case",
        "card",
        "box",
        "ticket",
        "word",
        "watch",
        "update",
        "excel",
        "stand",
        "part",
    ):
        return len(written) < 4 and after.isalpha()
    if word in LABELS or (
        word == "" and reading.before(site.start, 5).endswith(("no.", "nr.", "apt.", "vol.", "ext."))
    ):
        return False
    if word in ("is", "was"):
        label = _label_before(reading.text, site.start)
        if label in LABELS and label not in ("order", "item", "box", "number", "size", "line"):
            return False
        return label not in ("number", "size")
    # A capital inside a sentence makes it a name: the Mate 60.
    return not (before[:1].isupper() and not _begins_sentence(site, len(before)) and not _plural(after))


def _label_before(text: str, position: int) -> str:
    """The word before "is" or "was" before a position."""
    words = text[max(0, position - 40) : position].split()
    return words[-2] if len(words) > 1 else ""


def _begins_sentence(site: Site, length: int) -> bool:
    head = site.reading.text[: site.start].rstrip()[:-length].rstrip() if length else ""
    return not head or head[-1] in _SENTENCE_ENDS or head[-1] in "\"'("


def _plural(word: str) -> bool:
    return len(word) > 3 and word.endswith("s")


def _capitalised_name(site: Site) -> bool:
    """Five Guys, in the middle of a sentence or not."""
    cased = site.reading.cased
    if not cased[site.start].isupper():
        return False
    start = site.end + 1
    while start < len(cased) and cased[start] == " ":
        start += 1
    named = cased[start : start + 1].isupper()
    inside = (
        bool(site.reading.text[: site.start].strip())
        and site.reading.before(site.start, 2)[-1] not in _SENTENCE_ENDS
    )
    return named or inside


def _capital_after(site: Site) -> bool:
    cased = site.reading.cased
    return cased[site.end : site.end + 1] == " " and cased[site.end + 1 : site.end + 2].isupper()


def _one(before: str, after: str) -> bool:
    return before not in _ONE_BEFORE and bool(after) and after not in _ONE_AFTER


def _ordinal(site: Site, n: int) -> object:
    reading = site.reading
    written = reading.text[site.start : site.end]
    before, after = reading.word_before(site.start).lower(), reading.word_after(site.end).lower()
    if after in _ORDINAL_NOT_AFTER or reading.text.startswith("-", site.end):
        return NOTHING
    if is_digit(written[0]):
        return Decimal(n)
    if before in ("one", "two", "three", "four", "five", "half") or (
        reading.cased[site.start].isupper() and reading.text[: site.start].strip()
    ):
        return NOTHING
    if written in ("first", "second", "third") and before not in _DETERMINERS:
        return Decimal(n) if before in _RANKED and after else NOTHING
    return Decimal(n)


def _millions(site: Site, code: str, n: Decimal) -> object:
    return money(n * (10**9 if site.reading.text.endswith("bn", 0, site.end) else 10**6), code)


def _both_sides(site: Site, before: str, n: Decimal, after: str) -> object:
    return money(n, after) if before == after or before == "USD" else NOTHING


def _quantity(site: Site, n: Decimal, unit: str) -> object:
    reading = site.reading
    written = reading.text[site.start : site.end]
    last = reading.cased[site.end - 1]
    glued = is_digit(written[-2])
    if written.endswith("g") and glued and last == "G":
        return Quantity(decimal_string(n), "GB") if n in (8, 16, 32, 64, 128, 256, 512) else NOTHING
    if written[-1] in "mtv" and (glued or written[-2] == " ") and last.isupper() and written[-1] != "v":
        return NOTHING
    if unit == "in" and reading.word_before(site.start).lower() in ("feet", "ft", "foot"):
        return NOTHING
    return Quantity(decimal_string(n), unit)


def _and_half(site: Site, n: Decimal, unit: str) -> object:
    return Quantity(decimal_string(n + Decimal("0.5")), unit) if n == int(n) else None


def _inches(site: Site, *parts: object) -> object:
    written = site.reading.text[site.start : site.end]
    n = parts[0]
    if not isinstance(n, Decimal):
        return None
    if written.endswith("in") and not (is_digit(written[-3]) or written[-3] == "-"):
        return None
    if written.endswith('"') and (not is_digit(written[-2]) or '"' in site.reading.text[: site.start]):
        return None
    return Quantity(decimal_string(n), "in")
