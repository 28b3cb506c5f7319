from __future__ import annotations

import torch

from nlu.training.row_adam import RowAdam


def test_it_computes_what_torch_computes() -> None:
    torch.manual_seed(0)
    start = torch.randn(6, 3)
    ours, theirs = torch.nn.Parameter(start.clone()), torch.nn.Parameter(start.clone())
    fast, slow = RowAdam(ours), torch.optim.SparseAdam([theirs], lr=0.1)
    for rows in ([0, 2], [2, 2, 5], [1]):
        gradient = torch.sparse_coo_tensor(torch.tensor([rows]), torch.randn(len(rows), 3), (6, 3))
        ours.grad, theirs.grad = gradient, gradient.clone()
        fast.step(0.1)
        slow.step()
    assert torch.allclose(ours, theirs, atol=1e-6)
    assert torch.equal(ours[3:5], start[3:5])


def test_no_gradient_is_no_step() -> None:
    table = torch.nn.Parameter(torch.ones(2, 2))
    RowAdam(table).step(0.1)
    assert torch.equal(table, torch.ones(2, 2))
