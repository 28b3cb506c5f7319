"""Fits the linear head: multinomial logistic regression on sparse bags, a convex problem with one answer."""

from __future__ import annotations

import warnings

import numpy as np
import torch
from torch import Tensor

from nlu.pipeline.features import Keys
from nlu.pipeline.vocabulary import BagBatch


def fit_linear(
    bags: BagBatch,
    targets: Tensor,
    vocabulary_size: int,
    *,
    strength: float = 20.0,
    iterations: int = 40,
    multi_label: bool = False,
) -> tuple[Tensor, Tensor]:
    """(weights [vocabulary, intents], bias [intents]) that minimise strength * loss + |weights|^2 / 2.

    targets: [texts, intents], rows that sum to 1 (or 0/1 with `multi_label`, where the loss is binary cross-
    entropy). L-BFGS (Liu & Nocedal 1989) with analytic gradients; deterministic.
    """
    features, transposed = _matrices(bags, vocabulary_size)
    weights = torch.zeros(vocabulary_size, targets.shape[1])
    bias = torch.zeros(targets.shape[1])
    search = torch.optim.LBFGS(
        [weights, bias], max_iter=iterations, history_size=8, tolerance_grad=1e-5, line_search_fn="strong_wolfe"
    )

    def objective() -> Tensor:
        logits = features @ weights + bias
        if multi_label:
            loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, targets, reduction="sum")
            residual = logits.sigmoid() - targets
        else:
            logs = logits.log_softmax(1)
            loss = -(logs * targets).sum()
            residual = logs.exp() - targets
        weights.grad = transposed @ residual * strength + weights
        bias.grad = residual.sum(0) * strength
        return strength * loss + weights.square().sum() / 2

    search.step(objective)  # type: ignore[no-untyped-call]  # torch annotates only some optimisers
    return weights, bias


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
