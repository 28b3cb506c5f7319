"""Writes training data as an agent of Dialogflow ES: a ZIP of JSON files, one of phrases for each language."""

from __future__ import annotations

import json
import tempfile
import uuid
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby, pairwise
from typing import IO, BinaryIO, Final

from nlu.formats.dialogflow_names import SYSTEM_NAMES, language_of
from nlu.formats.dialogflow_reader import COMPOSITE, FALLBACK
from nlu.formats.records import EntityKind, KindValue
from nlu.types import Example

_HELD_BYTES: Final = 1 << 20
# A fixed date keeps equal data equal files.
_DATE = (1980, 1, 1, 0, 0, 0)
_NAMESPACE = uuid.UUID("6f1d7f0e-0c5b-4d8a-9a53-7a4be1f5c0de")


def write_dialogflow(
    target: BinaryIO, *, name: str, locale: str, examples: Iterable[Example], kinds: Sequence[EntityKind]
) -> None:
    """Write the agent. Examples of one intent must follow each other; `locale` is the one of those without any."""
    writer = _Writer(target, {kind.name: kind for kind in kinds})
    default = language_of(locale, "en")
    for intent, group in groupby(examples, key=lambda example: example.intent):
        writer.intent(intent, group, default)
    for kind in kinds:
        writer.entity(kind, sorted({default, *writer.languages}))
    writer.agent(name, default)


class _Writer:
    def __init__(self, target: BinaryIO, kinds: dict[str, EntityKind]) -> None:
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED)
        self._kinds = kinds
        self._used: set[str] = set()
        self.languages: set[str] = set()

    def intent(self, intent: str, examples: Iterable[Example], default: str) -> None:
        """The definition of an intent and its phrases; "" are the phrases of the fallback intent."""
        stem = self._stem("intents", intent or FALLBACK)
        files: dict[str, IO[bytes]] = {}
        parameters: dict[str, str] = {}
        try:
            for example in examples:
                language = language_of(example.locale, default)
                if language not in files:
                    files[language] = tempfile.SpooledTemporaryFile(_HELD_BYTES)  # noqa: SIM115 - closed below
                    files[language].write(b"[")
                elif files[language].tell() > 1:
                    files[language].write(b",")
                phrase = self._phrase(example, stem, language, parameters)
                files[language].write(b"\n" + _bytes(phrase))
            for language, file in sorted(files.items()):
                file.write(b"\n]\n")
                file.seek(0)
                with self._zip.open(_info(f"{stem}_usersays_{language}.json"), "w") as entry:
                    while piece := file.read(_HELD_BYTES):
                        entry.write(piece)
        finally:
            for file in files.values():
                file.close()
        self.languages |= files.keys()
        self._json(f"{stem}.json", _definition(intent, stem, parameters))

    def _phrase(self, example: Example, stem: str, language: str, parameters: dict[str, str]) -> dict[str, object]:
        """A phrase cut at its marks; `parameters` gets the names that its marks are given in the intent."""
        text = example.text
        edges = [0, *(edge for start, end, _name in example.entities for edge in (start, end)), len(text)]
        data: list[dict[str, object]] = []
        used: Counter[str] = Counter()
        for number, (start, end) in enumerate(pairwise(edges)):
            if start == end:
                continue
            piece: dict[str, object] = {"text": text[start:end], "userDefined": False}
            if number % 2:
                kind = example.entities[number // 2][2]
                # Two things of one type in a phrase are two parameters.
                alias = f"{kind}{used[kind]}" if used[kind] else kind
                used[kind] += 1
                parameters.setdefault(alias, self._meta(kind))
                piece |= {"alias": alias, "meta": self._meta(kind), "userDefined": True}
            data.append(piece)
        return {
            "id": _id(f"{stem}/{language}/{text}"),
            "data": data,
            "isTemplate": False,
            "count": 0,
            "lang": language,
            "updated": 0,
        }

    def _meta(self, name: str) -> str:
        kind = self._kinds.get(name)
        is_own = kind is not None and (kind.values or kind.pattern)
        return f"@{name}" if is_own else SYSTEM_NAMES.get(name, f"@{name}")

    def entity(self, kind: EntityKind, languages: Sequence[str]) -> None:
        """The definition of a type and its entries, the same in every language; values go before a pattern."""
        if self._meta(kind.name).startswith("@sys."):
            return
        stem = self._stem("entities", kind.name)
        is_pattern = bool(kind.pattern) and not kind.values
        self._json(
            f"{stem}.json",
            {
                "id": _id(stem),
                "name": kind.name,
                "isOverridable": True,
                "isEnum": False,
                "isRegexp": is_pattern,
                "automatedExpansion": not kind.values and not kind.pattern,
                "allowFuzzyExtraction": False,
            },
        )
        if is_pattern:
            entries = [{"value": kind.pattern, "synonyms": [kind.pattern]}]
        else:
            kept = (entry for entry in kind.values if not is_composite(entry))
            entries = [{"value": one.value, "synonyms": [one.value, *one.synonyms]} for one in kept]
        for language in languages:
            self._json(f"{stem}_entries_{language}.json", entries)

    def agent(self, name: str, default: str) -> None:
        """The settings; ends the archive."""
        others = sorted(self.languages - {default})
        self._json("agent.json", {"description": name, "language": default, "supportedLanguages": others})
        self._json("package.json", {"version": "1.0.0"})
        self._zip.close()

    def _stem(self, folder: str, name: str) -> str:
        """A path for the name that any system can unpack, once."""
        safe = "".join(c if c.isalnum() or c in "_- " else "_" for c in name).strip()[:120] or "_"
        for part in ("usersays", "entries"):
            # So that no definition looks like the phrases of another one.
            safe = safe.replace(f"_{part}_", f"-{part}-")
        stem, number = f"{folder}/{safe}", 2
        while stem.casefold() in self._used:
            stem, number = f"{folder}/{safe}_{number}", number + 1
        self._used.add(stem.casefold())
        return stem

    def _json(self, path: str, content: object) -> None:
        self._zip.writestr(_info(path), _bytes(content) + b"\n")


def _definition(intent: str, stem: str, parameters: Mapping[str, str]) -> dict[str, object]:
    """An intent as the agent declares it: what its phrases name are its parameters, none of them required."""
    declared = [
        {
            "id": _id(f"{stem}/parameter/{alias}"),
            "required": False,
            "dataType": meta,
            "name": alias,
            "value": f"${alias}",
            "isList": False,
        }
        for alias, meta in sorted(parameters.items())
    ]
    return {
        "id": _id(stem),
        "name": intent or FALLBACK,
        "auto": True,
        "contexts": [],
        "responses": [{"resetContexts": False, "affectedContexts": [], "parameters": declared, "messages": []}],
        "priority": 500000,
        "webhookUsed": False,
        "webhookForSlotFilling": False,
        "fallbackIntent": not intent,
        "events": [],
    }


def is_composite(entry: KindValue) -> bool:
    """Whether Dialogflow would read the value as a reference to other entities."""
    return any(COMPOSITE.search(form) for form in (entry.value, *entry.synonyms))


def _info(path: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(path, _DATE)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info


def _bytes(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")


def _id(path: str) -> str:
    """The same identifier for the same thing, so that equal data give equal files."""
    return str(uuid.uuid5(_NAMESPACE, path))
