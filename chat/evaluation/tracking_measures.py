"""How well a state was tracked: joint goal accuracy, and F1 of the pairs of slot and value.

docs/dialogue-evaluation.md defines both. A *frame* is what is judged at once: for SGD the slots of one service at
a turn that is about it, for CrossWOZ all slots at every turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from nlu.dialogue_tracking.types import AnnotatedDialogue, FormSlot, State
from nlu.dialogue_tracking.values import compared


@dataclass(frozen=True, slots=True)
class TrackingScore:
    """Counts over frames: all of them, those that are wholly right, and pairs right, predicted and annotated."""

    frames: int = 0
    right_frames: int = 0
    right: int = 0
    predicted: int = 0
    annotated: int = 0

    def __add__(self, other: TrackingScore) -> TrackingScore:
        return TrackingScore(
            self.frames + other.frames,
            self.right_frames + other.right_frames,
            self.right + other.right,
            self.predicted + other.predicted,
            self.annotated + other.annotated,
        )

    @classmethod
    def total(cls, scores: Iterable[Self | TrackingScore]) -> TrackingScore:
        """The counts of all of them together."""
        found = TrackingScore()
        for score in scores:
            found += score
        return found

    @property
    def joint_goal_accuracy(self) -> float | None:
        """The share of frames whose every slot is right; None without frames."""
        return self.right_frames / self.frames if self.frames else None

    @property
    def slot_f1(self) -> float | None:
        """Micro F1 of pairs of slot and value; None where there are none at all."""
        pairs = self.predicted + self.annotated
        return 2 * self.right / pairs if pairs else None


def frame_score(predicted: State, annotated: Mapping[FormSlot, tuple[str, ...]]) -> TrackingScore:
    """One frame: a predicted value is right if it is any of the annotated ones."""
    right = sum(
        slot in annotated and compared(value) in {compared(said) for said in annotated[slot]}
        for slot, value in predicted.items()
    )
    whole = right == len(predicted) == len(annotated)
    return TrackingScore(1, int(whole), right, len(predicted), len(annotated))


def score_by_form(dialogue: AnnotatedDialogue, states: Sequence[State]) -> dict[str, TrackingScore]:
    """Of every turn the slots of each form that the turn is about, added up by form."""
    found: dict[str, TrackingScore] = {}
    for turn, state in zip(dialogue.turns, states, strict=True):
        for form in turn.active:
            predicted = {slot: value for slot, value in state.items() if slot.form == form}
            annotated = {slot: values for slot, values in turn.state.items() if slot.form == form}
            found[form] = found.get(form, TrackingScore()) + frame_score(predicted, annotated)
    return found


def score_whole(dialogue: AnnotatedDialogue, states: Sequence[State]) -> TrackingScore:
    """Of every turn the slots of all forms at once."""
    return TrackingScore.total(
        frame_score(state, turn.state) for turn, state in zip(dialogue.turns, states, strict=True)
    )
