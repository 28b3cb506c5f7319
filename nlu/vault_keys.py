"""Where the installation's vault keys are: in the environment, or in a file outside the database.

The text is one key or several, separated by spaces, commas or lines: the first one seals, all of them open. The
file is read again when it changes, so that a rotation holds in running processes at once.
"""

from __future__ import annotations

import os
import re
import threading
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from nlu.errors import InvalidData
from nlu.sealing import KeyRing, new_key

_reading = threading.Lock()


@dataclass(frozen=True, slots=True)
class _Read:
    source: str
    stamp: tuple[int, int]
    ring: KeyRing


_read: _Read | None = None


def key_ring() -> KeyRing:
    """The keys as they are now; an empty ring where there is none. InvalidData if they cannot be read."""
    global _read
    source = str(settings.VAULT_KEY) or str(settings.VAULT_KEY_PATH)
    stamp = (0, 0) if settings.VAULT_KEY else _stamp(settings.VAULT_KEY_PATH)
    known = _read
    if known is not None and known.source == source and known.stamp == stamp:
        return known.ring
    with _reading:
        text = settings.VAULT_KEY or _text(settings.VAULT_KEY_PATH)
        ring = KeyRing.from_texts(_words(text))
        _read = _Read(source, stamp, ring)
        return ring


def has_key() -> bool:
    """Whether anything can be sealed here."""
    return bool(key_ring().keys)


def ensure_key_file() -> bool:
    """Make the file with a first key where no key is set; whether it was made. Only its owner may read it."""
    if settings.VAULT_KEY or settings.VAULT_KEY_PATH.exists():
        return False
    try:
        descriptor = os.open(settings.VAULT_KEY_PATH, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(new_key() + "\n")
    return True


def put_new_key_first() -> None:
    """Begin a rotation: a new key before the others in the file. InvalidData if the keys are not in our file."""
    texts = _kept_texts()
    _write([new_key(), *texts])


def drop_keys_but(key_ids: set[str]) -> int:
    """End a rotation: take out of the file all keys but the current one and those of these ids; how many."""
    texts = _kept_texts()
    ring = KeyRing.from_texts(texts)
    kept = [text for text, key in zip(texts, ring.keys, strict=True) if key.id in {ring.current_id, *key_ids}]
    _write(kept)
    return len(texts) - len(kept)


def _kept_texts() -> list[str]:
    if settings.VAULT_KEY:
        raise InvalidData("The keys are in VAULT_KEY: change them there, the new one first")
    texts = _words(_text(settings.VAULT_KEY_PATH))
    if not texts:
        raise InvalidData("There is no vault key yet (manage.py prepare makes one)")
    return texts


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[\s,]+", text) if word]


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return (status.st_mtime_ns, status.st_ino)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeError):
        raise InvalidData("The file with the vault keys cannot be read") from None


def _write(texts: list[str]) -> None:
    """Replace the file as a whole: a crash leaves the old one or the new one."""
    path: Path = settings.VAULT_KEY_PATH
    new = path.with_name(path.name + ".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write("\n".join(texts) + "\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
