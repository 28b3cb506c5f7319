"""Which values a message could be about: what it says, what the system offered, what other slots hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nlu.dialogue_tracking.types import DONT_CARE, FormSlot, Offer, State, SystemMessage
from nlu.dialogue_tracking.values import KnownValues, key, parts, spaced
from nlu.pipeline.tokenization import Token
from nlu.types import Parse

LONGEST_TOKENS = 24
OFFERS_KEPT = 60


@dataclass(frozen=True, slots=True)
class Mention:
    """A place [start, end) in the message's tokens."""

    start: int
    end: int


@dataclass(slots=True)
class Candidate:
    """A value and where it comes from.

    kinds: what it was recognised as, each with its source: "e:" an entity type, "k:" a slot name that took the
    value in training, "o:" offered just now for a slot of this name, "m:" offered before, "s:" in the state.
    """

    value: str
    kinds: set[str] = field(default_factory=set)
    mentions: list[Mention] = field(default_factory=list)
    offered: list[Offer] = field(default_factory=list)
    remembered: list[FormSlot] = field(default_factory=list)
    held: list[FormSlot] = field(default_factory=list)

    @property
    def spelling(self) -> str:
        """The value as its tokens."""
        return spaced(self.value)

    @property
    def entity_kinds(self) -> set[str]:
        """The entity types that it was recognised as."""
        return {kind for kind in self.kinds if kind.startswith("e:")}

    @property
    def names(self) -> set[str]:
        """The names of the slots that took the value in training."""
        return {kind[2:] for kind in self.kinds if kind.startswith("k:")}


@dataclass(frozen=True, slots=True)
class Memory:
    """What the system offered so far, for each slot the newest value, newest slots last."""

    offers: Mapping[FormSlot, str] = field(default_factory=dict)
    said: tuple[tuple[FormSlot, str], ...] = ()

    def after(self, system: SystemMessage) -> Memory:
        """The memory when this message is older than the newest."""
        if not system.offers:
            return self
        offers = dict(self.offers)
        for offer in system.offers:
            offers.pop(offer.slot, None)
            offers[offer.slot] = offer.value
        said = (*self.said, *((offer.slot, offer.value) for offer in system.offers))
        return Memory(offers, said[-OFFERS_KEPT:])


def find_candidates(
    tokens: Sequence[Token], parse: Parse, system: SystemMessage, memory: Memory, state: State, known: KnownValues
) -> list[Candidate]:
    """All candidate values of a turn, those of the message first and in its order, each value once."""
    found: dict[str, Candidate] = {}

    def candidate(value: str) -> Candidate:
        return found.setdefault(key(value), Candidate(value))

    said: dict[str, set[str]] = {}
    for slot, value in (*memory.said, *((offer.slot, offer.value) for offer in system.offers)):
        said.setdefault(spaced(value), set()).add(f"m:{slot.slot}")
    for slot, value in state.items():
        for part in parts(value):
            if part != DONT_CARE:
                said.setdefault(spaced(part), set()).add(f"s:{slot.slot}")
    for start, end, kinds in _mentions(tokens, parse, said, known):
        one = candidate(parse.text[tokens[start].start : tokens[end - 1].end])
        one.kinds |= kinds
        one.mentions.append(Mention(start, end))
    for offer in system.offers:
        one = candidate(offer.value)
        one.kinds.add(f"o:{offer.slot.slot}")
        one.offered.append(offer)
    for slot, value in memory.offers.items():
        one = candidate(value)
        one.kinds.add(f"m:{slot.slot}")
        one.remembered.append(slot)
    for slot, value in state.items():
        for part in parts(value):
            if part != DONT_CARE:
                one = candidate(part)
                one.kinds.add(f"s:{slot.slot}")
                one.held.append(slot)
    found.pop("", None)
    return list(found.values())


def _mentions(
    tokens: Sequence[Token], parse: Parse, said: Mapping[str, set[str]], known: KnownValues
) -> list[tuple[int, int, set[str]]]:
    """Places of entities, of known values and of values of this conversation; none inside a longer one."""
    places: dict[tuple[int, int], set[str]] = {}
    for entity in parse.entities:
        inside = [i for i, token in enumerate(tokens) if token.start < entity.end and entity.start < token.end]
        if inside:
            places.setdefault((inside[0], inside[-1] + 1), set()).add(f"e:{entity.type}")
    folded = [token.text for token in tokens]
    for start in range(len(tokens)):
        for end in range(min(len(tokens), start + LONGEST_TOKENS), start, -1):
            written = " ".join(folded[start:end])
            kinds = {f"k:{name}" for name in known.tokens.get(written, ())} | said.get(written, set())
            if kinds:
                places.setdefault((start, end), set()).update(kinds)
    kept = [
        (start, end, kinds)
        for (start, end), kinds in sorted(places.items())
        if not any(a <= start and end <= b and b - a > end - start for a, b in places)
    ]
    return kept
