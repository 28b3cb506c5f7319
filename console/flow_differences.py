"""Two versions of a flow side by side: step by step, texts by words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final, Literal

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chat.dialogue.conditions import read_condition
from chat.dialogue.flow_edits import Document, slots_in, steps_in
from chat.errors import InvalidInput
from console.flow_words import condition_text

PartKind = Literal["settings", "slot", "step"]
ChangeKind = Literal["new", "gone", "changed", "moved"]
_WORDS: Final = re.compile(r"[A-Za-z0-9_]+|\{[^{}]*\}|\s+|.", re.DOTALL)
MOST_WORK: Final = 4_000_000
"""Words of one text times words of the other; beyond that they are compared as wholes."""
ALIKE: Final = 0.4
"""Texts with less in common than this share of the shorter one are told as one that went and one that came."""
LABELS: Final[Mapping[str, str | Promise]] = {
    "title": _("title"),
    "description": _("description"),
    "triggers": _("intents that start it"),
    "keywords": _("words that name the task"),
    "timeout_minutes": _("minutes of silence"),
    "explain": _("explain first"),
    "type": _("kind of thing"),
    "remember": _("remember"),
    "cues": _("words beside it"),
    "before": _("before"),
    "after": _("after"),
    "pattern": _("pattern"),
    "least": _("at least"),
    "most": _("at most"),
    "profile": _("attribute of the profile"),
    "invalid": _("when it does not fit"),
    "say": _("text"),
    "text": _("text"),
    "confirm": _("text"),
    "handoff": _("text"),
    "end": _("text"),
    "again": _("asking again"),
    "quick_replies": _("quick replies"),
    "attempts": _("attempts"),
    "otherwise": _("otherwise"),
    "optional": _("may be skipped"),
    "always": _("ask even if known"),
    "ask": _("slot"),
    "choose": _("slot"),
    "rate": _("slot"),
    "options": _("option"),
    "label": _("label"),
    "words": _("other words"),
    "from": _("list"),
    "value": _("what is kept"),
    "empty": _("if the list is empty"),
    "recommend": _("what fits first"),
    "yes": _("after a yes"),
    "no": _("after a no"),
    "branch": _("condition"),
    "when": _("when"),
    "action": _("action"),
    "with": _("given"),
    "save": _("results are called"),
    "outcomes": _("outcome"),
    "answer": _("article"),
    "search": _("search"),
    "goto": _("flow"),
    "return": _("comes back"),
    "outcome": _("how it went"),
    "next": _("then"),
    "clear": _("forgets"),
}


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a text: in both, only in the old one, only in the new one."""

    kind: Literal["same", "gone", "new"]
    text: str


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that differs."""

    label: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class PartChange:
    """A step, a slot or the settings, as far as they differ."""

    kind: ChangeKind
    part: PartKind
    name: str
    fields: tuple[FieldChange, ...] = ()


def compare_flows(before: Document, after: Document) -> tuple[PartChange, ...]:
    """Everything that differs between two documents; empty where they say the same."""
    return tuple(_changes(before, after))


def compare_parts(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    """The fields of two steps, slots or settings that differ."""
    old, new = dict(_flat(before)), dict(_flat(after))
    return tuple(
        FieldChange(_label(path), compare_words(old.get(path, ""), new.get(path, "")))
        for path in dict.fromkeys([*old, *new])
        if old.get(path, "") != new.get(path, "")
    )


def compare_words(before: str, after: str) -> tuple[Piece, ...]:
    """The words of both texts in reading order; Chinese is compared by characters."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if len(old) * len(new) > MOST_WORK:
        return (Piece("gone", before), Piece("new", after))
    pieces: list[Piece] = []
    for tag, old_start, old_end, new_start, new_end in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", "".join(old[old_start:old_end])))
            continue
        if old_end > old_start:
            pieces.append(Piece("gone", "".join(old[old_start:old_end])))
        if new_end > new_start:
            pieces.append(Piece("new", "".join(new[new_start:new_end])))
    common = sum(len(piece.text.strip()) for piece in pieces if piece.kind == "same")
    if common < ALIKE * min(len(before), len(after)):
        return (Piece("gone", before), Piece("new", after))
    return tuple(pieces)


def _changes(before: Document, after: Document) -> Iterator[PartChange]:
    if fields := compare_parts(_settings_in(before), _settings_in(after)):
        yield PartChange("changed", "settings", "", fields)
    yield from _named("slot", slots_in(before), slots_in(after), moved=frozenset())
    old = {str(step.get("id")): step for step in steps_in(before)}
    new = {str(step.get("id")): step for step in steps_in(after)}
    yield from _named("step", old, new, moved=_moved(list(old), list(new)))


def _named(
    part: PartKind, old: Mapping[str, Any], new: Mapping[str, Any], *, moved: frozenset[str]
) -> Iterator[PartChange]:
    for name in new:
        if name not in old:
            yield PartChange("new", part, name, compare_parts({}, _without_id(new[name])))
            continue
        fields = compare_parts(old[name], new[name])
        if fields or name in moved:
            yield PartChange("changed" if fields else "moved", part, name, fields)
    for name in old:
        if name not in new:
            yield PartChange("gone", part, name, compare_parts(_without_id(old[name]), {}))


def _moved(old: list[str], new: list[str]) -> frozenset[str]:
    """Those that are in both, at another place among the ones that stayed."""
    left, right = [name for name in old if name in new], [name for name in new if name in old]
    stayed: set[str] = set()
    for block in SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks():
        stayed |= set(left[block.a : block.a + block.size])
    return frozenset(left) - stayed


def _without_id(step: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: value for key, value in step.items() if key != "id"}


def _settings_in(document: Document) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key not in ("format", "name", "slots", "steps")}


def _flat(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text with its path. Lists of texts are one text with lines, options go by their value."""
    if path[-1:] == ("when",):
        yield path, _condition(value)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _flat(one, (*path, str(key)))
    elif isinstance(value, list) and all(isinstance(one, str) for one in value):
        yield path, "\n".join(value)
    elif isinstance(value, list):
        for place, one in enumerate(value):
            name = one.get("value") if isinstance(one, dict) else None
            yield from _flat(one, (*path, name if isinstance(name, str) else str(place + 1)))
    else:
        yield path, str(value)


def _condition(value: Any) -> str:
    try:
        return condition_text(read_condition(value, "when"))
    except InvalidInput:
        return str(value)


def _label(path: tuple[str, ...]) -> str:
    """The path in words: keys and languages translated, names as they are."""
    languages = {code: str(name) for code, name in settings.LANGUAGES}
    return " · ".join(str(LABELS.get(key, languages.get(key, key))) for key in path)
