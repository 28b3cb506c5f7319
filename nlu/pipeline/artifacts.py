"""A model version as a folder that either loads exactly as it was written or not at all.

No file in it can execute anything: JSON, Markdown and safetensors only. Before a single tensor is read, the format
version, every file's sha256 and the declared name, type, shape and extent of every tensor are checked.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from nlu.errors import CorruptArtifact, IncompatibleArtifact

FORMAT_VERSION = 8
# Version 4 had no vectors of training texts, and so a weight of 0 for them. Up to version 5 transformers were read
# at their last layer alone, no tagger read their vectors of tokens, and without a bound of several intents a
# message has one. Up to version 6 that bound was learned with another least word of the whole message. Up to
# version 7 the intent heads of models without contexts have columns that only meet zeros.
READABLE_VERSIONS = (4, 5, 6, 7, FORMAT_VERSION)
MANIFEST = "manifest.json"
TENSORS = "model.safetensors"
# A header larger than this describes no model of ours; the limit keeps a forged length from filling the memory.
_MAX_HEADER = 1 << 20
_MAX_FILE = 2 << 30
_MAX_DOCUMENT = 64 << 20
_MAX_FILES = 32
_SIZES = {"F32": 4, "F16": 2, "I64": 8, "I32": 4}
_NAMES = {"float32": "F32", "float16": "F16", "int64": "I64", "int32": "I32"}

Tensors = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """What the manifest says of one tensor: safetensors type name and shape."""

    dtype: str
    shape: tuple[int, ...]


def write_folder(
    folder: Path, *, manifest: Mapping[str, Any], documents: Mapping[str, str], tensors: Tensors
) -> None:
    """Write a whole model folder so that it appears complete or not at all.

    manifest gains `format_version`, `tensors` and `checksums`; documents are text files by name. Everything goes
    into a sibling folder, is flushed to the disk and renamed. An existing `folder` is replaced.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    sibling = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        files = {name: content.encode() for name, content in documents.items()}
        files[TENSORS] = save_tensors({name: np.asarray(value, order="C") for name, value in tensors.items()})
        complete = {
            **manifest,
            "format_version": FORMAT_VERSION,
            "tensors": {
                name: {"dtype": _NAMES[str(value.dtype)], "shape": list(value.shape)}
                for name, value in tensors.items()
            },
            "checksums": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
        }
        files[MANIFEST] = (json.dumps(complete, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()
        for name, content in files.items():
            _write(sibling / name, content)
        # A temporary folder is private; the web process may run as another user than the one that trains.
        sibling.chmod(0o755)
        _sync(sibling)
        if folder.exists():
            retired = Path(tempfile.mkdtemp(prefix=f".{folder.name}.old.", dir=folder.parent))
            folder.rename(retired / "model")
            sibling.rename(folder)
            shutil.rmtree(retired)
        else:
            sibling.rename(folder)
        _sync(folder.parent)
    except BaseException:
        shutil.rmtree(sibling, ignore_errors=True)
        raise


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """The verified content of a model folder."""

    manifest: dict[str, Any]
    documents: dict[str, str]
    tensors: dict[str, npt.NDArray[Any]]


def read_folder(folder: Path) -> ModelFolder:
    """Verify and read a model folder.

    Raises IncompatibleArtifact for another format version and CorruptArtifact for anything missing, extra, linked,
    altered, truncated or misdeclared.
    """
    manifest = _read_manifest(folder)
    version = manifest.get("format_version")
    if version not in READABLE_VERSIONS:
        raise IncompatibleArtifact(
            f"{folder.name}: format version {version!r}, this program reads "
            f"{', '.join(map(str, READABLE_VERSIONS))}"
        )
    checksums = manifest.get("checksums")
    if not isinstance(checksums, dict) or TENSORS not in checksums or len(checksums) > _MAX_FILES:
        raise CorruptArtifact(f"{folder.name}: the manifest lists no checksums, or too many")
    present = {entry.name for entry in os.scandir(folder)} - {MANIFEST}
    if present != set(checksums):
        raise CorruptArtifact(
            f"{folder.name}: files missing or extra: {', '.join(sorted(present ^ set(checksums)))}"
        )
    contents = {}
    for name, expected in checksums.items():
        contents[name] = _read(folder / name, _MAX_FILE if name == TENSORS else _MAX_DOCUMENT)
        if hashlib.sha256(contents[name]).hexdigest() != expected:
            raise CorruptArtifact(f"{folder.name}/{name}: the content does not match its checksum")
    blob = contents.pop(TENSORS)
    check_header(blob, _specs(manifest, folder), f"{folder.name}/{TENSORS}")
    try:
        documents = {name: content.decode() for name, content in contents.items()}
        return ModelFolder(manifest, documents, load_tensors(blob))
    except Exception as error:
        raise CorruptArtifact(f"{folder.name}: {error}") from error


def changed_files(folder: Path) -> str | None:
    """The first file that is missing or not the one that the manifest lists; None if all are as they were written.

    Cheaper than `read_folder` and loads nothing; what a manifest of another form would list is not looked at.
    """
    try:
        checksums = _read_manifest(folder).get("checksums")
        for name, expected in (checksums if isinstance(checksums, dict) else {}).items():
            content = _read(folder / str(name), _MAX_FILE)
            if hashlib.sha256(content).hexdigest() != expected:
                return str(name)
    except CorruptArtifact as error:
        return str(error)
    return None


def _read_manifest(folder: Path) -> dict[str, Any]:
    if folder.is_symlink() or not folder.is_dir():
        raise CorruptArtifact(f"{folder.name}: not a model folder")
    try:
        manifest = json.loads(_read(folder / MANIFEST, _MAX_DOCUMENT))
    except (ValueError, RecursionError) as error:
        raise CorruptArtifact(f"{folder.name}/{MANIFEST}: not JSON") from error
    if not isinstance(manifest, dict):
        raise CorruptArtifact(f"{folder.name}/{MANIFEST}: not an object")
    return manifest


def _read(path: Path, most: int) -> bytes:
    try:
        # Without following links: a link could name a file that changes after it was checked. Without waiting: a
        # pipe would keep its reader for ever.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise CorruptArtifact(f"{path.parent.name}/{path.name}: missing, unreadable or a link") from error
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode) or status.st_size > most:
        os.close(handle)
        raise CorruptArtifact(f"{path.parent.name}/{path.name}: not a file, or too large")
    with os.fdopen(handle, "rb") as file:
        return file.read(most)


def _specs(manifest: Mapping[str, Any], folder: Path) -> dict[str, TensorSpec]:
    try:
        return {
            str(name): TensorSpec(str(spec["dtype"]), tuple(int(size) for size in spec["shape"]))
            for name, spec in manifest["tensors"].items()
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CorruptArtifact(f"{folder.name}/{MANIFEST}: the list of tensors is malformed") from error


def check_header(blob: bytes, expected: Mapping[str, TensorSpec], place: str) -> None:
    """Raise CorruptArtifact unless the header declares exactly `expected`, gapless to the end of the file."""
    length = int.from_bytes(blob[:8], "little")
    if len(blob) < 8 or length > min(_MAX_HEADER, len(blob) - 8):
        raise CorruptArtifact(f"{place}: truncated, or a header of impossible length")
    try:
        header = json.loads(blob[8 : 8 + length])
        header.pop("__metadata__", None)
        found = {name: TensorSpec(spec["dtype"], tuple(spec["shape"])) for name, spec in header.items()}
        extents = sorted(
            (*spec["data_offsets"], prod(spec["shape"]) * _SIZES[spec["dtype"]]) for spec in header.values()
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CorruptArtifact(f"{place}: malformed header") from error
    if found != dict(expected):
        raise CorruptArtifact(f"{place}: tensors differ from the manifest")
    position = 0
    for start, end, size in extents:
        if start != position or end - start != size:
            raise CorruptArtifact(f"{place}: the header's offsets do not fit its shapes")
        position = end
    if 8 + length + position != len(blob):
        raise CorruptArtifact(f"{place}: the file's size does not fit its header")
