from __future__ import annotations

import itertools
import tracemalloc

import numpy as np
import pytest
import torch

from nlu.pipeline.crf import ConditionalRandomField
from nlu.pipeline.pipeline import NluPipeline

TAGS = ("O", "B-city", "I-city", "B-date", "I-date")


def valid(tags: list[str]) -> bool:
    return all(
        not tag.startswith("I-") or before in (f"B-{tag[2:]}", tag)
        for before, tag in zip(["O", *tags], tags, strict=False)
    )


def test_decoded_sequences_are_always_valid() -> None:
    field = ConditionalRandomField(TAGS)
    generator = np.random.default_rng(0)
    with torch.no_grad():
        field.transitions.normal_(0, 5)
    for length in (1, 2, 7, 30):
        for _ in range(20):
            emissions = generator.normal(0, 10, (length, len(TAGS))).astype(np.float32)
            assert valid([TAGS[tag] for tag in field.decode(emissions)])


@pytest.mark.parametrize("lengths", [[3], [0], [], [1, 0, 7, 7, 2, 0], [0, 0], [5, 1]])
def test_several_sentences_are_decoded_as_each_of_them_is(lengths: list[int]) -> None:
    field = ConditionalRandomField(TAGS)
    generator = np.random.default_rng(1)
    with torch.no_grad():
        field.transitions.normal_(0, 2)
        field.starts.normal_(0, 2)
    for _ in range(20):
        emissions = generator.normal(0, 2, (sum(lengths), len(TAGS))).astype(np.float32)
        ends = np.cumsum(lengths).tolist()
        alone = [field.decode(emissions[end - size : end]) for end, size in zip(ends, lengths, strict=True)]
        together = field.decode_all(emissions, np.array(lengths, dtype=np.int64))
        assert together.tolist() == list(itertools.chain.from_iterable(alone))


def test_many_tags_are_decoded_in_little_memory() -> None:
    tags = ["O", *(f"{letter}-t{number}" for number in range(150) for letter in "BI")]
    field = ConditionalRandomField(tags)
    generator = np.random.default_rng(2)
    lengths = [3, 5, 0, 2] * 20
    emissions = generator.normal(0, 2, (sum(lengths), len(tags))).astype(np.float32)
    field.decode(emissions[:1])
    tracemalloc.start()
    together = field.decode_all(emissions, np.array(lengths))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 6_000_000
    ends = np.cumsum(lengths)
    alone = [field.decode(emissions[end - size : end]) for end, size in zip(ends, lengths, strict=True)]
    assert together.tolist() == list(itertools.chain.from_iterable(alone))


def test_decoding_finds_the_best_of_all_sequences_and_the_loss_sums_over_them() -> None:
    torch.manual_seed(0)
    field = ConditionalRandomField(TAGS[:3])
    with torch.no_grad():
        field.transitions.normal_()
        field.starts.normal_()
    emissions = torch.randn(1, 4, 3)
    starts, transitions = field.scores()

    def score(path: tuple[int, ...]) -> float:
        total = starts[path[0]] + sum(emissions[0, t, tag] for t, tag in enumerate(path))
        return float(total + sum(transitions[a, b] for a, b in itertools.pairwise(path)))

    paths = {path: score(path) for path in itertools.product(range(3), repeat=4)}
    best = max(paths, key=lambda path: paths[path])
    assert field.decode(emissions[0].numpy()) == list(best)
    expected = torch.logsumexp(torch.tensor(list(paths.values())), 0) - paths[best]
    loss = field.loss(emissions, torch.tensor([best]), torch.tensor([4]))
    assert float(loss) == pytest.approx(float(expected), abs=1e-3)


def test_padding_changes_no_loss() -> None:
    field = ConditionalRandomField(TAGS)
    emissions = torch.randn(1, 3, len(TAGS))
    tags = torch.tensor([[0, 1, 2]])
    padded = torch.cat([emissions, torch.full((1, 5, len(TAGS)), 99.0)], dim=1)
    alone = field.loss(emissions, tags, torch.tensor([3]))
    within = field.loss(padded, torch.cat([tags, torch.zeros(1, 5, dtype=torch.long)], dim=1), torch.tensor([3]))
    assert float(alone) == pytest.approx(float(within), abs=1e-5)


@pytest.mark.parametrize("text", ["😀寄到上海要几天", "　寄到上海要几天？", "寄到上海要几天👨‍👩‍👧"])
def test_found_entities_lie_in_the_original_text(shop: NluPipeline, text: str) -> None:
    cities = [span for span in shop.parse(text).entities if span.type == "city"]
    assert [text[span.start : span.end] for span in cities] == ["上海"]
    assert all(span.text == text[span.start : span.end] and span.source == "model" for span in cities)
