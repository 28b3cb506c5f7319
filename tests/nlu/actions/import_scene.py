"""Imports in the background, for tests."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from nlu.actions.import_files import FOLDER
from nlu.actions.import_runs import request_import, run_import
from nlu.actions.import_steps import ImportContent
from nlu.actions.training_files import read_training_file
from nlu.models import ImportRun, Workspace
from tests.nlu.formats.agents import Files, entity, intent, packed, phrase


def lines(count: int, *, first: int = 0) -> str:
    numbers = range(first, first + count)
    return "".join(json.dumps({"text": f"text number {n}", "intent": f"i{n % 3}"}) + "\n" for n in numbers)


def read(workspace: Workspace, data: str | bytes, name: str = "some.jsonl") -> ImportContent:
    file = io.BytesIO(data.encode() if isinstance(data, str) else data)
    return read_training_file(workspace=workspace, file=file, name=name, file_format="auto")


def request(workspace: Workspace, data: str | bytes, name: str = "some.jsonl") -> ImportRun:
    run = request_import(workspace=workspace, content=read(workspace, data, name), name=name, actor=None)
    run.refresh_from_db()
    return run


def files(settings: Any) -> list[Path]:
    return sorted((settings.MODEL_DIR / FOLDER).iterdir())


def finish(run: ImportRun) -> int:
    """Run single steps until nothing is left; how many pieces it took."""
    pieces = 1
    while not run_import(run.pk, seconds=0):
        pieces += 1
    run.refresh_from_db()
    return pieces


def agent(*texts: object, name: str = "find", stem: str = "find", values: object = (), **fields: object) -> bytes:
    """An agent of Dialogflow with an intent, whose files are named `stem`, and perhaps a list or a pattern."""
    parts: Files = {
        "agent.json": {"language": "en"},
        f"intents/{stem}.json": intent(name),
        f"intents/{stem}_usersays_en.json": [phrase(one) if isinstance(one, str) else one for one in texts],
    }
    if values:
        parts |= {"entities/colour.json": entity("colour", **fields), "entities/colour_entries_en.json": values}
    return packed(parts)
