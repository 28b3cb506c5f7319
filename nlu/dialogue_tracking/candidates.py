"""Which values a message could be about: what it says, what the system offered, what other slots hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from nlu.dialogue_tracking.types import DONT_CARE, FormSlot, Offer, State, SystemMessage
from nlu.dialogue_tracking.values import KnownValues, key, parts, spaced
from nlu.pipeline.tokenization import Token
from nlu.recognizers.entities import Kind
from nlu.recognizers.recognizer import recognize
from nlu.types import EntitySpan, Parse

LONGEST_TOKENS = 24
LONGEST_CHOICE = 6
OFFERS_KEPT = 60
# Numbers do not depend on the day.
_NUMBER: tuple[Kind, ...] = ("number",)
_NO_DAY = datetime(2000, 1, 1, tzinfo=UTC)


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
    readings: other keys of the value, as that of 2 for "two"; spoken: where the system said it.
    """

    value: str
    kinds: set[str] = field(default_factory=set)
    mentions: list[Mention] = field(default_factory=list)
    offered: list[Offer] = field(default_factory=list)
    remembered: list[FormSlot] = field(default_factory=list)
    held: list[FormSlot] = field(default_factory=list)
    readings: set[str] = field(default_factory=set)
    spoken: list[Mention] = field(default_factory=list)

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
    tokens: Sequence[Token],
    parse: Parse,
    system: SystemMessage,
    spoken: Sequence[Token],
    memory: Memory,
    state: State,
    known: KnownValues,
) -> list[Candidate]:
    """All candidate values of a turn, those of the message first and in its order, each value once.

    tokens: of the message; spoken: of what the system said before it.
    """
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
        one.readings |= {key(entity.value) for entity in parse.entities if _lies(entity, tokens[start:end])}
    for start, end, reading in _numbers(tokens, parse.text):
        one = candidate(parse.text[tokens[start].start : tokens[end - 1].end])
        one.readings.add(key(reading))
        if not one.mentions:
            one.kinds.add("e:number")
            one.mentions.append(Mention(start, end))
    for start, end, value in _spoken(spoken, system, known):
        one = candidate(value)
        one.kinds.add("y:")
        one.spoken.append(Mention(start, end))
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
    kept: list[tuple[int, int, set[str]]] = []
    for (start, end), kinds in sorted(places.items(), key=lambda place: (place[0][0] - place[0][1], place[0])):
        if all(end <= other or after <= start for other, after, _ in kept):
            kept.append((start, end, kinds))
    return sorted(kept, key=lambda place: place[0])


def _lies(entity: EntitySpan, tokens: Sequence[Token]) -> bool:
    return entity.start == tokens[0].start and entity.end == tokens[-1].end


def _numbers(tokens: Sequence[Token], text: str) -> list[tuple[int, int, str]]:
    """Numbers of the message with their values: "two" is 2."""
    found = []
    for number in recognize(text, clock=_NO_DAY, kinds=_NUMBER):
        inside = [i for i, token in enumerate(tokens) if token.start < number.end and number.start < token.end]
        if inside:
            found.append((inside[0], inside[-1] + 1, number.canonical))
    return found


def _spoken(tokens: Sequence[Token], system: SystemMessage, known: KnownValues) -> list[tuple[int, int, str]]:
    """Values of few-valued slots that the system said."""
    folded = [token.text for token in tokens]
    return [
        (start, end, system.text[tokens[start].start : tokens[end - 1].end])
        for start in range(len(tokens))
        for end in range(start + 1, min(len(tokens), start + LONGEST_CHOICE) + 1)
        if " ".join(folded[start:end]) in known.choice_tokens
    ]
