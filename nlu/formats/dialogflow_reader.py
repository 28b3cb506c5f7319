"""Reads an agent of Dialogflow ES as its settings page exports it: a ZIP of JSON files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, BinaryIO, Final

from nlu.errors import UnreadableFile
from nlu.formats.archive import Archive
from nlu.formats.dialogflow_names import SYSTEM_KINDS, locale_of
from nlu.formats.records import Note, PatternEntry, Phrase, Problem, Record, Span, TypeEntry, ValueEntry

FALLBACK: Final = "Default Fallback Intent"
_PARTS = re.compile(r"(?P<name>.+)_(?P<part>usersays|entries)_(?P<language>[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})?)")
# A value made of other entities, "@size:size @color:color": no word that anybody writes.
COMPOSITE: Final = re.compile(r"(^|\s)@[\w.-]")


def read_dialogflow(file: BinaryIO) -> Iterator[Record]:
    """The records of the agent. Each phrase's line is its number in its file. UnreadableFile as `Archive`."""
    with Archive(file) as archive:
        names = archive.names()
        roots = sorted(
            (path.parent for path in map(PurePosixPath, names) if path.name == "agent.json"),
            key=lambda path: (len(path.parts), str(path)),
        )
        if not roots:
            raise UnreadableFile("no_agent")
        settings = _json(archive, str(roots[0] / "agent.json"))
        if not isinstance(settings, dict):
            raise UnreadableFile("no_agent")
        language = settings.get("language")
        reader = _Agent(archive, locale_of(language) if isinstance(language, str) else None)
        yield from reader.folder(str(roots[0] / "entities"), "entries", names)
        yield from reader.folder(str(roots[0] / "intents"), "usersays", names)


class _Agent:
    def __init__(self, archive: Archive, locale: str | None) -> None:
        self._archive = archive
        self._locale = locale

    def folder(self, folder: str, part: str, names: list[str]) -> Iterator[Record]:
        """The definitions in a folder, each with its files of phrases or entries, one for each language."""
        own = [path for path in map(PurePosixPath, names) if str(path.parent) == folder and path.suffix == ".json"]
        stems = {path.stem for path in own}
        parts: dict[str, list[tuple[PurePosixPath, str]]] = {}
        definitions: list[PurePosixPath] = []
        for path in own:
            match = _PARTS.fullmatch(path.stem)
            if match is None or match["part"] != part:
                definitions.append(path)
            elif match["name"] in stems:
                parts.setdefault(match["name"], []).append((path, match["language"]))
            else:
                yield Problem(0, "no_intent_file" if part == "usersays" else "no_entity_file", file=str(path))
        for path in definitions:
            definition = _json(self._archive, str(path))
            name = definition.get("name") if isinstance(definition, dict) else None
            if not isinstance(definition, dict) or not isinstance(name, str) or not name.strip():
                yield Problem(0, "bad_json" if definition is None else "no_name", file=str(path))
            elif part == "usersays":
                yield from self._intent(name.strip(), definition, path, parts.get(path.stem, []))
            else:
                yield from self._entity(name.strip(), definition, path, parts.get(path.stem, []))

    def _intent(
        self,
        name: str,
        definition: dict[str, Any],
        path: PurePosixPath,
        files: list[tuple[PurePosixPath, str]],
    ) -> Iterator[Record]:
        intent = "" if definition.get("fallbackIntent") is True or name == FALLBACK else name
        # Agents from before there were languages have their phrases in the definition.
        if isinstance(definition.get("userSays"), list):
            for number, item in enumerate(definition["userSays"], start=1):
                yield from _phrase(item, number, intent, self._locale, str(path))
        for file, language in files:
            items = _json(self._archive, str(file))
            if not isinstance(items, list):
                yield Problem(0, "bad_json" if items is None else "not_a_list", file=str(file))
                continue
            for number, item in enumerate(items, start=1):
                yield from _phrase(item, number, intent, locale_of(language), str(file))

    def _entity(
        self,
        name: str,
        definition: dict[str, Any],
        path: PurePosixPath,
        files: list[tuple[PurePosixPath, str]],
    ) -> Iterator[Record]:
        yield TypeEntry(0, name, str(path))
        is_pattern = definition.get("isRegexp") is True
        if isinstance(definition.get("entries"), list):
            for number, item in enumerate(definition["entries"], start=1):
                yield from _entry(item, number, name, str(path), is_pattern=is_pattern)
        for file, _language in files:
            items = _json(self._archive, str(file))
            if not isinstance(items, list):
                yield Problem(0, "bad_json" if items is None else "not_a_list", file=str(file))
                continue
            for number, item in enumerate(items, start=1):
                yield from _entry(item, number, name, str(file), is_pattern=is_pattern)


def _json(archive: Archive, name: str) -> Any:
    """The content of a file; None if it is no JSON."""
    try:
        return json.loads(archive.read(name).decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None


def _phrase(item: Any, number: int, intent: str, locale: str | None, file: str) -> Iterator[Record]:
    pieces = item.get("data") if isinstance(item, dict) else None
    if not isinstance(pieces, list) or not pieces:
        yield Problem(number, "bad_phrase", file=file)
        return
    if item.get("isTemplate") is True:
        yield Problem(number, "template_phrase", file=file)
        return
    text = ""
    spans: list[Span] = []
    plain: list[str] = []
    for piece in pieces:
        words = piece.get("text") if isinstance(piece, dict) else None
        if not isinstance(words, str):
            yield Problem(number, "bad_phrase", file=file)
            return
        kind, system = _kind(piece.get("meta"))
        if kind and words.strip():
            spans.append((len(text), len(text) + len(words), kind))
        elif system:
            plain.append(system)
        text += words
    if not text.strip():
        yield Problem(number, "bad_phrase", file=file)
        return
    for name in plain:
        yield Note("plain_mark", name)
    yield Phrase(number, text, intent, tuple(spans), locale, file)


def _kind(meta: object) -> tuple[str, str]:
    """The entity type of a piece and, for a system entity that has none here, its name."""
    if not isinstance(meta, str) or not meta.startswith("@") or meta == "@sys.ignore":
        return "", ""
    if meta.startswith("@sys."):
        kind = SYSTEM_KINDS.get(meta.removeprefix("@sys."), "")
        return kind, "" if kind else meta[:100]
    return meta.removeprefix("@").partition(":")[0].strip(), ""


def _entry(item: Any, number: int, name: str, file: str, *, is_pattern: bool) -> Iterator[Record]:
    value = item.get("value") if isinstance(item, dict) else None
    synonyms = item.get("synonyms", []) if isinstance(item, dict) else None
    if (
        not isinstance(value, str)
        or not value.strip()
        or not isinstance(synonyms, list)
        or not all(isinstance(form, str) for form in synonyms)
    ):
        yield Problem(number, "bad_entry", file=file)
    elif is_pattern:
        for pattern in dict.fromkeys(form.strip() for form in synonyms or [value]):
            if pattern:
                yield PatternEntry(number, name, pattern, file)
    elif any(COMPOSITE.search(form) for form in (value, *synonyms)):
        yield Problem(number, "composite_entry", file=file)
    else:
        yield ValueEntry(number, name, value, tuple(synonyms), file)
