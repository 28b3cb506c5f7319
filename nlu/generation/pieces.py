"""Texts as pieces that generators recombine, and pieces as texts that look as if a person had typed them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from nlu.pipeline.tokenization import PLACEHOLDER, tokenize_text
from nlu.types import LONGEST_READ

_CLOSING = frozenset(".,!?;:)]}%…。，！？；：、）】》")
_OPENING = frozenset("([{#$￥¥（【《")


@dataclass(frozen=True, slots=True)
class Piece:
    """A token: as it was written, folded, and its kind (placeholder, cjk, word, digits, symbol)."""

    text: str
    key: str
    kind: str


def pieces_of(text: str) -> tuple[Piece, ...]:
    """The tokens of a text in order; what nobody would read of it (`LONGEST_READ`) is left out."""
    text = text[:LONGEST_READ]
    return tuple(Piece(text[token.start : token.end], token.text, token.kind) for token in tokenize_text(text))


def keys_of(pieces: Iterable[Piece]) -> tuple[str, ...]:
    """What the pieces are compared by."""
    return tuple(piece.key for piece in pieces)


@dataclass(frozen=True, slots=True)
class Joined:
    """A text and where in it each piece lies, [start, end) in code points."""

    text: str
    places: tuple[tuple[int, int], ...]


class Typesetter:
    """Puts pieces together with the blanks that the given texts use."""

    def __init__(self, texts: Iterable[str]) -> None:
        seen: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
        for text in texts:
            text = text[:LONGEST_READ]
            tokens = tokenize_text(text)
            for left, right in pairwise(tokens):
                apart = text[left.end : right.start] != ""
                names = _class(left.text, left.kind), _class(right.text, right.kind)
                for pair in (names, (names[0], "*"), ("*", names[1])):
                    seen[pair][apart] += 1
        self._apart = {pair: counts[1] > counts[0] for pair, counts in seen.items()}

    def join(self, pieces: Sequence[Piece]) -> Joined:
        """The text of the pieces; values that were masked are numbered afresh in their order."""
        text, places = "", []
        for place, piece in enumerate(written := renumbered(pieces)):
            if place and self._blank(written[place - 1], piece):
                text += " "
            places.append((len(text), len(text) + len(piece.text)))
            text += piece.text
        return Joined(text, tuple(places))

    def _blank(self, left: Piece, right: Piece) -> bool:
        names = _class(left.key, left.kind), _class(right.key, right.kind)
        if names in self._apart:
            return self._apart[names]
        if "symbol" in (left.kind, right.kind):
            for kind, pair in ((right.kind, ("*", names[1])), (left.kind, (names[0], "*"))):
                if kind == "symbol" and pair in self._apart:
                    return self._apart[pair]
            return right.key not in _CLOSING and left.key not in _OPENING
        return "cjk" not in (left.kind, right.kind)


def _class(key: str, kind: str) -> str:
    """Symbols behave each in a way of its own, other tokens as all of their kind."""
    return f"symbol {key}" if kind == "symbol" else kind


def renumbered(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces with placeholders numbered from 1 within each label, in order; equal ones stay equal."""
    numbers: defaultdict[str, dict[str, int]] = defaultdict(dict)
    result = []
    for piece in pieces:
        match = PLACEHOLDER.fullmatch(piece.text)
        if match is None:
            result.append(piece)
            continue
        known = numbers[match["type"]]
        number = known.setdefault(match["number"], len(known) + 1)
        result.append(
            Piece(f"[{match['type']}#{number}]", PLACEHOLDER.sub(f"[\\g<type>#{number}]", piece.key), piece.kind)
        )
    return result


class Speller:
    """Spells folded tokens as people mostly do, and begins a text with a capital if most texts do."""

    def __init__(self, texts: Iterable[Sequence[Piece]]) -> None:
        inside: defaultdict[str, Counter[str]] = defaultdict(Counter)
        first: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._kinds: dict[str, str] = {}
        capitals = beginnings = 0
        for pieces in texts:
            for place, piece in enumerate(pieces):
                (inside if place else first)[piece.key][piece.text] += 1
                self._kinds[piece.key] = piece.kind
            if pieces and pieces[0].kind == "word":
                beginnings += 1
                capitals += pieces[0].text[:1].isupper()
        self._spelt = {
            key: min(counts, key=lambda text: (-counts[text], text)) for key, counts in {**first, **inside}.items()
        }
        self._capital = 2 * capitals > beginnings

    def spell(self, keys: Sequence[str]) -> list[Piece]:
        """The pieces of folded tokens that were all in the texts."""
        pieces = [Piece(self._spelt[key], key, self._kinds[key]) for key in keys]
        if self._capital and pieces and pieces[0].kind == "word":
            head = pieces[0]
            pieces[0] = Piece(head.text[:1].upper() + head.text[1:], head.key, head.kind)
        return pieces
