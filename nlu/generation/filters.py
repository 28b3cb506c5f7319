"""What a proposal must be before a person sees it: new, whole, nobody's data, and of its intent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from nlu.generation.known_texts import KnownTexts
from nlu.generation.pieces import keys_of, pieces_of
from nlu.generation.proposals import Proposal
from nlu.pipeline.normalizer import canonical
from nlu.pipeline.pipeline import NluPipeline
from nlu.pipeline.tokenization import PLACEHOLDER
from nlu.training.masked import Mask

Reason = Literal[
    "empty",
    "too_long",
    "repetitive",
    "placeholder",
    "personal_data",
    "copy",
    "near_copy",
    "guarded",
    "repeated",
    "seen",
    "label",
    "cap",
]
REASONS: dict[Reason, str] = {
    "empty": "holds no word",
    "too_long": "is longer than an utterance may be",
    "repetitive": "says the same words over and over",
    "placeholder": "holds a masked value that is broken or of a kind that no utterance has",
    "personal_data": "holds something that the masking rules would mask",
    "copy": "is an utterance that is there already",
    "near_copy": "differs from an utterance that is there only in fillers, numbers, or the order of words",
    "guarded": "is, or is one word away from, a text of the evaluation or test set",
    "repeated": "says the same as a better proposal",
    "seen": "was proposed, or said by a customer, before",
    "label": "means another intent, or none, to the model",
    "cap": "comes after as many proposals as its intent may have",
}
BATCH = 64
LONGEST_TEXT = 2000
"""Characters that an utterance may have, as it is and in canonical form."""
LONGEST_RUN = 3
"""A token or pair of tokens more often in a row is a stutter."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A proposal that nobody needs to see, and why."""

    proposal: Proposal
    reason: Reason


@dataclass(frozen=True, slots=True)
class Filters:
    """All that `sift` needs. `model` None: labels are not checked, nor are those of intents that it does not know;
    guarded: evaluation and test texts; seen: texts that nobody needs to see again."""

    training: Sequence[str]
    guarded: Sequence[str]
    mask: Mask
    model: NluPipeline | None
    per_intent: int
    check: Callable[[], None] = lambda: None
    seen: Sequence[str] = ()


def sift(proposals: Sequence[Proposal], filters: Filters) -> tuple[tuple[Proposal, ...], tuple[Refused, ...]]:
    """(those to keep, those refused with the first reason that holds), each in the order given.

    Better proposals must come first within an intent: of two that say the same the first is kept, and the cap
    cuts off the last.
    """
    training, guarded = KnownTexts(filters.training), KnownTexts(filters.guarded, near=True)
    seen = KnownTexts(filters.seen)
    labels = {match["type"] for text in filters.training for match in PLACEHOLDER.finditer(text)}
    before: list[tuple[Proposal, Reason | None]] = [
        (
            proposal,
            _own_fault(proposal.text, labels, filters.mask)
            or _known(proposal, training, guarded)
            or ("seen" if seen.has(proposal.text) else None),
        )
        for proposal in proposals
    ]
    agreed = _agreeing([proposal for proposal, reason in before if reason is None], filters)
    chosen, kept, refused = KnownTexts(()), [], []
    totals: Counter[str] = Counter()
    for proposal, reason in before:
        if reason is None:
            if proposal not in agreed:
                reason = "label"
            elif chosen.has_like(proposal.text):
                reason = "repeated"
            elif totals[proposal.intent] >= filters.per_intent:
                reason = "cap"
        if reason is not None:
            refused.append(Refused(proposal, reason))
            continue
        chosen.add(proposal.text)
        totals[proposal.intent] += 1
        kept.append(proposal)
    return tuple(kept), tuple(refused)


def _own_fault(text: str, labels: set[str], mask: Mask) -> Reason | None:
    if max(len(text), len(canonical(text))) > LONGEST_TEXT:  # folding may write one character as several
        return "too_long"
    pieces = pieces_of(text)
    if not any(piece.kind in ("word", "cjk", "placeholder") for piece in pieces):
        return "empty"
    if _stutters(keys_of(pieces)):
        return "repetitive"
    if not placeholders_are_valid(text, labels):
        return "placeholder"
    if mask(text).text != text:
        return "personal_data"
    return None


def _stutters(keys: Sequence[str]) -> bool:
    """Whether a token or a pair of tokens comes more than `LONGEST_RUN` times in a row."""
    for width in (1, 2):
        span = width * (LONGEST_RUN + 1)
        for start in range(len(keys) - span + 1):
            piece = keys[start : start + width]
            if all(keys[at : at + width] == piece for at in range(start, start + span, width)):
                return True
    return False


def placeholders_are_valid(text: str, labels: set[str]) -> bool:
    """Whether every masked value is whole, of a label that utterances have, and numbered from 1 without gaps."""
    numbers: dict[str, list[int]] = {}
    for match in PLACEHOLDER.finditer(text):
        numbers.setdefault(match["type"], []).append(int(match["number"]))
    rest = PLACEHOLDER.sub("", text)
    if "[" in rest or "]" in rest:
        return False
    return all(
        label in labels and sorted(set(found)) == list(range(1, max(found) + 1))
        for label, found in numbers.items()
    )


def _known(proposal: Proposal, training: KnownTexts, guarded: KnownTexts) -> Reason | None:
    if guarded.has(proposal.text) or guarded.has_like(proposal.text):
        return "guarded"
    if training.has(proposal.text):
        return "copy"
    # Another value in the place of a marked one is what was wanted, also where only a number differs.
    if training.has_like(proposal.text) and not proposal.entities:
        return "near_copy"
    return None


def _agreeing(proposals: Sequence[Proposal], filters: Filters) -> set[Proposal]:
    """Those whose intent the model finds most probable, in a text that it takes for in scope.

    An intent that it has not learned yet is nothing that it could find.
    """
    if filters.model is None:
        return set(proposals)
    known = set(filters.model.intents)
    agreed = {one for one in proposals if one.intent not in known}
    proposals = [one for one in proposals if one.intent in known]
    for start in range(0, len(proposals), BATCH):
        filters.check()
        batch = proposals[start : start + BATCH]
        for proposal, parse in zip(batch, filters.model.parse_many([one.text for one in batch]), strict=True):
            if parse.in_scope and parse.top is not None and parse.top.name == proposal.intent:
                agreed.add(proposal)
    return agreed
