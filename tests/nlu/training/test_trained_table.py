from __future__ import annotations

import pytest
import torch

from nlu.pipeline.encoder import BagTensors, NgramEncoder
from nlu.training.row_adam import RowAdam
from nlu.training.trained_table import DECAY, trained_tables


def bags(rows: list[int], offsets: list[int], weights: list[float]) -> BagTensors:
    return BagTensors(torch.tensor(rows), torch.tensor(weights), torch.tensor(offsets))


FIRST = bags([0, 2, 2, 5], [0, 2, 2], [0.5, 1.0, 2.0, 1.0])
SECOND = bags([5, 1], [0, 1, 2], [3.0, 1.0])


def encoder() -> NgramEncoder:
    torch.manual_seed(0)
    return NgramEncoder(7, 3)


def test_a_row_moves_against_its_gradient_by_a_rate_of_its_own() -> None:
    ours, plain = encoder(), encoder()
    start = plain.embedding.weight.detach().clone()
    wanted = torch.randn(3, 3)
    # What autograd itself says of both readings together.
    ((plain(FIRST) * wanted).sum() + plain(SECOND).square().sum()).backward()
    gradient = plain.embedding.weight.grad
    assert gradient is not None
    with trained_tables([ours]) as (table,):
        assert torch.equal(ours(FIRST), plain(FIRST))
        # Read, but of no effect on what is learned.
        ours(bags([6], [0], [1.0]))
        ((ours(FIRST) * wanted).sum() + ours(SECOND).square().sum()).backward()
        table.step(0.1)
        moved = ours.embedding.weight.detach() - start
        touched = [0, 1, 2, 5]
        # The first step's mean of squares, corrected, is the square itself: each row moves by its own length.
        lengths = gradient.square().mean(1, keepdim=True).sqrt()
        assert torch.allclose(moved[touched], -0.1 * (gradient / lengths)[touched], atol=1e-5)
        assert torch.equal(moved[[3, 4, 6]], torch.zeros(3, 3))
        before = ours.embedding.weight.detach().clone()
        (ours(bags([1], [0], [1.0])) * torch.tensor([1.0, 2.0, 2.0])).sum().backward()
        table.step(0.1)
    square = (gradient[1].square().mean() * DECAY + 3.0) * (1 - DECAY) / (1 - DECAY**2)
    expected = -0.1 * torch.tensor([1.0, 2.0, 2.0]) / square.sqrt()
    assert torch.allclose((ours.embedding.weight - before)[1], expected, atol=1e-5)


def test_a_row_that_is_rarely_read_moves_far() -> None:
    ours = encoder()
    often, rare = bags([1], [0], [1.0]), bags([4], [0], [1.0])
    steps = 60
    with trained_tables([ours]) as (table,):
        for step in range(1, steps + 1):
            asked = [often] if step % 20 else [often, rare]
            for one in asked:
                ours(one).sum().backward()
            before = ours.embedding.weight.detach().clone()
            table.step(0.01)
            moved = (ours.embedding.weight.detach() - before).abs().amax(1)
            assert moved[1] == pytest.approx(0.01, rel=1e-3)
            if not step % 20:
                reads = step // 20
                assert moved[4] == pytest.approx(0.01 * (step / reads) ** 0.5, rel=0.05)


def test_without_a_gradient_nothing_moves_and_the_block_s_end_gives_the_table_back() -> None:
    ours = encoder()
    start = ours.embedding.weight.detach().clone()
    with pytest.raises(ValueError, match="stop"), trained_tables([ours]) as (table,):
        ours(FIRST)
        table.step(0.1)
        raise ValueError("stop")
    assert torch.equal(ours.embedding.weight, start)
    ours(FIRST).sum().backward()
    assert ours.embedding.weight.grad is not None


def test_with_much_data_it_learns_as_adam_does() -> None:
    ours, theirs = encoder(), encoder().embedding.weight.detach().clone()
    adam, rows = RowAdam(theirs), torch.tensor([0, 2, 5])
    plain = NgramEncoder(7, 3)
    with trained_tables([ours], entries=True) as (table,):
        for step in range(3):
            wanted = torch.full((3, 3), step - 1.5)
            (ours(FIRST) * wanted).sum().backward()
            table.step(0.1)
            with torch.no_grad():
                plain.embedding.weight.copy_(theirs)
            plain.zero_grad()
            (plain(FIRST) * wanted).sum().backward()
            gradient = plain.embedding.weight.grad
            assert gradient is not None
            with torch.no_grad():
                adam.move(rows, gradient[rows], 0.1)
    assert torch.allclose(ours.embedding.weight, theirs, atol=1e-5)
