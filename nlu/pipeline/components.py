"""The parts of a trained model, and their way into and out of a model folder."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import inf, isfinite
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from nlu.errors import CorruptArtifact, IncompatibleArtifact
from nlu.pipeline.config import ENCODERS, PipelineConfig
from nlu.pipeline.encoder_folder import DESCRIPTION, PREFIX, encoder_files, encoder_of
from nlu.pipeline.entity_resolver import EntityCatalogue
from nlu.pipeline.exact_matcher import ExactMatcher
from nlu.pipeline.nearest import MOST_TEXTS, TrainedTexts
from nlu.pipeline.network import Labels, NluNetwork
from nlu.pipeline.scope import ScopeModel
from nlu.pipeline.sentence_encoder import SentenceEncoder
from nlu.pipeline.unfilled import Unfilled
from nlu.pipeline.vocabulary import NgramVocabulary
from nlu.types import Thresholds

CONFIG = "config.json"
CATALOGUE = "entities.json"
_TRAINED = "trained.vectors"
_OTHERS = {"vocabulary.keys", "vocabulary.idf", "exact.keys", "exact.intents"}
MOST_INTENTS, MOST_TAGS, MOST_SYMBOLS = 20_000, 2_001, 200_000

# Tables of one row per n-gram are stored in half precision: half the size, no measurable difference.
_HALVED = re.compile(r"members\.\d+\.encoder\.embedding\.weight|linear\.weight")
# The first format version whose intent heads have no columns for what training never saw.
_WITHOUT_CONTEXT = 8
_HIDDEN = re.compile(r"members\.\d+\.intent\.hidden\.weight")
_NETWORK = "network."


@dataclass(frozen=True, slots=True)
class Components:
    """Everything that `NluPipeline` needs."""

    config: PipelineConfig
    labels: Labels
    vocabulary: NgramVocabulary
    network: NluNetwork
    exact: ExactMatcher
    catalogue: EntityCatalogue
    scope: ScopeModel
    temperature: float
    thresholds: Thresholds
    trained: TrainedTexts
    encoder: SentenceEncoder | None = None


def components_to(parts: Components) -> tuple[dict[str, Any], dict[str, str], dict[str, npt.NDArray[Any]]]:
    """(manifest fields, documents, tensors) from which `components_from` rebuilds the parts."""
    manifest = {
        "encoder": parts.config.encoder,
        "labels": {
            "intents": list(parts.labels.intents),
            "tags": list(parts.labels.tags),
            "context_symbols": list(parts.labels.context_symbols),
            "previous_message": parts.labels.previous_message,
        },
        "thresholds": asdict(parts.thresholds),
        "temperature": parts.temperature,
        "scope": {
            "probability": parts.scope.probability,
            "coverage": parts.scope.coverage,
            "nearest": parts.scope.nearest,
            "ceiling": parts.scope.ceiling,
            "bias": parts.scope.bias,
            "biases": [list(pair) for pair in parts.scope.biases],
        },
    }
    documents = {
        CONFIG: json.dumps(parts.config.to_json(), indent=2, sort_keys=True) + "\n",
        CATALOGUE: json.dumps(parts.catalogue.to_json(), ensure_ascii=False, indent=2) + "\n",
    }
    tensors: dict[str, npt.NDArray[Any]] = {
        f"{_NETWORK}{name}": value.numpy().astype(np.float16) if _HALVED.fullmatch(name) else value.numpy()
        for name, value in parts.network.state_dict().items()
    }
    tensors |= {
        "vocabulary.keys": parts.vocabulary.keys,
        "vocabulary.idf": parts.vocabulary.idf,
        "exact.keys": parts.exact.keys,
        "exact.intents": parts.exact.intents.astype(np.int32),
    }
    if parts.scope.nearest:
        tensors[_TRAINED] = parts.trained.to_array()
    if parts.encoder is not None:
        encoder_documents, encoder_tensors = encoder_files(parts.encoder)
        documents |= encoder_documents
        tensors |= encoder_tensors
    return manifest, documents, tensors


def components_from(
    manifest: Mapping[str, Any], documents: Mapping[str, str], tensors: Mapping[str, npt.NDArray[Any]]
) -> Components:
    """Rebuild the parts. Raises IncompatibleArtifact for another encoder, CorruptArtifact, KeyError, TypeError,
    ValueError, RuntimeError or InvalidData for anything that does not fit together."""
    config_data = json.loads(documents[CONFIG])
    catalogue = EntityCatalogue.from_json(json.loads(documents[CATALOGUE]))
    if config_data.get("encoder") not in ENCODERS:
        raise IncompatibleArtifact(f"encoder {config_data.get('encoder')!r} is not one that this program can load")
    config = PipelineConfig.from_json(config_data)
    labels = _labels(manifest["labels"])
    vocabulary = NgramVocabulary(config.ngrams, tensors["vocabulary.keys"], tensors["vocabulary.idf"])
    given = {name.removeprefix(_NETWORK): value for name, value in tensors.items() if name.startswith(_NETWORK)}
    # No memory yet: a forged configuration may ask for any amount of it.
    with torch.device("meta"), Unfilled():
        wanted = {
            name: value.shape for name, value in NluNetwork(config, labels, len(vocabulary)).state_dict().items()
        }
    if manifest.get("format_version", _WITHOUT_CONTEXT) < _WITHOUT_CONTEXT:
        given = _without_context(given, wanted, config)
    others = {name for name in tensors if not name.startswith((_NETWORK, PREFIX))}
    scope = read_scope(manifest["scope"])
    expected = _OTHERS | {_TRAINED} if scope.nearest else _OTHERS
    if others != expected or wanted != {name: value.shape for name, value in given.items()}:
        raise CorruptArtifact("the tensors do not fit the configuration and the labels")
    weights = {name: torch.from_numpy(value.astype(np.float32)) for name, value in given.items()}
    with Unfilled():
        network = NluNetwork(config, labels, len(vocabulary))
    network.load_state_dict(weights, assign=True)
    if not all(bool(torch.isfinite(value).all()) for value in network.state_dict().values()):
        raise CorruptArtifact("a tensor holds numbers that are not finite")
    _check_indices(tensors, labels)
    exact = ExactMatcher(tensors["exact.keys"], tensors["exact.intents"].astype(np.int64))
    temperature = float(manifest["temperature"])
    thresholds = Thresholds(**manifest["thresholds"])
    if not 0 < temperature < inf or not all(0 <= bound <= 1 for bound in asdict(thresholds).values()):
        raise CorruptArtifact("the temperature or a threshold is out of range")
    encoder = _encoder(config, documents, tensors)
    return Components(
        config=config,
        labels=labels,
        vocabulary=vocabulary,
        network=network,
        exact=exact,
        catalogue=catalogue,
        scope=scope,
        temperature=temperature,
        thresholds=thresholds,
        trained=_trained(encoder, tensors),
        encoder=encoder,
    )


def _without_context(
    given: Mapping[str, npt.NDArray[Any]], wanted: Mapping[str, torch.Size], config: PipelineConfig
) -> dict[str, npt.NDArray[Any]]:
    """The network's tensors, W4 of the intent heads without columns for contexts that training never saw.

    Folders of before have such columns, last of all; they only ever met zeros. CorruptArtifact if any of them
    holds a number that is not finite.
    """
    if not all(bool(np.isfinite(value).all()) for value in given.values()):
        raise CorruptArtifact("a tensor holds numbers that are not finite")
    unused = config.context_size + config.embedding_size
    return {
        name: value[:, :-unused]
        if _HIDDEN.fullmatch(name) and name in wanted and value.shape[1:] == (wanted[name][1] + unused,)
        else value
        for name, value in given.items()
    }


def _encoder(
    config: PipelineConfig, documents: Mapping[str, str], tensors: Mapping[str, npt.NDArray[Any]]
) -> SentenceEncoder | None:
    """The sentence encoder of an ensemble; CorruptArtifact if there should be none or another one."""
    if config.encoder == "ngram":
        if DESCRIPTION in documents or any(name.startswith(PREFIX) for name in tensors):
            raise CorruptArtifact("a sentence encoder in a model that uses none")
        return None
    encoder = encoder_of(documents, tensors)
    if encoder.size != config.sentence_size:
        raise CorruptArtifact("the sentence encoder's vectors have another size than the configuration says")
    if config.token_size not in (0, encoder.token_size):
        raise CorruptArtifact("the encoder's vectors of tokens have another size than the configuration says")
    return encoder


def _trained(encoder: SentenceEncoder | None, tensors: Mapping[str, npt.NDArray[Any]]) -> TrainedTexts:
    """The vectors of the texts that an ensemble was trained on; CorruptArtifact if they are not such vectors."""
    if _TRAINED not in tensors:
        return TrainedTexts(torch.zeros(0, 0))
    given = tensors[_TRAINED]
    fitting = given.ndim == 2 and 0 < len(given) <= MOST_TEXTS
    fitting = fitting and encoder is not None and given.shape[1] == encoder.meaning_size
    if not fitting or not np.isfinite(given).all():
        raise CorruptArtifact("the vectors of the training texts have another form than the encoder makes")
    return TrainedTexts(torch.from_numpy(given.astype(np.float32)))


def _labels(given: Mapping[str, Any]) -> Labels:
    """The labels of a manifest; CorruptArtifact unless they are lists of different names, not absurdly long."""
    lists = [given["intents"], given["tags"], given["context_symbols"]]
    for names, most in zip(lists, (MOST_INTENTS, MOST_TAGS, MOST_SYMBOLS), strict=True):
        fitting = isinstance(names, list) and len(names) <= most and all(isinstance(name, str) for name in names)
        if not fitting or len(set(names)) != len(names):
            raise CorruptArtifact("the manifest's labels are no lists of different names")
    intents, tags, symbols = map(tuple, lists)
    return Labels(intents, tags, symbols, bool(given["previous_message"]))


def read_scope(fields: Mapping[str, Any]) -> ScopeModel:
    """The scope model of a manifest; TypeError or ValueError if its fields have another form."""
    biases = tuple((str(script), float(bias)) for script, bias in fields["biases"])
    probability, coverage, bias = (float(fields[name]) for name in ("probability", "coverage", "bias"))
    nearest, ceiling = float(fields.get("nearest", 0.0)), float(fields.get("ceiling", 1.0))
    model = ScopeModel(probability, coverage, nearest, bias, biases, ceiling)
    numbers = (probability, coverage, nearest, bias, ceiling, *(bias for _, bias in biases))
    if not all(map(isfinite, numbers)):
        raise ValueError("scope: a number is not finite")
    return model


def _check_indices(tensors: Mapping[str, npt.NDArray[Any]], labels: Labels) -> None:
    """Raise CorruptArtifact if any index would reach outside what it points into."""
    keys = tensors["vocabulary.keys"]
    wrong = {
        "vocabulary.keys": len(keys) != len(tensors["vocabulary.idf"]) or not _ascending(keys),
        "exact.keys": len(tensors["exact.keys"]) != len(tensors["exact.intents"]),
        "exact.intents": not _within(tensors["exact.intents"], 0, len(labels.intents)),
    }
    for name, failed in wrong.items():
        if failed:
            raise CorruptArtifact(f"tensor {name} points outside of what it belongs to")


def _within(values: npt.NDArray[Any], low: int, high: int) -> bool:
    return not len(values) or (int(values.min()) >= low and int(values.max()) < high)


def _ascending(values: npt.NDArray[Any]) -> bool:
    return bool((np.diff(values) > 0).all()) and (not len(values) or int(values[0]) >= 0)
