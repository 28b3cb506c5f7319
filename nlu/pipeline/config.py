"""Every hyperparameter of the understanding engine in one frozen place."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from nlu.errors import InvalidData
from nlu.pipeline.features import NgramSpec

ENCODERS = ("ngram", "ensemble")
# Fields that folders of earlier format versions lack; their defaults are what those versions did.
_LATER = {"token_size"}
# The greatest sizes that a configuration may ask for: far above what is useful, far below what fills a machine.
_LARGEST = {
    "members": 16,
    "sentence_size": 8192,
    "token_size": 8192,
    "embedding_size": 4096,
    "context_size": 4096,
    "hidden_size": 65536,
    "tagger_hidden_size": 4096,
}


@dataclass(frozen=True, slots=True)
class PipelineConfig:
    """How a model is built and trained. Sizes are numbers of units, rates are probabilities in 0-1.

    The values are the ones that measured best over several sets at once (`docs/` has the tables), not on any one
    set. `encoder` is "ngram", or "ensemble" of it and a sentence encoder with vectors of `sentence_size`, of which
    the tagger reads those of single tokens if `token_size` is not 0.
    """

    encoder: str = "ngram"
    sentence_size: int = 0
    token_size: int = 0
    ngrams: NgramSpec = field(default_factory=NgramSpec)
    rare_below: int = 2
    rare_from_texts: int = 2000
    members: int = 2
    embedding_size: int = 192
    context_size: int = 48
    hidden_size: int = 512
    tagger_hidden_size: int = 128
    dropout: float = 0.5
    ngram_dropout: float = 0.6
    context_dropout: float = 0.3
    label_smoothing: float = 0.05
    learning_rate: float = 3e-3
    epochs: int = 20
    least_steps: int = 300
    batch_size: int = 48
    linear_strength: float = 20.0
    sentence_strength: float = 20.0
    stranger_strength: float = 80.0
    cross_validate_below: int = 1500
    folds: int = 4
    patience: int = 6
    held_out_share: float = 0.1
    target_error: float = 0.1
    refused_share: float = 0.03
    answered_strangers: float = 0.15
    multi_label: bool = False

    def to_json(self) -> dict[str, Any]:
        """The hyperparameters by name; inverse of `from_json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Rebuild from `to_json`'s object; raises InvalidData on missing, unknown, mistyped or absurd fields."""
        try:
            values = dict(data)
            values["ngrams"] = NgramSpec(**values["ngrams"])
            config = cls(**values)
        except (KeyError, TypeError) as error:
            raise InvalidData(f"configuration: {error}") from error
        missing = {f.name for f in fields(cls)} - set(data) - _LATER
        if missing:
            raise InvalidData(f"configuration: missing {', '.join(sorted(missing))}")
        for name, largest in _LARGEST.items():
            least = 0 if name in ("sentence_size", "token_size") else 1
            if type(size := getattr(config, name)) is not int or not least <= size <= largest:
                raise InvalidData(f"configuration: {name} is not a whole number from {least} to {largest}")
        if config.encoder not in ENCODERS or (config.encoder == "ensemble") != (config.sentence_size > 0):
            raise InvalidData("configuration: the encoder and the size of its vectors do not fit together")
        if config.token_size and config.encoder != "ensemble":
            raise InvalidData("configuration: vectors of tokens without a sentence encoder")
        if type(config.multi_label) is not bool:
            raise InvalidData("configuration: multi_label is neither true nor false")
        config.ngrams.check()
        return config

    def fingerprint(self) -> str:
        """sha256 of the canonical JSON: equal configurations have equal fingerprints on every machine."""
        canonical = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()
