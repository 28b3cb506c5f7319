"""The panel that starts a training: what can be chosen, what each means here, and how long it would take."""

from __future__ import annotations

from dataclasses import dataclass

from console.encoder_words import EXPLANATIONS, TITLES, encoder_name
from console.forms.training import TrainingForm
from nlu.export import DatasetHealth
from nlu.models import Workspace
from nlu.models.training import Effort
from nlu.training_estimates import estimate_with, pace_of
from nlu.training_plans import COMPARING, FEWEST_MINUTES, MOST_MINUTES, NGRAM, TrainingPlan, candidates_of


@dataclass(frozen=True, slots=True)
class EffortCard:
    """One way to train: its words, the encoders that it would try here, and about how many seconds it takes."""

    value: str
    title: str
    text: str
    tries: tuple[str, ...]
    compares: bool
    seconds: float
    is_checked: bool


@dataclass(frozen=True, slots=True)
class StartPanel:
    """The form and its cards. `is_measured`: earlier trainings here say how long it takes."""

    form: TrainingForm
    cards: tuple[EffortCard, ...]
    is_measured: bool
    has_encoders: bool


def start_panel(workspace: Workspace, health: DatasetHealth, form: TrainingForm | None = None) -> StartPanel:
    """What the page shows; `form` is one that was sent and could not be followed."""
    form = form or TrainingForm(workspace=workspace)
    checked = str(form["effort"].value())
    minutes = minutes_of(form["minutes"].value())
    pace = pace_of(workspace)
    cards = []
    for effort in Effort.values:
        if effort == Effort.NAMED and not form.options:
            continue
        plan = TrainingPlan(effort, minutes, str(form["encoder"].value() or NGRAM))
        estimate = estimate_with(pace, candidates_of(workspace, plan), plan, health)
        cards.append(
            EffortCard(
                value=effort,
                title=str(TITLES[effort]),
                text=str(EXPLANATIONS[effort]),
                tries=tuple(encoder_name(one.name) for one in estimate.tries),
                compares=effort in COMPARING,
                seconds=estimate.seconds,
                is_checked=effort == checked,
            )
        )
    return StartPanel(form, tuple(cards), NGRAM in pace.by_name, bool(form.options))


def minutes_of(value: object) -> int:
    """The number in the field, within what can be asked for."""
    try:
        minutes = int(str(value))
    except ValueError:
        minutes = TrainingPlan().minutes
    return min(max(minutes, FEWEST_MINUTES), MOST_MINUTES)
