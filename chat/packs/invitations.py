"""The invitations of a scenario pack: `invitations.yaml`, read and checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from chat.dialogue.fields import Fields
from chat.dialogue.flow_text import load_yaml
from chat.errors import InvalidInput
from chat.proactive.reader import read_conditions, read_words
from chat.proactive.rules import Conditions, Words


@dataclass(frozen=True, slots=True)
class PackRule:
    """One rule; `flow` is the name of a flow of the pack."""

    name: str
    flow: str
    priority: int
    most_ever: int
    conditions: Conditions
    words: dict[str, Words]


@dataclass(frozen=True, slots=True)
class PackInvitations:
    """The rules, and the policy of the pack's own site where the pack records one; `basis` is empty otherwise."""

    rules: tuple[PackRule, ...]
    basis: str = ""
    note: str = ""
    kept_days: int = 30


def read_invitations(file: Path) -> PackInvitations | None:
    """The rules of a pack; None where it has none. InvalidInput names the file and the place."""
    if not file.is_file():
        return None
    try:
        fields = Fields(load_yaml(file.read_text(encoding="utf-8")), "invitations")
        behaviour = fields.inner("behaviour")
        read = PackInvitations(
            rules=tuple(read_rule(one) for one in fields.items("rules")),
            basis=behaviour.text("basis", ""),
            note=behaviour.text("note", ""),
            kept_days=behaviour.number("kept_days", 30, least=1, most=180),
        )
        behaviour.done()
        fields.done()
    except InvalidInput as error:
        raise InvalidInput(f"{file.name}: {error}") from None
    return read


def read_rule(fields: Fields) -> PackRule:
    """One rule."""
    rule = PackRule(
        name=fields.text("name"),
        flow=fields.name("flow"),
        priority=fields.number("priority", 10, least=0, most=100),
        most_ever=fields.number("most_ever", 1, least=1, most=20),
        conditions=read_conditions(fields.get("conditions") or {}),
        words=read_words(fields.get("words")),
    )
    fields.done()
    return rule
