"""What a generated text was made from, kept as keys: they can be compared, and tell nobody what a text said."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Final

from nlu.pipeline.normalizer import canonical

_KEY: Final = re.compile(r"sha256:[0-9a-f]{32}")


def is_origin_key(text: str) -> bool:
    """Whether the text is such a key already."""
    return _KEY.fullmatch(text) is not None


def origin_key(text: str) -> str:
    """The key of a text, the same for every text of its canonical form; a key stays as it is."""
    if is_origin_key(text):
        return text
    return f"sha256:{hashlib.sha256(canonical(text).encode()).hexdigest()[:32]}"


def origin_keys(texts: Iterable[str]) -> tuple[str, ...]:
    """The keys of the texts, each once, in their order."""
    return tuple(dict.fromkeys(map(origin_key, texts)))
