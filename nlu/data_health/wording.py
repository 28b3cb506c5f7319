"""The words by which two texts are compared: folded, without politeness, numbers all alike.

This is stricter than `canonical`, by which the database compares: "Please track my order!" and "track my orders"
have the same words here. Rules without a dictionary, so that they hold for languages that nobody thought of.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from nlu.pipeline.features import feature_text
from nlu.pipeline.tokenization import CJK

NUMBER: Final = "0"
"""Stands for every run of digits: which number is said changes nothing in what is wanted."""
ENOUGH_WORDS: Final = 3
"""Characters that say what is wanted however much politeness stands around them."""
_SPACED: Final = re.compile(rf"([{CJK}])")
_CJK: Final = re.compile(f"[{CJK}]")
_DIGITS: Final = re.compile(r"\d+")
_PIECE: Final = re.compile(rf"[{CJK}]|[^\W{CJK}]+(?:['’][^\W{CJK}]+)?")
_POLITE: Final = "please pls plz kindly hi hello hey just so well ok okay um uh thanks sir madam actually"
_FILLERS: Final = frozenset(("a", "an", "the", *_POLITE.split()))
_PHRASES: Final = re.compile("请问一下|请问|你好|麻烦|谢谢|帮我|一下")
_PARTICLES: Final = frozenset("请啊呢吧呀哦嗯的了吗嘛呗哈么")
_CONTRACTED: Final = "do did does ca could wo would is are was were has have had should ai"
_NEGATIONS: Final = frozenset(
    (
        *("not", "no", "never", "none", "nothing", "without", "cannot"),
        *(f"{verb}nt" for verb in _CONTRACTED.split()),
        *"不没未无别非勿莫",
    )
)


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a text; sorted where words are separated by blanks, `ordered` where order alone tells them."""

    words: tuple[str, ...]
    ordered: bool


def words_of(text: str) -> Wording:
    """The words that count. A text of fillers only ("hello") keeps them all, as does one of little else in Chinese
    ("老板你好"), and a text of numbers only its numbers: they are what it says."""
    said = feature_text(text)
    folded = _DIGITS.sub(NUMBER, said)
    if set(folded.split()) == {NUMBER}:
        folded = said
    if _CJK.search(folded):
        bare = _PHRASES.sub(" ", folded.replace("您", "你"))
        split = _SPACED.sub(r" \1 ", bare).split()
        kept = [word for word in split if word not in _PARTICLES]
        whole = _SPACED.sub(r" \1 ", folded).split()
        enough = len(kept) >= ENOUGH_WORDS or 2 * len(kept) > len(whole)
        return Wording(tuple(kept if enough else whole), ordered=True)
    split = folded.split()
    kept = [stem(word) for word in split if word not in _FILLERS]
    return Wording(tuple(sorted(kept or split)), ordered=False)


def stem(word: str) -> str:
    """Without the s of a plural; rough, but the same for both texts that are compared."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def is_negation(word: str) -> bool:
    """Whether the word turns a sentence into its opposite."""
    return word in _NEGATIONS


def is_misspelling(one: str, other: str) -> bool:
    """Whether two words of at least four letters are one letter apart, or two from eight letters on."""
    if one == other or min(len(one), len(other)) < 4:
        return one == other
    most = 1 if min(len(one), len(other)) < 8 else 2
    if abs(len(one) - len(other)) > most:
        return False
    above = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        line = [row]
        for column, against in enumerate(other, start=1):
            line.append(min(above[column] + 1, line[-1] + 1, above[column - 1] + (letter != against)))
        above = line
    return above[-1] <= most


def find_words(text: str, words: Collection[str]) -> tuple[tuple[int, int], ...]:
    """Where the words of `words_of` stand in the text: (start, end) in code points."""
    wanted = set(words)
    if not wanted:
        return ()
    return tuple(
        match.span()
        for match in _PIECE.finditer(text)
        if (folded := _DIGITS.sub(NUMBER, feature_text(match.group()))) in wanted or stem(folded) in wanted
    )
