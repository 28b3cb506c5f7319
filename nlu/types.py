"""The currency of understanding: frozen, typed results that cross module boundaries instead of dicts.

Offsets are code points of the original text, start inclusive and end exclusive.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Self

Stage = Literal["exact", "model", "none"]

LONGEST_READ = 2_000
"""Code points of a text that are read; what lies beyond is not, so that one paste cannot stall a batch."""
OUT_OF_SCOPE = "out_of_scope"
"""The reserved label of texts that belong to no intent. It is never an intent of a `Parse`."""


@dataclass(frozen=True, slots=True)
class IntentScore:
    """One intent with its calibrated probability in 0-1."""

    name: str
    confidence: float


@dataclass(frozen=True, slots=True)
class EntitySpan:
    """A piece of the text that names something: `text[start:end]`, its type, and its canonical value.

    source: what found it. "list" is a listed value as it is written there, "fuzzy" one that is misspelt: its value
    is a guess and its confidence below 1.
    """

    start: int
    end: int
    type: str
    text: str
    value: str
    confidence: float
    source: Literal["model", "list", "fuzzy", "pattern", "placeholder", "builtin"]


@dataclass(frozen=True, slots=True)
class IntentSpan:
    """One of several intents that a message says: `text[start:end]` says it, with this probability in 0-1.

    Both places are None from a model that was trained on messages of several intents: it knows which, not where.
    """

    name: str
    confidence: float
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class DialogueContext:
    """What was going on when the utterance came: the c of P(i | x, c).

    `previous_intents` is newest first; empty strings mean "nothing".
    """

    previous_intents: tuple[str, ...] = ()
    active_flow: str = ""
    requested_slot: str = ""
    last_bot_act: str = ""
    previous_message: str = ""

    def to_json(self) -> dict[str, Any]:
        """A JSON object without what is empty; inverse of `from_json`."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in (
                ("previous_intents", self.previous_intents),
                ("active_flow", self.active_flow),
                ("requested_slot", self.requested_slot),
                ("last_bot_act", self.last_bot_act),
                ("previous_message", self.previous_message),
            )
            if value
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Rebuild from `to_json`'s object; what it does not have is empty."""
        return cls(
            previous_intents=tuple(str(name) for name in data.get("previous_intents", ())),
            active_flow=str(data.get("active_flow", "")),
            requested_slot=str(data.get("requested_slot", "")),
            last_bot_act=str(data.get("last_bot_act", "")),
            previous_message=str(data.get("previous_message", "")),
        )


EMPTY_CONTEXT = DialogueContext()


@dataclass(frozen=True, slots=True)
class Parse:
    """What was understood of one text.

    `in_scope` is the decision of the out-of-scope detector; `scope_score` in 0-1 is what it decided on
    (higher = more like the training data) and `scope_threshold` the bound it was compared with.
    `matched_by` names the stage that answered. `several` are the intents of a message that says more than one, in
    the order in which it says them; empty for any other. `intents` ranks what the message as a whole may be.
    """

    text: str
    locale: str
    intents: tuple[IntentScore, ...]
    entities: tuple[EntitySpan, ...]
    in_scope: bool
    scope_score: float
    scope_threshold: float
    matched_by: Stage
    model_version: str
    milliseconds: float
    several: tuple[IntentSpan, ...] = ()

    @property
    def top(self) -> IntentScore | None:
        """The most probable intent, or None without a model."""
        return self.intents[0] if self.intents else None

    @property
    def understood(self) -> str:
        """The understood result: the intent that would be acted on, or empty where the text is rejected."""
        return self.intents[0].name if self.intents and self.in_scope else ""

    def to_json(self) -> dict[str, Any]:
        """A JSON object with every field; inverse of `from_json`."""
        return {
            "text": self.text,
            "locale": self.locale,
            "intents": [{"name": s.name, "confidence": round(s.confidence, 6)} for s in self.intents],
            "entities": [
                {
                    "start": e.start,
                    "end": e.end,
                    "type": e.type,
                    "text": e.text,
                    "value": e.value,
                    "confidence": round(e.confidence, 6),
                    "source": e.source,
                }
                for e in self.entities
            ],
            "in_scope": self.in_scope,
            "scope_score": round(self.scope_score, 6),
            "scope_threshold": round(self.scope_threshold, 6),
            "matched_by": self.matched_by,
            "model_version": self.model_version,
            "milliseconds": round(self.milliseconds, 3),
            "several": [
                {"name": s.name, "confidence": round(s.confidence, 6), "start": s.start, "end": s.end}
                for s in self.several
            ],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Rebuild from `to_json`'s object; KeyError or TypeError if a field is missing or unknown.

        Objects of earlier programs have no `several`.
        """
        fields = dict(data)
        intents = tuple(IntentScore(**score) for score in fields.pop("intents"))
        entities = tuple(EntitySpan(**span) for span in fields.pop("entities"))
        several = tuple(IntentSpan(**span) for span in fields.pop("several", ()))
        return cls(intents=intents, entities=entities, several=several, **fields)


@dataclass(frozen=True, slots=True)
class PassageHit:
    """A passage found for a query. `score` is the engine's; `relevance` in 0-1 is comparable between queries."""

    passage_id: int
    article_id: int
    article_slug: str
    title: str
    text: str
    locale: str
    score: float
    relevance: float

    def to_json(self) -> dict[str, Any]:
        """A JSON object with every field."""
        return {
            "passage_id": self.passage_id,
            "article_id": self.article_id,
            "article_slug": self.article_slug,
            "title": self.title,
            "text": self.text,
            "locale": self.locale,
            "score": round(self.score, 4),
            "relevance": round(self.relevance, 4),
        }


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Bounds of the decision, fitted with a model version and stored with it.

    confidence: below it the assistant does not act on the intent alone.
    confirm: between it and `confidence` the assistant asks "did you mean...?".
    margin: smallest lead over the runner-up to act without asking.
    scope: smallest scope score that counts as in scope.
    present: from this confidence on an intent is in a message, for models of messages with several.
    several: above this score (`nlu.pipeline.several`) the clauses of a message are said to have intents of their
    own, for models of messages with one; no score is above 1.
    whole_says, added_says: w of that score, the least that the whole message is taken to give an intent, and the
    same where an additive conjunction joins the clauses; `several` was learned with them. The defaults are what
    they were before folders kept them.
    """

    confidence: float = 0.6
    confirm: float = 0.25
    margin: float = 0.1
    scope: float = 0.3
    present: float = 0.5
    several: float = 1.0
    whole_says: float = 1e-5
    added_says: float = 1e-5

    def to_json(self) -> dict[str, float]:
        """The four numbers that a turn is decided by, by name."""
        return {"confidence": self.confidence, "confirm": self.confirm, "margin": self.margin, "scope": self.scope}


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled (or, without an intent, out-of-scope) text for training or evaluation.

    `intents` holds every intent of a multi-label example and is empty where `intent` alone says it. A `generated`
    one trains only: nothing is ever measured on it. `made_from` are the texts that it was made from; none means
    that nobody knows, so that any text may have taught it.
    """

    text: str
    intent: str = ""
    entities: tuple[tuple[int, int, str], ...] = ()
    context: DialogueContext = field(default_factory=DialogueContext)
    locale: str = ""
    intents: tuple[str, ...] = ()
    generated: bool = False
    made_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrainingProgress:
    """After `epoch` of at most `epochs` epochs of the whole run (all its fits together).

    stage: what is being fitted ("validation 1/4", "final"); loss: mean of the epoch; validation_accuracy in 0-1,
    None without held-out examples; times in seconds, `seconds_left` an estimate.
    """

    epoch: int
    epochs: int
    stage: str
    loss: float
    validation_accuracy: float | None
    seconds_elapsed: float
    seconds_left: float
