"""Spans over a text, moved to where their words stand in the masked text."""

from __future__ import annotations

from collections.abc import Iterable

from nlu.masking.engine import Masked

Span = tuple[int, int, str]


def moved_spans(spans: Iterable[Span], masked: Masked) -> tuple[Span, ...]:
    """The spans (start, end, type) of the original in the masked text, but for those that were masked in part."""
    kept = []
    for start, end, kind in spans:
        shift = 0
        for part in masked.spans:
            if part.end <= start:
                shift += len(part.placeholder) - (part.end - part.start)
            elif part.start < end:
                break
        else:
            kept.append((start + shift, end + shift, kind))
    return tuple(kept)
