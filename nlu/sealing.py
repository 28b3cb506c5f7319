"""Sealing of single values with AES-GCM: unreadable without a key, and bound to the row that holds them.

The context of a value (which row, of whom, in which place) is authenticated with it: a ciphertext that is copied
into another row does not open there.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from nlu.errors import InvalidData, SealBroken, SealKeyMissing

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_FORM: Final = b"\x01"


@dataclass(frozen=True, slots=True)
class SealKey:
    """One key; `id` names it without telling anything of it."""

    id: str
    secret: bytes = field(repr=False)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """The key of 32 bytes in URL-safe base64, as `new_key` writes it; InvalidData otherwise."""
        try:
            secret = base64.urlsafe_b64decode(text.strip() + "=" * (-len(text.strip()) % 4))
        except (binascii.Error, ValueError):
            secret = b""
        if len(secret) != KEY_BYTES:
            raise InvalidData("A vault key is 32 random bytes in URL-safe base64")
        return cls(hashlib.sha256(b"seal.key:" + secret).hexdigest()[:12], secret)


def new_key() -> str:
    """A fresh key as text."""
    return base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Sealed:
    """A ciphertext and the id of the key that opens it."""

    data: bytes
    key_id: str


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys of an installation: the first one seals, all of them open."""

    keys: tuple[SealKey, ...]

    @classmethod
    def from_texts(cls, texts: Iterable[str]) -> Self:
        """InvalidData if one is no key."""
        return cls(tuple(SealKey.from_text(text) for text in texts))

    @property
    def current_id(self) -> str:
        """The id of the key that seals; SealKeyMissing if there is none."""
        return self._current().id

    def seal(self, value: str, *, context: Sequence[str | int]) -> Sealed:
        """Encrypt under the current key, bound to the context; SealKeyMissing if there is no key."""
        key = self._current()
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(key.secret).encrypt(nonce, value.encode("utf-8", "surrogatepass"), _bound(context, key.id))
        return Sealed(_FORM + nonce + sealed, key.id)

    def open(self, sealed: Sealed, *, context: Sequence[str | int]) -> str:
        """Decrypt. SealKeyMissing without its key, SealBroken if it was changed or stands in another's place."""
        key = next((one for one in self.keys if one.id == sealed.key_id), None)
        if key is None:
            raise SealKeyMissing("The key that opens this value is not here")
        data = bytes(sealed.data)
        if data[:1] != _FORM:
            raise SealBroken("The value is sealed in a form that is not known")
        nonce, rest = data[1 : 1 + _NONCE_BYTES], data[1 + _NONCE_BYTES :]
        try:
            return (
                AESGCM(key.secret).decrypt(nonce, rest, _bound(context, key.id)).decode("utf-8", "surrogatepass")
            )
        except (InvalidTag, ValueError):
            raise SealBroken("The value does not belong to this row") from None

    def _current(self) -> SealKey:
        if not self.keys:
            raise SealKeyMissing(
                "There is no vault key (VAULT_KEY, VAULT_KEY_FILE, or the one that prepare makes)"
            )
        return self.keys[0]


def _bound(context: Sequence[str | int], key_id: str) -> bytes:
    """The context as bytes that no other context has: every part with its length before it."""
    parts = [str(part).encode("utf-8", "surrogatepass") for part in (*context, key_id)]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
