"""The watch over a stream of messages: first it learns a reference, then it compares, until it raises an alarm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from chat.drift_rules import (
    ALIKE,
    BLOCK,
    CONVERSATIONS,
    ENOUGH,
    HELD_BACK,
    MOST,
    SCALES,
    Change,
    Seen,
    Tally,
    changes_between,
    far_cut,
    greatest_moves,
    spreads_of,
    unlike_training,
)

REASONS = 6
FEWEST_BLOCKS = ENOUGH // BLOCK
"""Blocks that show how much they vary."""


@dataclass(frozen=True, slots=True)
class Drift:
    """Why, and over which messages: `recent` against `reference` messages."""

    changes: tuple[Change, ...]
    reference: int
    recent: Tally


@dataclass(slots=True)
class Stream:
    """Everything that the watch remembers. `reference` is None while it is being learned, from `blocks`;
    afterwards `blocks` are the newest, oldest first. `block` is being filled.

    held_out_rejected, held_out: of the utterances that training held out, how many were rejected, and how many
    there were. alarmed: an alarm is open, so nothing is compared; `blocks` are those that came after it.
    last: conversation -> (its last result, how often in a row, the languages it was counted in), of the newest.
    """

    held_out_rejected: int = 0
    held_out: int = 0
    reference: Tally | None = None
    spreads: dict[str, float] = field(default_factory=dict)
    blocks: list[Tally] = field(default_factory=list)
    block: Tally = field(default_factory=Tally)
    alarmed: bool = False
    last: dict[int, tuple[str, int, tuple[str, ...]]] = field(default_factory=dict)

    @property
    def learned(self) -> int:
        """Messages of the reference, so far."""
        return self.reference.total if self.reference is not None else Tally.of([*self.blocks, self.block]).total

    def add(self, seen: Seen) -> Drift | None:
        """Count one message; what is found after the last one of a block, if anything."""
        before, in_a_row, locales = self.last.pop(seen.conversation_id, ("", 0, ()))
        in_a_row = in_a_row + 1 if in_a_row and before == seen.understood else 1
        repeats = (in_a_row - 1) % ALIKE != 0
        new_locale = not repeats and seen.locale not in locales
        self.last[seen.conversation_id] = (
            seen.understood,
            in_a_row,
            (*locales, seen.locale) if new_locale else locales,
        )
        if len(self.last) > CONVERSATIONS:
            del self.last[next(iter(self.last))]
        if repeats:
            return None
        self.block.add(seen, new_locale=new_locale)
        if self.block.total < BLOCK:
            return None
        self.blocks.append(self.block)
        self.block = Tally()
        drift = self.look()
        if drift is not None:
            self.alarmed = True
            self.blocks = []
        return drift

    def look(self) -> Drift | None:
        """Compare, or go on learning."""
        if self.alarmed:
            self.blocks = self.blocks[-SCALES[-1] :]
            return None
        if self.reference is None:
            drift = self.look_at_training()
            if len(self.blocks) * BLOCK >= ENOUGH:
                self.settle()
            return drift
        while len(self.blocks) > HELD_BACK:
            oldest = self.blocks.pop(0)
            if self.reference.total < MOST:
                self.reference = Tally.of([self.reference, oldest])
        return self.compare(self.reference)

    def settle(self) -> None:
        """The blocks are the reference."""
        self.reference = Tally.of(self.blocks)
        self.spreads = spreads_of(self.blocks, far_cut(self.reference))
        self.blocks = []

    def compare(self, reference: Tally) -> Drift | None:
        """The scale, and of the two references the one, that show a change most clearly."""
        best: Drift | None = None
        held_back = self.blocks[: -SCALES[-1]]
        references = [reference, Tally.of([reference, *held_back])] if held_back else [reference]
        # The first blocks may have varied less than is usual; nobody knows better before there are more.
        spreads = self.spreads
        if len(held_back) >= FEWEST_BLOCKS:
            late = spreads_of(held_back, far_cut(reference))
            spreads = {kind: max(spread, spreads.get(kind, 1.0)) for kind, spread in late.items()}
        for scale in SCALES:
            if len(self.blocks) < scale:
                continue
            recent = Tally.of(self.blocks[-scale:])
            for before in references:
                changes = changes_between(before, recent, spreads)
                if changes and (best is None or changes[0].chance < best.changes[0].chance):
                    best = Drift(explained(changes, before, recent), before.total, recent)
        return best

    def look_at_training(self) -> Drift | None:
        """Without a reference only what training itself says is at hand."""
        recent = Tally.of(self.blocks[-SCALES[-1] :])
        changes = unlike_training(self.held_out_rejected, self.held_out, recent)
        enough = len(self.blocks) >= SCALES[0]
        return Drift(tuple(changes), self.held_out, recent) if enough and changes else None

    def start_anew(self) -> None:
        """What came since the alarm is the new normal: a reference begins with it, and training says no more.

        Often it is one already: an alarm may stay open for a while.
        """
        self.alarmed = False
        self.reference = None
        self.spreads = {}
        self.held_out = self.held_out_rejected = 0
        if len(self.blocks) * BLOCK >= ENOUGH:
            self.settle()

    def to_json(self) -> dict[str, Any]:
        """A JSON object; inverse of `from_json`."""
        return {
            "held_out": [self.held_out_rejected, self.held_out],
            "reference": self.reference.to_json() if self.reference is not None else None,
            "spreads": self.spreads,
            "blocks": [block.to_json() for block in self.blocks],
            "block": self.block.to_json(),
            "alarmed": self.alarmed,
            "last": [[pk, understood, count, *locales] for pk, (understood, count, locales) in self.last.items()],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild from `to_json`'s object; KeyError, TypeError or ValueError for anything else."""
        return cls(
            held_out_rejected=int(data["held_out"][0]),
            held_out=int(data["held_out"][1]),
            reference=Tally.from_json(data["reference"]) if data["reference"] is not None else None,
            spreads={str(kind): float(spread) for kind, spread in data["spreads"].items()},
            blocks=[Tally.from_json(block) for block in data["blocks"]],
            block=Tally.from_json(data["block"]),
            alarmed=bool(data["alarmed"]),
            last={
                int(pk): (str(understood), int(count), tuple(str(locale) for locale in locales))
                for pk, understood, count, *locales in data["last"]
            },
        )


def explained(changes: Sequence[Change], reference: Tally, recent: Tally) -> tuple[Change, ...]:
    """The reasons to show: of a changed mix without a single intent that explains it, those that moved most."""
    shown = list(changes[:REASONS])
    kinds = {change.kind for change in changes}
    if "mix" in kinds and "intent" not in kinds:
        shown += greatest_moves(reference, recent)
    return tuple(shown)
