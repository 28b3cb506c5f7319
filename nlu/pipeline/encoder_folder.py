"""Sentence encoders in and out of folders: their own, and as a part of a model version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy.typing as npt

from nlu.errors import CorruptArtifact, InvalidData
from nlu.pipeline import pair_encoder, transformer_encoder
from nlu.pipeline.artifacts import MANIFEST, read_folder, write_folder
from nlu.pipeline.pair_encoder import PairEncoder
from nlu.pipeline.sentence_encoder import EncoderParts, SentenceEncoder
from nlu.pipeline.transformer_encoder import TransformerEncoder

DESCRIPTION = "encoder.json"
PREFIX = "encoder."
ENCODER_CARD = "ENCODER_CARD.md"
Entry = TypeVar("Entry")


def write_encoder(folder: Path, encoder: SentenceEncoder, *, manifest: Mapping[str, Any], card: str) -> None:
    """A folder that `load_encoder` reads; complete or not at all. `card` is Markdown for people."""
    documents, tensors = encoder_files(encoder)
    write_folder(folder, manifest=manifest, documents={**documents, ENCODER_CARD: card}, tensors=tensors)


def load_encoder(source: str | Path) -> SentenceEncoder:
    """The encoder of a folder that `train_encoder` wrote, else any that the transformers library can load.

    Raises InvalidData if there is none, CorruptArtifact or IncompatibleArtifact for a folder of ours that is not
    as it was written.
    """
    path = Path(source)
    if not (path / MANIFEST).exists():
        return TransformerEncoder.load(source)
    content = read_folder(path)
    if DESCRIPTION not in content.documents:
        raise InvalidData(f"{path.name} is a model version, not a sentence encoder")
    return encoder_of(content.documents, content.tensors)


def encoder_files(encoder: SentenceEncoder) -> tuple[dict[str, str], dict[str, npt.NDArray[Any]]]:
    """(documents, tensors) from which `encoder_of` rebuilds the encoder, under names of their own."""
    parts = encoder.to_parts()
    documents = {DESCRIPTION: json.dumps(dict(parts.description), indent=2, sort_keys=True) + "\n"}
    documents |= {PREFIX + name: content for name, content in parts.documents.items()}
    return documents, {PREFIX + name: value for name, value in parts.tensors.items()}


def encoder_of(documents: Mapping[str, str], tensors: Mapping[str, npt.NDArray[Any]]) -> SentenceEncoder:
    """Rebuild an encoder. Raises CorruptArtifact for anything that does not fit together."""
    try:
        description = json.loads(documents[DESCRIPTION])
        parts = EncoderParts(description, _own(documents, {DESCRIPTION}), _own(tensors, set()))
        if description["kind"] == pair_encoder.KIND:
            return PairEncoder.from_parts(parts)
        if description["kind"] == transformer_encoder.KIND:
            return TransformerEncoder.from_parts(parts)
    except CorruptArtifact:
        raise
    # The libraries that rebuild a model and its tokenizer raise whatever they stumble over.
    except Exception as error:
        raise CorruptArtifact(f"the sentence encoder: {error}"[:300]) from error
    raise CorruptArtifact(f"the sentence encoder is of an unknown kind: {description['kind']!r}")


def _own(entries: Mapping[str, Entry], but: set[str]) -> dict[str, Entry]:
    return {
        name.removeprefix(PREFIX): entry
        for name, entry in entries.items()
        if name.startswith(PREFIX) and name not in but
    }
