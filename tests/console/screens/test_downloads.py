"""Downloads: sent a piece at a time, closed when nobody wants more."""

from __future__ import annotations

import io

import pytest

from console.downloads import PIECE_BYTES, Download, pieces_of


@pytest.mark.filterwarnings("error")
async def test_a_download_is_made_while_it_is_sent() -> None:
    made: list[int] = []

    def lines():
        for number in range(PIECE_BYTES):
            made.append(number)
            yield f"{number}\n"

    response = Download(lines(), content_type="text/plain", filename="x.txt")
    pieces = aiter(response)
    first = await anext(pieces)
    assert PIECE_BYTES <= len(first) < PIECE_BYTES + 10
    assert len(made) < PIECE_BYTES / 2
    rest = [piece async for piece in pieces]
    assert first + b"".join(rest) == "".join(f"{number}\n" for number in range(PIECE_BYTES)).encode()
    assert response["Content-Disposition"] == 'attachment; filename="x.txt"'


@pytest.mark.django_db
def test_a_temporary_file_is_closed_at_the_end_and_when_the_reader_leaves() -> None:
    for is_read in (True, False):
        file = io.BytesIO(b"x" * 3 * PIECE_BYTES)
        response = Download(pieces_of(file), content_type="a/b", filename="x")
        if is_read:
            assert len(b"".join(response.streaming_content)) == 3 * PIECE_BYTES
        else:
            next(iter(response))
            assert not file.closed
            response.close()
        assert file.closed
