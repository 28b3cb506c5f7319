"""Reads ZIP files that a stranger made: nothing is unpacked to disk, and every size is counted while reading."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from pathlib import PurePosixPath
from types import TracebackType
from typing import BinaryIO, Final, Self

from nlu.errors import UnreadableFile

MOST_ENTRIES: Final = 20_000
MOST_ENTRY_BYTES: Final = 6 << 20
MOST_TOTAL_BYTES: Final = 100 << 20
LONGEST_NAME: Final = 300
# The only ways of packing that Python unpacks piece by piece: of bzip2 and LZMA one read may give gigabytes.
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_END = b"PK\x05\x06"
_END_LENGTH = 22
_LONGEST_COMMENT = 0xFFFF
_ZIP64 = b"PK\x06\x07"
_ZIP64_LENGTH = 20
# A name and its numbers take about a hundred bytes in the list of contents.
_MOST_LIST_BYTES = 300 * MOST_ENTRIES


class Archive:
    """The regular files of an archive by name.

    UnreadableFile with the codes not_zip, zip_many, zip_large, zip_name, zip_long, zip_twice, zip_encrypted,
    zip_link or zip_damaged (also for a way of packing other than stored and deflated); the detail names the entry.
    """

    def __init__(self, file: BinaryIO) -> None:
        _check_list(file)
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, struct.error, OSError):
            raise UnreadableFile("not_zip") from None
        self._left = MOST_TOTAL_BYTES
        self._entries: dict[str, zipfile.ZipInfo] = {}
        seen: set[str] = set()
        total = 0
        for entry in self._zip.infolist():
            total += entry.file_size
            _check_entry(entry)
            if entry.filename.casefold() in seen:
                raise UnreadableFile("zip_twice", detail=_shown(entry))
            seen.add(entry.filename.casefold())
            if not entry.is_dir():
                self._entries[entry.filename] = entry
        if len(seen) > MOST_ENTRIES:
            raise UnreadableFile("zip_many", detail=str(MOST_ENTRIES))
        if total > MOST_TOTAL_BYTES:
            raise UnreadableFile("zip_large", detail=f"{MOST_TOTAL_BYTES >> 20} MB")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def names(self) -> list[str]:
        """The names in alphabetical order."""
        return sorted(self._entries)

    def read(self, name: str) -> bytes:
        """The content of one file, at most `MOST_ENTRY_BYTES`, and `MOST_TOTAL_BYTES` of all files together.

        The archive's own figures are not believed. KeyError for a name that it does not have.
        """
        entry = self._entries[name]
        most = min(MOST_ENTRY_BYTES, self._left)
        try:
            with self._zip.open(entry) as content:
                data = content.read(most + 1)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
            raise UnreadableFile("zip_damaged", detail=_shown(entry)) from None
        if len(data) > most:
            limit = MOST_ENTRY_BYTES if most == MOST_ENTRY_BYTES else MOST_TOTAL_BYTES
            raise UnreadableFile("zip_large", detail=f"{limit >> 20} MB")
        self._left -= len(data)
        return data


def _check_list(file: BinaryIO) -> None:
    """Refuse a list of contents too long to be held in memory, before it is read."""
    file.seek(0, 2)
    size = file.tell()
    start = max(size - _END_LENGTH - _LONGEST_COMMENT, 0)
    file.seek(start)
    tail = file.read()
    file.seek(0)
    at = tail.rfind(_END)
    if at < 0 or at + _END_LENGTH > len(tail):
        raise UnreadableFile("not_zip")
    entries, list_bytes = struct.unpack_from("<HI", tail, at + 10)
    if entries > MOST_ENTRIES or list_bytes > _MOST_LIST_BYTES:
        raise UnreadableFile("zip_many", detail=str(MOST_ENTRIES))
    # Archives of more than 4 GB or 65,535 files: none that fits here needs it.
    if tail[max(at - _ZIP64_LENGTH, 0) : at].startswith(_ZIP64):
        raise UnreadableFile("zip_many", detail=str(MOST_ENTRIES))


def _check_entry(entry: zipfile.ZipInfo) -> None:
    # Reports name a file once for each of its lines that is left out.
    if len(entry.filename) > LONGEST_NAME:
        raise UnreadableFile("zip_long", detail=str(LONGEST_NAME))
    path = PurePosixPath(entry.filename)
    if (
        path.is_absolute()
        or ".." in path.parts
        or set("\\\x00:") & set(entry.orig_filename)
        or not entry.filename.isprintable()
    ):
        raise UnreadableFile("zip_name", detail=_shown(entry))
    if entry.flag_bits & 0x1:
        raise UnreadableFile("zip_encrypted", detail=_shown(entry))
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise UnreadableFile("zip_link", detail=_shown(entry))
    if entry.compress_type not in _METHODS:
        raise UnreadableFile("zip_damaged", detail=_shown(entry))
    if entry.file_size > MOST_ENTRY_BYTES:
        raise UnreadableFile("zip_large", detail=f"{MOST_ENTRY_BYTES >> 20} MB")


def _shown(entry: zipfile.ZipInfo) -> str:
    return "".join(c if c.isprintable() else "?" for c in entry.filename)[:100]
