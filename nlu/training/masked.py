"""Datasets as a model meets texts in a chat: masked before anything learns from them or is measured on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from nlu.masking.engine import DEFAULT_RULES, Masked, compile_rules
from nlu.masking.moved import moved_spans
from nlu.training.dataset import Dataset
from nlu.training.origins import is_origin_key
from nlu.types import Example

Mask = Callable[[str], Masked]


def default_mask() -> Mask:
    """Masks by the default rules, for files that belong to no workspace."""
    return compile_rules(DEFAULT_RULES).mask


def masked_dataset(dataset: Dataset, mask: Mask) -> Dataset:
    """The dataset with masked texts; entities move along, those that overlap a masked part are dropped."""
    examples, titles = (
        tuple(masked_example(example, mask) for example in part) for part in (dataset.examples, dataset.titles)
    )
    return replace(dataset, examples=examples, titles=titles)


def masked_example(example: Example, mask: Mask) -> Example:
    """The example with its text, the message before it and the texts that it was made from masked.

    The same object if nothing had to be.
    """
    before = example.context.previous_message
    masked = mask(example.text)
    masked_before = mask(before).text if before else before
    origin = tuple(text if is_origin_key(text) else mask(text).text for text in example.made_from)
    if masked.text == example.text and masked_before == before and origin == example.made_from:
        return example
    return replace(
        example,
        text=masked.text,
        entities=moved_spans(example.entities, masked),
        context=replace(example.context, previous_message=masked_before),
        made_from=origin,
    )
