"""Visitors' tokens: random, opaque, stored only as a hash."""

from __future__ import annotations

import hashlib
import re
import secrets

_FORM = re.compile(r"[A-Za-z0-9_-]{43}")


def new_token() -> str:
    """32 random bytes as 43 characters that fit into JSON and localStorage."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """What the database keeps. A fast hash is enough: 256 random bits cannot be tried out."""
    return hashlib.sha256(token.encode()).hexdigest()


def looks_like_token(value: object) -> bool:
    """Whether it can be a token at all; what cannot is never looked up."""
    return isinstance(value, str) and _FORM.fullmatch(value) is not None
