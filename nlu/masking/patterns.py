"""An operator's own expressions. RE2 only: whatever is written, matching takes time linear in the text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import re2

from nlu.errors import InvalidPattern

MAX_LENGTH = 500
# Bytes for one compiled expression with its automata; ten times what ordinary ones need.
_MEMORY = 4 << 20
# If an expression matches nothing at all somewhere in here, it would match between any two characters.
_SAMPLE = "a 1 中-A_.@#\n0b"

_UNSUPPORTED = ("invalid perl operator", "invalid escape sequence", "invalid named capture")


def _options() -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    options.never_capture = True
    return options


def check_pattern(pattern: str) -> None:
    """InvalidPattern with its code if the expression cannot be a rule; see that class for the codes."""
    if not pattern.strip():
        raise InvalidPattern("empty")
    if len(pattern) > MAX_LENGTH:
        raise InvalidPattern("too_long")
    try:
        compiled = re2.compile(pattern, _options())
    except re2.error as error:
        raw = error.args[0] if error.args else b""
        detail = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)
        if detail.startswith("pattern too large"):
            raise InvalidPattern("too_large", detail) from None
        code = "unsupported" if detail.startswith(_UNSUPPORTED) else "malformed"
        raise InvalidPattern(code, detail) from None
    except UnicodeEncodeError:
        raise InvalidPattern("malformed") from None
    if compiled.search("") or any(match.start() == match.end() for match in compiled.finditer(_SAMPLE)):
        raise InvalidPattern("matches_empty")


class PatternSet:
    """Several checked expressions, searched one after the other.

    No `re2.Set` and no joint expression in front: a set that runs out of memory reports "no match", and an
    expression that is skipped by mistake is a value that gets stored.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        """InvalidPattern if one of the expressions cannot be a rule."""
        for pattern in patterns:
            check_pattern(pattern)
        self._compiled = [re2.compile(pattern, _options()) for pattern in patterns]

    def find(self, text: str) -> Iterator[tuple[int, int, int]]:
        """(index of the expression, start, end) of every non-empty match; offsets in code points of `text`."""
        # A lone surrogate cannot come from any input we accept, but masking must never fail on a text.
        encoded = text.encode("utf-8", "replace")
        for index, expression in enumerate(self._compiled):
            offset = position = 0
            for match in expression.finditer(encoded):
                first, last = match.span()
                if first == last:
                    continue
                start = position + len(encoded[offset:first].decode("utf-8", "replace"))
                position = start + len(encoded[first:last].decode("utf-8", "replace"))
                offset = last
                yield index, start, position
