"""What a training's own models made of examples that they had not seen: the rows of a version's `held_out.json`.

Plain Python, so that web processes can read it: they never load a model.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Final

FILE: Final = "held_out.json"
MOST_BYTES: Final = 64 << 20


@dataclass(frozen=True, slots=True)
class HeldOutAnswer:
    """One example and the answer to it.

    key: `text_key`; gold, said: intents, the reserved label for out of scope; intent: what it would have said if
    it had to say one; certain: whether the assistant would have acted on it alone by the bounds of the training;
    lead: how far the confidence is ahead of the runner-up's, None in files of older trainings.
    """

    key: int
    gold: str
    said: str
    intent: str
    confidence: float
    certain: bool
    lead: float | None = None


def write_answers(answers: Sequence[HeldOutAnswer]) -> str:
    """The content of `FILE`; holds hashes of texts, never a text."""
    return json.dumps([list(astuple(answer)) for answer in answers], ensure_ascii=False) + "\n"


def read_answers(folder: Path) -> tuple[HeldOutAnswer, ...]:
    """The answers in the order of the file; none from a folder that has no such file or one of another form."""
    path = folder / FILE
    try:
        if path.stat().st_size > MOST_BYTES:
            return ()
        return tuple(_answer(*row) for row in json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, RecursionError, OverflowError):
        return ()


def _answer(
    key: Any, gold: Any, said: Any, intent: Any, confidence: Any, certain: Any, lead: Any = None
) -> HeldOutAnswer:
    sure = float(confidence)
    if not 0 <= sure <= 1:
        raise ValueError("a confidence lies in 0-1")
    ahead = None if lead is None else float(lead)
    if ahead is not None and not 0 <= ahead <= 1:
        raise ValueError("a lead lies in 0-1")
    return HeldOutAnswer(int(key), str(gold), str(said), str(intent), sure, bool(certain), ahead)


def by_key(answers: Sequence[HeldOutAnswer]) -> dict[int, HeldOutAnswer]:
    """The answers by their key; of equal texts the last."""
    return {answer.key: answer for answer in answers}
