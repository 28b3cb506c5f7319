"""Why the assistant did what it did: a turn's stored explanation as typed values that screens can show.

Rows outlive versions of the program, so reading is tolerant: what a row does not have is missing here too, and
never an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from chat.models import Turn
from chat.models.turns import TurnStatus
from nlu.models import IntentTitle
from nlu.types import EntitySpan, IntentScore, IntentSpan, PassageHit

INTENTS_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the text; `entity` is what was recognised there, None between entities."""

    text: str
    entity: EntitySpan | None


@dataclass(frozen=True, slots=True)
class MessagePart:
    """A piece of the text with its entities; `intent` is what it says of several, None for what lies between.

    number: its place in `Explanation.several`, from 1; 0 without an intent.
    """

    segments: tuple[Segment, ...]
    intent: IntentSpan | None = None
    number: int = 0

    @property
    def text(self) -> str:
        """Its words."""
        return "".join(segment.text for segment in self.segments)


@dataclass(frozen=True, slots=True)
class Bound:
    """One threshold that the decision was compared with."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """What was understood, found and decided in one turn. Numbers are None when the row does not say."""

    turn_id: int
    first_sequence: int
    last_sequence: int
    reply_sequence: int | None
    status: str
    outcome: str
    error: str
    text: str
    locale: str
    intents: tuple[IntentScore, ...]
    segments: tuple[Segment, ...]
    several: tuple[IntentSpan, ...]
    parts: tuple[MessagePart, ...]
    answered: tuple[str, ...]
    entities: tuple[EntitySpan, ...]
    passages: tuple[PassageHit, ...]
    stage: str
    reason: str
    certainty: float | None
    log_intent: float | None
    log_reply: float | None
    in_scope: bool | None
    scope_score: float | None
    scope_threshold: float | None
    thresholds: tuple[Bound, ...]
    promised_error: float | None
    model_version: str
    superseded_count: int
    milliseconds: float | None
    created_at: datetime

    @property
    def top(self) -> IntentScore | None:
        """The most probable intent."""
        return self.intents[0] if self.intents else None

    @property
    def says_several(self) -> bool:
        """Whether the message was understood as several intents, not as one of its ranking."""
        return len(self.several) > 1

    @property
    def located(self) -> bool:
        """Whether it is known which part says which of several intents."""
        return any(part.intent is not None for part in self.parts)

    @property
    def answers_several(self) -> bool:
        """Whether the reply answers several intents; `answered` has one where a courtesy stood beside it."""
        return len(self.answered) > 1

    def part(self, number: int) -> IntentSpan | None:
        """The part with this number, from 1, if it is known where it is said."""
        return next((one.intent for one in self.parts if one.intent is not None and one.number == number), None)

    @property
    def likely(self) -> tuple[IntentScore, ...]:
        """The intents that are worth a bar: the first, and those of at least half a percent."""
        return tuple(score for rank, score in enumerate(self.intents) if rank == 0 or score.confidence >= 0.005)

    @property
    def is_open(self) -> bool:
        """The assistant has not finished with it."""
        return self.status in {TurnStatus.PENDING, TurnStatus.CLAIMED}


def explain_turn(turn: Turn) -> Explanation:
    """The explanation that the row keeps; select `model_version` with the turn."""
    parse: dict[str, Any] = turn.parse
    decision: dict[str, Any] = turn.decision
    text = str(parse.get("text", ""))
    entities = read_entities(parse.get("entities", ()))
    several = read_several(parse.get("several", ()))
    version = turn.model_version
    return Explanation(
        turn_id=turn.pk,
        first_sequence=turn.first_sequence,
        last_sequence=turn.last_sequence,
        reply_sequence=turn.reply_sequence,
        status=turn.status,
        outcome=turn.outcome,
        error=turn.error,
        text=text,
        locale=str(decision.get("locale") or parse.get("locale", "")),
        intents=read_intents(parse.get("intents", ()))[:INTENTS_SHOWN],
        segments=segments(text, entities),
        several=several,
        parts=message_parts(text, several, entities),
        answered=tuple(str(name) for name in decision.get("answered", ())),
        entities=entities,
        passages=read_passages(turn.passages),
        stage=str(parse.get("matched_by", "")),
        reason=str(decision.get("reason", "")),
        certainty=number(decision.get("certainty")),
        log_intent=number(decision.get("log_intent")),
        log_reply=number(decision.get("log_reply")),
        in_scope=parse.get("in_scope"),
        scope_score=number(parse.get("scope_score")),
        scope_threshold=number(parse.get("scope_threshold")),
        thresholds=read_bounds(decision.get("thresholds", {})),
        promised_error=number(decision.get("promised_error")),
        model_version=str(version) if version is not None else str(parse.get("model_version", "")),
        superseded_count=turn.superseded_count,
        milliseconds=turn.milliseconds,
        created_at=turn.created_at,
    )


def intent_titles(workspace_id: int, locale: str) -> dict[str, str]:
    """Intent name -> its title in a language, for those that have one."""
    titles = IntentTitle.objects.filter(intent__workspace_id=workspace_id, locale=locale)
    return dict(titles.values_list("intent__name", "title"))


def number(value: object) -> float | None:
    """A stored number, or None for anything else."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def read_intents(rows: Iterable[Any]) -> tuple[IntentScore, ...]:
    """Intents with their confidence, best first as stored."""
    return tuple(
        IntentScore(name=str(row["name"]), confidence=float(row["confidence"]))
        for row in rows
        if "name" in row and "confidence" in row
    )


def read_several(rows: Iterable[Any]) -> tuple[IntentSpan, ...]:
    """The intents of a message that says several, as said; nothing in rows of earlier programs."""
    return tuple(
        IntentSpan(
            name=str(row["name"]),
            confidence=float(row["confidence"]),
            start=row.get("start") if isinstance(row.get("start"), int) else None,
            end=row.get("end") if isinstance(row.get("end"), int) else None,
        )
        for row in rows
        if "name" in row and "confidence" in row
    )


def read_entities(rows: Iterable[Any]) -> tuple[EntitySpan, ...]:
    """Entities in the order of the text."""
    spans = [
        EntitySpan(
            start=int(row["start"]),
            end=int(row["end"]),
            type=str(row.get("type", "")),
            text=str(row.get("text", "")),
            value=str(row.get("value", "")),
            confidence=float(row.get("confidence", 1.0)),
            source=row.get("source", "model"),
        )
        for row in rows
        if "start" in row and "end" in row
    ]
    return tuple(sorted(spans, key=lambda span: (span.start, span.end)))


def read_passages(rows: Iterable[Any]) -> tuple[PassageHit, ...]:
    """Passages in the order in which they were found."""
    return tuple(
        PassageHit(
            passage_id=int(row.get("passage_id", 0)),
            article_id=int(row.get("article_id", 0)),
            article_slug=str(row.get("article_slug", "")),
            title=str(row.get("title", "")),
            text=str(row.get("text", "")),
            locale=str(row.get("locale", "")),
            score=float(row.get("score", 0.0)),
            relevance=float(row.get("relevance", 0.0)),
        )
        for row in rows
    )


def read_bounds(stored: dict[str, Any]) -> tuple[Bound, ...]:
    """The thresholds by name."""
    known = [(name, number(value)) for name, value in stored.items()]
    return tuple(Bound(name, value) for name, value in known if value is not None)


def segments(text: str, entities: Sequence[EntitySpan]) -> tuple[Segment, ...]:
    """Cut the text at the entities, so that joining the pieces gives the text again.

    Offsets are code points. Of entities that overlap, the first one is marked.
    """
    pieces: list[Segment] = []
    position = 0
    for entity in entities:
        if not position <= entity.start < entity.end <= len(text):
            continue
        if entity.start > position:
            pieces.append(Segment(text[position : entity.start], None))
        pieces.append(Segment(text[entity.start : entity.end], entity))
        position = entity.end
    if position < len(text):
        pieces.append(Segment(text[position:], None))
    return tuple(pieces)


def message_parts(
    text: str, several: Sequence[IntentSpan], entities: Sequence[EntitySpan]
) -> tuple[MessagePart, ...]:
    """Cut the text at the parts that say an intent each, so that joining all pieces gives the text again.

    An entity across a part's end is not marked. One part without an intent unless the places are known.
    """
    pieces: list[MessagePart] = []
    position = 0
    for number, span in enumerate(several, start=1):
        if span.start is None or span.end is None or not position <= span.start < span.end <= len(text):
            continue
        pieces += _part(text, position, span.start, entities)
        pieces += _part(text, span.start, span.end, entities, span, number)
        position = span.end
    pieces += _part(text, position, len(text), entities)
    return tuple(pieces)


def _part(
    text: str,
    start: int,
    end: int,
    entities: Sequence[EntitySpan],
    intent: IntentSpan | None = None,
    number: int = 0,
) -> list[MessagePart]:
    inside = [
        replace(entity, start=entity.start - start, end=entity.end - start)
        for entity in entities
        if start <= entity.start and entity.end <= end
    ]
    return [MessagePart(segments(text[start:end], inside), intent, number)] if start < end else []
