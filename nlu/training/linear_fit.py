"""Fits the linear heads: multinomial logistic regression on bags and vectors, a convex problem with one answer."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from nlu.pipeline.features import Keys
from nlu.pipeline.vocabulary import BagBatch

# Up to so many texts the problem is solved in the space that they span.
MOST_SPANNED = 1500
# Directions with less than this share of the greatest variance are rounding errors.
LEAST_SHARE = 1e-7
# Texts whose bags are dense at a time.
AT_ONCE = 128


@dataclass(frozen=True, slots=True)
class LinearFit:
    """weights [vocabulary, intents] and dense [vector size, intents], None without such inputs; bias [intents]."""

    weights: Tensor | None
    dense: Tensor | None
    bias: Tensor


def fit_linear(
    targets: Tensor,
    bags: BagBatch | None,
    vocabulary_size: int,
    vectors: Tensor | None = None,
    *,
    strength: float = 20.0,
    iterations: int = 40,
    multi_label: bool = False,
) -> LinearFit:
    """The weights that minimise strength * loss + |weights|^2 / 2.

    targets: [texts, intents], rows that sum to 1 (or 0/1 with `multi_label`, where the loss is binary cross-
    entropy); the inputs are the bags of n-grams, vectors [texts, vector size], or both. L-BFGS (Liu & Nocedal
    1989) with analytic gradients; deterministic.
    """
    sparse = _matrices(bags, vocabulary_size) if bags is not None else None
    if sparse is not None and len(targets) <= MOST_SPANNED and len(targets) < vocabulary_size:
        return _fit_spanned(
            targets, sparse, vectors, strength=strength, iterations=iterations, multi_label=multi_label
        )
    return _fit(
        targets,
        sparse,
        vocabulary_size,
        vectors,
        strength=strength,
        iterations=iterations,
        multi_label=multi_label,
    )


def _fit_spanned(
    targets: Tensor,
    sparse: tuple[Tensor, Tensor],
    vectors: Tensor | None,
    *,
    strength: float,
    iterations: int,
    multi_label: bool,
) -> LinearFit:
    """The same fit where texts are fewer than n-grams: the best weights are sums of the texts' inputs (Kimeldorf &
    Wahba 1971), and L-BFGS does not care how the space is turned.

    With the Gram matrix X X^T = U S U^T the rows of U S^1/2 [texts, directions] stand for the inputs.
    """
    direct, transposed = sparse
    starts = range(0, len(targets), AT_ONCE)
    gram = torch.cat([direct @ _columns(direct, start, start + AT_ONCE) for start in starts], dim=1).double()
    if vectors is not None:
        gram = gram + vectors.double() @ vectors.double().T
    variances, directions = torch.linalg.eigh(gram)
    kept = variances > LEAST_SHARE * variances[-1]
    scales = variances[kept].sqrt()
    turned = directions[:, kept]
    inputs = (turned * scales).float()
    fit = _fit(targets, None, 0, inputs, strength=strength, iterations=iterations, multi_label=multi_label)
    weights = fit.dense if fit.dense is not None else torch.zeros(inputs.shape[1], targets.shape[1])
    sums = ((turned / scales) @ weights.double()).float()
    return LinearFit(transposed @ sums, vectors.T @ sums if vectors is not None else None, fit.bias)


def _columns(matrix: Tensor, start: int, end: int) -> Tensor:
    """Rows of a sparse matrix as columns, [columns, rows]: the form in which a product reads them."""
    offsets = matrix.crow_indices()[start : end + 1]
    first, last = int(offsets[0]), int(offsets[-1])
    rows = torch.repeat_interleave(torch.arange(len(offsets) - 1), offsets.diff())
    dense = torch.zeros(matrix.shape[1], len(offsets) - 1)
    dense[matrix.col_indices()[first:last], rows] = matrix.values()[first:last]
    return dense


def _fit(
    targets: Tensor,
    sparse: tuple[Tensor, Tensor] | None,
    vocabulary_size: int,
    vectors: Tensor | None,
    *,
    strength: float,
    iterations: int,
    multi_label: bool,
) -> LinearFit:
    bias = torch.zeros(targets.shape[1])
    weights = torch.zeros(vocabulary_size, targets.shape[1]) if sparse is not None else None
    dense = torch.zeros(vectors.shape[1], targets.shape[1]) if vectors is not None else None
    search = torch.optim.LBFGS(
        [part for part in (weights, dense, bias) if part is not None],
        max_iter=iterations,
        history_size=8,
        tolerance_grad=1e-5,
        line_search_fn="strong_wolfe",
    )

    def objective() -> Tensor:
        logits = bias.expand(len(targets), -1)
        if sparse is not None and weights is not None:
            logits = logits + sparse[0] @ weights
        if vectors is not None and dense is not None:
            logits = logits + vectors @ dense
        if multi_label:
            loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, targets, reduction="sum")
            residual = logits.sigmoid() - targets
        else:
            logs = logits.log_softmax(1)
            loss = -(logs * targets).sum()
            residual = logs.exp() - targets
        bias.grad = residual.sum(0) * strength
        total = strength * loss
        if sparse is not None and weights is not None:
            weights.grad = sparse[1] @ residual * strength + weights
            total = total + weights.square().sum() / 2
        if vectors is not None and dense is not None:
            dense.grad = vectors.T @ residual * strength + dense
            total = total + dense.square().sum() / 2
        return total

    search.step(objective)  # type: ignore[no-untyped-call]  # torch annotates only some optimisers
    return LinearFit(weights, dense, bias)


def _matrices(bags: BagBatch, vocabulary_size: int) -> tuple[Tensor, Tensor]:
    """The bags as a sparse matrix [texts, vocabulary] and its transpose."""
    texts = len(bags)
    rows: Keys = np.repeat(np.arange(texts), np.diff(bags.offsets))
    order = np.argsort(bags.indices, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(bags.indices, minlength=vocabulary_size))])
    with warnings.catch_warnings():
        # "Sparse CSR tensor support is in beta state": the two products used here have been stable for years.
        warnings.simplefilter("ignore", UserWarning)
        direct = torch.sparse_csr_tensor(
            torch.from_numpy(bags.offsets),
            torch.from_numpy(bags.indices),
            torch.from_numpy(bags.weights),
            (texts, vocabulary_size),
            check_invariants=False,
        )
        transposed = torch.sparse_csr_tensor(
            torch.from_numpy(starts),
            torch.from_numpy(rows[order]),
            torch.from_numpy(bags.weights[order]),
            (vocabulary_size, texts),
            check_invariants=False,
        )
    return direct, transposed
