"""Any encoder of the transformers library as a sentence encoder: pooled states of three of its layers, frozen."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors import safe_open
from tokenizers import Encoding, Tokenizer
from torch import Tensor, nn

from nlu.errors import CorruptArtifact, InvalidData
from nlu.pipeline.bert import States, bert_states
from nlu.pipeline.language import detect_locale
from nlu.pipeline.layers import Layers, Pass, chosen_layers, layer_sizes, layer_states, layers_from
from nlu.pipeline.sentence_encoder import EncoderParts, SentenceEncoder
from nlu.pipeline.token_vectors import Pieces, ReadTexts, token_vectors
from nlu.pipeline.tokenization import Token, tokenize_text

TOKENIZER, CONFIG, WEIGHTS = "tokenizer.json", "config.json", "model.safetensors"
KIND = "transformer"
LONGEST_TOKENS = 128
"""Tokens of a text that are read; a chat message rarely has more."""
AT_ONCE = 16
"""Texts of a pass: of more, the longest ones make all the others longer, and their states leave the cache."""
# Far above what runs on a CPU, far below what fills a machine: what a folder may ask for before a tensor is made.
_LARGEST_NUMBER = 1_000_000
_MOST_LAYERS = 64
_FLOATS = (torch.float32, torch.float16, torch.bfloat16)
# What a model has beside the encoder; nothing here reads it.
_UNUSED = "pooler."
_LONG_TEXT = "a " * (4 * LONGEST_TOKENS)
# What every tokenizer made for Chinese has pieces for; one made for English takes them apart or knows them not.
_CHINESE = ("我要退款", "怎么开发票", "请问这个多少钱", "订单什么时候到")


class TransformerEncoder(SentenceEncoder):
    """Means of layers' states over a text's pieces, each scaled to length one (Reimers & Gurevych 2019), joined.

    The last layer was taught which sentences mean the same; lower ones still know more of the words (Jawahar et
    al. 2019), and cost nothing, because they are computed anyway. `layers`: which are read, the last one first.

    The vector of a token is the mean of all layers' states over its pieces; of a Chinese text, and of a Chinese
    character anywhere, it is zeros if the tokenizer was not made for Chinese.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Tokenizer,
        config: Mapping[str, Any],
        *,
        pooling: str,
        layers: Layers | None = None,
    ) -> None:
        self._model = model
        self._model.eval()
        for module in model.modules():
            if isinstance(module, nn.Linear):
                # By columns: products with the few rows of one message take a quarter less time, to the same bits.
                module.weight.data = module.weight.data.t().contiguous().t()
        by_library = partial(layer_states, model)
        self._states: States = bert_states(model, by_library) or by_library
        self._tokenizer = tokenizer
        self._config = dict(config)
        self._pooling = pooling
        sizes = layer_sizes(model)
        self._layers = layers or chosen_layers(sizes)
        self._mixes = all(size == sizes[-1] for size in sizes)
        self._hidden = int(model.config.hidden_size)
        self._unknown = _unknown_piece(tokenizer)
        self._reads_chinese = _reads_chinese(tokenizer, self._unknown)

    @property
    def size(self) -> int:
        return self._hidden * len(self._layers)

    @property
    def token_size(self) -> int:
        return self._hidden

    @property
    def meaning_size(self) -> int:
        """Only the last layer was taught what means the same."""
        return self._hidden

    @classmethod
    def load(cls, source: str | Path) -> TransformerEncoder:
        """From a folder as `save_pretrained` writes it, or a name that lies in the library's own cache.

        Nothing is fetched, code that comes with a model is never run, only safetensors are read, and nothing is
        allocated before the weights' shapes are known to fit. InvalidData if there is no such model, it lacks
        weights, or it has no fast tokenizer.
        """
        from transformers import AutoTokenizer
        from transformers.utils.hub import cached_file

        try:
            paths = [cached_file(str(source), name, local_files_only=True) for name in (CONFIG, WEIGHTS)]
            config_path, weights = (Path(str(path)) for path in paths)
            config = json.loads(config_path.read_text(encoding="utf-8"))
            _check_config(config)
            model = _filled_model(config, weights)
            fast = AutoTokenizer.from_pretrained(
                str(source), use_fast=True, trust_remote_code=False, local_files_only=True
            )
            tokenizer = Tokenizer.from_str(fast.backend_tokenizer.to_str())
            tokenizer.enable_padding(pad_id=fast.pad_token_id or 0, pad_token=fast.pad_token or "[PAD]")
            whole = json.loads(model.config.to_json_string(use_diff=False))  # without what a default may become
            encoder = cls(
                model,
                tokenizer,
                {**whole, "model_type": model.config.model_type},
                pooling=_pooling_of(config_path.parent),
            )
            encoder._read_at_most(LONGEST_TOKENS)
        except InvalidData:
            raise
        # The libraries raise whatever they stumble over.
        except Exception as error:
            raise InvalidData(f"encoder {str(source)!r} cannot be loaded: {_first_line(error)}") from error
        return encoder

    def _read_at_most(self, tokens: int) -> None:
        """Cut texts to so many tokens, or fewer if the model has no positions for them; InvalidData if none fit.

        Some kinds of model number positions from behind the padding's, so what fits is tried out.
        """
        positions = getattr(self._model.config, "max_position_embeddings", tokens)
        limit = min(tokens, positions) if isinstance(positions, int) else tokens
        for longest in (limit, limit - 2, limit // 2):
            self._tokenizer.enable_truncation(max(1, longest))
            try:
                self.read([_LONG_TEXT], [tokenize_text(_LONG_TEXT)])
            except (IndexError, RuntimeError):
                continue
            return
        raise InvalidData("encoder: the model cannot read a text as long as it says")

    def encode(self, texts: Sequence[str]) -> Tensor:
        vectors = torch.zeros(len(texts), self.size)
        with torch.inference_mode():
            for done in self._passes(texts):
                vectors[done.rows] = done.pooled(self._pooling, self._layers)
        return vectors

    def read(self, texts: Sequence[str], lines: Sequence[Sequence[Token]]) -> ReadTexts:
        vectors = torch.zeros(len(texts), self.size)
        tokens = [torch.zeros(len(line), self.token_size) for line in lines]
        with torch.inference_mode():
            for done in self._passes(texts):
                vectors[done.rows] = done.pooled(self._pooling, self._layers)
                states = done.mixed() if self._mixes else done.layers[-1]
                for place, row in enumerate(done.rows):
                    spans = self._spans(done.encodings[place])
                    known = self._known(texts[row], lines[row])
                    tokens[row] = token_vectors(states[place], spans, lines[row]) * known
        return ReadTexts(vectors, tuple(tokens))

    def _passes(self, texts: Sequence[str]) -> Iterator[Pass]:
        """The model's states of all texts that have a piece at all, those of like length together."""
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        for start in range(0, len(order), AT_ONCE):
            encodings = self._tokenizer.encode_batch([texts[row] for row in order[start : start + AT_ONCE]])
            read = [place for place, encoding in enumerate(encodings) if any(encoding.attention_mask)]
            if not read:
                continue
            rows = [order[start + place] for place in read]
            encodings = [encodings[place] for place in read]
            ids = torch.tensor([encoding.ids for encoding in encodings])
            mask = torch.tensor([encoding.attention_mask for encoding in encodings])
            yield Pass(rows, encodings, mask, self._states(ids, mask))

    def _known(self, text: str, line: Sequence[Token]) -> Tensor:
        """[tokens, 1]: 1 for what the tokenizer was made for, 0 for what would be noise to the tagger."""
        if self._reads_chinese:
            return torch.ones(len(line), 1)
        if detect_locale(text, default="en") == "zh-hans":
            return torch.zeros(len(line), 1)
        return torch.tensor([[float(token.kind != "cjk")] for token in line]).reshape(-1, 1)

    def _spans(self, encoding: Encoding) -> Pieces:
        """Where each piece lies in the text, [pieces, 2]; an empty span for special, unknown and padding ones."""
        spans = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2)
        said = np.array(encoding.special_tokens_mask, dtype=np.bool_)
        if self._unknown is not None:
            said |= np.array(encoding.ids, dtype=np.int64) == self._unknown
        spans[said] = 0
        return spans

    def to_parts(self) -> EncoderParts:
        tensors = {
            name: value.numpy().astype(np.float16) if value.dtype in _FLOATS else value.numpy()
            for name, value in self._model.state_dict().items()
        }
        layers = [[number, weight] for number, weight in self._layers]
        description = {"kind": KIND, "pooling": self._pooling, "layers": layers, "config": self._config}
        return EncoderParts(description, {TOKENIZER: self._tokenizer.to_str()}, tensors)

    @classmethod
    def from_parts(cls, parts: EncoderParts) -> TransformerEncoder:
        """Inverse of `to_parts`; CorruptArtifact or InvalidData for parts that do not fit together."""
        given = dict(parts.description["config"])
        _check_config(given)
        pooling = str(parts.description["pooling"])
        if pooling not in ("mean", "first"):
            raise CorruptArtifact("the encoder's pooling is not one that this program knows")
        wanted = {name: tuple(value.shape) for name, value in _blank_model(given).state_dict().items()}
        if wanted != {name: tuple(value.shape) for name, value in parts.tensors.items()}:
            raise CorruptArtifact("the encoder's tensors do not fit its configuration")
        model = _model_of(given).float()
        model.load_state_dict({name: _tensor(value) for name, value in parts.tensors.items()})
        layers = layers_from(parts.description.get("layers"), model)
        encoder = cls(model, Tokenizer.from_str(parts.documents[TOKENIZER]), given, pooling=pooling, layers=layers)
        encoder.read([_LONG_TEXT], [tokenize_text(_LONG_TEXT)])
        return encoder


def _model_of(config: Mapping[str, Any]) -> Any:
    from transformers import AutoConfig, AutoModel

    given = {name: value for name, value in config.items() if name != "dtype"}
    return AutoModel.from_config(AutoConfig.for_model(**given))  # type: ignore[no-untyped-call]  # unannotated there


def _blank_model(config: Mapping[str, Any]) -> Any:
    """Such a model without memory for any tensor: a configuration may ask for any amount."""
    with torch.device("meta"):
        return _model_of(config)


def _filled_model(config: Mapping[str, Any], weights: Path) -> Any:
    """The model with its weights, rounded to half precision; InvalidData if any that it computes with is missing.

    Weights of heads beside the encoder are left where they are.
    """
    blank = _blank_model(config)
    wanted = {name: tuple(value.shape) for name, value in blank.state_dict().items()}
    prefix = f"{blank.base_model_prefix}."
    with safe_open(weights, framework="pt") as file:
        found = {name.removeprefix(prefix): name for name in file.keys()}  # noqa: SIM118 - it is no mapping
        for name, shape in wanted.items():
            if name not in found:
                if name.startswith(_UNUSED):
                    continue
                raise InvalidData(f"encoder: the weights {name} are missing")
            if tuple(file.get_slice(found[name]).get_shape()) != shape:
                raise InvalidData(f"encoder: the weights {name} have another shape than the configuration says")
        model = _model_of(config).float()
        state = model.state_dict()
        with torch.no_grad():
            for name, value in state.items():
                if name not in found:
                    value.zero_()
                    continue
                tensor = file.get_tensor(found[name])
                # Kept in half precision by every model version; so training sees what serving sees.
                value.copy_(tensor.half().float() if tensor.dtype in _FLOATS else tensor)
    return model


def _tensor(value: npt.NDArray[Any]) -> Tensor:
    tensor = torch.from_numpy(value.astype(np.float32) if value.dtype == np.float16 else value)
    if not bool(torch.isfinite(tensor).all()):
        raise CorruptArtifact("a tensor of the encoder holds numbers that are not finite")
    return tensor


def _unknown_piece(tokenizer: Tokenizer) -> int | None:
    """The piece that stands for whatever the tokenizer does not know; None if it knows everything."""
    model = json.loads(tokenizer.to_str())["model"]
    name, place = model.get("unk_token"), model.get("unk_id")
    if isinstance(name, str):
        return tokenizer.token_to_id(name)
    return place if isinstance(place, int) else None


def _reads_chinese(tokenizer: Tokenizer, unknown: int | None) -> bool:
    """Whether three of four everyday phrases are known, in about a piece a character at most."""
    encodings = tokenizer.encode_batch(list(_CHINESE), add_special_tokens=False)
    known = 0
    for phrase, encoding in zip(_CHINESE, encodings, strict=True):
        ids = [piece for piece, real in zip(encoding.ids, encoding.attention_mask, strict=True) if real]
        known += unknown not in ids and 0 < len(ids) <= len(phrase) + 1
    return known >= len(_CHINESE) - 1


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
        raise InvalidData("encoder: not a kind of model that the library knows by itself")
    if config.get("is_encoder_decoder") or config.get("is_decoder"):
        raise InvalidData("encoder: this model generates text; an encoder is needed")
    for name, number in _numbers("", config):
        if any(word in name for word in ("layer", "depth", "block")) and number > _MOST_LAYERS:
            raise InvalidData(f"encoder: {name} is more than {_MOST_LAYERS}")
        if not -_LARGEST_NUMBER <= number <= _LARGEST_NUMBER:
            raise InvalidData(f"encoder: {name} is absurdly large")


def _numbers(name: str, value: object) -> Iterator[tuple[str, float]]:
    """Every number of a configuration, however deep, with the name that it stands under."""
    if isinstance(value, Mapping):
        for key, entry in value.items():
            yield from _numbers(str(key), entry)
    elif isinstance(value, list):
        for entry in value:
            yield from _numbers(name, entry)
    elif isinstance(value, int | float):
        yield name, value


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
