"""Values as they are compared, and what training says of a slot's values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from nlu.dialogue_tracking.types import DONT_CARE, SEPARATOR, AnnotatedDialogue, FormSlot
from nlu.pipeline.normalizer import normalize
from nlu.pipeline.tokenization import tokenize

MOST_CHOICES = 16
CHOICE_COVERS = 0.95
FEWEST = 8
"""How often a slot must be filled before it can count as one of few values, and a half of it each value."""


def key(value: str) -> str:
    """The form in which single values are compared: folded, without blanks."""
    return "".join(normalize(value).text.split())


def spaced(value: str) -> str:
    """A value as its tokens, so that blanks count the same wherever they are."""
    return " ".join(token.text for token in tokenize(normalize(value)))


def parts(value: str) -> tuple[str, ...]:
    """The single values that a value is made of."""
    return tuple(value.split(SEPARATOR))


def compared(value: str) -> tuple[str, ...]:
    """The form in which values are compared: the keys of the parts in any order."""
    return tuple(sorted(map(key, parts(value))))


def said_values(dialogues: Sequence[AnnotatedDialogue]) -> Iterator[tuple[FormSlot, tuple[str, ...], bool]]:
    """Each value that a slot is given: slot, what counts as right, whether it is new at its turn."""
    for dialogue in dialogues:
        before: dict[FormSlot, tuple[str, ...]] = {}
        for turn in dialogue.turns:
            for slot, values in turn.state.items():
                if not set(values) & set(before.get(slot, ())):
                    yield slot, values, True
            before = dict(turn.state)


@dataclass(slots=True)
class KnownValues:
    """What slots were filled with in training.

    choices: for slots of few values those values by key; indifferent: slots for which anything was said to do;
    tokens: for each value, as its tokens with blanks between, the names of the slots that took it;
    choice_tokens: those of the choices.
    """

    choices: dict[FormSlot, dict[str, str]] = field(default_factory=dict)
    indifferent: set[str] = field(default_factory=set)
    tokens: dict[str, set[str]] = field(default_factory=dict)
    choice_tokens: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, dialogues: Sequence[AnnotatedDialogue]) -> KnownValues:
        """Count the values of the training dialogues."""
        known = cls()
        counts: dict[FormSlot, Counter[str]] = {}
        written: dict[tuple[FormSlot, str], str] = {}
        for slot, values, _ in said_values(dialogues):
            for value in values:
                for part in parts(value):
                    if part == DONT_CARE:
                        known.indifferent.add(slot.slot)
                        continue
                    known.tokens.setdefault(spaced(part), set()).add(slot.slot)
                    written.setdefault((slot, key(part)), part)
            first = values[0]
            if SEPARATOR not in first and first != DONT_CARE:
                counts.setdefault(slot, Counter())[key(first)] += 1
        known.tokens.pop("", None)
        for slot, counted in counts.items():
            common = [(value, n) for value, n in counted.most_common(MOST_CHOICES) if n >= FEWEST // 4]
            covered = sum(n for _, n in common)
            if counted.total() >= FEWEST and covered >= CHOICE_COVERS * counted.total():
                known.choices[slot] = {value: written[slot, value] for value, _ in common}
        known.collect()
        return known

    def without_choices(self, slots: Sequence[FormSlot]) -> None:
        """Slots that turn out not to be of few values."""
        for slot in slots:
            self.choices.pop(slot, None)
        self.collect()

    def collect(self) -> None:
        """Find out `choice_tokens` from the choices."""
        self.choice_tokens = {spaced(value) for values in self.choices.values() for value in values.values()}
