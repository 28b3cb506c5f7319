"""How well the shop assistant tells messages of two concerns from those of one that can be cut, and brings people.

Three sets, by what they prove. What an additive conjunction counts was chosen with `shop_several.jsonl` in sight,
and when a part brings a person with `shop_people.jsonl`: figures of theirs are of development. Nothing was chosen
with `shop_several_held.jsonl`; its messages were written before anything was measured on them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nlu.inference import PipelineCache

SETS = {
    "several": "shop_several.jsonl",
    "several_held": "shop_several_held.jsonl",
    "people": "shop_people.jsonl",
}
PEOPLE = frozenset({"talk_to_person", "complaint"})
"""The shop's intents that a person is to answer."""


def read_messages(name: str, locale: str) -> list[dict]:
    """The messages of one set and language with their one or two intents."""
    text = (Path(__file__).parent / SETS[name]).read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines() if line]
    return [row for row in rows if row["locale"] == locale]


def several_figures(
    name: str, locale: str, *, workspace_id: int, models: PipelineCache, verbose: bool
) -> dict[str, float]:
    """Of those with two: said to have several, both right; of those with one: said to have several.

    Beside them, in numbers: of those that ask for a person, who got one, and of the others.
    """
    from chat.answering import TurnInput, answer
    from chat.dialogue.state import DialogueState

    rows = read_messages(name, locale)
    inputs = [
        TurnInput(number, workspace_id, locale, row["text"], row["text"], DialogueState())
        for number, row in enumerate(rows)
    ]
    found = right = alarms = 0
    handed_over = {True: 0, False: 0}
    asked = sum(not PEOPLE.isdisjoint(row["intents"]) for row in rows)
    for row, answered in zip(rows, answer(inputs, models=models), strict=True):
        said = {span.name for span in answered.parse.several}
        wanted = set(row["intents"]) if len(row["intents"]) > 1 else set()
        if wanted:
            found += bool(said)
            right += said == wanted
        else:
            alarms += bool(said)
        person = answered.decision.kind == "handoff"
        asks = not PEOPLE.isdisjoint(row["intents"])
        handed_over[asks] += person
        if verbose and (said != wanted or person != asks):
            print(
                f"{name}: {row['text']!r} has {row['intents']} said {sorted(said)}"
                f"{', a person comes' if person else ''}",
                file=sys.stderr,
            )
    pairs = sum(len(row["intents"]) > 1 for row in rows)
    ones = len(rows) - pairs
    return {
        "pairs": pairs,
        "found": round(found / pairs, 4),
        "both_right": round(right / pairs, 4),
        "ones": ones,
        "ones_said_to_be_several": round(alarms / ones, 4),
        "person_asked": asked,
        "person_came": handed_over[True],
        "person_not_asked": len(rows) - asked,
        "person_came_unasked": handed_over[False],
    }
