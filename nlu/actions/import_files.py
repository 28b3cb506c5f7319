"""What an import has still to do, in a file that waits for the worker: read, checked and masked already.

A line is a step (`nlu.actions.import_steps`), with the names of its files once. The files lie in a folder of
MODEL_DIR, which web and worker share, under random names, readable by the product's own user alone; no address
leads to them.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from nlu.actions.import_steps import PatternStep, Step, TypeStep, UtterancesStep, ValuesStep
from nlu.actions.utterances import NewUtterance, masked_utterance
from nlu.actions.value_imports import NewValue
from nlu.errors import InvalidData
from nlu.models import Workspace

FOLDER: Final = "_imports"
LEFT_BEHIND: Final = timedelta(days=1)
"""No file waits for longer."""
MOST_BYTES: Final = 512 << 20
"""Several times the largest upload; nothing else bounds what masks and origins of generated texts add."""


def keep_steps(workspace: Workspace, steps: Iterable[Step]) -> str:
    """Mask what the steps store and keep them for the worker; where, relative to MODEL_DIR.

    InvalidData if that takes more than `MOST_BYTES`; nothing is left then.
    """
    place = f"{FOLDER}/{uuid.uuid4().hex}.jsonl"
    path = Path(settings.MODEL_DIR) / place
    Path(settings.MODEL_DIR).mkdir(parents=True, exist_ok=True)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for step in steps:
                file.write(json.dumps(_written(workspace, step), ensure_ascii=False).encode() + b"\n")
                if file.tell() > MOST_BYTES:
                    raise InvalidData(
                        _("What is to be stored takes more than %(count)d MB. Split the file up.")
                        % {"count": MOST_BYTES >> 20}
                    )
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return place


def kept_steps(place: str, offset: int) -> Iterator[tuple[Step, int]]:
    """The steps from `offset` on, each with the offset behind it. InvalidData if the file is gone or damaged."""
    try:
        with (Path(settings.MODEL_DIR) / place).open("rb") as file:
            file.seek(offset)
            for line in file:
                offset += len(line)
                yield _read(json.loads(line)), offset
    except (OSError, ValueError, TypeError, LookupError) as error:
        raise InvalidData("the file of the import is gone or damaged") from error


def forget_steps(place: str) -> None:
    """Delete what `keep_steps` wrote; nothing for an empty place."""
    if place:
        (Path(settings.MODEL_DIR) / place).unlink(missing_ok=True)


def sweep_steps(wanted: Iterable[str]) -> bool:
    """Delete the files, but for the `wanted` ones, that are older than `LEFT_BEHIND`; whether any is left.

    A younger one may be of a request that is about to write its row.
    """
    folder = Path(settings.MODEL_DIR) / FOLDER
    kept = set(wanted)
    oldest = (timezone.now() - LEFT_BEHIND).timestamp()
    left = False
    for path in folder.iterdir() if folder.is_dir() else ():
        # What another process has just deleted, or cannot be deleted, is no reason to leave the others.
        with suppress(OSError):
            if f"{FOLDER}/{path.name}" not in kept and path.lstat().st_mtime <= oldest:
                path.unlink()
                continue
        left = True
    return left


def _written(workspace: Workspace, step: Step) -> Sequence[object]:
    match step:
        case TypeStep():
            return ["type", step.name, step.line, step.file]
        case ValuesStep():
            items = [[one.value, one.synonyms] for one in step.items]
            files = _numbered(file for _line, file in step.places)
            places = [[line, files[file]] for line, file in step.places]
            return ["values", step.name, items, places, list(files), step.lists]
        case PatternStep():
            return ["pattern", step.name, step.pattern, step.line, step.file]
        case UtterancesStep():
            files = _numbered(one.file for one in step.items)
            masked = (masked_utterance(workspace.pk, one) for one in step.items)
            return ["utterances", [_utterance(one, files[one.file]) for one in masked], list(files)]


def _numbered(files: Iterable[str]) -> dict[str, int]:
    """The names of files, each once with its number: a name may be longer than what a line says."""
    return {file: number for number, file in enumerate(dict.fromkeys(files))}


def _utterance(item: NewUtterance, file: int) -> Sequence[object]:
    return [
        item.text,
        item.intent,
        item.entities,
        item.locale,
        item.place,
        item.generated,
        item.made_from,
        file,
    ]


def _read(written: list[Any]) -> Step:
    match written:
        case ["type", name, line, file]:
            return TypeStep(name, line, file)
        case ["values", name, items, places, files, lists]:
            values = (NewValue(value, tuple(forms), place) for place, (value, forms) in enumerate(items))
            return ValuesStep(name, tuple(values), tuple((line, files[file]) for line, file in places), lists)
        case ["pattern", name, pattern, line, file]:
            return PatternStep(name, pattern, line, file)
        case ["utterances", rows, files]:
            return UtterancesStep(tuple(_item(row, files) for row in rows))
    raise InvalidData("the file of the import is gone or damaged")


def _item(row: Sequence[Any], files: Sequence[str]) -> NewUtterance:
    text, intent, entities, locale, place, generated, made_from, file = row
    spans = tuple((start, end, kind) for start, end, kind in entities)
    return NewUtterance(text, intent, spans, locale, place, generated, tuple(made_from), files[file])
