"""Adam for a large table of which every step touches few rows."""

from __future__ import annotations

import torch
from torch import Tensor

DECAY_MEAN, DECAY_SQUARE, EPSILON = 0.9, 0.999, 1e-8


class RowAdam:
    """Adam (Kingma & Ba 2015) that updates, like torch's SparseAdam, only the rows that have a gradient.

    The same arithmetic several times faster, because moments are gathered and scattered as dense blocks of rows
    instead of through sparse tensors.
    """

    def __init__(self, table: Tensor) -> None:
        self.table = table
        self.mean = torch.zeros_like(table)
        self.square = torch.zeros_like(table)
        self.steps = 0

    def step(self, rate: float) -> None:
        """Apply and clear the table's sparse gradient with learning rate `rate`."""
        gradient = self.table.grad
        if gradient is None:
            return
        gradient = gradient.coalesce()
        self.table.grad = None
        with torch.no_grad():
            self.move(gradient.indices()[0], gradient.values(), rate)

    def move(self, rows: Tensor, gradient: Tensor, rate: float) -> None:
        """Move the rows, each once in `rows`, against their gradient [rows, size] with learning rate `rate`."""
        self.steps += 1
        mean = _moved(self.mean, rows, gradient, DECAY_MEAN)
        square = _moved(self.square, rows, gradient * gradient, DECAY_SQUARE)
        size = rate / (1 - DECAY_MEAN**self.steps)
        divisor = (square / (1 - DECAY_SQUARE**self.steps)).sqrt_().add_(EPSILON)
        self.table.index_add_(0, rows, mean / divisor, alpha=-size)


def _moved(moments: Tensor, rows: Tensor, values: Tensor, decay: float) -> Tensor:
    """The running averages of the given rows after taking in `values`; stored and returned, [rows, size]."""
    moved = moments.index_select(0, rows).lerp_(values, 1 - decay)
    moments.index_copy_(0, rows, moved)
    return moved
