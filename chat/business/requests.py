"""From a call to the request that it means: inputs into path, query and body."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlencode

from chat.business.canonical import NotCanonical, json_value
from chat.business.definitions import ActionDefinition, BodyPart
from chat.dialogue.templates import fields_of, fill, whole_field
from nlu.egress.types import EgressRequest

LONGEST_INPUT: Final = 2_000
_ABSENT: Final = object()


class UnfitInput(Exception):
    """The call's inputs do not make a request; the message names the input, never its value."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The system that an action calls. `secret` goes into the header, behind the scheme's word."""

    base_url: str
    header: str = ""
    scheme: str = ""
    secret: str = field(default="", repr=False)

    @property
    def secrets(self) -> dict[str, str]:
        """The header that opens the system; none without a secret."""
        return {self.header: f"{self.scheme} {self.secret}".strip()} if self.header and self.secret else {}


def request_for(
    action: ActionDefinition, endpoint: Endpoint, inputs: Mapping[str, str], *, idempotency_key: str
) -> EgressRequest:
    """The request; UnfitInput if a required input is missing or one does not fit where it goes."""
    given = {name: inputs.get(name, "") for name in action.inputs}
    for name, declared in action.inputs.items():
        if declared.required and not given[name]:
            raise UnfitInput(f"the input {name} is missing")
        if len(given[name]) > LONGEST_INPUT:
            raise UnfitInput(f"the input {name} is longer than {LONGEST_INPUT} characters")
    path = fill(action.path, lambda name: _segment(name, given[name]))
    query = [(name, fill(one, given.__getitem__)) for name, one in action.query.items() if _said(one, given)]
    headers = {"Accept": "application/json"}
    body: bytes | None = None
    if action.body is not None:
        document = _filled(action.body, action, given)
        body = json.dumps({} if document is _ABSENT else document, ensure_ascii=False).encode("utf-8", "replace")
        headers["Content-Type"] = "application/json"
    if action.writes:
        headers["Idempotency-Key"] = idempotency_key
    return EgressRequest(
        url=endpoint.base_url.rstrip("/") + path + (f"?{urlencode(query, errors='replace')}" if query else ""),
        method=action.method,
        headers=headers,
        secrets=endpoint.secrets,
        body=body,
    )


def idempotency_key(scope: str, action: str, key: str) -> str:
    """One name for a call of one conversation: other conversations' equal calls are other calls."""
    return hashlib.sha256("\x1f".join((scope, action, key)).encode()).hexdigest()[:40]


def _said(template: str, given: Mapping[str, str]) -> bool:
    """Whether anything would be said: a template whose inputs are all empty is left out."""
    names = fields_of(template)
    return not names or any(given[name] for name in names)


def _segment(name: str, value: str) -> str:
    """A value as a part of a path, which cannot climb out of it."""
    if value in (".", ".."):
        raise UnfitInput(f"the input {name} cannot be part of a path")
    return quote(value, safe="", errors="replace")


def _filled(part: BodyPart, action: ActionDefinition, given: Mapping[str, str]) -> Any:
    """The JSON of a part of the body; `_ABSENT` for what consists of empty inputs only."""
    if isinstance(part, str):
        if not _said(part, given):
            return _ABSENT
        name = whole_field(part)
        if not name:
            return fill(part, given.__getitem__)
        try:
            return json_value(given[name], action.inputs[name].type)
        except NotCanonical as error:
            raise UnfitInput(f"the input {name}: {error}") from None
    if isinstance(part, Mapping):
        found = {name: _filled(inner, action, given) for name, inner in part.items()}
        return {name: value for name, value in found.items() if value is not _ABSENT}
    return [value for value in (_filled(inner, action, given) for inner in part or ()) if value is not _ABSENT]
