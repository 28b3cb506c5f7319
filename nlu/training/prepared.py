"""A dataset as arrays: what one fit of the network reads, epoch after epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from nlu.pipeline.config import PipelineConfig
from nlu.pipeline.context import collect_symbols
from nlu.pipeline.features import Keys
from nlu.pipeline.network import Labels
from nlu.pipeline.sentence_encoder import SentenceEncoder
from nlu.pipeline.token_features import TokenBatch, token_batch
from nlu.pipeline.token_vectors import ReadTexts
from nlu.pipeline.tokenization import Token, bio_tags, tokenize_text
from nlu.pipeline.vocabulary import BagBatch, NgramVocabulary
from nlu.training.dataset import Dataset, intents_of
from nlu.types import OUT_OF_SCOPE, DialogueContext, Example


@dataclass(frozen=True, slots=True)
class PreparedData:
    """Arrays of a dataset over one vocabulary.

    sentences: [texts, vector size], no columns without a sentence encoder; targets: [texts, intents], 0/1;
    tags: one array of tag indices per text; tokens: None without a tagger; readings: of each text [its tokens,
    token size] in half precision, none unless the tagger reads the encoder's vectors.
    """

    bags: BagBatch
    sentences: Tensor
    previous: BagBatch
    contexts: tuple[DialogueContext, ...]
    targets: Tensor
    tokens: TokenBatch | None
    tags: tuple[Keys, ...]
    readings: tuple[Tensor, ...] = ()

    def vectors(self, rows: Keys) -> Tensor:
        """The encoder's vectors of all tokens of the texts at `rows`, one text after another."""
        if self.readings:
            return torch.cat([self.readings[row] for row in rows]).float()
        return torch.zeros(int(self.tokens.lengths[rows].sum()) if self.tokens is not None else 0, 0)

    def __len__(self) -> int:
        return len(self.contexts)


def collect_labels(dataset: Dataset, *, multi_label: bool) -> Labels:
    """Everything that a model of this dataset has to know by name.

    Examples without an intent make a class of their own, so that the model learns what it should leave alone.
    """
    intents = sorted({name for example in dataset.examples for name in intents_of(example)})
    if not multi_label and any(not intents_of(example) for example in dataset.examples):
        intents.append(OUT_OF_SCOPE)
    kinds = sorted({kind for example in dataset.examples for _, _, kind in example.entities})
    tags = ["O", *(f"{place}-{kind}" for kind in kinds for place in "BI")] if kinds else []
    return Labels(
        tuple(intents),
        tuple(tags),
        collect_symbols(example.context for example in dataset.examples),
        any(example.context.previous_message for example in dataset.examples),
    )


def build_vocabulary(examples: Sequence[Example], config: PipelineConfig) -> NgramVocabulary:
    """The n-grams of the examples; from `rare_from_texts` texts on, without rare ones of characters."""
    texts = [example.text for example in examples]
    minimum = config.rare_below if len(texts) >= config.rare_from_texts else 1
    return NgramVocabulary.build(texts, config.ngrams, minimum=minimum)


def prepare(
    examples: Sequence[Example],
    labels: Labels,
    vocabulary: NgramVocabulary,
    encoder: SentenceEncoder | None = None,
    *,
    titles: Sequence[Example] = (),
    reads_tokens: bool = False,
) -> PreparedData:
    """Arrays of the examples, then of the intents' titles, in which nobody looked for entities.

    Intents that are not in `labels` leave a row of zeros. reads_tokens: whether the tagger is given the encoder's
    vectors of tokens.
    """
    annotated = len(examples)
    examples = (*examples, *titles)
    places = {name: index for index, name in enumerate(labels.intents)}
    targets = torch.zeros(len(examples), len(labels.intents))
    for row, example in enumerate(examples):
        for name in intents_of(example) or (OUT_OF_SCOPE,):
            if name in places:
                targets[row, places[name]] = 1.0
    texts = [example.text for example in examples]
    bags = vocabulary.bags(texts)
    previous = vocabulary.bags([e.context.previous_message for e in examples]) if labels.previous_message else bags
    tokens: TokenBatch | None = None
    tags: list[Keys] = []
    lines: list[list[Token]] = [[] for _ in texts]
    if labels.tags:
        indices = {tag: index for index, tag in enumerate(labels.tags)}
        lines = [tokenize_text(text) if row < annotated else [] for row, text in enumerate(texts)]
        tokens = token_batch(lines, texts, vocabulary)
        for line, example in zip(lines, examples, strict=True):
            known = [entity for entity in example.entities if f"B-{entity[2]}" in indices]
            tags.append(np.array([indices[tag] for tag in bio_tags(line, known)], dtype=np.int64))
    contexts = tuple(example.context for example in examples)
    if encoder is None:
        read = ReadTexts(torch.zeros(len(texts), 0), ())
    elif reads_tokens and labels.tags:
        read = encoder.read(texts, lines)
    else:
        read = ReadTexts(encoder.encode(texts), ())
    return PreparedData(bags, read.sentences, previous, contexts, targets, tokens, tuple(tags), read.tokens)
