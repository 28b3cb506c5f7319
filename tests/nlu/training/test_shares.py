from __future__ import annotations

import numpy as np
import pytest
import torch

from nlu.pipeline.config import PipelineConfig
from nlu.pipeline.network import ExpertLogits
from nlu.training.fitted_bounds import HeldOut, choose_shares


def held_out(head: torch.Tensor, linear: torch.Tensor, targets: torch.Tensor) -> HeldOut:
    rows = len(targets)
    return HeldOut(
        ExpertLogits((head, linear)),
        targets,
        np.ones(rows, dtype=np.float32),
        np.zeros(rows, dtype=np.float32),
        np.array(["en"] * rows, dtype=np.str_),
    )


@pytest.mark.parametrize("several", [False, True])
def test_the_head_that_is_right_gets_the_say(several: bool) -> None:
    """With several intents a text, being right is about all of them, and texts without any count."""
    torch.manual_seed(0)
    targets = torch.eye(3).repeat(20, 1)
    if several:
        targets = torch.cat([targets, torch.tensor([[1.0, 1.0, 0.0]] * 20), torch.zeros(20, 3)])
    good, noise = 6 * targets - 3, torch.randn(targets.shape)
    config = PipelineConfig(multi_label=several)
    assert choose_shares(held_out(good, noise, targets), config) == (1.0, 0.0)
    alone = choose_shares(held_out(noise, good, targets), config, in_context=False)
    assert (alone == (0.0, 1.0)) == several
    # The one that sees the context keeps some of it.
    assert choose_shares(held_out(noise, good, targets), config)[1] >= 0.5
