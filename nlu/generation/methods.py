"""Which proposer a method's name stands for."""

from __future__ import annotations

from collections.abc import Sequence

from nlu.errors import InvalidData
from nlu.generation.gan import GanProposer
from nlu.generation.paraphrase import ParaphraseProposer
from nlu.generation.proposals import METHODS, Proposer
from nlu.generation.variational import VaeProposer
from nlu.pipeline.entity_resolver import EntityCatalogue
from nlu.training.question_pairs import QuestionPair


def proposer_of(
    method: str,
    *,
    texts: Sequence[str] = (),
    pairs: Sequence[QuestionPair] = (),
    catalogue: EntityCatalogue | None = None,
) -> Proposer:
    """The proposer of that name with its defaults. InvalidData for an unknown name.

    texts: unlabelled, masked messages that teach how customers write; pairs and catalogue: see
    `ParaphraseProposer`, the others do not use them.
    """
    if method == "paraphrase":
        return ParaphraseProposer(catalogue=catalogue, pairs=pairs, texts=texts)
    if method == "vae":
        return VaeProposer(texts=texts)
    if method == "gan":
        return GanProposer(texts=texts)
    raise InvalidData(f"there is no method {method}: there are {', '.join(METHODS)}")
