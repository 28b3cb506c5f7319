"""A tiny shop in two languages, small enough to generate from in a moment."""

from __future__ import annotations

from collections.abc import Sequence

from nlu.generation.proposals import Proposal
from nlu.types import Example
from tests.nlu.pipeline.corpus import shop_examples

MOBILE = "13800138000"


def examples() -> list[Example]:
    """The shop's, and an intent whose utterances hold masked values."""
    masked = (
        "我的手机号是[手机号#1]",
        "请打[手机号#1]找我",
        "手机号改成[手机号#1]了",
        "call me at [手机号#1] please",
    )
    return [*shop_examples(), *(Example(text, "phone") for text in masked)]


def proposals(*texts: str, intent: str = "refund", score: float = -1.0) -> list[Proposal]:
    """Proposals as a generator could have made them."""
    return [Proposal(text, intent, "vae", score) for text in texts]


def texts_of(made: Sequence[Proposal]) -> list[str]:
    """Their texts in order."""
    return [proposal.text for proposal in made]
