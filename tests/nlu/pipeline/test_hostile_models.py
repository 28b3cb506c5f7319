"""Model folders made to harm whoever loads them, by somebody who gets the checksums right: none is loaded.

The child process of the last test may not use more memory than a few models need, and no pickle is ever read.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save

from nlu.errors import CorruptArtifact, IncompatibleArtifact
from nlu.pipeline.pipeline import NluPipeline
from tests.nlu.pipeline.test_artifacts import edit_manifest, replace_file

TENSORS = "model.safetensors"
BIAS = "network.members.0.intent.output.bias"
Harm = Callable[[Path], object]


class Payload:
    """Unpickled, it would leave a file behind."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("/tmp/xiaoer-was-here",)  # noqa: S108  # must never come to be


def of_bytes(content: bytes) -> Harm:
    return lambda folder: replace_file(folder, TENSORS, content)


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("model/data.pkl", pickle.dumps(Payload()))
    return buffer.getvalue()


def torch_file(**options: Any) -> bytes:
    buffer = io.BytesIO()
    torch.save({"x": torch.zeros(1), "y": Payload()}, buffer, **options)
    return buffer.getvalue()


def object_array() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.array([Payload()], dtype=object), allow_pickle=True)
    return buffer.getvalue()


def raw(header: bytes, body: bytes = b"") -> Harm:
    return of_bytes(len(header).to_bytes(8, "little") + header + body)


def declared(**spec: Any) -> Harm:
    """A file whose header and manifest both tell the same lie about one more tensor."""

    def harm(folder: Path) -> None:
        content = (folder / TENSORS).read_bytes()
        length = int.from_bytes(content[:8], "little")
        header = json.loads(content[8 : 8 + length])
        end = max(one["data_offsets"][1] for name, one in header.items() if name != "__metadata__")
        header["more"] = {"dtype": "F32", "shape": [1], "data_offsets": [end, end + 4]} | spec
        text = json.dumps(header).encode()
        replace_file(folder, TENSORS, len(text).to_bytes(8, "little") + text + content[8 + length :] + b"\0" * 4)
        given = {"dtype": header["more"]["dtype"], "shape": header["more"]["shape"]}
        edit_manifest(folder, lambda m: m["tensors"].update(more=given))

    return harm


def tensors(**changes: Any) -> Harm:
    """Tensors by name (dots written as __) put in place of the true ones, in the manifest too."""

    def harm(folder: Path) -> None:
        changed = {name.replace("__", "."): value for name, value in changes.items()}
        replace_file(folder, TENSORS, save(load_file(folder / TENSORS) | changed))
        shapes = {name: {"dtype": "F32", "shape": list(value.shape)} for name, value in changed.items()}
        edit_manifest(folder, lambda m: m["tensors"].update(shapes))

    return harm


def filled(value: float) -> Harm:
    def harm(folder: Path) -> None:
        true = load_file(folder / TENSORS)
        replace_file(folder, TENSORS, save(true | {BIAS: np.full_like(true[BIAS], value)}))

    return harm


def config(**changes: Any) -> Harm:
    def harm(folder: Path) -> None:
        true = json.loads((folder / "config.json").read_text())
        replace_file(folder, "config.json", json.dumps(true | changes).encode())

    return harm


def ngrams(**changes: Any) -> Harm:
    def harm(folder: Path) -> None:
        true = json.loads((folder / "config.json").read_text())
        config(ngrams=true["ngrams"] | changes)(folder)

    return harm


def manifest(**changes: Any) -> Harm:
    return lambda folder: edit_manifest(folder, lambda m: m.update(changes))


def within(part: str, **changes: Any) -> Harm:
    return lambda folder: edit_manifest(folder, lambda m: m[part].update(changes))


def document(name: str, content: bytes) -> Harm:
    return lambda folder: replace_file(folder, name, content)


def instead(name: str, make: Callable[[Path], object]) -> Harm:
    def harm(folder: Path) -> None:
        (folder / name).unlink()
        make(folder / name)

    return harm


def beside(name: str) -> Harm:
    return lambda folder: (folder / name).write_bytes(pickle.dumps(Payload()))


DEEP = b"[" * 200_000
HEADER_BOMB = json.dumps({f"t{n}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for n in range(100_000)})
HARMS: dict[str, Harm] = {
    "pickle renamed": of_bytes(pickle.dumps(Payload())),
    "pickle with a header's length": raw(pickle.dumps(Payload())),
    "zip of a pickle": of_bytes(zipped()),
    "torch zip file": of_bytes(torch_file()),
    "torch legacy file": of_bytes(torch_file(_use_new_zipfile_serialization=False)),
    "numpy objects": of_bytes(object_array()),
    "hdf5": of_bytes(b"\x89HDF\r\n\x1a\n" + b"\0" * 512),
    "empty": of_bytes(b""),
    "header of no length": of_bytes(b"\0" * 8),
    "header of 2**63": of_bytes((2**63).to_bytes(8, "little") + b"{}"),
    "header no JSON": raw(b"\xff\xfe"),
    "header nested deeply": raw(DEEP),
    "header of 100,000 tensors": raw(HEADER_BOMB.encode()),
    "metadata of 50 MB": raw(b'{"__metadata__": {"x": "' + b"a" * (50 << 20) + b'"}}'),
    "one tensor more": declared(),
    "offset past the end": declared(data_offsets=[0, 1 << 40]),
    "offsets overlap": declared(data_offsets=[0, 4]),
    "offsets backwards": declared(data_offsets=[8, 4]),
    "shape overflows": declared(shape=[1 << 32, 1 << 32]),
    "shape negative": declared(shape=[-1]),
    "shape of texts": declared(shape=["1"]),
    "unknown type": declared(dtype="F4096"),
    "not a number": filled(float("nan")),
    "infinite": filled(float("inf")),
    "another shape": tensors(**{BIAS.replace(".", "__"): np.zeros(3, dtype=np.float32)}),
    "a tensor of another architecture": tensors(network__encoder__weight=np.zeros((2, 2), dtype=np.float32)),
    "embeddings of a terabyte": config(embedding_size=10**7),
    "negative size": config(hidden_size=-1),
    "size as a text": config(hidden_size="512"),
    "a million members": config(members=10**6),
    "another size within bounds": config(hidden_size=4096),
    "no buckets": ngrams(buckets=0),
    "n-grams of a million": ngrams(char_max=10**6),
    "code by name": config(auto_map={"AutoModel": "evil.Model"}),
    "configuration nested deeply": document("config.json", DEEP),
    "configuration a list": document("config.json", b"[]"),
    "entities nested deeply": document("entities.json", DEEP),
    "entities with a hostile pattern": document(
        "entities.json",
        b'{"lists": [], "placeholders": [], "patterns": [{"type": "x", "pattern": "(a{1000}){1000}"}]}',
    ),
    "document not text": document("MODEL_CARD.md", b"\xff\xff"),
    "manifest nested deeply": lambda folder: (folder / "manifest.json").write_bytes(DEEP),
    "a hundred thousand labels": within("labels", tags=[f"B-{n}" for n in range(100_000)]),
    "labels a text": within("labels", intents="abcd"),
    "labels of numbers": within("labels", intents=[1, 2, 3, 4]),
    "a label twice": within("labels", context_symbols=["x", "x"]),
    "temperature of nothing": manifest(temperature=0.0),
    "temperature not a number": manifest(temperature=float("nan")),
    "threshold not a number": within("thresholds", confidence=float("nan")),
    "threshold beyond one": within("thresholds", confidence=2.0),
    "scope infinite": within("scope", bias=float("inf")),
    "checksums a list": manifest(checksums=[TENSORS]),
    "a link": instead(TENSORS, lambda path: path.symlink_to("/etc/passwd")),
    "a folder in a file's place": instead("config.json", Path.mkdir),
    "a pipe that nobody writes to": instead("config.json", os.mkfifo),
    "a pickle beside": beside("pytorch_model.bin"),
    "a program beside": beside("modeling.py"),
}


@pytest.fixture
def copy(shop_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(shop_folder, tmp_path / "model"))


def test_the_untouched_copy_loads(copy: Path) -> None:
    assert NluPipeline.load(copy).parse("我要退款!!").top is not None


@pytest.mark.parametrize("harm", HARMS.values(), ids=HARMS)
@pytest.mark.timeout(20)
def test_a_hostile_folder_is_refused(copy: Path, harm: Harm) -> None:
    harm(copy)
    with pytest.raises((CorruptArtifact, IncompatibleArtifact)):
        NluPipeline.load(copy)


def test_refusing_takes_little_memory_and_reads_no_pickle(shop_folder: Path, tmp_path: Path) -> None:
    folders = []
    for number, harm in enumerate(HARMS.values()):
        folder = Path(shutil.copytree(shop_folder, tmp_path / f"{number}"))
        harm(folder)
        folders.append(str(folder))
    program = """
import resource, sys
from nlu.errors import NluError
from nlu.pipeline.pipeline import NluPipeline
sys.addaudithook(lambda event, _: sys.exit(event) if event == "pickle.find_class" else None)
NluPipeline.load(sys.argv[1])
begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for folder in sys.argv[2:]:
    try:
        NluPipeline.load(folder)
    except NluError:
        continue
    sys.exit(f"loaded {folder}")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - begun)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(shop_folder), *folders], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 300 * 1024, "kilobytes"
