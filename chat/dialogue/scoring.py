"""Joint choice of the reply: log P(reply | x) + log P(i | x, c) over the candidates.

The intent model and the article search look at a message with different eyes: one knows what customers' wordings
mean, the other what the articles say. A candidate is an intent with its reply, or an article that belongs to no
intent; its reply term is how well the article fits the message. Where both agree the choice is more certain than
either alone, where they disagree less.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from chat.dialogue.decision import Catalogue
from nlu.types import Parse, PassageHit

CANDIDATE_INTENTS = 5
UNSUPPORTED = 0.3
"""What a reply is worth for which search found nothing: P(reply | x) = (0.3 + relevance) / 1.3.

"None of all this" is worth the same: without evidence from search certainty is the model's own confidence.
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One possible reply. `certainty` is its share of the joint score among all candidates and "none", in 0-1."""

    intent: str
    article_slug: str
    confidence: float
    relevance: float
    log_intent: float
    log_reply: float
    certainty: float = 0.0

    @property
    def joint(self) -> float:
        """log P(reply | x) + log P(i | x, c)."""
        return self.log_intent + self.log_reply


def support(relevance: float) -> float:
    """P(reply | x) by the relevance of the reply's article."""
    return (UNSUPPORTED + relevance) / (1 + UNSUPPORTED)


def candidate(*, intent: str, article_slug: str, confidence: float, relevance: float) -> Candidate:
    """A candidate with both terms of its joint score."""
    return Candidate(
        intent=intent,
        article_slug=article_slug,
        confidence=confidence,
        relevance=relevance,
        log_intent=math.log(max(confidence, 1e-6)),
        log_reply=math.log(support(relevance)),
    )


def candidates(*, parse: Parse, hits: Sequence[PassageHit], catalogue: Catalogue) -> list[Candidate]:
    """All candidates, best joint score first, with their certainties; empty when nothing is known at all.

    The probability that the considered intents leave over is shared by the articles that belong to none of them
    and by "none of all this".
    """
    relevance = {hit.article_slug: hit.relevance for hit in reversed(hits)}
    considered = parse.intents[:CANDIDATE_INTENTS]
    left_over = max(1.0 - sum(score.confidence for score in considered), 0.0)
    found: list[Candidate] = []
    named: set[str] = set()
    for score in considered:
        entry = catalogue.intents.get(score.name)
        slug = entry.article_slug if entry else ""
        named.add(slug)
        found.append(
            candidate(
                intent=score.name,
                article_slug=slug,
                confidence=score.confidence,
                relevance=relevance.get(slug, 0.0),
            )
        )
    for slug, fit in relevance.items():
        article = catalogue.articles.get(slug)
        if article is not None and slug not in named:
            found.append(
                candidate(intent=article.intent, article_slug=slug, confidence=left_over * fit, relevance=fit)
            )
    return with_certainty(found, left_over * support(0.0))


def with_certainty(found: list[Candidate], nothing: float) -> list[Candidate]:
    """Best first; certainty = the share of the joint score, `nothing` being the weight of "none of all this"."""
    weights = [math.exp(one.joint) for one in found]
    total = sum(weights) + nothing
    shared = [replace(one, certainty=weight / total) for one, weight in zip(found, weights, strict=True)]
    return sorted(shared, key=lambda one: -one.certainty)
