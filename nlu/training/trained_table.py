"""A table of n-grams under training: of many rows a step reads and moves the few that its texts hold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx

from nlu.pipeline.encoder import BagTensors, NgramEncoder
from nlu.training.row_adam import RowAdam

DECAY, EPSILON = 0.999, 1e-8


class RowRates:
    """Gradient descent in which each row has a rate of its own: AdaGrad by rows (Duchi et al. 2011) that forgets.

    step(row) = rate / sqrt(running mean of the row's mean squared gradient). The mean is that of all steps so
    far, and a row that a step did not read counts as without a gradient there: so a rare row moves far when it is
    read (the k-th time in t steps by about rate times sqrt(t / k)), as it must to be learned at all. Adam keeps
    two numbers for each entry, this one for a row (decision 0017); reading and writing rows that lie far apart in
    memory is most of what a step costs.
    """

    def __init__(self, table: Tensor) -> None:
        self._table = table
        self._square = torch.zeros(len(table))
        self._steps = 0

    def move(self, rows: Tensor, gradient: Tensor, rate: float) -> None:
        """Move the rows, each once in `rows`, against their gradient [rows, size], which is used up."""
        self._steps += 1
        square = self._square[rows].lerp_(gradient.norm(dim=1).square_() / gradient.shape[1], 1 - DECAY)
        self._square[rows] = square
        sizes = (square / (1 - DECAY**self._steps)).sqrt_().add_(EPSILON)
        self._table.index_add_(0, rows, gradient.div_(sizes[:, None]), alpha=-rate)


class TrainedTable:
    """An encoder's table that reads and moves what a step asks for; `entries`: by Adam instead of `RowRates`."""

    def __init__(self, encoder: NgramEncoder, *, entries: bool = False) -> None:
        self.table = encoder.embedding.weight.detach()
        self._mover = RowAdam(self.table) if entries else RowRates(self.table)
        self._asked: list[tuple[BagTensors, Tensor]] = []
        # Autograd visits only what depends on something that learns.
        self._learns = torch.zeros((), requires_grad=True)

    def read(self, bags: BagTensors) -> Tensor:
        """The weighted sum of each bag's rows, [bags, size], differentiable: `step` uses what flows back."""
        summed: Tensor = _Sums.apply(self._learns, bags, self)  # type: ignore[no-untyped-call]  # torch's gap
        return summed

    def asked(self, bags: BagTensors, gradient: Tensor) -> None:
        """Take note of the gradient of what `read` gave, [bags, size]."""
        self._asked.append((bags, gradient))

    def step(self, rate: float) -> None:
        """Move the rows that were read since the last step, those without any gradient not."""
        if not self._asked:
            return
        with torch.no_grad():
            rows, gradient = self._gradient()
            self._mover.move(rows, gradient, rate)

    def _gradient(self) -> tuple[Tensor, Tensor]:
        """(rows, their gradients [rows, size]): of a row the sum over the bags that it is in."""
        indices = torch.cat([bags.indices for bags, _ in self._asked])
        weights = torch.cat([bags.weights for bags, _ in self._asked])
        sums = torch.cat([gradient for _, gradient in self._asked])
        counts = torch.cat([bags.counts() for bags, _ in self._asked])
        self._asked = []
        owners = torch.repeat_interleave(torch.arange(len(sums)), counts)
        indices, order = torch.sort(indices)
        rows, counts = torch.unique_consecutive(indices, return_counts=True)
        # The same operation as reading, the other way round: a row is a bag of the bags that it is in.
        gradient = torch.nn.functional.embedding_bag(
            owners[order], sums, counts.cumsum(0) - counts, mode="sum", per_sample_weights=weights[order]
        )
        return rows, gradient


class _Sums(torch.autograd.Function):
    """Sums rows without a gradient of the table itself, which would be as large as all that was read."""

    @staticmethod
    def forward(ctx: FunctionCtx, learns: Tensor, bags: BagTensors, table: TrainedTable) -> Tensor:
        ctx.bags, ctx.table = bags, table  # type: ignore[attr-defined]  # torch keeps what is set here
        return torch.nn.functional.embedding_bag(
            bags.indices, table.table, bags.offsets, mode="sum", per_sample_weights=bags.weights
        )

    @staticmethod
    def backward(ctx: FunctionCtx, gradient: Tensor) -> tuple[None, None, None]:
        ctx.table.asked(ctx.bags, gradient)  # type: ignore[attr-defined]
        return None, None, None


@contextmanager
def trained_tables(encoders: list[NgramEncoder], *, entries: bool = False) -> Iterator[list[TrainedTable]]:
    """Let the encoders read by tables that learn, until the end of the block."""
    tables = [TrainedTable(encoder, entries=entries) for encoder in encoders]
    for encoder, table in zip(encoders, tables, strict=True):
        encoder.reads_by(table.read)
    try:
        yield tables
    finally:
        for encoder in encoders:
            encoder.reads_by(None)
