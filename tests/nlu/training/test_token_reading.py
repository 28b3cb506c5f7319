"""Models whose tagger reads a sentence encoder's vectors of tokens: trained, kept, loaded, refused."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nlu.errors import CorruptArtifact
from nlu.pipeline.artifacts import read_folder, write_folder
from nlu.pipeline.encoder_folder import load_encoder
from nlu.pipeline.pipeline import NluPipeline
from nlu.pipeline.sentence_encoder import EncoderParts, SentenceEncoder
from nlu.pipeline.token_vectors import ReadTexts
from nlu.pipeline.tokenization import Token
from nlu.training import remembered
from nlu.training.dataset import Dataset
from nlu.training.trainer import TrainingResult, train
from nlu.types import Example
from tests.nlu.pipeline.corpus import PLACES, QUICK, shop_examples
from tests.nlu.pipeline.test_artifacts import edit_manifest
from tests.nlu.pipeline.tiny import write_transformer

NEW_PLACES = ("Lisbon", "Turin", "Quito", "Hanoi", "Zagreb", "Accra")
TEXTS = ["寄到上海要几天", "when will my parcel reach Oslo?", "send me the invoice please", ""]


class Atlas(SentenceEncoder):
    """Knows of every word whether it is a place, and nothing of texts; counts what it reads."""

    size = 2
    token_size = 2

    def __init__(self, parts: EncoderParts) -> None:
        self._parts = parts
        self.passes: Counter[str] = Counter()

    def encode(self, texts: Sequence[str]) -> Tensor:
        self.passes.update(texts)
        return torch.zeros(len(texts), 2)

    def read(self, texts: Sequence[str], lines: Sequence[Sequence[Token]]) -> ReadTexts:
        places = {place.lower() for place in (*PLACES, *NEW_PLACES)}
        tokens = (
            torch.tensor([[float(token.text in places), float(token.text not in places)] for token in line])
            for line in lines
        )
        return ReadTexts(self.encode(texts), tuple(vectors.reshape(-1, 2) for vectors in tokens))

    def to_parts(self) -> EncoderParts:
        return self._parts


def asked_of(place: str) -> Example:
    text = f"when will my parcel reach {place}?"
    start = text.index(place)
    return Example(text, "delivery_time", ((start, start + len(place), "city"),))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> SentenceEncoder:
    return load_encoder(write_transformer(tmp_path_factory.mktemp("encoders") / "tiny"))


@pytest.fixture(scope="module")
def trained(tiny: SentenceEncoder, tmp_path_factory: pytest.TempPathFactory) -> TrainingResult:
    folder = tmp_path_factory.mktemp("models") / "tokens"
    return train(Dataset.of(shop_examples()), output_dir=folder, config=QUICK, encoder=tiny)


@pytest.fixture
def copy(trained: TrainingResult, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained.folder, tmp_path / "copy"))


def configure(folder: Path, change: Any) -> None:
    """Write the folder again with a changed configuration and right checksums."""
    content = read_folder(folder)
    config = json.loads(content.documents["config.json"])
    change(config)
    documents = content.documents | {"config.json": json.dumps(config)}
    write_folder(folder, manifest=content.manifest, documents=documents, tensors=content.tensors)


def answers(folder: Path) -> list[Any]:
    parses = NluPipeline.load(folder).parse_many(TEXTS)
    return [parse.to_json() | {"milliseconds": 0, "model_version": ""} for parse in parses]


def test_entities_that_only_the_encoder_knows_are_found(tiny: SentenceEncoder, tmp_path: Path) -> None:
    data, judged = Dataset.of(shop_examples()), Dataset.of([asked_of(place) for place in NEW_PLACES])
    atlas = Atlas(tiny.to_parts())
    known = train(data, output_dir=tmp_path / "a", config=QUICK, validation=judged, encoder=atlas)
    assert known.evaluation.metrics.entity_f1 == 1
    assert json.loads((known.folder / "config.json").read_text())["token_size"] == 2
    assert "vectors of single words" in (known.folder / "MODEL_CARD.md").read_text()


def test_each_text_is_read_once_in_a_training_by_cross_validation(tiny: SentenceEncoder, tmp_path: Path) -> None:
    atlas = Atlas(tiny.to_parts())
    seen: list[int] = []
    examples = shop_examples()
    train(
        Dataset.of(examples),
        output_dir=tmp_path / "once",
        config=QUICK,
        encoder=atlas,
        progress=lambda progress: seen.append(max(atlas.passes.values())),
    )
    # Up to the end of the last fit; measuring what a message costs reads with the encoder itself.
    assert set(seen) == {1}


def test_the_same_training_gives_the_same_model_and_a_folder_the_same_answers(
    trained: TrainingResult, tiny: SentenceEncoder, tmp_path: Path
) -> None:
    again = train(Dataset.of(shop_examples()), output_dir=tmp_path / "again", config=QUICK, encoder=tiny)
    first, second = (read_folder(made.folder).tensors for made in (trained, again))
    assert first.keys() == second.keys()
    assert all(np.array_equal(value, second[name]) for name, value in first.items())
    assert answers(trained.folder) == answers(again.folder)
    cities = [[one["text"] for one in parse["entities"]] for parse in answers(trained.folder)]
    assert cities[:2] == [["上海"], ["Oslo"]]
    pipeline = NluPipeline.load(trained.folder)
    alone = [[span.text for span in pipeline.parse(text).entities] for text in TEXTS]
    assert alone == cities


def test_too_many_tokens_to_remember_leave_the_tagger_to_the_ngrams(
    tiny: SentenceEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembered, "MOST_TOKEN_BYTES", 100)
    result = train(Dataset.of(shop_examples()), output_dir=tmp_path / "many", config=QUICK, encoder=tiny)
    assert json.loads((result.folder / "config.json").read_text())["token_size"] == 0
    assert "vectors of single words" not in (result.folder / "MODEL_CARD.md").read_text()
    assert answers(result.folder)[0]["entities"][0]["text"] == "上海"

    def older(config: dict[str, Any]) -> None:
        del config["token_size"]

    # Such a folder is what the format before wrote: it is read as ever.
    now = answers(result.folder)
    configure(result.folder, older)
    edit_manifest(result.folder, lambda manifest: manifest.update(format_version=5))
    assert answers(result.folder) == now


def test_without_entities_no_token_is_read(tiny: SentenceEncoder, tmp_path: Path) -> None:
    plain = Dataset.of(Example(example.text, example.intent) for example in shop_examples())
    result = train(plain, output_dir=tmp_path / "plain", config=QUICK, encoder=tiny)
    assert json.loads((result.folder / "config.json").read_text())["token_size"] == 0
    assert NluPipeline.load(result.folder).parse("我要退款").entities == ()


@pytest.mark.parametrize("size", [0, 23, 25, -1, 10**9, "24", None, 24.0, True])
def test_a_configuration_that_lies_about_the_size_is_refused(copy: Path, size: Any) -> None:
    NluPipeline.load(copy)
    configure(copy, lambda config: config.update(token_size=size))
    with pytest.raises(CorruptArtifact):
        NluPipeline.load(copy)


def test_vectors_of_tokens_without_an_encoder_are_refused(shop_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(shop_folder, tmp_path / "ngrams"))
    configure(folder, lambda config: None)
    NluPipeline.load(folder)
    configure(folder, lambda config: config.update(token_size=24))
    with pytest.raises(CorruptArtifact, match="without a sentence encoder"):
        NluPipeline.load(folder)


@pytest.mark.parametrize("damage", [lambda w: w[:, :-1], lambda w: w * np.float32(np.nan)])
def test_a_tagger_with_other_weights_is_refused(copy: Path, damage: Any) -> None:
    content = read_folder(copy)
    name = "network.tagger.alone.weight"
    tensors = content.tensors | {name: damage(content.tensors[name])}
    write_folder(copy, manifest=content.manifest, documents=content.documents, tensors=tensors)
    with pytest.raises(CorruptArtifact):
        NluPipeline.load(copy)
