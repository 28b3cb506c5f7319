"""How well a masker does on labelled texts.

A labelled span counts as found if every letter and digit in it is masked, whatever by. A masked span counts as
right if it touches a labelled one and reaches at most four characters beyond it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

Span = tuple[int, int, str]
SLACK = 4


@dataclass(slots=True)
class Tally:
    """Counts of one type, or of all."""

    labelled: int = 0
    found: int = 0
    masked: int = 0
    right: int = 0

    def to_json(self) -> dict[str, float | int]:
        """Precision, recall and F1 (1 when there is nothing to get wrong), and how many spans there were."""
        precision = self.right / self.masked if self.masked else 1.0
        recall = self.found / self.labelled if self.labelled else 1.0
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        return {
            "precision": round(precision, 4),
            "recall": round(recall, 4),
            "f1": round(f1, 4),
            "labelled": self.labelled,
            "masked": self.masked,
        }


@dataclass(slots=True)
class MaskingScore:
    """Adds up texts: over all types, and type by type (where the type must be the same)."""

    overall: Tally = field(default_factory=Tally)
    by_type: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))

    def add(self, text: str, labelled: Sequence[Span], masked: Sequence[Span]) -> None:
        """Count one text with its labelled and its masked spans."""
        _count(self.overall, text, labelled, masked)
        for kind in {span[2] for span in (*labelled, *masked)}:
            _count(self.by_type[kind], text, _of(kind, labelled), _of(kind, masked))


def _of(kind: str, spans: Iterable[Span]) -> list[Span]:
    return [span for span in spans if span[2] == kind]


def _count(tally: Tally, text: str, labelled: Sequence[Span], masked: Sequence[Span]) -> None:
    covered = {index for start, end, _ in masked for index in range(start, end)}
    tally.labelled += len(labelled)
    tally.masked += len(masked)
    for start, end, _ in labelled:
        tally.found += all(index in covered for index in range(start, end) if text[index].isalnum())
    for start, end, _ in masked:
        tally.right += any(
            first < end and start < last and max(0, first - start) + max(0, end - last) <= SLACK
            for first, last, _ in labelled
        )
