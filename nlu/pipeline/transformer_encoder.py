"""Any encoder of the transformers library as a sentence encoder: mean (or first-token) pooling, frozen."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from nlu.errors import CorruptArtifact, InvalidData
from nlu.pipeline.sentence_encoder import EncoderParts, SentenceEncoder

TOKENIZER = "tokenizer.json"
KIND = "transformer"
LONGEST_TOKENS = 128
"""Tokens of a text that are read; a chat message rarely has more."""
AT_ONCE = 32
# Far above what runs on a CPU, far below what fills a machine: what a folder may ask for before a tensor is made.
_LARGEST_NUMBER = 1_000_000
_MOST_LAYERS = 64
_WIDEST = 8192
_HALF_KINDS = (torch.float32, torch.float16, torch.bfloat16)


class TransformerEncoder(SentenceEncoder):
    """Mean of the last layer's states over a text's tokens, scaled to length one (Reimers & Gurevych 2019)."""

    def __init__(self, model: nn.Module, tokenizer: Tokenizer, config: Mapping[str, Any], *, pooling: str) -> None:
        self._model = model.eval()
        self._tokenizer = tokenizer
        self._config = dict(config)
        self._pooling = pooling
        self._size = int(config["hidden_size"])

    @property
    def size(self) -> int:
        return self._size

    @classmethod
    def load(cls, source: str | Path) -> TransformerEncoder:
        """From a folder as `save_pretrained` writes it, or a name that the library finds in its own cache.

        Code that comes with a model is never run, and only safetensors are read. InvalidData if there is no such
        model, or it has no fast tokenizer.
        """
        from transformers import AutoModel, AutoTokenizer

        try:
            model = AutoModel.from_pretrained(source, use_safetensors=True, trust_remote_code=False)
            fast = AutoTokenizer.from_pretrained(source, use_fast=True, trust_remote_code=False)
            tokenizer = Tokenizer.from_str(fast.backend_tokenizer.to_str())
        except (OSError, ValueError, KeyError, AttributeError, ImportError) as error:
            raise InvalidData(f"encoder {str(source)!r} cannot be loaded: {_first_line(error)}") from error
        config = json.loads(model.config.to_json_string(use_diff=False))
        config["model_type"] = model.config.model_type
        _check_config(config)
        with torch.no_grad():
            # Kept in half precision by every model version: rounded now, so that training sees what serving sees.
            for parameter in model.parameters():
                parameter.copy_(parameter.half().float())
        _prepare(tokenizer, fast.pad_token_id or 0, fast.pad_token or "[PAD]")
        return cls(model.float(), tokenizer, config, pooling=_pooling_of(Path(source)))

    def encode(self, texts: Sequence[str]) -> Tensor:
        vectors = torch.zeros(len(texts), self._size)
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        with torch.inference_mode():
            for start in range(0, len(order), AT_ONCE):
                encodings = self._tokenizer.encode_batch([texts[row] for row in order[start : start + AT_ONCE]])
                # A text without a single token keeps its zeros.
                read = [place for place, encoding in enumerate(encodings) if any(encoding.attention_mask)]
                if not read:
                    continue
                rows = [order[start + place] for place in read]
                encodings = [encodings[place] for place in read]
                ids = torch.tensor([encoding.ids for encoding in encodings])
                mask = torch.tensor([encoding.attention_mask for encoding in encodings])
                states = self._model(input_ids=ids, attention_mask=mask).last_hidden_state
                if self._pooling == "first":
                    pooled = states[:, 0]
                else:
                    weights = mask.unsqueeze(2).float()
                    pooled = (states * weights).sum(1) / weights.sum(1).clamp(min=1)
                vectors[rows] = nn.functional.normalize(pooled, dim=1)
        return vectors

    def to_parts(self) -> EncoderParts:
        tensors = {
            name: value.numpy().astype(np.float16) if value.dtype in _HALF_KINDS else value.numpy()
            for name, value in self._model.state_dict().items()
        }
        description = {"kind": KIND, "pooling": self._pooling, "config": self._config}
        return EncoderParts(description, {TOKENIZER: self._tokenizer.to_str()}, tensors)

    @classmethod
    def from_parts(cls, parts: EncoderParts) -> TransformerEncoder:
        """Inverse of `to_parts`; CorruptArtifact or InvalidData for parts that do not fit together."""
        from transformers import AutoConfig

        given = dict(parts.description["config"])
        _check_config(given)
        pooling = str(parts.description["pooling"])
        if pooling not in ("mean", "first"):
            raise CorruptArtifact("the encoder's pooling is not one that this program knows")
        config = AutoConfig.for_model(**given)
        with torch.device("meta"):  # no memory yet: a forged configuration may ask for any amount of it
            wanted = {name: value.shape for name, value in _empty_model(config).state_dict().items()}
        if wanted != {name: value.shape for name, value in parts.tensors.items()}:
            raise CorruptArtifact("the encoder's tensors do not fit its configuration")
        model = _empty_model(config).float()
        model.load_state_dict({name: _tensor(value) for name, value in parts.tensors.items()})
        return cls(model, Tokenizer.from_str(parts.documents[TOKENIZER]), given, pooling=pooling)


def _empty_model(config: Any) -> nn.Module:
    from transformers import AutoModel

    model: nn.Module = AutoModel.from_config(config)  # type: ignore[no-untyped-call]  # unannotated there
    return model


def _tensor(value: npt.NDArray[Any]) -> Tensor:
    tensor = torch.from_numpy(value.astype(np.float32) if value.dtype == np.float16 else value)
    if not bool(torch.isfinite(tensor).all()):
        raise CorruptArtifact("a tensor of the encoder holds numbers that are not finite")
    return tensor


def _prepare(tokenizer: Tokenizer, pad_id: int, pad_token: str) -> None:
    tokenizer.enable_truncation(LONGEST_TOKENS)
    tokenizer.enable_padding(pad_id=pad_id, pad_token=pad_token)


def _pooling_of(folder: Path) -> str:
    """By the first token if the makers say so (a file of sentence-transformers), else by the mean."""
    try:
        said = json.loads((folder / "1_Pooling" / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "mean"
    return "first" if isinstance(said, dict) and said.get("pooling_mode_cls_token") else "mean"


def _check_config(config: Mapping[str, Any]) -> None:
    """InvalidData unless it describes an encoder, of a kind that the library itself knows, of a possible size."""
    from transformers import CONFIG_MAPPING

    if config.get("model_type") not in CONFIG_MAPPING or "auto_map" in config:
        raise InvalidData(f"encoder: {config.get('model_type')!r} is not a kind of model that the library knows")
    if config.get("is_encoder_decoder") or config.get("is_decoder"):
        raise InvalidData("encoder: this model generates text; an encoder is needed")
    layers, width = config.get("num_hidden_layers"), config.get("hidden_size")
    if type(layers) is not int or not 1 <= layers <= _MOST_LAYERS:
        raise InvalidData(f"encoder: num_hidden_layers is not a whole number from 1 to {_MOST_LAYERS}")
    if type(width) is not int or not 1 <= width <= _WIDEST:
        raise InvalidData(f"encoder: hidden_size is not a whole number from 1 to {_WIDEST}")
    numbers = [value for value in config.values() if isinstance(value, int | float)]
    if any(not -_LARGEST_NUMBER <= number <= _LARGEST_NUMBER for number in numbers):
        raise InvalidData("encoder: a number in the configuration is absurdly large")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
