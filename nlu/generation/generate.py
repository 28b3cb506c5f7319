"""One run of a proposer: propose, sift, measure."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from nlu.errors import TrainingRefused
from nlu.generation.filters import Filters, Reason, Refused, sift
from nlu.generation.language_model import SiteLanguage
from nlu.generation.proposals import Proposal, Proposer, ignore_progress, never_cancel, thin_intents
from nlu.generation.text_measures import TextMeasures, measure_texts
from nlu.pipeline.normalizer import canonical
from nlu.pipeline.pipeline import NluPipeline
from nlu.pipeline.threads import one_thread
from nlu.training.dataset import Dataset
from nlu.training.masked import Mask, masked_dataset
from nlu.training.origins import origin_key
from nlu.training.progress import Reporter
from nlu.types import Example, TrainingProgress

PER_INTENT = 10
RAW_FOR_ONE = 4
"""Raw proposals for each that may be kept: filters refuse most."""


@dataclass(frozen=True, slots=True)
class Generated:
    """kept: for a person to review, at most so many an intent; refused: the rest with reasons.

    raw, shown: measures of all proposals, and of the kept ones; reference_perplexity: that of real texts which the
    language was not made from, None without any.
    """

    intents: tuple[str, ...]
    kept: tuple[Proposal, ...]
    refused: tuple[Refused, ...]
    raw: TextMeasures
    shown: TextMeasures
    reference_perplexity: float | None
    seconds: float

    def reasons(self) -> dict[Reason, int]:
        """How many proposals were refused for each reason, most frequent first."""
        return dict(Counter(one.reason for one in self.refused).most_common())

    def to_json(self) -> dict[str, Any]:
        """Everything but the texts."""
        reference = self.reference_perplexity
        return {
            "intents": len(self.intents),
            "proposed": len(self.kept) + len(self.refused),
            "kept": len(self.kept),
            "refused": self.reasons(),
            "raw": self.raw.to_json(),
            "shown": self.shown.to_json(),
            "reference_perplexity": None if reference is None else round(reference, 2),
            "seconds": round(self.seconds, 1),
        }


def generate(
    dataset: Dataset,
    proposer: Proposer,
    *,
    mask: Mask,
    intents: Sequence[str] | None = None,
    per_intent: int = PER_INTENT,
    guarded: Sequence[str] = (),
    seen: Sequence[str] = (),
    site_texts: Sequence[str] = (),
    model: NluPipeline | None = None,
    judge: NluPipeline | None = None,
    seed: int = 0,
    progress: Callable[[TrainingProgress], None] = ignore_progress,
    should_cancel: Callable[[], bool] = never_cancel,
) -> Generated:
    """Propose utterances for `intents` (default: those with fewer than ten), filtered and measured.

    `dataset` is masked by `mask` first. `guarded` are evaluation and test texts: nothing like them is kept, and
    they are never learned from. `seen` texts are not proposed as they are. `site_texts` (the site's messages,
    masked) make the language that perplexity is taken of, beside the examples; `guarded` texts are its reference.
    `model` checks labels before a person does; `judge`, if there is a better one, only measures. The same
    arguments give the same proposals. Raises TrainingRefused if no intent is thin or there is too little to learn
    from, TrainingCancelled.
    """
    begun = time.monotonic()
    written = dataset.examples
    dataset = masked_dataset(dataset, mask)
    keys = keys_by_masked(written, dataset.examples)
    wanted = tuple(intents) if intents is not None else thin_intents(dataset.examples)
    if not wanted:
        raise TrainingRefused("no intent has fewer than ten utterances; name the ones to propose for")
    texts = [example.text for example in dataset.examples]
    with one_thread():
        proposals = proposer.propose(
            dataset.examples,
            intents=wanted,
            count=per_intent * RAW_FOR_ONE,
            seed=seed,
            progress=progress,
            should_cancel=should_cancel,
        )
        proposals = tuple(with_keys(proposal, keys) for proposal in proposals)
        check = Reporter(1, progress, should_cancel).check
        kept, refused = sift(proposals, Filters(texts, guarded, mask, model, per_intent, check, seen))
        language = SiteLanguage.of([*texts, *site_texts])
        check()
        raw = measure_texts(proposals, training=texts, language=language, judge=judge, seed=seed, check=check)
        shown = measure_texts(kept, training=texts, language=language, judge=judge, seed=seed, check=check)
        reference = language.perplexity(guarded)
    return Generated(wanted, kept, refused, raw, shown, reference, time.monotonic() - begun)


def keys_by_masked(written: Sequence[Example], masked: Sequence[Example]) -> dict[str, tuple[str, ...]]:
    """By masked text, in canonical form, the origin keys of the texts as they were written.

    Both are the same examples; several may read the same once they are masked.
    """
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for before, after in zip(written, masked, strict=True):
        found[canonical(after.text)][origin_key(before.text)] = None
    return {text: tuple(keys) for text, keys in found.items()}


def with_keys(proposal: Proposal, keys: Mapping[str, tuple[str, ...]]) -> Proposal:
    """The proposal with the keys of all its origins; none, as for unknown ones, if one of them is no example."""
    found = [keys.get(canonical(text), ()) for text in proposal.made_from]
    return replace(proposal, keys=tuple(dict.fromkeys(chain(*found))) if all(found) else ())
