"""Readers of public annotated dialogues: CrossWOZ (Zhu et al. 2020) and SGD (Rastogi et al. 2020).

One JSON object a line, plain or gzip. Only the annotation of the system's side is an input at run time: a system
knows what it asked and what it offered. That of the customer's side teaches, or is what results are judged by.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from chat.evaluation.errors import UnreadableDialogues
from nlu.dialogue_tracking.types import (
    AnnotatedDialogue,
    AnnotatedTurn,
    FormCatalogue,
    FormSlot,
    Offer,
    SystemMessage,
    joined,
)

CROSSWOZ: Final = "crosswoz"
SGD: Final = "sgd"
FORMATS: Final = (CROSSWOZ, SGD)

# Slots of CrossWOZ whose values are lists, written with blanks between their parts.
_SEVERAL: Final = frozenset({FormSlot("酒店", "酒店设施"), FormSlot("餐馆", "推荐菜")})
_CROSSWOZ_FORMS: Final = ("餐馆", "景点", "酒店", "出租", "地铁")
_ASKS: Final = {"REQUEST"}
_CONFIRMS: Final = {"CONFIRM"}
# Marks at the ends of a value that belong to the sentence, not to the value.
_ENDS: Final = ' \t、，,。】”"'


def read_dialogues(path: str | Path, kind: str) -> tuple[AnnotatedDialogue, ...]:
    """All dialogues of a file of this format; UnreadableDialogues, with the line, if it is something else."""
    read = _READERS[kind]
    found = []
    for number, record in enumerate(_records(Path(path)), 1):
        try:
            found.append(read(record))
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise UnreadableDialogues(f"{path}, line {number}: not a dialogue of {kind}: {error!r}") from error
    if not found:
        raise UnreadableDialogues(f"{path}: no dialogues")
    return tuple(found)


def catalogue_of(dialogues: tuple[AnnotatedDialogue, ...], kind: str) -> FormCatalogue:
    """The forms with the slots that the dialogues fill: what an operator would have declared."""
    slots: dict[str, set[str]] = {}
    for dialogue in dialogues:
        for turn in dialogue.turns:
            for slot in turn.state:
                slots.setdefault(slot.form, set()).add(slot.slot)
    return FormCatalogue(
        {form: tuple(sorted(names)) for form, names in sorted(slots.items())},
        _SEVERAL if kind == CROSSWOZ else frozenset(),
    )


def _records(path: Path) -> Iterator[dict[str, Any]]:
    try:
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    try:
                        yield json.loads(line)
                    except ValueError as error:
                        raise UnreadableDialogues(f"{path}, line {number}: not JSON: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableDialogues(f"{path}: {error}") from error


def _crosswoz(record: dict[str, Any]) -> AnnotatedDialogue:
    turns: list[AnnotatedTurn] = []
    system = SystemMessage()
    spoken = record["turns"]
    for said, answered in zip(spoken[::2], spoken[1::2], strict=True):
        if (said["role"], answered["role"]) != ("usr", "sys"):
            raise ValueError("customer and system do not take turns")
        state = {}
        for form, filled in answered["sys_state"].items():
            for name, value in filled.items():
                slot = FormSlot(form, name)
                state[slot] = (_crosswoz_value(slot, value),)
        acts = [act for act in said["acts"] if act[1] in _CROSSWOZ_FORMS]
        turns.append(
            AnnotatedTurn(
                text=said["text"],
                system=system,
                state=state,
                active=tuple(dict.fromkeys(act[1] for act in acts)),
                entities=_located(said["text"], acts),
            )
        )
        system = SystemMessage(
            answered["text"],
            tuple(
                Offer(FormSlot(form, name), value.strip())
                for act, form, name, value in answered["acts"]
                if act in ("Inform", "Recommend", "Select") and form in _CROSSWOZ_FORMS and value.strip()
            ),
            tuple(FormSlot(form, name) for act, form, name, _ in answered["acts"] if act == "Request"),
        )
    return AnnotatedDialogue(str(record["id"]), _CROSSWOZ_FORMS, tuple(turns))


def _crosswoz_value(slot: FormSlot, value: str) -> str:
    if slot in _SEVERAL:
        return joined(tuple(part.strip(_ENDS) for part in value.split() if part.strip(_ENDS)))
    return value.strip(_ENDS)


def _located(text: str, acts: list[list[str]]) -> tuple[tuple[int, int, str], ...]:
    """Where the values of the customer's acts are said, the longest first; none twice, none overlapping."""
    found: list[tuple[int, int, str]] = []
    named = [
        (name.rpartition("-")[2], name.partition("-")[0]) if "-" in name else (value.strip(), name)
        for act, _, name, value in acts
        if act == "Inform"
    ]
    for value, name in sorted(set(named), key=lambda pair: (-len(pair[0]), pair)):
        start = text.find(value) if value else -1
        while start >= 0:
            end = start + len(value)
            if all(end <= other or start >= after for other, after, _ in found):
                found.append((start, end, name))
            start = text.find(value, end)
    return tuple(sorted(found))


def _sgd(record: dict[str, Any]) -> AnnotatedDialogue:
    turns: list[AnnotatedTurn] = []
    state: dict[FormSlot, tuple[str, ...]] = {}
    system = SystemMessage()
    for spoken in record["turns"]:
        text = spoken["text"]
        frames = spoken["frames"]
        if spoken["role"] == "system":
            system = SystemMessage(
                text,
                tuple(offer for frame in frames for offer in _offered(text, frame)),
                tuple(
                    FormSlot(frame["service"], slot)
                    for frame in frames
                    for act, slot in _acts(frame)
                    if act in _ASKS and slot
                ),
            )
            continue
        for frame in frames:
            form = frame["service"]
            state = {slot: values for slot, values in state.items() if slot.form != form}
            filled = {name: tuple(values) for name, values in frame["state"].items() if values}
            state.update({FormSlot(form, name): values for name, values in filled.items()})
        turns.append(
            AnnotatedTurn(
                text=text,
                system=system,
                state=state,
                active=tuple(frame["service"] for frame in frames),
                entities=tuple(sorted({_span(marked) for frame in frames for marked in frame.get("slots", ())})),
            )
        )
        system = SystemMessage()
    return AnnotatedDialogue(record["id"], tuple(record["services"]), tuple(turns))


def _span(marked: dict[str, Any]) -> tuple[int, int, str]:
    return marked["start"], marked["exclusive_end"], marked["slot"]


def _acts(frame: dict[str, Any]) -> list[tuple[str, str]]:
    return [(act, slot) for act, _, slot in (written.partition(":") for written in frame.get("acts", ()))]


def _offered(text: str, frame: dict[str, Any]) -> list[Offer]:
    confirmed = {slot for act, slot in _acts(frame) if act in _CONFIRMS}
    return [
        Offer(
            FormSlot(frame["service"], span["slot"]),
            text[span["start"] : span["exclusive_end"]],
            span["slot"] in confirmed,
        )
        for span in frame.get("slots", ())
    ]


_READERS: Final[dict[str, Callable[[dict[str, Any]], AnnotatedDialogue]]] = {CROSSWOZ: _crosswoz, SGD: _sgd}
