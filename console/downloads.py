"""Files that are written while they are sent, a piece at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import IO, Final

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse

PIECE_BYTES: Final = 1 << 16


class Download(StreamingHttpResponse):
    """A file to keep, from a plain iterator, which Django by itself would read to its end before it sends."""

    def __init__(self, parts: Iterator[str] | Iterator[bytes], *, content_type: str, filename: str) -> None:
        super().__init__(parts, content_type=content_type)
        self["Content-Disposition"] = f'attachment; filename="{filename}"'

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Pieces of about `PIECE_BYTES`, each made in the request's own thread, where its connections are."""
        parts = iter(self)
        while piece := await sync_to_async(_piece)(parts):
            yield piece


def _piece(parts: Iterator[bytes]) -> bytes:
    """The next parts together; empty at the end."""
    held = bytearray()
    for part in parts:
        held += part
        if len(held) >= PIECE_BYTES:
            break
    return bytes(held)


def pieces_of(file: IO[bytes]) -> Iterator[bytes]:
    """What a file holds; closes it at the end, or when nobody wants more."""
    with file:
        while piece := file.read(PIECE_BYTES):
            yield piece
