"""Whether the messages of late are still like those before: counts, blocks, and exact tests. Plain statistics.

Messages are counted in blocks of `BLOCK`. After each block the last 2, 4 and 8 blocks are compared with a
reference, by tests that each ask about shares: of each intent among the understood messages, of all intents
together, of rejected messages, of messages far from the training data, of each language. The many looks are paid
for: the allowed rate of false alarms, `FALSE_ALARMS` in `WITHIN` messages, is divided evenly among all tests of
all looks (a union bound, so that neither overlapping windows nor tests that depend on each other spoil it).

Messages of one conversation resemble each other, so counts vary more than those of independent messages. A
language belongs to the customer: each is counted once a conversation. Of messages in a row with the same result
only every fourth is counted; what is left shows in the reference's own blocks, for each kind by itself (`spread`,
Pearson's chi-square over its degrees of freedom, McCullagh & Nelder 1989, 4.5), and every test counts only one in
so many.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Self

BLOCK: Final = 50
SCALES: Final = (2, 4, 8)
"""Blocks that are compared at once: small and sudden, or slight and lasting."""
ENOUGH: Final = 300
"""Messages of a reference before anything is compared with it."""
MOST: Final = 2_000
"""The reference takes in what is older than `HELD_BACK` blocks, up to so many messages; then it stays."""
HELD_BACK: Final = 20
"""Blocks that the reference does not take in yet: a drift that shows late must not be the rule by then."""
ALIKE: Final = 4
"""Of messages in a row of one conversation with the same result, one in so many is counted."""
CONVERSATIONS: Final = 200
"""Conversations whose last result is remembered for that."""
FALSE_ALARMS: Final = 0.03
WITHIN: Final = 5_000
KINDS: Final = 5
REFERENCES: Final = 2
"""With the blocks that are held back, and without: more messages to compare with, and none of a late drift."""
ALLOWED: Final = FALSE_ALARMS / (WITHIN / BLOCK) / len(SCALES) / KINDS / REFERENCES
"""Chance of a false alarm by one test of one look, over all its categories."""
BINS: Final = 50
FAR: Final = 0.1
"""Far from the training data is what is less like it than this share of the reference."""
LARGEST_SPREAD: Final = 4.0
FEWEST_EXPECTED: Final = 6.0
"""Intents of which fewer are expected among the newest messages are taken together, or the tail is wrong."""

Kind = Literal["intent", "mix", "rejected", "far", "language", "unlike_training"]

LEAST_CHANGE: Final[Mapping[str, float]] = {"intent": 0.04, "rejected": 0.05, "far": 0.1, "language": 0.05}
"""Smallest difference of shares in 0-1 that is worth a person's time, however certain it is."""
LEAST_DIVERGENCE: Final = 0.05
"""The same for all intents together: chi-square divergence beyond chance."""
UNLIKE_TRAINING: Final = 0.25
"""So much more must be rejected than training's held-out utterances were, to alarm before there is a reference."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One message: what it was understood as (empty: rejected), its language, how like the training data (0-1)."""

    turn_id: int
    conversation_id: int
    understood: str
    locale: str
    familiarity: float


@dataclass(slots=True)
class Tally:
    """Counts of messages; of `locales`, conversations. `scores` counts familiarity in `BINS` bins; turns are the
    first and last counted."""

    total: int = 0
    intents: Counter[str] = field(default_factory=Counter)
    locales: Counter[str] = field(default_factory=Counter)
    scores: list[int] = field(default_factory=lambda: [0] * BINS)
    first_turn: int = 0
    last_turn: int = 0

    @property
    def understood(self) -> int:
        """Messages that were taken for an intent."""
        return self.intents.total()

    @property
    def rejected(self) -> int:
        """Messages that were taken for out of scope."""
        return self.total - self.understood

    def far(self, cut: int) -> int:
        """Messages in the bins below `cut`."""
        return sum(self.scores[:cut])

    def add(self, seen: Seen, *, new_locale: bool = True) -> None:
        """Count one message, and its language if its conversation was not counted in it yet."""
        self.total += 1
        if seen.understood:
            self.intents[seen.understood] += 1
        if new_locale:
            self.locales[seen.locale] += 1
        self.scores[min(max(int(seen.familiarity * BINS), 0), BINS - 1)] += 1
        self.first_turn = self.first_turn or seen.turn_id
        self.last_turn = seen.turn_id

    @classmethod
    def of(cls, parts: Iterable[Tally]) -> Self:
        """Everything that the parts count, in their order."""
        whole = cls()
        for part in parts:
            whole.total += part.total
            whole.intents.update(part.intents)
            whole.locales.update(part.locales)
            whole.scores = [one + other for one, other in zip(whole.scores, part.scores, strict=True)]
            whole.first_turn = whole.first_turn or part.first_turn
            whole.last_turn = part.last_turn or whole.last_turn
        return whole

    def to_json(self) -> dict[str, Any]:
        """A JSON object; inverse of `from_json`."""
        return {
            "total": self.total,
            "intents": dict(self.intents),
            "locales": dict(self.locales),
            "scores": self.scores,
            "turns": [self.first_turn, self.last_turn],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild from `to_json`'s object; KeyError, TypeError or ValueError for anything else."""
        scores = [int(count) for count in data["scores"]]
        if len(scores) != BINS:
            raise ValueError("a count for each bin")
        return cls(
            total=int(data["total"]),
            intents=Counter({str(name): int(count) for name, count in data["intents"].items()}),
            locales=Counter({str(name): int(count) for name, count in data["locales"].items()}),
            scores=scores,
            first_turn=int(data["turns"][0]),
            last_turn=int(data["turns"][1]),
        )


@dataclass(frozen=True, slots=True)
class Change:
    """A share (0-1) that was `before` and is `after`, of `messages` counted now. `name`: an intent, a language.

    chance: how likely so great a difference is if nothing changed, over all categories of its kind.
    """

    kind: Kind
    name: str
    before: float
    after: float
    messages: int
    chance: float

    def to_json(self) -> dict[str, Any]:
        """A JSON object; inverse of `from_json`."""
        return {
            "kind": self.kind,
            "name": self.name,
            "before": round(self.before, 4),
            "after": round(self.after, 4),
            "messages": self.messages,
            "chance": float(f"{self.chance:.3g}"),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild from `to_json`'s object; KeyError, TypeError or ValueError for anything else."""
        return cls(
            kind=data["kind"],
            name=str(data["name"]),
            before=float(data["before"]),
            after=float(data["after"]),
            messages=int(data["messages"]),
            chance=float(data["chance"]),
        )


def log_choose(total: int, chosen: int) -> float:
    """The logarithm of a binomial coefficient."""
    return math.lgamma(total + 1) - math.lgamma(chosen + 1) - math.lgamma(total - chosen + 1)


def chance_of_shares(before: int, of_before: int, after: int, of_after: int, spread: float = 1.0) -> float:
    """Fisher's exact test, two-sided (twice the smaller tail): `before` in `of_before`, `after` in `of_after`.

    spread: every count is divided by it first.
    """
    before, after = round(before / spread), round(after / spread)
    of_before, of_after = max(round(of_before / spread), before), max(round(of_after / spread), after)
    found, total = before + after, of_before + of_after
    if not of_before or not of_after or not found:
        return 1.0
    least, most = max(0, found - of_before), min(found, of_after)
    base = log_choose(total, found)

    def mass(count: int) -> float:
        return math.exp(log_choose(of_after, count) + log_choose(of_before, found - count) - base)

    above = sum(mass(count) for count in range(after, most + 1))
    below = sum(mass(count) for count in range(least, after + 1))
    return min(1.0, 2 * min(above, below))


def chance_of_chi_square(value: float, freedom: int) -> float:
    """The upper tail of chi-square, by the cube-root normal approximation (Wilson & Hilferty 1931)."""
    if freedom < 1 or value <= 0:
        return 1.0
    part = 2 / (9 * freedom)
    z = ((value / freedom) ** (1 / 3) - (1 - part)) / math.sqrt(part)
    return 0.5 * math.erfc(z / math.sqrt(2))


def far_cut(reference: Tally) -> int:
    """The bin below which at most `FAR` of the reference lies."""
    below, cut = 0, 0
    for place, count in enumerate(reference.scores):
        if below + count > FAR * reference.total:
            break
        below += count
        cut = place + 1
    return cut


def spread_of(tables: Sequence[Mapping[str, int]]) -> float:
    """How much more counts vary from block to block than independent ones would, 1 to `LARGEST_SPREAD`."""
    whole: Counter[str] = Counter()
    for table in tables:
        whole.update(table)
    counted = [table for table in tables if sum(table.values())]
    names = [name for name, count in whole.items() if count]
    value = 0.0
    for table in counted:
        share = sum(table.values()) / whole.total()
        for name in names:
            expected = whole[name] * share
            value += (table.get(name, 0) - expected) ** 2 / expected
    freedom = (len(counted) - 1) * (len(names) - 1)
    return min(max(value / freedom, 1.0), LARGEST_SPREAD) if freedom > 0 else 1.0


def spreads_of(blocks: Sequence[Tally], cut: int) -> dict[str, float]:
    """The spread of each kind that is tested; what is rejected or far varies at least as intents do."""
    intents = spread_of([block.intents for block in blocks])
    rejected = spread_of([{"in": block.understood, "out": block.rejected} for block in blocks])
    far = spread_of([{"near": block.total - block.far(cut), "far": block.far(cut)} for block in blocks])
    return {
        "intent": intents,
        "language": spread_of([block.locales for block in blocks]),
        "rejected": max(intents, rejected),
        "far": max(intents, far),
    }


def changes_between(reference: Tally, recent: Tally, spreads: Mapping[str, float]) -> list[Change]:
    """What changed so much, and so certainly, that it is worth an alarm; the least likely first. Often nothing.

    spreads: as of `spreads_of`; a kind that is not there has 1.
    """
    usual = spreads.get("intent", 1.0)
    found = [
        *changed_shares(
            "intent", reference.intents, recent.intents, reference.understood, recent.understood, usual
        ),
        *changed_shares(
            "language",
            reference.locales,
            recent.locales,
            reference.locales.total(),
            recent.locales.total(),
            spreads.get("language", 1.0),
        ),
        *changed_mix(reference, recent, usual),
    ]
    cut = far_cut(reference)
    for kind, before, after in (
        ("rejected", reference.rejected, recent.rejected),
        ("far", reference.far(cut), recent.far(cut)),
    ):
        found += changed_shares(
            kind, {"": before}, {"": after}, reference.total, recent.total, spreads.get(kind, 1.0)
        )
    return sorted(found, key=lambda change: (change.chance, change.kind, change.name))


def changed_shares(
    kind: str,
    before: Mapping[str, int],
    after: Mapping[str, int],
    of_before: int,
    of_after: int,
    spread: float,
) -> list[Change]:
    """The categories whose share changed, the allowance being divided among them. Far only ever grows."""
    names = sorted({*before, *after})
    found = []
    for name in names:
        was = before.get(name, 0) / of_before if of_before else 0.0
        now = after.get(name, 0) / of_after if of_after else 0.0
        if abs(now - was) < LEAST_CHANGE[kind] or (kind == "far" and now < was):
            continue
        chance = len(names) * chance_of_shares(
            before.get(name, 0), of_before, after.get(name, 0), of_after, spread
        )
        if chance < ALLOWED:
            found.append(Change(kind, name, was, now, after.get(name, 0), chance))  # type: ignore[arg-type]
    return found


def changed_mix(reference: Tally, recent: Tally, spread: float) -> list[Change]:
    """Whether the intents together are mixed otherwise, by Pearson's chi-square; rare ones are taken together
    with their neighbours by name.

    before, after: the share of understood messages that would have to move for the mixes to be the same: 0 before.
    """
    of_before, of_after = reference.understood, recent.understood
    if not of_before or not of_after:
        return []
    whole = of_before + of_after
    rows: list[tuple[int, int]] = []
    was, now = 0, 0
    for name in sorted({*reference.intents, *recent.intents}):
        was, now = was + reference.intents[name], now + recent.intents[name]
        if (was + now) * of_after / whole / spread >= FEWEST_EXPECTED:
            rows.append((was, now))
            was, now = 0, 0
    if was or now:
        rows.append((was, now))
    value = sum(
        (count - sum(row) * size / whole) ** 2 / (sum(row) * size / whole)
        for row in rows
        for count, size in zip(row, (of_before, of_after), strict=True)
    )
    freedom = len(rows) - 1
    chance = chance_of_chi_square(value / spread, freedom)
    beyond = (value / spread - freedom) * spread * whole / (of_before * of_after)
    if chance >= ALLOWED or beyond < LEAST_DIVERGENCE:
        return []
    moved = sum(abs(row[1] / of_after - row[0] / of_before) for row in rows) / 2
    return [Change("mix", "", 0.0, moved, of_after, chance)]


def greatest_moves(reference: Tally, recent: Tally, count: int = 3) -> list[Change]:
    """The intents whose shares moved most, to explain a changed mix."""
    of_before, of_after = max(reference.understood, 1), max(recent.understood, 1)
    moves = [
        Change(
            "intent",
            name,
            reference.intents[name] / of_before,
            recent.intents[name] / of_after,
            recent.intents[name],
            1.0,
        )
        for name in {*reference.intents, *recent.intents}
    ]
    return sorted(moves, key=lambda change: (-abs(change.after - change.before), change.name))[:count]


def unlike_training(rejected: int, held_out: int, recent: Tally) -> list[Change]:
    """Before there is a reference: far more is rejected than of what training held out."""
    if not held_out or not recent.total:
        return []
    was, now = rejected / held_out, recent.rejected / recent.total
    chance = chance_of_shares(rejected, held_out, recent.rejected, recent.total)
    if now - was < UNLIKE_TRAINING or chance >= ALLOWED:
        return []
    return [Change("unlike_training", "", was, now, recent.rejected, chance)]
