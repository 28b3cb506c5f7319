"""Small changes of wording, learned where two texts of one meaning differ, and made to other texts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from nlu.generation.language_model import BEGIN, END
from nlu.generation.pieces import Piece, keys_of

LONGEST_EDIT = 5
"""Tokens that a change takes out, and that it puts in, at most."""
ALIKE = 0.5
"""Share of tokens that two texts have in common from which on their differences count as changes of wording."""
ENOUGH_TEACHERS = 3
"""A change that so many intents (or pairs of questions) show is believed in any intent, if it has a context."""

Keys = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """`removed` becomes `added` between a token `left` and a token `right` (BEGIN and END at the ends).

    `seen_in`: two texts that show it; there may be more.
    """

    removed: Keys
    added: tuple[Piece, ...]
    left: str
    right: str
    seen_in: tuple[str, str] = ("", "")


class EditBook:
    """Changes by what they take out. `learn` from pairs of texts, `apply` to a text."""

    def __init__(self) -> None:
        self._teachers: defaultdict[tuple[Keys, Keys], set[str]] = defaultdict(set)
        self._edits: defaultdict[Keys, dict[tuple[Keys, str, str], Edit]] = defaultdict(dict)
        # Insertions must fit on both sides; looked up by them, because any two tokens have a gap between.
        self._inserted: defaultdict[tuple[str, str], dict[tuple[Keys, str, str], Edit]] = defaultdict(dict)

    def learn(
        self, first: Sequence[Piece], second: Sequence[Piece], teacher: str, texts: tuple[str, str] = ("", "")
    ) -> None:
        """Take in, both ways, how two texts of one meaning differ. `teacher`: the intent, or the pair's name;
        texts: how the two are written."""
        one, other = keys_of(first), keys_of(second)
        if not one or not other or one == other:
            return
        # A cheap upper bound of the likeness first: most pairs have nothing in common.
        if 2 * len(set(one) & set(other)) < ALIKE * len({*one, *other}):
            return
        matcher = SequenceMatcher(None, one, other, autojunk=False)
        if matcher.ratio() < ALIKE:
            return
        for kind, a, b, c, d in matcher.get_opcodes():
            if kind == "equal" or b - a > LONGEST_EDIT or d - c > LONGEST_EDIT:
                continue
            left, right = one[a - 1] if a else BEGIN, one[b] if b < len(one) else END
            self._add(Edit(one[a:b], tuple(second[c:d]), left, right, texts), teacher)
            self._add(Edit(other[c:d], tuple(first[a:b]), left, right, texts), teacher)

    def _add(self, edit: Edit, teacher: str) -> None:
        put = keys_of(edit.added)
        self._teachers[edit.removed, put].add(teacher)
        known = self._edits[edit.removed] if edit.removed else self._inserted[edit.left, edit.right]
        known[put, edit.left, edit.right] = edit

    def apply(self, pieces: Sequence[Piece], intent: str) -> Iterator[tuple[int, int, Edit]]:
        """(start, end, the change to make there) of every change that fits, [start, end) in tokens.

        A change fits in the intent that taught it where one neighbour is the same, both if nothing is taken out;
        elsewhere if enough others taught it and a neighbour is the same.
        """
        keys = keys_of(pieces)
        for start in range(len(keys) + 1):
            for end in range(start, min(len(keys), start + LONGEST_EDIT) + 1):
                left = keys[start - 1] if start else BEGIN
                right = keys[end] if end < len(keys) else END
                known = self._edits.get(keys[start:end]) if end > start else self._inserted.get((left, right))
                made: set[Keys] = set()
                for (put, before, after), edit in (known or {}).items():
                    teachers = self._teachers[keys[start:end], put]
                    trusted = intent in teachers or len(teachers) >= ENOUGH_TEACHERS
                    if put not in made and trusted and (before == left or after == right):
                        made.add(put)
                        yield start, end, edit


def within(groups: Iterable[tuple[str, Sequence[tuple[str, Sequence[Piece]]]]], book: EditBook, most: int) -> None:
    """Teach `book` the differences between the texts of each group, at most `most` texts of one."""
    for name, texts in groups:
        shown = texts[:most]
        for place, (written, first) in enumerate(shown):
            for other, second in shown[place + 1 :]:
                book.learn(first, second, name, (written, other))
