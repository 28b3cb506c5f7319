"""Storing utterances in bulk: masked, one per text, in transactions short enough that no chat waits for them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from django.db import connection, transaction

from nlu.actions.masking import mask_text
from nlu.masking.moved import moved_spans
from nlu.models import EntityAnnotation, EntityType, Intent, Utterance, Workspace
from nlu.models.intents import UtteranceSource
from nlu.pipeline.normalizer import canonical
from nlu.training.origins import is_origin_key, origin_keys

CHUNK: Final = 12
PAUSE_SECONDS: Final = 0.04
LONGEST_PAUSE: Final = 0.1
LOG_PAGES: Final = 8_000
USUAL_LOG_PAGES: Final = 1_000
TEXT_LENGTH = 2000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NewUtterance:
    """An utterance to store. An empty `intent` makes it an example of out of scope; `place` names its line.

    A `generated` one says so for good, with the texts that it was `made_from`, or their keys
    (`nlu.training.origins`).
    """

    text: str
    intent: str
    entities: tuple[tuple[int, int, str], ...] = ()
    locale: str = ""
    place: int = 0
    generated: bool = False
    made_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A text that the workspace already has, with the intent that it teaches there.

    `place` is its line; in an archive the place within `file`.
    """

    place: int
    text: str
    intent: str
    file: str = ""


@dataclass(frozen=True, slots=True)
class Stored:
    """How many rows were added, and what was left out because it was there already."""

    added: int
    duplicates: tuple[Duplicate, ...]


def chunks(items: Sequence[T], *, size: int = CHUNK, considerate: bool = True) -> Iterator[Sequence[T]]:
    """The items in pieces that one short transaction can store, so that no chat waits for an import.

    SQLite has one writer at a time and no queue for it: whoever waits looks again after 1, 2, 5, 10, 15 … ms, and
    an import that takes the lock again at once starves the chat for seconds. So a piece holds the lock for a few
    milliseconds and leaves it alone for as long as it took, but long enough for somebody who waits to look again.
    A piece is not flushed to the disk by itself; the caller's next commit (the audit entry) flushes all of them.
    Not `considerate` is for an installation that serves nobody yet.
    """
    alone = connection.vendor == "sqlite" and not connection.in_atomic_block and considerate
    with flushed_later() if alone else nullcontext():
        for start in range(0, len(items), size):
            began = time.monotonic()
            yield items[start : start + size]
            if alone and start + size < len(items):
                time.sleep(min(max(PAUSE_SECONDS, time.monotonic() - began), LONGEST_PAUSE))


@contextmanager
def flushed_later() -> Iterator[None]:
    """Commits of this connection do not wait for the disk.

    With SQLite in WAL mode they are consistent at once and durable a commit later. Nor do they copy the log into
    the database file as often as usual: that keeps the disk busy for everybody.
    """
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute(f"PRAGMA wal_autocheckpoint={LOG_PAGES:d}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute(f"PRAGMA wal_autocheckpoint={USUAL_LOG_PAGES:d}")


def store_chunk(*, workspace: Workspace, items: Sequence[NewUtterance], source: str) -> Stored:
    """Store at most `CHUNK` utterances in one transaction; intents and entity types are made as needed.

    Texts are masked first. Annotations move to where their words stand then; one that masking touched is gone.
    """
    prepared: dict[str, tuple[NewUtterance, str]] = {}
    repeated: list[tuple[NewUtterance, str]] = []
    for item in items:
        masked = mask_text(workspace.pk, item.text.strip())
        text, key = masked.text, canonical(masked.text)
        if text != item.text:
            unshifted = item.text == item.text.strip()
            item = replace(item, entities=moved_spans(item.entities, masked) if unshifted else ())
        if key in prepared:
            repeated.append((item, key))
        else:
            prepared[key] = (item, text)
    with transaction.atomic():
        known = dict(
            Utterance.objects.filter(workspace=workspace, normalized__in=list(prepared)).values_list(
                "normalized", "intent__name"
            )
        )
        fresh = {key: pair for key, pair in prepared.items() if key not in known}
        intents = intents_by_name(workspace, {item.intent for item, _text in fresh.values() if item.intent})
        rows = Utterance.objects.bulk_create(
            Utterance(
                workspace=workspace,
                intent=intents.get(item.intent),
                text=text,
                normalized=key,
                locale=item.locale,
                source=UtteranceSource.GENERATED if item.generated else source,
                made_from=origin_of(workspace, item) if item.generated else [],
            )
            for key, (item, text) in fresh.items()
        )
        annotate(workspace, list(zip(rows, (pair[0] for pair in fresh.values()), strict=True)))
    duplicates = [
        Duplicate(place=item.place, text=text, intent=known[key] or "")
        for key, (item, text) in prepared.items()
        if key in known
    ]
    duplicates += [
        Duplicate(place=item.place, text=prepared[key][1], intent=known.get(key) or prepared[key][0].intent)
        for item, key in repeated
    ]
    return Stored(added=len(rows), duplicates=tuple(sorted(duplicates, key=lambda one: one.place)))


def origin_of(workspace: Workspace, item: NewUtterance) -> list[str]:
    """The keys of what it was made from, each once; a text of a file is masked first, as utterances are."""
    texts = (text if is_origin_key(text) else mask_text(workspace.pk, text).text for text in item.made_from)
    return list(origin_keys(texts))


def intents_by_name(workspace: Workspace, names: set[str]) -> dict[str, Intent]:
    """The intents of these names, made if missing."""
    found = {intent.name: intent for intent in Intent.objects.filter(workspace=workspace, name__in=names)}
    missing = sorted(names - found.keys())
    made = Intent.objects.bulk_create(Intent(workspace=workspace, name=name) for name in missing)
    return found | {intent.name: intent for intent in made}


def annotate(workspace: Workspace, pairs: list[tuple[Utterance, NewUtterance]]) -> None:
    """Store the spans of new rows."""
    spans = [(row, span) for row, item in pairs for span in item.entities]
    names = {span[2] for _row, span in spans}
    types = {kind.name: kind for kind in EntityType.objects.filter(workspace=workspace, name__in=names)}
    made = EntityType.objects.bulk_create(
        EntityType(workspace=workspace, name=name) for name in sorted(names - types.keys())
    )
    types |= {kind.name: kind for kind in made}
    EntityAnnotation.objects.bulk_create(
        EntityAnnotation(utterance=row, entity_type=types[name], start=start, end=end)
        for row, (start, end, name) in spans
    )
