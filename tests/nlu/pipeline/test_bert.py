from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import torch
from transformers import BertConfig, BertModel, DistilBertConfig, DistilBertModel

from nlu.pipeline.bert import bert_states
from nlu.pipeline.layers import layer_states

SIZES: dict[str, Any] = {
    "hidden_size": 24,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 32,
}


def bert(**changes: Any) -> Any:
    torch.manual_seed(1)
    made: Any = BertModel(BertConfig(vocab_size=50, max_position_embeddings=16, **SIZES, **changes))
    # As the library draws them, biases are zeros and norms ones: nobody would see that some are forgotten.
    with torch.no_grad():
        for weights in made.parameters():
            weights.normal_(0.0, 0.3)
    return made.eval()


def test_the_direct_way_gives_what_the_library_gives() -> None:
    model = bert()
    kept = {name: value.clone() for name, value in model.state_dict().items()}
    ids = torch.randint(0, 50, (3, 9))
    lengths = torch.tensor([9, 4, 1])
    mask = (torch.arange(9) < lengths[:, None]).long()
    with torch.inference_mode():
        wanted = layer_states(model, ids, mask)
        alone = layer_states(model, ids[:1], mask[:1])
        states = bert_states(model, partial(layer_states, model))
        assert states is not None
        found, read = states(ids, mask), states(ids[:1], mask[:1])
    assert len(found) == len(wanted) == 4
    for one, other in zip((*found, *read), (*wanted, *alone), strict=True):
        seen = mask[: len(one)].bool()
        assert torch.allclose(one[seen], other[seen], atol=1e-5)
    # The weights that a folder keeps are the same ones.
    assert all(torch.equal(value, kept[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize("long", [17, 40])
def test_more_pieces_than_positions_are_an_error_as_in_the_library(long: int) -> None:
    model = bert()
    states = bert_states(model, partial(layer_states, model))
    assert states is not None
    ids = torch.ones(1, long, dtype=torch.long)
    with torch.inference_mode(), pytest.raises((IndexError, RuntimeError)):
        states(ids, ids)


def test_what_is_built_otherwise_is_left_to_the_library() -> None:
    for activation in ("relu", "gelu_new", "gelu_pytorch_tanh"):
        other = bert(hidden_act=activation)
        assert bert_states(other, partial(layer_states, other)) is None
    torch.manual_seed(1)
    config = DistilBertConfig(vocab_size=50, dim=24, n_layers=1, n_heads=2, hidden_dim=32)
    distilled: Any = DistilBertModel(config)
    assert bert_states(distilled, partial(layer_states, distilled)) is None


def test_weights_that_are_read_otherwise_are_left_to_the_library() -> None:
    model = bert()

    def exchanged(ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, ...]:
        attention = model.encoder.layer[1].attention.self
        kept = attention.query, attention.key
        attention.query, attention.key = attention.key, attention.query
        found = layer_states(model, ids, mask)
        attention.query, attention.key = kept
        return found

    assert bert_states(model, exchanged) is None
    assert bert_states(model, partial(layer_states, model)) is not None


def test_the_smallest_vocabularies_and_the_fewest_positions_are_tried_as_well() -> None:
    for changes in ({"vocab_size": 1}, {"max_position_embeddings": 2}):
        torch.manual_seed(1)
        config = BertConfig(
            **{"vocab_size": 50, "max_position_embeddings": 16, "pad_token_id": 0, **SIZES, **changes}
        )
        model: Any = BertModel(config)
        assert bert_states(model.eval(), partial(layer_states, model)) is not None
