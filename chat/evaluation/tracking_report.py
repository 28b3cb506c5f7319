"""Dialogue state tracking measured: what was learned beside the baseline, and what that says in figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chat.evaluation.carried_values import CarriedValues
from chat.evaluation.dialogue_formats import SGD, catalogue_of
from chat.evaluation.tracking_measures import TrackingScore, score_by_form, score_whole
from nlu.dialogue_tracking.tracker import DialogueTracker
from nlu.dialogue_tracking.types import AnnotatedDialogue, FormCatalogue, State
from nlu.types import TrainingProgress

Dialogues = tuple[AnnotatedDialogue, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """The tracker's counts and the baseline's, over the same frames."""

    tracker: TrackingScore
    baseline: TrackingScore

    def to_json(self) -> dict[str, Any]:
        """Rates by name, the baseline's beside; None where there is nothing to measure."""
        return {
            "joint_goal_accuracy": _rounded(self.tracker.joint_goal_accuracy),
            "slot_f1": _rounded(self.tracker.slot_f1),
            "baseline": {
                "joint_goal_accuracy": _rounded(self.baseline.joint_goal_accuracy),
                "slot_f1": _rounded(self.baseline.slot_f1),
            },
            "frames": self.tracker.frames,
        }


@dataclass(frozen=True, slots=True)
class TrackingReport:
    """What one evaluation found. `seen` and `unseen` forms are told apart only where forms have schemas of their
    own; then `overall` is of the seen ones."""

    overall: Compared
    seen: Compared | None
    unseen: Compared | None
    training_dialogues: int
    dialogues: int
    turns: int

    def to_json(self) -> dict[str, Any]:
        """The object that the command prints."""
        return {
            **self.overall.to_json(),
            "seen": self.seen.to_json() if self.seen else None,
            "unseen": self.unseen.to_json() if self.unseen else None,
            "training_dialogues": self.training_dialogues,
            "dialogues": self.dialogues,
            "turns": self.turns,
        }


def evaluate_tracking(
    training: Dialogues, judged: Dialogues, kind: str, *, seed: int, progress: Callable[[TrainingProgress], None]
) -> TrackingReport:
    """Learn from the one, judge on the other. Annotations of the judged customers' side are read to compare only;
    of forms that training lacks also the names of their slots, as an operator would have declared them."""
    catalogue = catalogue_of(training, kind)
    trained = frozenset(catalogue.slots)
    extra = {form: slots for form, slots in catalogue_of(judged, kind).slots.items() if form not in trained}
    declared = FormCatalogue({**catalogue.slots, **extra}, catalogue.several)
    tracker = DialogueTracker.fit(training, declared, seed=seed, progress=progress)
    baseline = CarriedValues(training, catalogue.several)
    tracked = tracker.states(judged)
    carried = [baseline.states(dialogue) for dialogue in judged]
    counts = (len(training), len(judged), sum(len(dialogue.turns) for dialogue in judged))
    if kind != SGD:
        return TrackingReport(Compared(_whole(judged, tracked), _whole(judged, carried)), None, None, *counts)
    by_form, by_form_carried = _by_form(judged, tracked), _by_form(judged, carried)
    seen = Compared(_of(by_form, trained), _of(by_form_carried, trained))
    others = frozenset(by_form) - trained
    unseen = Compared(_of(by_form, others), _of(by_form_carried, others)) if others else None
    return TrackingReport(seen, seen, unseen, *counts)


def _whole(dialogues: Dialogues, states: Sequence[Sequence[State]]) -> TrackingScore:
    return TrackingScore.total(score_whole(d, s) for d, s in zip(dialogues, states, strict=True))


def _by_form(dialogues: Dialogues, states: Sequence[Sequence[State]]) -> dict[str, TrackingScore]:
    found: dict[str, TrackingScore] = {}
    for dialogue, of_turns in zip(dialogues, states, strict=True):
        for form, score in score_by_form(dialogue, of_turns).items():
            found[form] = found.get(form, TrackingScore()) + score
    return found


def _of(scores: Mapping[str, TrackingScore], forms: frozenset[str]) -> TrackingScore:
    return TrackingScore.total(score for form, score in scores.items() if form in forms)


def _rounded(rate: float | None) -> float | None:
    return None if rate is None else round(rate, 4)
