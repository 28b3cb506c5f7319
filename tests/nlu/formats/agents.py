"""Agents of Dialogflow ES, made as its export makes them."""

from __future__ import annotations

import io
import json
import zipfile

Files = dict[str, object]


def phrase(*pieces: str | tuple[str, str], **fields: object) -> dict[str, object]:
    """A training phrase of plain pieces and (text, meta) pieces."""
    data = [
        {"text": piece, "userDefined": False}
        if isinstance(piece, str)
        else {
            "text": piece[0],
            "meta": piece[1],
            "alias": piece[1].rpartition(".")[2].lstrip("@"),
            "userDefined": True,
        }
        for piece in pieces
    ]
    return {"id": "0", "data": data, "isTemplate": False, "count": 0, "lang": "en", "updated": 0} | fields


def intent(name: str, **fields: object) -> dict[str, object]:
    """The definition of an intent."""
    return {
        "id": "1",
        "name": name,
        "auto": True,
        "contexts": [],
        "responses": [{"resetContexts": False, "parameters": [], "messages": [], "defaultResponsePlatforms": {}}],
        "priority": 500000,
        "webhookUsed": False,
        "webhookForSlotFilling": False,
        "fallbackIntent": False,
        "events": [],
    } | fields


def entity(name: str, **fields: object) -> dict[str, object]:
    """The definition of an entity."""
    return {
        "id": "2",
        "name": name,
        "isOverridable": True,
        "isEnum": False,
        "isRegexp": False,
        "automatedExpansion": True,
        "allowFuzzyExtraction": False,
    } | fields


def hotel() -> Files:
    """An agent with two languages, lists, a regular expression and system entities."""
    return {
        "agent.json": {"description": "a hotel", "language": "en", "supportedLanguages": ["zh-cn"]},
        "package.json": {"version": "1.0.0"},
        "intents/room.booking - yes.json": intent("room.booking - yes"),
        "intents/room.booking - yes_usersays_en.json": [phrase("yes please")],
        "intents/book_room.json": intent("book_room"),
        "intents/book_room_usersays_en.json": [
            phrase("a ", ("double", "@room_type"), " room for ", ("two nights", "@sys.duration")),
            phrase("a room for ", ("Ann", "@sys.given-name"), " on ", ("Monday", "@sys.date"), "."),
            phrase("anything ", ("free", "@sys.ignore"), "?"),
        ],
        "intents/book_room_usersays_zh-cn.json": [
            phrase("我要", ("双人间", "@room_type"), "，住", ("两晚", "@sys.duration"))
        ],
        "intents/Default Fallback Intent.json": intent("Default Fallback Intent", fallbackIntent=True),
        "intents/Default Fallback Intent_usersays_en.json": [phrase("tell me a joke")],
        "entities/room_type.json": entity("room_type"),
        "entities/room_type_entries_en.json": [
            {"value": "double", "synonyms": ["double", "twin", "room for two"]},
            {"value": "single", "synonyms": ["single"]},
        ],
        "entities/room_type_entries_zh-cn.json": [{"value": "double", "synonyms": ["双人间"]}],
        "entities/booking-no.json": entity("booking-no", isRegexp=True),
        "entities/booking-no_entries_en.json": [{"value": "B[0-9]{6}", "synonyms": ["B[0-9]{6}"]}],
    }


def packed(files: Files) -> bytes:
    """The files as a ZIP; bytes and texts as they are, everything else as JSON."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content if isinstance(content, bytes | str) else json.dumps(content))
    return target.getvalue()
