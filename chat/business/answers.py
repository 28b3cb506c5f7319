"""From an answer to the outcome and the outputs that the action declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chat.business.canonical import NotCanonical, at_path, load_json, text_of
from chat.business.definitions import MOST_ITEMS, ActionDefinition, ListOutput, OutcomeRule
from chat.dialogue.calls import OutputValue
from nlu.egress.types import EgressAnswer

Read = tuple[str, dict[str, OutputValue], str]
"""Outcome, outputs, and a detail for operators that names no value."""


def read_answer(action: ActionDefinition, answer: EgressAnswer) -> Read:
    """What the answer means. Rules are tried in their order; anything else 2xx is ok."""
    try:
        document = load_json(answer.body) if answer.body.strip() else None
    except NotCanonical as error:
        document, problem = None, str(error)
    else:
        problem = ""
    rule = next((one for one in action.outcomes if _holds(one, answer.status, document)), None)
    if rule is not None and rule.outcome != "ok":
        return rule.outcome, _some_outputs(action, document), f"status {answer.status}"
    if rule is None:
        if answer.status >= 500:
            return "server_error", {}, f"status {answer.status}"
        if answer.status >= 400:
            return "client_error", {}, f"status {answer.status}"
        if not 200 <= answer.status < 300:
            return "bad_answer", {}, f"status {answer.status}"
    if problem or (document is None and action.outputs):
        return "bad_answer", {}, problem or "the answer is empty"
    try:
        return "ok", _outputs(action, document), f"status {answer.status}"
    except NotCanonical as error:
        return "bad_answer", {}, str(error)


def _holds(rule: OutcomeRule, status: int, document: Any) -> bool:
    if rule.status and rule.status != status:
        return False
    if not rule.path:
        return True
    found, value = at_path(document, rule.path)
    try:
        return found and text_of(value) == rule.value
    except NotCanonical:
        return False


def _outputs(action: ActionDefinition, document: Any) -> dict[str, OutputValue]:
    """Every declared output; NotCanonical if a needed one is missing or one cannot be read."""
    outputs: dict[str, OutputValue] = {}
    for name, declared in action.outputs.items():
        if isinstance(declared, ListOutput):
            outputs[name] = _rows(name, declared, document)
            continue
        found, value = at_path(document, declared.path)
        if declared.needed and (not found or value is None):
            raise NotCanonical(f"the output {name} is missing")
        outputs[name] = _named(name, value if found else None)
    return outputs


def _some_outputs(action: ActionDefinition, document: Any) -> dict[str, OutputValue]:
    """What can be read of an answer that is not ok; nothing is needed there."""
    if not isinstance(document, Mapping):
        return {}
    outputs: dict[str, OutputValue] = {}
    for name, declared in action.outputs.items():
        found, value = at_path(document, declared.path)
        if not found:
            continue
        try:
            outputs[name] = (
                _rows(name, declared, document) if isinstance(declared, ListOutput) else _named(name, value)
            )
        except NotCanonical:
            continue
    return outputs


def _rows(name: str, declared: ListOutput, document: Any) -> tuple[Mapping[str, str], ...]:
    found, value = (True, document) if declared.path == "." else at_path(document, declared.path)
    if not found or value is None:
        return ()
    if not isinstance(value, list):
        raise NotCanonical(f"the output {name} is no list")
    rows: list[Mapping[str, str]] = []
    for item in value[:MOST_ITEMS]:
        cells = {key: at_path(item, path) for key, path in declared.fields.items()}
        rows.append({key: _named(name, cell if there else None) for key, (there, cell) in cells.items()})
    return tuple(rows)


def _named(name: str, value: Any) -> str:
    try:
        return text_of(value)
    except NotCanonical as error:
        raise NotCanonical(f"the output {name}: {error}") from None
