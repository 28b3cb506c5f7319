"""Which form a file of training data has, by its name and its first bytes."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Final

from nlu.formats.records import FileFormat

HEAD_BYTES: Final = 1 << 16
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_ENDINGS: Final[dict[str, FileFormat]] = {
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".yml": "rasa",
    ".yaml": "rasa",
    ".zip": "dialogflow",
}
_RASA = re.compile(rb"^(version|nlu|entities|intents|stories|rules)[ \t]*:", re.MULTILINE)
_CSV = re.compile(rb"[^\r\n]*,[^\r\n]*\btext\b|[^\r\n]*\btext\b[^\r\n]*,", re.IGNORECASE)


def recognised_format(name: str, head: bytes) -> FileFormat:
    """The form of a file called `name` that begins with `head` (`HEAD_BYTES` are enough).

    An archive is one whatever it is called; otherwise the name decides, and without a name that says anything
    the content. What looks like nothing is taken for JSON lines, whose reader names every line it cannot read.
    """
    if head.startswith(_ZIP):
        return "dialogflow"
    known = _ENDINGS.get(PurePath(name).suffix.lower())
    if known:
        return known
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(b"{"):
        return "jsonl"
    if _RASA.search(head):
        return "rasa"
    return "csv" if _CSV.match(head) else "jsonl"
