"""English numbers in words and digits: two hundred and five, 1.5 million, 20k; ordinals: 2nd, twenty-first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from nlu.recognizers.digits import read_digits
from nlu.recognizers.grammar import DIGIT, NOTHING, Result
from nlu.recognizers.reading import Reading, is_digit, is_word

ONES = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip
SCALES = {"thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000}
_MULTIPLES = SCALES | {"hundred": 100, "dozen": 12}
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8,
    "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15,
    "sixteenth": 16,
    "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "thirtieth": 30, "fortieth": 40,
    "fiftieth": 50, "sixtieth": 60, "seventieth": 70, "eightieth": 80, "ninetieth": 90, "hundredth": 100,
    "thousandth": 1000,
}  # fmt: skip

NUMBER_FIRST = frozenset({*ONES, *TENS, "a", "half", DIGIT})
ORDINAL_FIRST = frozenset({*_ORDINALS, *TENS, "one", "a", DIGIT})

_WORD = re.compile(r"[ \-]?([a-z]+)(?![a-z0-9])")
_SCALE_WORD = re.compile(r" ?(hundred|thousand|million|billion|dozen|bn|mn|k)(?![a-z0-9])")
_ORDINAL_SIGN = re.compile(r"([0-9]{1,4})(st|nd|rd|th)(?![a-z0-9])")
_MOST_WORDS = 14


def read_number(reading: Reading, position: int) -> Iterator[Result]:
    """A number as a Decimal; NOTHING where digits are written as no number of English is."""
    text = reading.text
    if is_digit(text[position]):
        for end, value in read_digits(reading, position):
            yield Result(end, value)
            scale = _SCALE_WORD.match(text, end)
            if scale and isinstance(value, Decimal):
                if scale[1] == "k" and (scale.group() != "k" or reading.cased[end] == "K"):
                    yield Result(scale.end(), NOTHING)  # 4K
                else:
                    factor = {"k": 1000, "bn": 10**9, "mn": 10**6}.get(scale[1]) or _MULTIPLES[scale[1]]
                    yield Result(scale.end(), value * factor)
        return
    if position and is_word(text[position - 1]):
        return
    yield from _in_words(text, position)


def _in_words(text: str, position: int) -> Iterator[Result]:
    words = _words(text, position)
    if not words:
        return
    first = words[0][1]
    if first == "half":
        if len(words) > 2 and words[1][1] == "a" and words[2][1] in ("million", "billion", "dozen", "thousand"):
            yield Result(words[2][0], Decimal(_MULTIPLES[words[2][1]]) / 2)
        return
    if first == "a" and (len(words) < 2 or words[1][1] not in _MULTIPLES):
        return
    total = 0
    current: int | None = None
    end = position
    last = ""
    for index, (place, word) in enumerate(words):
        if index == 0 and word == "a":
            current, last = 1, "a"
            continue
        if word == "and":
            follower = words[index + 1][1] if index + 1 < len(words) else ""
            if last not in ("hundred", "scale") or (follower not in ONES and follower not in TENS):
                break
            last = "and " + last
            continue
        if word in ONES or word in TENS:
            value = ONES.get(word, TENS.get(word, 0))
            below = (last == "tens" and 0 < value < 10) or last.endswith("hundred")
            if current is not None and not below:
                break
            current = (current or 0) + value
            last = "tens" if word in TENS else "ones"
        elif word == "hundred" and current is not None and 0 < current < 100:
            current *= 100
            last = "hundred"
        elif word == "dozen" and (current or total):
            total, current = (total + (current or 0)) * 12, None
            yield Result(place, Decimal(total))
            return
        elif word in SCALES and current:
            total += current * SCALES[word]
            current, last = None, "scale"
        else:
            break
        end = place
    if end > position:
        yield Result(end, Decimal(total + (current or 0)))


def _words(text: str, position: int) -> list[tuple[int, str]]:
    """(end, word) of the words at a position, blanks or hyphens between them."""
    words: list[tuple[int, str]] = []
    end = position
    while len(words) < _MOST_WORDS:
        match = _WORD.match(text, end)
        if match is None or (not words and match.start(1) != position):
            break
        end = match.end()
        words.append((end, match[1]))
        if (
            match[1] not in ONES
            and match[1] not in TENS
            and match[1] not in _MULTIPLES
            and match[1] not in _JOINING
        ):
            break
    return words


_JOINING = frozenset({"a", "and", "half"})


def read_ordinal(reading: Reading, position: int) -> Iterator[Result]:
    """An ordinal as an int: 2nd, third, twenty-first; a wrong ending (2th) makes none."""
    text = reading.text
    match = _ORDINAL_SIGN.match(text, position)
    if match:
        if position and is_word(text[position - 1]):
            return
        number = int(match[1])
        right = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
        if match[2] == right:
            yield Result(match.end(), number)
        return
    if position and is_word(text[position - 1]):
        return
    words = _words(text, position)
    if not words:
        return
    end, word = words[0]
    if word in _ORDINALS:
        yield Result(end, _ORDINALS[word])
    elif word in TENS and len(words) > 1 and 0 < _ORDINALS.get(words[1][1], 0) < 10:
        yield Result(words[1][0], TENS[word] + _ORDINALS[words[1][1]])
    elif word in ("one", "a") and len(words) > 1 and words[1][1] == "hundredth":
        yield Result(words[1][0], 100)
