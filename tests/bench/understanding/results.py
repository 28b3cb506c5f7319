"""What was measured so far, in one JSON file that is written after every measurement."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Measured:
    """One measurement: its figures by name, or why there are none.

    seconds: of the clock, training included; commit: of the program that was measured.
    """

    part: str
    variant: str
    seed: int
    figures: Figures
    refused: str
    seconds: float
    date: str
    commit: str

    @property
    def key(self) -> str:
        """What a later run finds it by."""
        return key_of(self.part, self.variant, self.seed)


def key_of(part: str, variant: str, seed: int) -> str:
    """The name of a measurement."""
    return f"{part}/{variant}/{seed}"


class ResultsFile:
    """Measurements by name. A run that was broken off goes on where it stopped."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._found: dict[str, Measured] = {}
        if path.is_file():
            rows = json.loads(path.read_text(encoding="utf-8"))["measured"]
            self._found = {row.key: row for row in (Measured(**entry) for entry in rows)}

    def get(self, key: str) -> Measured | None:
        """The measurement of that name if it has figures: what was refused is tried again."""
        found = self._found.get(key)
        return found if found is not None and not found.refused else None

    def all(self) -> list[Measured]:
        """Everything, also what was refused."""
        return list(self._found.values())

    def of(self, part: str, variant: str) -> list[Measured]:
        """All seeds of a part's variant."""
        return [row for row in self._found.values() if (row.part, row.variant) == (part, variant)]

    def add(self, row: Measured) -> None:
        """Keep a measurement; the file is replaced as a whole, so that it is never half written."""
        self._found[row.key] = row
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".part")
        content = {"measured": [asdict(self._found[key]) for key in sorted(self._found)]}
        fresh.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        fresh.replace(self.path)

    def forget(self, part: str) -> None:
        """Drop a part's measurements, so that they are taken again."""
        self._found = {key: row for key, row in self._found.items() if row.part != part}
