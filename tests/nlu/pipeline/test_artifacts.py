from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save

from nlu.errors import CorruptArtifact, IncompatibleArtifact
from nlu.pipeline.artifacts import FORMAT_VERSION, READABLE_VERSIONS, read_folder, write_folder
from nlu.pipeline.pipeline import NluPipeline
from nlu.pipeline.several import ADDED_SAYS, WHOLE_SAYS

TEXTS = ["我要退款!!", "寄到上海要几天", "invoice please", "完全不相干的话题 zzz"]


@pytest.fixture
def copy(shop_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(shop_folder, tmp_path / "model"))


def edit_manifest(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    place = folder / "manifest.json"
    manifest = json.loads(place.read_text())
    change(manifest)
    place.write_text(json.dumps(manifest))


def replace_file(folder: Path, name: str, content: bytes) -> None:
    """As somebody would who knows about the checksums."""
    (folder / name).write_bytes(content)
    edit_manifest(folder, lambda m: m["checksums"].update({name: hashlib.sha256(content).hexdigest()}))


def test_a_folder_holds_everything_and_loads_as_it_was_written(shop_folder: Path) -> None:
    assert {path.name for path in shop_folder.iterdir()} == {
        "manifest.json", "config.json", "entities.json", "metrics.json", "model.safetensors", "MODEL_CARD.md",
        "held_out.json",
    }  # fmt: skip
    first, second = NluPipeline.load(shop_folder), NluPipeline.load(str(shop_folder))
    for text in TEXTS:
        a, b = first.parse(text).to_json(), second.parse(text).to_json()
        a.pop("milliseconds"), b.pop("milliseconds")
        assert a == b
    assert first.version == "shop"
    assert first.thresholds.scope == 0.5


def test_the_folder_holds_no_utterance(shop_folder: Path) -> None:
    for path in shop_folder.iterdir():
        content = path.read_bytes()
        assert "退款怎么弄".encode() not in content
        assert b"talk to a human" not in content


def test_writing_replaces_a_folder_and_leaves_nothing_else(tmp_path: Path) -> None:
    for value in (1.0, 2.0):
        write_folder(
            tmp_path / "m",
            manifest={},
            documents={"a.json": "{}"},
            tensors={"x": np.array([value], dtype=np.float32)},
        )
    assert [path.name for path in tmp_path.iterdir()] == ["m"]
    assert load_file(tmp_path / "m" / "model.safetensors")["x"].tolist() == [2.0]


def test_a_failed_write_leaves_the_old_folder(tmp_path: Path) -> None:
    write_folder(tmp_path / "m", manifest={}, documents={}, tensors={"x": np.zeros(1, dtype=np.float32)})
    with pytest.raises(KeyError):
        write_folder(tmp_path / "m", manifest={}, documents={}, tensors={"x": np.zeros(1, dtype=np.complex64)})
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


@pytest.mark.parametrize(
    "name", ["model.safetensors", "config.json", "entities.json", "metrics.json", "MODEL_CARD.md"]
)
def test_a_flipped_byte_is_refused(copy: Path, name: str) -> None:
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(CorruptArtifact, match="checksum"):
        NluPipeline.load(copy)


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "manifest.json"])
def test_a_missing_file_is_refused(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(CorruptArtifact):
        NluPipeline.load(copy)


def test_an_extra_file_is_refused(copy: Path) -> None:
    (copy / "payload.pkl").write_bytes(b"cos\nsystem\n")
    with pytest.raises(CorruptArtifact, match=r"payload\.pkl"):
        NluPipeline.load(copy)


def test_a_wrong_checksum_is_refused(copy: Path) -> None:
    edit_manifest(copy, lambda m: m["checksums"].update({"config.json": "0" * 64}))
    with pytest.raises(CorruptArtifact, match=r"config\.json"):
        NluPipeline.load(copy)


def test_a_truncated_file_is_refused_even_with_a_right_checksum(copy: Path) -> None:
    content = (copy / "model.safetensors").read_bytes()
    for length in (0, 5, 40, len(content) - 3):
        replace_file(copy, "model.safetensors", content[:length])
        with pytest.raises(CorruptArtifact, match="safetensors"):
            NluPipeline.load(copy)


BAD_HEADERS = (
    b"{",
    b"[]",
    b'{"x": 1}',
    b'{"x": {"dtype": "F32"}}',
    b'{"x": {"dtype": "F99", "shape": [1], "data_offsets": [0, 4]}}',
)


@pytest.mark.parametrize("header", BAD_HEADERS)
def test_a_bad_header_is_refused(copy: Path, header: bytes) -> None:
    replace_file(copy, "model.safetensors", len(header).to_bytes(8, "little") + header + b"\0" * 4)
    with pytest.raises(CorruptArtifact, match="safetensors"):
        NluPipeline.load(copy)


def test_a_header_of_impossible_length_is_refused(copy: Path) -> None:
    content = (copy / "model.safetensors").read_bytes()
    replace_file(copy, "model.safetensors", (1 << 60).to_bytes(8, "little") + content[8:])
    with pytest.raises(CorruptArtifact, match="impossible length"):
        NluPipeline.load(copy)


def test_extra_missing_and_reshaped_tensors_are_refused(copy: Path) -> None:
    tensors = load_file(copy / "model.safetensors")
    name = "network.members.0.intent.output.bias"
    for change in (
        {**tensors, "extra": np.zeros(1, dtype=np.float32)},
        {key: value for key, value in tensors.items() if key != name},
        {**tensors, name: np.zeros(99, dtype=np.float32)},
        {**tensors, name: tensors[name].astype(np.float16)},
    ):
        replace_file(copy, "model.safetensors", save(change))
        with pytest.raises(CorruptArtifact, match="differ from the manifest"):
            NluPipeline.load(copy)


def test_a_manifest_that_agrees_with_a_wrong_tensor_is_still_refused(copy: Path) -> None:
    name = "network.members.0.intent.output.bias"
    for wrong in (np.zeros(99, dtype=np.float32), np.full(4, np.nan, dtype=np.float32)):
        tensors = load_file(copy / "model.safetensors") | {name: wrong}
        replace_file(copy, "model.safetensors", save(tensors))
        edit_manifest(copy, lambda m, w=wrong: m["tensors"][name].update(shape=list(w.shape)))
        with pytest.raises(CorruptArtifact):
            NluPipeline.load(copy)


@pytest.mark.parametrize("tensor", ["exact.intents", "vocabulary.keys"])
def test_indices_that_point_outside_are_refused(copy: Path, tensor: str) -> None:
    tensors = load_file(copy / "model.safetensors")
    changed = tensors[tensor].copy()
    changed[-1] = -7
    replace_file(copy, "model.safetensors", save(tensors | {tensor: changed}))
    with pytest.raises(CorruptArtifact):
        NluPipeline.load(copy)


def test_links_are_refused(copy: Path, shop_folder: Path, tmp_path: Path) -> None:
    (copy / "config.json").unlink()
    (copy / "config.json").symlink_to(shop_folder / "config.json")
    with pytest.raises(CorruptArtifact, match="link"):
        NluPipeline.load(copy)
    (tmp_path / "linked").symlink_to(shop_folder)
    with pytest.raises(CorruptArtifact):
        NluPipeline.load(tmp_path / "linked")


def test_a_name_that_leaves_the_folder_is_refused(copy: Path) -> None:
    edit_manifest(copy, lambda m: m["checksums"].update({"../shop/config.json": "0" * 64}))
    with pytest.raises(CorruptArtifact):
        NluPipeline.load(copy)


@pytest.mark.parametrize("version", READABLE_VERSIONS)
def test_a_folder_of_a_format_before_is_read_as_ever(copy: Path, version: int) -> None:
    today = NluPipeline.load(copy).parse("can i pay by card").to_json()
    config = json.loads((copy / "config.json").read_text())
    if version < 6:
        del config["token_size"]
        replace_file(copy, "config.json", json.dumps(config).encode())

    def older(manifest: dict[str, Any]) -> None:
        manifest["format_version"] = version
        if version < 5:
            del manifest["scope"]["nearest"]
        if version < 6:
            del manifest["scope"]["ceiling"], manifest["thresholds"]["several"]
        if version < 7:
            del manifest["thresholds"]["whole_says"], manifest["thresholds"]["added_says"]

    edit_manifest(copy, older)
    before = NluPipeline.load(copy).parse("can i pay by card").to_json()
    assert {**before, "milliseconds": 0} == {**today, "milliseconds": 0}


def test_columns_for_contexts_that_training_never_saw_are_left_out(copy: Path) -> None:
    content = read_folder(copy)
    today = NluPipeline.load(copy).parse("can i pay by card").to_json()
    config = json.loads(content.documents["config.json"])
    unused = config["context_size"] + config["embedding_size"]
    heads = [name for name in content.tensors if name.endswith(".intent.hidden.weight")]
    assert heads

    def widened(columns: int, version: int, filled: float = 7.0) -> None:
        tensors = {
            name: np.pad(value, ((0, 0), (0, columns)), constant_values=filled) if name in heads else value
            for name, value in content.tensors.items()
        }
        write_folder(copy, manifest=content.manifest, documents=content.documents, tensors=tensors)
        edit_manifest(copy, lambda manifest: manifest.update(format_version=version))

    widened(unused, 7)
    before = NluPipeline.load(copy).parse("can i pay by card").to_json()
    assert {**before, "milliseconds": 0} == {**today, "milliseconds": 0}
    for columns, version, filled in ((unused - 1, 7, 7.0), (unused, 8, 7.0), (unused, 7, np.nan)):
        widened(columns, version, filled)
        with pytest.raises(CorruptArtifact):
            NluPipeline.load(copy)


def test_a_folder_without_a_bound_of_several_intents_says_one(copy: Path) -> None:
    text = "I want my money back and send me an invoice"
    assert len(NluPipeline.load(copy).parse(text).several) == 2

    def older(manifest: dict[str, Any]) -> None:
        manifest["format_version"] = 5
        del manifest["thresholds"]["several"]

    edit_manifest(copy, older)
    pipeline = NluPipeline.load(copy)
    assert (pipeline.thresholds.several, pipeline.parse(text).several) == (1.0, ())


def test_a_folder_from_before_keeps_the_evidence_that_its_bound_was_learned_with(copy: Path) -> None:
    learned = NluPipeline.load(copy).thresholds
    assert (learned.whole_says, learned.added_says) == (WHOLE_SAYS, ADDED_SAYS)

    def older(manifest: dict[str, Any]) -> None:
        manifest["format_version"] = 6
        del manifest["thresholds"]["whole_says"], manifest["thresholds"]["added_says"]

    edit_manifest(copy, older)
    pipeline = NluPipeline.load(copy)
    assert (pipeline.thresholds.whole_says, pipeline.thresholds.added_says) == (1e-5, 1e-5)
    assert len(pipeline.parse("I want my money back and send me an invoice").several) == 2


def test_another_format_or_encoder_is_incompatible(copy: Path) -> None:
    edit_manifest(copy, lambda m: m.update(format_version=99))
    with pytest.raises(IncompatibleArtifact, match="format version 99"):
        NluPipeline.load(copy)
    edit_manifest(copy, lambda m: m.update(format_version=FORMAT_VERSION))
    config = json.loads((copy / "config.json").read_text()) | {"encoder": "minilm"}
    replace_file(copy, "config.json", json.dumps(config).encode())
    with pytest.raises(IncompatibleArtifact, match="minilm"):
        NluPipeline.load(copy)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff"])
def test_a_manifest_that_is_no_manifest_is_refused(copy: Path, content: bytes) -> None:
    (copy / "manifest.json").write_bytes(content)
    with pytest.raises((CorruptArtifact, IncompatibleArtifact)):
        NluPipeline.load(copy)


def test_loading_a_model_does_not_load_a_compiler(shop_folder: Path) -> None:
    """It takes seconds and 150 MB, and nothing here is compiled."""
    code = (
        "import sys; from nlu.pipeline.pipeline import NluPipeline; "
        "print(NluPipeline.load(sys.argv[1]).parse('退款').intents[0].name); "
        "print([name for name in ('sympy', 'torch._dynamo.convert_frame', 'transformers') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(shop_folder)], check=True, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.splitlines() == ["refund", "[]"]
