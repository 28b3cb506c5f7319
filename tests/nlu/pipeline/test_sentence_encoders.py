"""Sentence encoders: what they are fed and give, into a folder and back, and what is refused."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file
from torch import nn
from transformers import BertConfig, BertModel, DistilBertConfig, DistilBertForMaskedLM

from nlu.errors import CorruptArtifact, InvalidData
from nlu.pipeline.encoder_folder import encoder_files, encoder_of, load_encoder, write_encoder
from nlu.pipeline.features import NgramSpec
from nlu.pipeline.nearest import MOST_TEXTS, NEIGHBOURS, TrainedTexts
from nlu.pipeline.pair_encoder import PairEncoder
from nlu.pipeline.sentence_encoder import EncoderParts, SentenceEncoder
from nlu.pipeline.tokenization import tokenize_text
from nlu.pipeline.transformer_encoder import LONGEST_TOKENS
from nlu.pipeline.vocabulary import NgramVocabulary
from tests.nlu.pipeline.tiny import write_transformer

TEXTS = ["refund", "我要退款", "a longer text about an invoice that never came", "", "x y", "退"]


@pytest.fixture(scope="module")
def transformer(tmp_path_factory: pytest.TempPathFactory) -> SentenceEncoder:
    return load_encoder(write_transformer(tmp_path_factory.mktemp("encoders") / "tiny"))


@pytest.fixture(scope="module")
def pairs() -> SentenceEncoder:
    vocabulary = NgramVocabulary.build(TEXTS, NgramSpec(char_max=3))
    return PairEncoder(vocabulary, torch.randn(len(vocabulary), 20, generator=torch.Generator().manual_seed(1)))


@pytest.fixture(params=["transformer", "pairs"])
def encoder(request: pytest.FixtureRequest) -> SentenceEncoder:
    made: SentenceEncoder = request.getfixturevalue(request.param)
    return made


def test_vectors_have_length_one_and_do_not_depend_on_the_batch(encoder: SentenceEncoder) -> None:
    together = encoder.encode(TEXTS)
    assert together.shape == (len(TEXTS), encoder.size)
    lengths = together.norm(dim=1)
    assert torch.allclose(lengths[lengths > 0], torch.ones(int((lengths > 0).sum())), atol=1e-5)
    assert torch.allclose(lengths[[0, 1, 2]], torch.ones(3), atol=1e-5)
    for row, text in enumerate(TEXTS):
        assert torch.allclose(encoder.encode([text])[0], together[row], atol=1e-5), text
    assert torch.allclose(encoder.encode(TEXTS[::-1]), together.flip(0), atol=1e-5)
    assert not torch.allclose(together[0], together[1], atol=1e-2)
    assert encoder.encode([]).shape == (0, encoder.size)


def test_a_folder_gives_back_the_very_same_encoder(encoder: SentenceEncoder, tmp_path: Path) -> None:
    write_encoder(tmp_path / "kept", encoder, manifest={}, card="# A card\n")
    again = load_encoder(tmp_path / "kept")
    assert type(again) is type(encoder)
    assert torch.equal(again.encode(TEXTS), encoder.encode(TEXTS))


def test_closeness_is_the_mean_cosine_to_the_nearest_texts() -> None:
    axes = torch.eye(4)
    kept = TrainedTexts.of(torch.cat([axes[:1].repeat(NEIGHBOURS - 1, 1), axes[1:2], -axes[2:3]]))
    assert kept.closeness(axes).tolist() == pytest.approx([0.9, 0.1, 0, 0])
    few = TrainedTexts.of(axes[:2])
    assert few.closeness(axes[:1]).tolist() == [0.5]
    assert TrainedTexts(torch.zeros(0, 0)).closeness(torch.zeros(2, 0)).tolist() == [0, 0]


def test_of_many_texts_some_are_kept_evenly() -> None:
    many = torch.eye(2).repeat_interleave(MOST_TEXTS, dim=0)
    kept = TrainedTexts.of(many)
    assert len(kept) == MOST_TEXTS
    assert kept.to_array().astype(np.float32).sum(0).tolist() == [MOST_TEXTS / 2, MOST_TEXTS / 2]


def test_texts_longer_than_it_reads_are_cut(transformer: SentenceEncoder) -> None:
    long = "a " * LONGEST_TOKENS
    assert torch.allclose(*transformer.encode([long, long + "refund " * 500]), atol=1e-5)
    assert not torch.allclose(*transformer.encode(["a b", "a b refund"]), atol=1e-3)


def test_pooling_is_the_makers(tmp_path: Path) -> None:
    mean = load_encoder(write_transformer(tmp_path / "mean"))
    first = load_encoder(write_transformer(tmp_path / "first", first_token=True))
    assert not torch.allclose(mean.encode(["some words"]), first.encode(["some words"]), atol=1e-3)
    again = encoder_of(*encoder_files(first))
    assert torch.equal(again.encode(["some words"]), first.encode(["some words"]))


def deep(folder: Path) -> SentenceEncoder:
    """A transformer of six layers; its weights are drawn anew, so that only its form counts."""
    write_transformer(folder)
    config = BertConfig(
        **json.loads((folder / "config.json").read_text(encoding="utf-8")) | {"num_hidden_layers": 6}
    )
    torch.manual_seed(7)
    BertModel(config).save_pretrained(folder)
    return load_encoder(folder)


def test_lower_layers_stand_behind_the_last_one(tmp_path: Path) -> None:
    encoder = deep(tmp_path / "deep")
    assert (encoder.size, encoder.meaning_size) == (3 * 24, 24)
    vector = encoder.encode(["refund"])[0]
    shares = vector.reshape(3, 24).norm(dim=1)
    assert torch.allclose(shares / shares[0], torch.tensor([1.0, 0.5, 0.5]), atol=1e-5)
    again = encoder_of(*encoder_files(encoder))
    assert torch.equal(again.encode(TEXTS), encoder.encode(TEXTS))


def test_versions_from_before_there_was_a_choice_read_the_last_layer(tmp_path: Path) -> None:
    encoder = deep(tmp_path / "deep")
    documents, tensors = encoder_files(encoder)
    older = json.loads(documents["encoder.json"])
    del older["layers"]
    old = encoder_of(documents | {"encoder.json": json.dumps(older)}, tensors)
    assert old.size == old.meaning_size == 24
    front = nn.functional.normalize(encoder.encode(["refund"])[:, :24], dim=1)
    assert torch.allclose(old.encode(["refund"]), front, atol=1e-5)


@pytest.mark.parametrize(
    "layers", [[], [[7, 1.0]], [[-1, 1.0]], [[6, 0.0]], [[6, 2.0]], [["a", 1]], 3, [[6]], [[6, 1]] * 9]
)
def test_layers_that_a_model_has_not_are_refused(tmp_path: Path, layers: Any) -> None:
    documents, tensors = encoder_files(deep(tmp_path / "deep"))
    described = json.loads(documents["encoder.json"]) | {"layers": layers}
    with pytest.raises(CorruptArtifact, match="layers"):
        encoder_of(documents | {"encoder.json": json.dumps(described)}, tensors)


def test_closeness_reads_the_front_of_a_vector_only() -> None:
    kept = TrainedTexts.of(torch.tensor([[1.0, 0.0, 5.0]]), 2)
    assert kept.size == 2
    assert kept.closeness(torch.tensor([[2.0, 0.0, 9.0], [0.0, 1.0, 5.0]])).tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model_type": "no-such-kind"}, "not a kind of model"),
        ({"auto_map": {"AutoModel": "evil.Model"}}, "not a kind of model"),
        ({"is_decoder": True}, "generates text"),
        ({"num_hidden_layers": 65}, "num_hidden_layers is more than 64"),
        ({"num_hidden_layers": 2}, "encoder.layer.1.*missing"),
        ({"vision": {"deep": [{"num_layers": 10**7}]}}, "num_layers is more than 64"),
        ({"vocab_size": 999_999}, "another shape"),
        ({"hidden_size": 10**6}, "cannot be loaded|another shape"),
        ({"vocab_size": 10**13}, "absurdly large"),
        ({"hidden_size": "24"}, "cannot be loaded"),
    ],
)
def test_a_foreign_folder_is_refused_in_words(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    folder = write_transformer(tmp_path / "foreign", **changes)
    with pytest.raises(InvalidData, match=words):
        load_encoder(folder)


def test_a_model_of_another_kind_with_a_head_of_its_own_is_read(tmp_path: Path) -> None:
    folder = write_transformer(tmp_path / "distil")
    torch.manual_seed(3)
    config = DistilBertConfig(
        vocab_size=90, dim=24, n_layers=1, n_heads=2, hidden_dim=32, max_position_embeddings=160
    )
    DistilBertForMaskedLM(config).save_pretrained(folder)
    encoder = load_encoder(folder)
    assert encoder.size == 24
    again = encoder_of(*encoder_files(encoder))
    assert torch.equal(again.encode(TEXTS), encoder.encode(TEXTS))
    (words,) = again.read(["an invoice"], [tokenize_text("an invoice")]).tokens
    assert words.shape == (2, 24)
    assert words.any(dim=1).all()


def test_a_model_without_a_pooler_is_the_same_every_time(tmp_path: Path) -> None:
    folder = write_transformer(tmp_path / "bare")
    state = load_file(folder / "model.safetensors")
    save_file(
        {name: value for name, value in state.items() if not name.startswith("pooler")},
        folder / "model.safetensors",
    )
    first, second = (encoder_files(load_encoder(folder))[1] for _ in range(2))
    assert all(np.array_equal(value, second[name]) for name, value in first.items())


@pytest.mark.parametrize("positions", [20, 64])
def test_a_model_of_few_positions_reads_so_many_tokens(tmp_path: Path, positions: int) -> None:
    encoder = load_encoder(write_transformer(tmp_path / "short", positions=positions))
    long = "a " * positions
    assert torch.allclose(*encoder.encode([long, long + "refund " * 300]), atol=1e-5)
    again = encoder_of(*encoder_files(encoder))
    assert torch.equal(again.encode([long * 9]), encoder.encode([long * 9]))


def test_weights_cut_short_are_refused_in_words(tmp_path: Path) -> None:
    folder = write_transformer(tmp_path / "cut")
    content = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(content[: len(content) // 2])
    with pytest.raises(InvalidData, match="cannot be loaded"):
        load_encoder(folder)


def test_no_pickle_and_no_missing_model(tmp_path: Path) -> None:
    folder = write_transformer(tmp_path / "pickled")
    state = {"embeddings.word_embeddings.weight": torch.zeros(3, 3)}
    (folder / "model.safetensors").unlink()
    torch.save(state, folder / "pytorch_model.bin")
    with pytest.raises(InvalidData, match="cannot be loaded"):
        load_encoder(folder)
    with pytest.raises(InvalidData, match="cannot be loaded"):
        load_encoder(tmp_path / "nothing")


def described(**changes: Any) -> Callable[[EncoderParts], EncoderParts]:
    return lambda parts: dataclasses.replace(parts, description={**parts.description, **changes})


def configured(**changes: Any) -> Callable[[EncoderParts], EncoderParts]:
    return lambda parts: described(config={**parts.description["config"], **changes})(parts)


def changed(name: str, change: Callable[[Any], Any]) -> Callable[[EncoderParts], EncoderParts]:
    return lambda parts: dataclasses.replace(
        parts, tensors={**parts.tensors, name: change(np.array(parts.tensors[name]))}
    )


def without(name: str) -> Callable[[EncoderParts], EncoderParts]:
    return lambda parts: dataclasses.replace(
        parts, tensors={key: value for key, value in parts.tensors.items() if key != name}
    )


def poisoned(value: Any) -> Any:
    value.flat[0] = np.nan
    return value


WORD_TABLE = "embeddings.word_embeddings.weight"
HARMS: dict[str, tuple[str, Callable[[EncoderParts], EncoderParts]]] = {
    "kind": ("transformer", described(kind="pickle")),
    "pooling": ("transformer", described(pooling="last")),
    "no config": ("transformer", described(config=[])),
    "unknown model": ("transformer", configured(model_type="evil")),
    "own code": ("transformer", configured(auto_map={"AutoModel": "evil.Model"})),
    "layers": ("transformer", configured(num_hidden_layers=10**9)),
    "layers of a part": ("transformer", configured(text_config={"num_hidden_layers": 10**7})),
    "width": ("transformer", configured(hidden_size=10**9)),
    "vocabulary": ("transformer", configured(vocab_size=10**12)),
    "heads": ("transformer", configured(num_attention_heads=0)),
    "tensor gone": ("transformer", without(WORD_TABLE)),
    "tensor grown": ("transformer", changed(WORD_TABLE, lambda value: np.concatenate([value, value]))),
    "tensor poisoned": ("transformer", changed(WORD_TABLE, poisoned)),
    "tokenizer": ("transformer", lambda parts: dataclasses.replace(parts, documents={"tokenizer.json": "{}"})),
    "no tokenizer": ("transformer", lambda parts: dataclasses.replace(parts, documents={})),
    "orders": ("pairs", described(ngrams={"char_min": 0})),
    "unknown order": ("pairs", described(ngrams={"evil": 1})),
    "keys unsorted": ("pairs", changed("keys", lambda value: value[::-1].copy())),
    "keys short": ("pairs", changed("keys", lambda value: value[:-1])),
    "table flat": ("pairs", changed("table", np.ravel)),
    "table poisoned": ("pairs", changed("table", poisoned)),
    "idf gone": ("pairs", without("idf")),
}


@pytest.mark.parametrize("harm", HARMS)
def test_parts_that_do_not_fit_together_are_refused(harm: str, request: pytest.FixtureRequest) -> None:
    kind, change = HARMS[harm]
    good = request.getfixturevalue(kind).to_parts()

    class Changed(SentenceEncoder):
        size = 1

        def encode(self, texts: Any) -> Any:
            raise NotImplementedError

        def to_parts(self) -> EncoderParts:
            return change(good)

    with pytest.raises(CorruptArtifact):
        encoder_of(*encoder_files(Changed()))


def test_a_model_version_is_no_encoder(shop_folder: Path) -> None:
    with pytest.raises(InvalidData, match="not a sentence encoder"):
        load_encoder(shop_folder)


def test_a_damaged_encoder_folder_is_refused(transformer: SentenceEncoder, tmp_path: Path) -> None:
    folder = tmp_path / "damaged"
    write_encoder(folder, transformer, manifest={}, card="")
    description = json.loads((folder / "encoder.json").read_text())
    (folder / "encoder.json").write_text(json.dumps(description | {"pooling": "first"}))
    with pytest.raises(CorruptArtifact, match="checksum"):
        load_encoder(folder)
