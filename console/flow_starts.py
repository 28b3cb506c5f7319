"""What a new flow and a new step begin with: the structure, without texts, which are the operator's to write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from chat.dialogue.flow_edits import Document, free_name, steps_in

_BLANK: Final[Mapping[str, Any]] = {
    "say": {},
    "ask": "",
    "choose": "",
    "confirm": {},
    "branch": [],
    "action": "",
    "answer": "",
    "rate": "",
    "handoff": {},
    "goto": "",
    "end": {},
}
_STARTS: Final[Mapping[str, tuple[dict[str, Any], ...]]] = {
    "ask": (
        {"id": "ask", "ask": ""},
        {"id": "look_up", "action": "", "save": "found", "outcomes": {"failed": "sorry"}},
        {"id": "tell", "say": {}, "next": "end"},
        {"id": "sorry", "handoff": {}},
    ),
    "form": (
        {"id": "ask_first", "ask": ""},
        {"id": "ask_second", "ask": ""},
        {"id": "sure", "confirm": {}, "no": "stopped"},
        {"id": "do_it", "action": "", "save": "done"},
        {"id": "finished", "end": {}},
        {"id": "stopped", "end": {}, "outcome": "refused"},
    ),
    "choose": (
        {"id": "choose", "choose": "", "options": []},
        {"id": "tell", "say": {}},
        {"id": "finished", "end": {}},
    ),
    "empty": (),
}


def blank_step(kind: str, document: Document) -> dict[str, Any]:
    """A step of a kind, with a name of its own and nothing filled in."""
    step_id = free_name(kind, [str(step.get("id")) for step in steps_in(document)])
    return {"id": step_id, kind: _BLANK[kind]}


def new_document(*, name: str, title: Mapping[str, str], trigger: str, start: str) -> dict[str, Any]:
    """A flow to begin with."""
    return {
        "format": "1",
        "name": name,
        "title": dict(title),
        "triggers": [trigger] if trigger else [],
        "slots": {},
        "steps": [dict(step) for step in _STARTS[start]],
    }
