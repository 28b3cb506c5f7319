"""Cuts a folded text into tokens: one per CJK character, Latin word, run of digits, symbol or placeholder."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from nlu.pipeline.normalizer import NormalizedText, normalize

# Han (with extensions), kana and CJK symbols used as characters; these scripts do not separate words.
CJK = "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"

# A masked value: the type's name and the number of the value, as the masking rules write it.
PLACEHOLDER = re.compile(r"\[(?P<type>[^\[\]#\s][^\[\]#]{0,39})#(?P<number>\d{1,6})\]")

_TOKEN = re.compile(
    rf"(?P<placeholder>{PLACEHOLDER.pattern.replace('?P<type>', '').replace('?P<number>', '')})"
    rf"|(?P<cjk>[{CJK}])"
    rf"|(?P<word>[^\W\d_{CJK}]+(?:['’][^\W\d_{CJK}]+)?)"
    r"|(?P<digits>\d+)"
    r"|(?P<symbol>\S)"
)


@dataclass(frozen=True, slots=True)
class Token:
    """A folded token and its span [start, end) in code points of the original text.

    kind is one of placeholder, cjk, word, digits, symbol.
    """

    text: str
    start: int
    end: int
    kind: str


def tokenize(normalized: NormalizedText) -> list[Token]:
    """The tokens of a folded text in order; blanks belong to none."""
    tokens = []
    for match in _TOKEN.finditer(normalized.text):
        start, end = normalized.original_span(*match.span())
        tokens.append(Token(match.group(), start, end, match.lastgroup or "symbol"))
    return tokens


def tokenize_text(text: str) -> list[Token]:
    """Fold and tokenize in one step."""
    return tokenize(normalize(text))


def bio_tags(tokens: Sequence[Token], entities: Sequence[tuple[int, int, str]]) -> list[str]:
    """One BIO tag per token for the entity spans [start, end, type] of the original text.

    A span that cuts a token is widened to the whole token; of overlapping spans the first in order wins.
    """
    tags = ["O"] * len(tokens)
    for start, end, kind in sorted(entities):
        inside = [i for i, token in enumerate(tokens) if token.start < end and start < token.end]
        if inside and all(tags[i] == "O" for i in inside):
            for position, i in enumerate(inside):
                tags[i] = f"{'I' if position else 'B'}-{kind}"
    return tags
