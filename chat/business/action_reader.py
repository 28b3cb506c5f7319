"""From `actions.yaml` (docs/flows.md), or one action of it, to definitions; what makes no sense is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from chat.business.definitions import (
    STANDING_OUTCOMES,
    ActionDefinition,
    BodyPart,
    ConnectionDefinition,
    Input,
    InputType,
    ListOutput,
    OutcomeRule,
    Output,
)
from chat.dialogue.fields import NAME, Fields
from chat.dialogue.flow_text import load_yaml
from chat.dialogue.templates import fields_of
from nlu.egress.types import check_header
from nlu.errors import InvalidData

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
LONGEST_WAIT: Final = 30
MOST_RETRIES: Final = 3
MOST_ACTIONS: Final = 100
_PATH: Final = re.compile(r"[A-Za-z0-9_-]{1,60}(\.[A-Za-z0-9_-]{1,60}){0,9}")


@dataclass(frozen=True, slots=True)
class ActionFile:
    """A connection with its actions, each with the document that it was read from."""

    connection: ConnectionDefinition
    actions: tuple[ActionDefinition, ...]
    documents: tuple[Mapping[str, Any], ...]


def read_action_file(text: str) -> ActionFile:
    """A whole file; InvalidInput names the place."""
    fields = Fields(load_yaml(text), "file")
    connection = _connection(fields.inner("connection"))
    items = fields.items("actions")
    if not items or len(items) > MOST_ACTIONS:
        raise fields.error("actions", f"a list of 1 to {MOST_ACTIONS} actions is wanted")
    documents = tuple(item.data for item in items)
    actions = tuple(_action(item) for item in items)
    fields.done()
    names = [action.name for action in actions]
    for name in names:
        if names.count(name) > 1:
            raise fields.error("actions", f"the name {name!r} is there twice")
    return ActionFile(connection, actions, documents)


def read_action(text: str) -> tuple[ActionDefinition, Mapping[str, Any]]:
    """One action of a YAML text, and its document; InvalidInput names the place."""
    document = load_yaml(text)
    return action_of(document), document


def action_of(document: Any) -> ActionDefinition:
    """The action of a loaded document (all scalars texts); InvalidInput names the place."""
    return _action(Fields(document, "action"))


def _connection(fields: Fields) -> ConnectionDefinition:
    connection = ConnectionDefinition(
        name=fields.name("name"),
        demo=fields.name("demo", ""),
        base_url=fields.text("base_url", ""),
        header=fields.text("header", ""),
        scheme=fields.text("scheme", ""),
        secret=fields.name("secret", ""),
    )
    fields.done()
    if connection.header:
        try:
            check_header(connection.header, connection.scheme)
        except InvalidData as error:
            raise fields.error("header", str(error)) from None
    elif connection.secret:
        raise fields.error("header", "a secret needs the header that carries it")
    return connection


def _action(fields: Fields) -> ActionDefinition:
    method = fields.text("method")
    if method not in METHODS:
        raise fields.error("method", f"{method!r} is none of {', '.join(METHODS)}")
    inputs = {name: _input(inner) for name, inner in fields.each("inputs")}
    action = ActionDefinition(
        name=fields.name("name"),
        title=fields.titles("title"),
        method=method,
        path=fields.text("path"),
        writes=fields.one_of("effect", ("read", "write"), "read") == "write",
        query=fields.templates("query"),
        body=_body(fields, method),
        inputs=inputs,
        timeout_seconds=fields.number("timeout_seconds", 5, least=1, most=LONGEST_WAIT),
        retries=fields.number("retries", 1, least=0, most=MOST_RETRIES),
        outputs=_outputs(fields),
        outcomes=tuple(_outcome(item) for item in fields.items("outcomes")),
        says=dict(_says(fields)),
    )
    fields.done()
    _check_path(fields, action)
    _check_templates(fields, action)
    return action


def _input(fields: Fields) -> Input:
    kind: Any = fields.one_of("type", get_args(InputType), "text")
    found = Input(required=fields.flag("required"), type=kind)
    fields.done()
    return found


def _body(fields: Fields, method: str) -> Mapping[str, BodyPart] | None:
    body = fields.get("body")
    if body is None:
        return None
    if method not in WITH_BODY:
        raise fields.error("body", f"{method} requests have no body")
    if not isinstance(body, dict):
        raise fields.error("body", "a mapping is wanted")
    return body


def _outputs(fields: Fields) -> dict[str, Output | ListOutput]:
    found: dict[str, Output | ListOutput] = {}
    for name, value in fields.inner("outputs").data.items():
        place = f"outputs.{name}"
        if NAME.fullmatch(name) is None:
            raise fields.error("outputs", f"{name!r} is no name (lower-case letters, digits, underscores)")
        if isinstance(value, str):
            found[name] = Output(_path_at(fields, place, value))
            continue
        inner = Fields(value, f"{fields.place}.{place}")
        if inner.has("list"):
            path = inner.text("list")
            kept = {key: _path_at(inner, f"fields.{key}", one) for key, one in inner.templates("fields").items()}
            if not kept:
                raise inner.error("fields", "name the fields to keep of each item")
            # "." is the answer itself, where it is a list.
            found[name] = ListOutput(path if path == "." else _path_at(inner, "list", path), kept)
        else:
            found[name] = Output(_path_at(inner, "path", inner.text("path")), inner.flag("required"))
        inner.done()
    return found


def _path_at(fields: Fields, place: str, path: str) -> str:
    if _PATH.fullmatch(path) is None:
        raise fields.error(place, f"{path!r} is no path (names and numbers joined by dots)")
    return path


def _outcome(fields: Fields) -> OutcomeRule:
    rule = OutcomeRule(
        outcome=fields.name("outcome"),
        status=fields.number("status", 0, least=200, most=499) if fields.has("status") else 0,
        path=_path_at(fields, "field", fields.text("field")) if fields.has("field") else "",
        value=fields.text("is", ""),
    )
    fields.done()
    if not rule.status and not rule.path:
        raise fields.error("", "a status or a field is wanted")
    if rule.path and not fields.has("is"):
        raise fields.error("is", "what the field must be is wanted")
    if rule.value and not rule.path:
        raise fields.error("field", "the field that must be so is wanted")
    if rule.outcome in STANDING_OUTCOMES and rule.outcome != "ok":
        raise fields.error("outcome", f"{rule.outcome!r} has a meaning of its own")
    return rule


def _says(fields: Fields) -> Iterable[tuple[str, dict[str, tuple[str, ...]]]]:
    for outcome in fields.inner("says").data:
        if NAME.fullmatch(outcome) is None:
            raise fields.error("says", f"{outcome!r} is no outcome")
    inner = fields.inner("says")
    for outcome in inner.data:
        yield outcome, inner.texts(outcome)


def _check_path(fields: Fields, action: ActionDefinition) -> None:
    """The path begins at the connection's address and leads nowhere else."""
    path = action.path
    if not path.startswith("/") or path.startswith("//"):
        raise fields.error("path", "begins with one /")
    if re.search(r"[\s\\?#]", path) or any(part in (".", "..") for part in path.split("/")):
        raise fields.error("path", "has no spaces, backslashes, ?, # and no . or .. between slashes")


def _check_templates(fields: Fields, action: ActionDefinition) -> None:
    """Every `{name}` is a declared input, and what the path needs is required."""
    for place, template in (
        ("path", action.path),
        *((f"query.{name}", one) for name, one in action.query.items()),
        *((f"body.{place}", one) for place, one in _leaves(action.body or {})),
    ):
        try:
            names = fields_of(template)
        except ValueError:
            raise fields.error(place, "a brace is missing its other one ({{ and }} are braces)") from None
        for name in names:
            if name not in action.inputs:
                raise fields.error(place, f"{{{name}}} is no input of the action")
            if place == "path" and not action.inputs[name].required:
                raise fields.error(f"inputs.{name}", "an input of the path must be required")


def _leaves(part: BodyPart, place: str = "") -> Iterable[tuple[str, str]]:
    """The templates of a body, with their places."""
    if isinstance(part, str):
        yield place, part
    elif isinstance(part, Mapping):
        for name, inner in part.items():
            yield from _leaves(inner, f"{place}.{name}" if place else name)
    elif part is not None:
        for number, inner in enumerate(part):
            yield from _leaves(inner, f"{place}[{number}]")
