"""What a business system answers is masked as what people write is, before a dialogue keeps or says it.

An output that is one masked value from end to end becomes a reference, so that a later call can still pass it on;
inside a longer text the placeholder alone remains.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from django.db import transaction

from chat.dialogue.calls import ActionResult, OutputValue
from nlu.actions.masking import mask_text
from nlu.actions.vault import NewEntry, keep_values, kept_values
from nlu.masking.engine import Masked, MaskedSpan
from nlu.models import VaultEntry

CALLED_FROM: Final = 1_000_000_000
"""The vault numbers a conversation's texts: messages by their sequence, answers of calls from here on."""


def mask_outputs(result: ActionResult, *, workspace_id: int, scope: str) -> ActionResult:
    """The result with what the workspace's masking rules find replaced; originals are kept where a rule says so.

    `scope` is the conversation's uuid. An error of the database passes through.
    """
    texts = list(dict.fromkeys(_texts(result.outputs.values())))
    # One text for all, so that two numbers never get the same placeholder.
    masked = mask_text(workspace_id, "\n".join(texts))
    if not masked.spans:
        return result
    item = _next_item(workspace_id, scope, masked)
    replaced = dict(zip(texts, _replaced(texts, masked.spans, item), strict=True))
    return ActionResult(result.outcome, {name: _with(value, replaced) for name, value in result.outputs.items()})


def _texts(values: Iterable[OutputValue]) -> Iterable[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        else:
            for one in value:
                yield from one.values()


@transaction.atomic
def _next_item(workspace_id: int, scope: str, masked: Masked) -> int:
    """The number of this answer, with its originals kept under it. A conversation has one call at a time."""
    last = (
        VaultEntry.objects.filter(scope=scope, item__gte=CALLED_FROM)
        .order_by("-item")
        .values_list("item", flat=True)
        .first()
    )
    item = CALLED_FROM if last is None else last + 1
    keep_values([NewEntry(workspace_id, scope, item, kept) for kept in kept_values(masked)])
    return item


def _replaced(texts: Iterable[str], spans: Iterable[MaskedSpan], item: int) -> Iterable[str]:
    """Each text with its own part of the spans of all texts, which stand joined by line breaks."""
    waiting = list(spans)
    start = 0
    for text in texts:
        end = start + len(text)
        parts: list[str] = []
        at = start
        while waiting and waiting[0].start < end:
            span = waiting.pop(0)
            # An expression may take the line break before a text or after it along.
            span = replace(span, start=max(span.start, start))
            if (span.start, span.end) == (start, end):
                parts.append(f"vault:{item}:{span.placeholder}")
            else:
                parts += [text[at - start : span.start - start], span.placeholder]
            # A value that goes on in the next text leaves its rest masked there.
            at = min(span.end, end)
            if span.end > end + 1:
                waiting.insert(0, replace(span, start=end + 1))
        yield "".join([*parts, text[at - start :]])
        start = end + 1


def _with(value: OutputValue, replaced: Mapping[str, str]) -> OutputValue:
    if isinstance(value, str):
        return replaced[value]
    return tuple({field: replaced[text] for field, text in one.items()} for one in value)
