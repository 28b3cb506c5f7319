"""Reading gives what the formulas give: the fast way beside the network that training steps through."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nlu.pipeline.artifacts import read_folder
from nlu.pipeline.components import components_from
from nlu.pipeline.config import PipelineConfig
from nlu.pipeline.encoder import BagTensors
from nlu.pipeline.network import Labels, NluNetwork
from nlu.pipeline.pipeline import NluPipeline
from nlu.pipeline.reader import NetworkReader
from nlu.pipeline.token_features import token_batch
from nlu.pipeline.tokenization import tokenize_text
from nlu.pipeline.vocabulary import NgramVocabulary
from nlu.types import EMPTY_CONTEXT, OUT_OF_SCOPE, DialogueContext
from tests.nlu.pipeline.corpus import QUICK

TEXTS = ("send it to Paris", "我要退款", "", "it's 5 pm 🎵 [手机号#1] please, to the old address")
VOCABULARY = NgramVocabulary.build(TEXTS, QUICK.ngrams)
TAGS = ("O", "B-city", "I-city")
VECTORS = {"encoder": "ensemble", "sentence_size": 6, "token_size": 5}


def network(changes: dict[str, Any], **labels: Any) -> NluNetwork:
    """A network in which every number counts: nothing is left at zero."""
    torch.manual_seed(3)
    config: PipelineConfig = dataclasses.replace(QUICK, **changes)
    known = {"intents": ("a", "b", OUT_OF_SCOPE), "tags": TAGS, **labels}
    made = NluNetwork(config, Labels(**known), len(VOCABULARY))
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.normal_(0, 0.3)
        experts = len(made.shares)
        made.shares.copy_(torch.arange(1.0, experts + 1) / sum(range(1, experts + 1)))
        made.temperatures.copy_(torch.arange(1.0, experts + 1))
    made.eval()
    return made


@pytest.mark.parametrize("texts", [TEXTS, TEXTS[3:]], ids=["together", "alone"])
@pytest.mark.parametrize(
    ("changes", "labels"),
    [
        ({}, {}),
        ({}, {"context_symbols": ("last_bot_act=ask",), "previous_message": True}),
        ({"multi_label": True}, {}),
        (VECTORS, {}),
        ({"members": 1}, {"intents": ("a", "b")}),
        (VECTORS, {"intents": ("a", "b", "c"), "tags": ()}),
    ],
    ids=["plain", "in context", "several intents", "with an encoder", "no strangers", "no entities"],
)
def test_it_reads_what_the_formulas_say(
    changes: dict[str, Any], labels: dict[str, Any], texts: tuple[str, ...]
) -> None:
    whole = network(changes, **labels)
    reader = NetworkReader(whole)
    contexts = [DialogueContext(last_bot_act="ask"), EMPTY_CONTEXT, EMPTY_CONTEXT, EMPTY_CONTEXT][: len(texts)]
    bags = BagTensors.of(VOCABULARY.bags(texts))
    before = BagTensors.of(VOCABULARY.bags(texts[::-1]))
    sentences = torch.randn(len(texts), whole.config.sentence_size)
    lines = [tokenize_text(text) for text in texts]
    read = [row for row, line in enumerate(lines) if line]
    batch = token_batch([lines[row] for row in read], [texts[row] for row in read], VOCABULARY)
    vectors = torch.randn(len(batch.shapes), whole.config.token_size)
    with torch.inference_mode():
        logits = whole.logits(bags, sentences, before, contexts)
        assert torch.allclose(reader.logits(bags, sentences, before, contexts), logits, atol=1e-4)
        assert len(set(logits.flatten().tolist())) >= min(3, logits.numel())
        if whole.tagger is None:
            with pytest.raises(ValueError, match="no tagger"):
                reader.emissions(batch, vectors)
            return
        wanted = whole.tagger(whole.tagging_encoder, batch, vectors)
        found = reader.emissions(batch, vectors)
    within = torch.arange(wanted.shape[1]) < torch.from_numpy(batch.lengths)[:, None]
    assert torch.allclose(found, wanted[within], atol=1e-3)


def test_a_loaded_model_says_what_its_formulas_say(shop_folder: Path) -> None:
    content = read_folder(shop_folder)
    parts = components_from(content.manifest, content.documents, content.tensors)
    texts = ["请给我退款", "will the parcel reach Oslo?", "qzx"]
    bags, nothing = BagTensors.of(parts.vocabulary.bags(texts)), torch.zeros(len(texts), 0)
    with torch.inference_mode():
        logits = parts.network.eval().logits(bags, nothing, bags, [EMPTY_CONTEXT] * len(texts))
    pipeline = NluPipeline.load(shop_folder)
    wanted = pipeline.probabilities(logits.double().numpy())
    for parse, row in zip(pipeline.parse_many(texts), wanted, strict=True):
        assert parse.matched_by == "model"
        said = {score.name: score.confidence for score in parse.intents}
        assert said == pytest.approx(dict(zip(pipeline.intents, row.tolist(), strict=False)), abs=1e-4)


def test_a_text_without_tokens_parts_its_neighbours_and_takes_nothing_from_them() -> None:
    texts = ["", "to paris", "", "send it", ""]
    lines = [tokenize_text(text) for text in texts]
    together = token_batch(lines, texts, VOCABULARY)
    alone = [token_batch([lines[row]], [texts[row]], VOCABULARY) for row in (1, 3)]
    assert together.lengths.tolist() == [0, 2, 0, 2, 0]
    assert together.sides.indices.tolist() == [place for one in alone for place in one.sides.indices.tolist()]
    last = together.select(np.array([3]))
    assert last.sides.offsets.tolist() == alone[1].sides.offsets.tolist()
