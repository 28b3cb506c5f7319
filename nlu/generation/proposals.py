"""What a generator of utterances is asked and what it answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from nlu.errors import TrainingRefused
from nlu.training.dataset import intents_of
from nlu.types import Example, TrainingProgress

Method = Literal["paraphrase", "vae", "gan"]
METHODS: tuple[Method, ...] = ("paraphrase", "vae", "gan")
ENOUGH_UTTERANCES = 10
"""An intent with fewer is thin."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A text that could be an utterance of `intent`, for a person to accept or refuse.

    score: mean natural log probability of a token in the proposer's own judgement; comparable within one method
    only. source: the training text that it was made from, empty if it has none; others: texts that gave it a
    word, a value or an end. Without a source any example may have taught it. keys: those of all these texts
    before they were masked (`nlu.training.origins`), which is how a data set has them. entities: (start, end,
    type) in code points of `text`.
    """

    text: str
    intent: str
    method: Method
    score: float
    source: str = ""
    entities: tuple[tuple[int, int, str], ...] = ()
    locale: str = ""
    others: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    @property
    def made_from(self) -> tuple[str, ...]:
        """Every text that it holds something of, each once; none if any may have taught it."""
        return tuple(dict.fromkeys(text for text in (self.source, *self.others) if text)) if self.source else ()

    def to_json(self) -> dict[str, Any]:
        """A record that `load_dataset` reads as an example; `generated` names the method."""
        record: dict[str, Any] = {"text": self.text, "intent": self.intent}
        if self.entities:
            record["entities"] = [list(span) for span in self.entities]
        if self.locale:
            record["locale"] = self.locale
        told = {"generated": self.method, "score": round(self.score, 4), "source": self.source}
        return {**record, **told, "made_from": list(self.made_from)}

    def as_example(self) -> Example:
        """The proposal as it would teach once a person has accepted it."""
        return Example(
            self.text,
            self.intent,
            self.entities,
            locale=self.locale,
            generated=True,
            made_from=self.keys or self.made_from,
        )


def ignore_progress(_progress: TrainingProgress) -> None:
    """For callers that watch nothing."""


def never_cancel() -> bool:
    """For callers that never stop a run."""
    return False


class Proposer(ABC):
    """Makes new utterances from examples. The same arguments give the same proposals on the same machine."""

    method: ClassVar[Method]

    @abstractmethod
    def propose(
        self,
        examples: Sequence[Example],
        *,
        intents: Sequence[str],
        count: int,
        seed: int,
        progress: Callable[[TrainingProgress], None] = ignore_progress,
        should_cancel: Callable[[], bool] = never_cancel,
    ) -> tuple[Proposal, ...]:
        """At most `count` proposals for each of `intents`, best first within an intent, none twice.

        `examples` are masked, of one intent each (others are left out), and may be of other intents too: what is
        said there teaches the language. Proposals are raw: nothing is filtered yet. Raises TrainingRefused if an
        intent has no example or there is too little to learn from, TrainingCancelled soon after `should_cancel`
        says so.
        """


def grouped(examples: Sequence[Example], intents: Sequence[str]) -> dict[str, list[Example]]:
    """The examples of one intent, by intent. TrainingRefused if one of `intents` has none."""
    groups: defaultdict[str, list[Example]] = defaultdict(list)
    for example in examples:
        if len(names := intents_of(example)) == 1:
            groups[names[0]].append(example)
    if not intents:
        raise TrainingRefused("there is no intent to propose utterances for")
    for name in intents:
        if name not in groups:
            raise TrainingRefused(f"the intent {name} has no utterance to learn from")
    return dict(groups)


def thin_intents(examples: Sequence[Example], *, below: int = ENOUGH_UTTERANCES) -> tuple[str, ...]:
    """Names of the intents with fewer than `below` examples of their own, in alphabetical order."""
    groups: defaultdict[str, int] = defaultdict(int)
    for example in examples:
        for name in intents_of(example):
            groups[name] += 1
    return tuple(sorted(name for name, total in groups.items() if total < below))
