"""Two texts side by side: which lines went, which came, which stayed."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of the comparison."""

    kind: Literal["same", "gone", "new"]
    text: str


def compare(before: str, after: str) -> tuple[DiffLine, ...]:
    """The lines of both texts in reading order; empty when the texts are equal."""
    if before == after:
        return ()
    old, new = before.splitlines(), after.splitlines()
    lines: list[DiffLine] = []
    for tag, old_start, old_end, new_start, new_end in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if tag == "equal":
            lines.extend(DiffLine("same", text) for text in old[old_start:old_end])
            continue
        lines.extend(DiffLine("gone", text) for text in old[old_start:old_end])
        lines.extend(DiffLine("new", text) for text in new[new_start:new_end])
    return tuple(lines)
