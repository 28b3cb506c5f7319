"""Changing the document of a flow a piece at a time: every function gives a new document and leaves the old one.

What names a step or a slot is kept right: renaming renames it everywhere, removing a step sends those who led to
it to where it led. Nothing is checked here; `flow_reader` reads what comes out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from chat.dialogue.flows import END, PERSON
from chat.errors import InvalidInput

Document = Mapping[str, Any]
"""A flow as `load_yaml` gives it: mappings, lists and texts."""
_TARGETS: Final = ("next", "otherwise", "yes", "no", "empty")
_SLOTS: Final = ("ask", "choose", "rate")
_NO_NAME: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Removed:
    """A document without a step: who led to it, and where they lead now."""

    document: Document
    redirected: tuple[str, ...]
    target: str


def steps_in(document: Document) -> list[dict[str, Any]]:
    """The steps, as they are written."""
    return list(document.get("steps") or [])


def slots_in(document: Document) -> dict[str, dict[str, Any]]:
    """The slots by name, as they are written."""
    return dict(document.get("slots") or {})


def step_in(document: Document, step_id: str) -> dict[str, Any] | None:
    """One step, None if there is none (any more)."""
    return next((step for step in steps_in(document) if step.get("id") == step_id), None)


def free_name(wanted: str, taken: Iterator[str] | Sequence[str]) -> str:
    """A name that nobody has: the wanted one in lower-case letters, with a number where it is taken."""
    base = _NO_NAME.sub("_", wanted.lower()).strip("_")
    base = (base if base[:1].isalpha() else f"step_{base}".strip("_"))[:50]
    known = {*taken, END, PERSON}
    return next(name for number in range(1, len(known) + 3) if (name := _numbered(base, number)) not in known)


def _numbered(base: str, number: int) -> str:
    return base if number == 1 else f"{base}_{number}"


def add_step(document: Document, step: Mapping[str, Any], *, after: str = "") -> Document:
    """With a step after the one named; at the end without, or where that one is gone."""
    steps = steps_in(document)
    place = next((index + 1 for index, one in enumerate(steps) if one.get("id") == after), len(steps))
    return {**document, "steps": [*steps[:place], dict(step), *steps[place:]]}


def put_step(document: Document, step_id: str, step: Mapping[str, Any]) -> Document:
    """With this step in the place of another; what led to that one leads here. At the end where it is gone."""
    if step_in(document, step_id) is None:
        return add_step(document, step)
    new_id = str(step.get("id", step_id))
    if new_id != step_id and step_in(document, new_id) is not None:
        raise InvalidInput(f"There is a step {new_id!r} already")
    steps = [dict(step) if one.get("id") == step_id else one for one in steps_in(document)]
    if new_id != step_id:
        steps = [_with_targets(one, lambda target: new_id if target == step_id else target) for one in steps]
    return {**document, "steps": steps}


def move_step(document: Document, step_id: str, by: int) -> Document:
    """A step some places up (negative) or down, as far as there are places."""
    steps = steps_in(document)
    place = next((index for index, one in enumerate(steps) if one.get("id") == step_id), None)
    if place is None:
        return document
    step = steps.pop(place)
    steps.insert(min(max(place + by, 0), len(steps)), step)
    return {**document, "steps": steps}


def copy_step(document: Document, step_id: str) -> tuple[Document, str]:
    """A copy behind a step, and the copy's id. Nobody leads to it but the step before it."""
    step = step_in(document, step_id)
    if step is None:
        raise InvalidInput(f"There is no step {step_id!r}")
    new_id = free_name(step_id, [str(one.get("id")) for one in steps_in(document)])
    return add_step(document, {**step, "id": new_id}, after=step_id), new_id


def remove_step(document: Document, step_id: str) -> Removed:
    """Without a step. Who led to it leads to where it led, if it led on; else to the step that stood behind it.

    The step before led to it, too, where it names no step to go on with.
    """
    steps = steps_in(document)
    place = next((index for index, one in enumerate(steps) if one.get("id") == step_id), None)
    if place is None:
        return Removed(document, (), "")
    behind = str(steps[place + 1]["id"]) if place + 1 < len(steps) else END
    follows = _goes_on_at(steps[place])
    target = follows if follows and follows != step_id else behind
    kept = [one for index, one in enumerate(steps) if index != place]
    redirected = {str(one["id"]) for one in kept if step_id in targets_in(one)}
    kept = [_with_targets(one, lambda found: target if found == step_id else found) for one in kept]
    if place and target != behind and _runs_on(kept[place - 1]):
        before = kept[place - 1]
        redirected.add(str(before["id"]))
        kept[place - 1] = {**before, _way_on(before): target}
    in_order = tuple(str(one["id"]) for one in kept if str(one["id"]) in redirected)
    return Removed({**document, "steps": kept}, in_order, target)


def _way_on(step: Mapping[str, Any]) -> str:
    """The key under which a step of its kind names the step to go on with."""
    return "yes" if "confirm" in step else "otherwise" if "branch" in step else "next"


def _goes_on_at(step: Mapping[str, Any]) -> str:
    """The step that it names to go on with where all is well; empty for none."""
    outcomes = step.get("outcomes")
    ok = outcomes.get("ok") if isinstance(outcomes, dict) else ""
    return str(ok or step.get(_way_on(step)) or step.get("next") or "")


def _runs_on(step: Mapping[str, Any]) -> bool:
    """Whether it goes on with the step that stands behind it."""
    if "end" in step or "handoff" in step or ("goto" in step and step.get("return") != "true"):
        return False
    options = step.get("options")
    if isinstance(options, list) and options and all(one.get("next") for one in options):
        return False
    return not _goes_on_at(step)


def targets_in(step: Mapping[str, Any]) -> list[str]:
    """All ids that a written step names as where to go."""
    found: list[str] = []

    def note(target: str) -> str:
        found.append(target)
        return target

    _with_targets(step, note)
    return found


def _with_targets(step: Mapping[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """The step with every target changed; itself, where there is none."""
    result = dict(step)
    for key in _TARGETS:
        if isinstance(result.get(key), str) and result[key]:
            result[key] = change(result[key])
    for key in ("options", "branch"):
        if isinstance(result.get(key), list):
            result[key] = [{**one, "next": change(one["next"])} if one.get("next") else one for one in result[key]]
    if isinstance(result.get("outcomes"), dict):
        result["outcomes"] = {name: change(target) for name, target in result["outcomes"].items()}
    return result


def put_slot(document: Document, name: str, slot: Mapping[str, Any], *, new_name: str = "") -> Document:
    """With this slot under its name, in its place or last; a new name is used everywhere."""
    slots = slots_in(document)
    new_name = new_name or name
    if new_name != name and new_name in slots:
        raise InvalidInput(f"There is a slot {new_name!r} already")
    if name not in slots:
        return {**document, "slots": {**slots, new_name: dict(slot)}}
    placed = {new_name if key == name else key: dict(slot) if key == name else one for key, one in slots.items()}
    changed = {**document, "slots": placed}
    if new_name != name:
        changed["steps"] = [_with_slot(step, name, new_name) for step in steps_in(document)]
    return changed


def remove_slot(document: Document, name: str) -> Document:
    """Without a slot; the steps that use it stay as they are."""
    return {**document, "slots": {key: slot for key, slot in slots_in(document).items() if key != name}}


def users_of_slot(document: Document, name: str) -> list[str]:
    """The ids of the steps that ask for, test or name a slot."""
    return [str(step["id"]) for step in steps_in(document) if _with_slot(step, name, f"{name}_") != step]


def _with_slot(step: Mapping[str, Any], old: str, new: str) -> dict[str, Any]:
    """The step with a slot under its new name: asked for, emptied, tested, named in texts."""
    result = {key: _renamed(value, old, new) for key, value in step.items()}
    for key in _SLOTS:
        if result.get(key) == old:
            result[key] = new
    if isinstance(result.get("clear"), list):
        result["clear"] = [new if one == old else one for one in result["clear"]]
    return result


def _renamed(value: Any, old: str, new: str) -> Any:
    if isinstance(value, str):
        return re.sub(rf"(?<!\{{)((?:\{{\{{)*)\{{{re.escape(old)}\}}", rf"\g<1>{{{new}}}", value)
    if isinstance(value, list):
        return [_renamed(one, old, new) for one in value]
    if isinstance(value, dict):
        return {
            key: new if key == "slot" and one == old else _renamed(one, old, new) for key, one in value.items()
        }
    return value


def keep_as_written(old: Any, new: Any) -> Any:
    """The new value, with whatever says the same as before written as it was: one text or a list of one."""
    if _plain(old) == _plain(new):
        return old
    if isinstance(old, dict) and isinstance(new, dict):
        return {key: keep_as_written(old[key], value) if key in old else value for key, value in new.items()}
    return new


def _plain(value: Any) -> Any:
    """The value with lists of one text as that text."""
    if isinstance(value, list):
        if len(value) == 1 and isinstance(value[0], str):
            return value[0]
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return value
