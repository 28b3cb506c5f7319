"""Storing utterances in bulk: masked, one per text, in transactions short enough that no chat waits for them."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from nlu.actions.import_reports import Duplicate, LineError
from nlu.actions.masking import mask_text
from nlu.masking.moved import moved_spans
from nlu.models import EntityAnnotation, EntityType, Intent, Utterance, Workspace
from nlu.models.intents import UtteranceSource
from nlu.pipeline.normalizer import canonical
from nlu.training.origins import is_origin_key, origin_keys

CHUNK: Final = 60
"""Utterances of one transaction: it holds the lock of SQLite for about 2 ms."""
PAUSE_SECONDS: Final = 0.06
LONGEST_PAUSE: Final = 0.1
LOG_PAGES: Final = 8_000
TEXT_LENGTH = 2000
ATTEMPTS: Final = 3

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NewUtterance:
    """An utterance to store. An empty `intent` makes it an example of out of scope; `place` names its line.

    A `generated` one says so for good, with the texts that it was `made_from`, or their keys
    (`nlu.training.origins`). In an archive its line is a place within `file`.
    """

    text: str
    intent: str
    entities: tuple[tuple[int, int, str], ...] = ()
    locale: str = ""
    place: int = 0
    generated: bool = False
    made_from: tuple[str, ...] = ()
    file: str = ""


@dataclass(frozen=True, slots=True)
class Stored:
    """How many rows were added, and what was left out: there already, or too long once it is masked."""

    added: int
    duplicates: tuple[Duplicate, ...]
    refused: tuple[LineError, ...] = ()


def chunks(items: Sequence[T], *, size: int = CHUNK, considerate: bool = True) -> Iterator[Sequence[T]]:
    """The items in pieces that one short transaction can store, so that no chat waits for an import."""
    pieces = (items[start : start + size] for start in range(0, len(items), size))
    return considerately(pieces, considerate=considerate)


def considerately(pieces: Iterable[T], *, considerate: bool = True) -> Generator[T]:
    """The pieces, each of which takes a short transaction to store, with pauses between them.

    SQLite has one writer at a time and no queue for it: whoever waits looks again after 1, 2, 5, 10, 15 … ms, and
    an import that takes the lock again at once starves the chat for seconds. So a piece holds the lock for a few
    milliseconds and leaves it alone for as long as it took, but long enough for somebody who waits to look again.
    A piece is not flushed to the disk by itself; the caller's next commit (the audit entry) flushes all of them.
    Not `considerate` is for an installation that serves nobody yet.
    """
    alone = connection.vendor == "sqlite" and not connection.in_atomic_block and considerate
    pause = 0.0
    with flushed_later() if alone else nullcontext():
        for piece in pieces:
            if pause:
                time.sleep(pause)
            began = time.monotonic()
            yield piece
            if alone:
                pause = min(max(PAUSE_SECONDS, time.monotonic() - began), LONGEST_PAUSE)


@contextmanager
def flushed_later() -> Iterator[None]:
    """Commits of this connection do not wait for the disk.

    With SQLite in WAL mode they are consistent at once and durable a commit later. Nor do they copy the log into
    the database file as often as usual: that keeps the disk busy for everybody.
    """
    with connection.cursor() as cursor:
        # One within another leaves everything as it was before the outer one.
        flushes = cursor.execute("PRAGMA synchronous").fetchone()[0]
        pages = cursor.execute("PRAGMA wal_autocheckpoint").fetchone()[0]
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute(f"PRAGMA wal_autocheckpoint={LOG_PAGES:d}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA synchronous={flushes:d}")
            cursor.execute(f"PRAGMA wal_autocheckpoint={pages:d}")


def store_chunk(
    *,
    workspace: Workspace,
    items: Sequence[NewUtterance],
    source: str,
    note: Callable[[Stored], None] = lambda _stored: None,
    fence: Callable[[], None] = lambda: None,
) -> Stored:
    """Store at most `CHUNK` utterances in one transaction; intents and entity types are made as needed.

    Texts are masked first. Annotations move to where their words stand then; one that masking touched is gone.
    What is too long once it is masked is refused. `note` is told in the same transaction what was stored. `fence`
    is asked in the one before that, which makes intents and entity types; an exception of either stops it.

    Everything is read and prepared before the transaction, which then only writes: what it holds of SQLite's only
    lock is what a chat waits for. Should somebody else have added one of the texts since, or deleted an intent,
    it is all done again.
    """
    keyed, refused = _fitting(masked_utterance(workspace.pk, item) for item in items)
    for _attempt in range(ATTEMPTS - 1):
        with suppress(IntegrityError):
            return _stored(workspace, keyed, source, note=note, fence=fence, refused=refused)
    return _stored(workspace, keyed, source, note=note, fence=fence, refused=refused)


def masked_utterance(workspace_id: int, item: NewUtterance) -> NewUtterance:
    """The utterance as it may be kept: without a blank around it, masked, made from keys. Again gives the same."""
    masked = mask_text(workspace_id, item.text.strip())
    if masked.text != item.text:
        unshifted = item.text == item.text.strip()
        item = replace(item, text=masked.text, entities=moved_spans(item.entities, masked) if unshifted else ())
    if item.generated:
        item = replace(item, made_from=tuple(origin_of(workspace_id, item)))
    return item


def _fitting(
    items: Iterable[NewUtterance],
) -> tuple[list[tuple[str, NewUtterance]], tuple[LineError, ...]]:
    """The masked utterances with their canonical forms, and those that masking, or that form, made too long."""
    keyed: list[tuple[str, NewUtterance]] = []
    refused: list[LineError] = []
    for item in items:
        key = canonical(item.text)
        if max(len(item.text), len(key)) <= TEXT_LENGTH:
            keyed.append((key, item))
        else:
            said = _("With what is masked the text is longer than %(count)d characters.") % {"count": TEXT_LENGTH}
            refused.append(LineError(item.place, said, item.file))
    return keyed, tuple(refused)


def _stored(
    workspace: Workspace,
    keyed: Sequence[tuple[str, NewUtterance]],
    source: str,
    *,
    note: Callable[[Stored], None],
    fence: Callable[[], None],
    refused: tuple[LineError, ...],
) -> Stored:
    """Store those that are new; all are masked, each with its canonical form."""
    first = dict(reversed(keyed))
    found = Utterance.objects.filter(workspace=workspace, normalized__in=list(first))
    known = {key: intent or "" for key, intent in found.values_list("normalized", "intent__name")}
    fresh = {key: item for key, item in keyed if key not in known and first[key] is item}
    intents = ids_of(Intent, workspace, {item.intent for item in fresh.values() if item.intent}, fence)
    types = ids_of(EntityType, workspace, {span[2] for item in fresh.values() for span in item.entities}, fence)
    stored = Stored(
        added=len(fresh),
        duplicates=tuple(
            Duplicate(item.place, first[key].text, known.get(key, first[key].intent), item.file)
            for key, item in keyed
            if key in known or first[key] is not item
        ),
        refused=refused,
    )
    rows = [
        Utterance(
            workspace=workspace,
            intent_id=intents[item.intent] if item.intent else None,
            text=item.text,
            normalized=key,
            locale=item.locale,
            source=UtteranceSource.GENERATED if item.generated else source,
            made_from=list(item.made_from) if item.generated else [],
        )
        for key, item in fresh.items()
    ]
    insertion = insertion_of(rows)
    with transaction.atomic():
        ids = inserted(insertion)
        EntityAnnotation.objects.bulk_create(
            EntityAnnotation(utterance_id=ids[key], entity_type_id=types[name], start=start, end=end)
            for key, item in fresh.items()
            for start, end, name in item.entities
        )
        note(stored)
    return stored


@dataclass(frozen=True, slots=True)
class Insertion:
    """A statement that stores rows and tells their ids; an empty one stores nothing."""

    sql: str = ""
    parameters: tuple[Any, ...] = ()


def insertion_of(rows: Sequence[Utterance]) -> Insertion:
    """The statement for these rows.

    What Django's `bulk_create` does while it holds the lock is three quarters of the time, so it is done before.
    """
    if not rows:
        return Insertion()
    fields = [field for field in Utterance._meta.local_concrete_fields if not field.primary_key]
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    row = f"({', '.join(['%s'] * len(fields))})"
    values = ", ".join([row] * len(rows))
    sql = f"INSERT INTO nlu_utterance ({columns}) VALUES {values} RETURNING normalized, id"  # noqa: S608 - columns alone
    return Insertion(
        sql,
        tuple(
            field.get_db_prep_save(field.pre_save(one, add=True), connection) for one in rows for field in fields
        ),
    )


def inserted(insertion: Insertion) -> dict[str, int]:
    """Run it; the ids of the new rows by their canonical forms."""
    if not insertion.sql:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(insertion.sql, insertion.parameters)
        return dict(cursor.fetchall())


def origin_of(workspace_id: int, item: NewUtterance) -> list[str]:
    """The keys of what it was made from, each once; a text of a file is masked first, as utterances are."""
    texts = (text if is_origin_key(text) else mask_text(workspace_id, text).text for text in item.made_from)
    return list(origin_keys(texts))


def ids_of(
    model: type[Intent] | type[EntityType], workspace: Workspace, names: set[str], fence: Callable[[], None]
) -> dict[str, int]:
    """The ids of the rows of these names, which are made if missing and the `fence` lets them."""
    if not names:
        return {}
    rows = model._default_manager.filter(workspace=workspace, name__in=names)
    ids: dict[str, int] = dict(rows.values_list("name", "pk"))
    if names - ids.keys():
        with transaction.atomic():
            fence()
            for name in sorted(names - ids.keys()):
                ids[name] = model._default_manager.create(workspace=workspace, name=name).pk
    return ids
