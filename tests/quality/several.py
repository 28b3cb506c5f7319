"""How well the shop assistant tells messages of two concerns from those of one that can be cut as well.

No weight is fitted to the messages of `shop_several.jsonl`, but what an additive conjunction counts was chosen
with them in sight: figures of theirs are of development, and no proof.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nlu.pipeline.pipeline import NluPipeline

MESSAGES = Path(__file__).parent / "shop_several.jsonl"


def read_messages(locale: str) -> list[dict]:
    """The messages of one language with their one or two intents."""
    rows = [json.loads(line) for line in MESSAGES.read_text(encoding="utf-8").splitlines() if line]
    return [row for row in rows if row["locale"] == locale]


def several_figures(pipeline: NluPipeline, locale: str, verbose: bool) -> dict[str, float]:
    """Of those with two: said to have several, both right; of those with one: said to have several."""
    rows = read_messages(locale)
    found = right = alarms = 0
    for row, parse in zip(rows, pipeline.parse_many([row["text"] for row in rows]), strict=True):
        said = {span.name for span in parse.several}
        if len(row["intents"]) > 1:
            found += bool(said)
            right += said == set(row["intents"])
        else:
            alarms += bool(said)
        if verbose and said != (set(row["intents"]) if len(row["intents"]) > 1 else set()):
            print(f"several: {row['text']!r} has {row['intents']} said {sorted(said)}", file=sys.stderr)
    pairs = sum(len(row["intents"]) > 1 for row in rows)
    ones = len(rows) - pairs
    return {
        "pairs": pairs,
        "found": round(found / pairs, 4),
        "both_right": round(right / pairs, 4),
        "ones": ones,
        "ones_said_to_be_several": round(alarms / ones, 4),
    }
