"""Encoders and how they were chosen, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.model_metrics import number, rows
from console.templatetags.console import percent
from nlu.models import ModelVersion, TrainingRun
from nlu.models.training import Effort
from nlu.training_plans import MINILM, NGRAM, WORTH

NAMES: Final[dict[str, str | Promise]] = {NGRAM: gettext_lazy("n-grams"), MINILM: gettext_lazy("MiniLM (English)")}
TITLES: Final[dict[str, str | Promise]] = {
    Effort.FAST: gettext_lazy("Fast"),
    Effort.BALANCED: gettext_lazy("Balanced"),
    Effort.BEST: gettext_lazy("Best"),
    Effort.NAMED: gettext_lazy("One encoder"),
}
EXPLANATIONS: Final[dict[str, str | Promise]] = {
    Effort.FAST: gettext_lazy(
        "Learns from your utterances alone, by pieces of words (n-grams). Done soonest, and messages are answered "
        "fastest. Words that no utterance has mean nothing to it."
    ),
    Effort.BALANCED: gettext_lazy(
        "Trains once without and once with each likely sentence encoder, which knows words from elsewhere. A "
        "dearer one is taken only if it gets at least 1 in 100 held-out utterances more right."
    ),
    Effort.BEST: gettext_lazy(
        "Tries every encoder trained here, and MiniLM if it is installed and at least a fifth of the utterances "
        "is English; 1 in 200 more is enough to be taken. For when right answers count most and there is time."
    ),
    Effort.NAMED: gettext_lazy("Trains with the encoder that you name, whatever the others would do."),
}
OUTCOMES: Final[dict[str, tuple[str | Promise, str]]] = {
    "chosen": (gettext_lazy("chosen"), "good"),
    "not better": (gettext_lazy("not better by enough"), ""),
    "no time": (gettext_lazy("not enough time"), "warn"),
    "not available": (gettext_lazy("not there any more"), "warn"),
    "damaged": (gettext_lazy("its files are damaged"), "bad"),
    "not judged": (gettext_lazy("too few utterances to judge it"), "warn"),
}


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """An encoder that was tried or passed over; `is_estimate`: it was not measured, the seconds are a guess.

    against: what the better one got right of the same utterances, where that is another figure than the chosen one
    has in the end; None otherwise.
    """

    name: str
    accuracy: float | None
    seconds: float | None
    is_estimate: bool
    outcome: str
    tone: str
    against: float | None = None


@dataclass(frozen=True, slots=True)
class ChoicePanel:
    """Which encoder a training took and why. Without `rows` nothing was compared."""

    encoder: str
    effort: str
    reason: str
    rows: tuple[ChoiceRow, ...]


def encoder_name(name: str) -> str:
    """What people call an encoder: our own two by their words, others by the name that they were given."""
    return str(NAMES.get(name, name))


def choice_of_version(version: ModelVersion) -> ChoicePanel | None:
    """From the version's figures, which have it from the manifest; None for one from before there was a choice."""
    metrics: Mapping[str, Any] = version.metrics
    if "encoder" not in metrics:
        return None
    return panel(str(metrics["encoder"]), str(metrics.get("effort", "")), metrics.get("choice"))


def choice_of_run(run: TrainingRun) -> ChoicePanel | None:
    """What the run has found out by now; None while there is nothing to tell."""
    if not run.choice:
        return None
    found = rows(run.choice)
    chosen = next((str(row.get("encoder")) for row in found if row.get("outcome") == "chosen"), NGRAM)
    return panel(chosen, run.effort, run.choice)


def panel(encoder: str, effort: str, choice: object) -> ChoicePanel:
    """The rows in words, and the reason in a sentence."""
    last = next((number(row.get("accuracy")) for row in rows(choice) if row.get("outcome") == "chosen"), None)
    found = tuple(_row(row, last) for row in rows(choice))
    return ChoicePanel(encoder_name(encoder), str(TITLES.get(effort, "")), _reason(encoder, effort, choice), found)


def _row(row: Mapping[str, Any], last: float | None) -> ChoiceRow:
    accuracy = number(row.get("accuracy"))
    against = number(row.get("against"))
    outcome = str(row.get("outcome", ""))
    words, tone = OUTCOMES.get(outcome, (outcome, ""))
    return ChoiceRow(
        name=encoder_name(str(row.get("encoder", ""))),
        accuracy=accuracy,
        seconds=number(row.get("seconds")) or None,
        is_estimate=accuracy is None,
        outcome=str(words),
        tone=tone,
        against=None if against == last else against,
    )


def _reason(encoder: str, effort: str, choice: object) -> str:
    found = rows(choice)
    if len(found) < 2:
        if effort in (Effort.BALANCED, Effort.BEST):
            return _("There was no other encoder to try.")
        return _("Nothing was compared: it was asked for.") if effort == Effort.NAMED else ""
    own = next((number(row.get("accuracy")) for row in found if row.get("encoder") == encoder), None)
    rivals = _rivals(found, encoder, own) if own is not None else []
    if not rivals:
        return _("None of the others could be measured.")
    name, best, share = max(rivals, key=lambda one: one[1] - one[2])
    facts = {
        "name": encoder_name(encoder),
        "share": percent(share, 1),
        "other": encoder_name(name),
        "other_share": percent(best, 1),
        "least": percent(WORTH.get(effort, WORTH[Effort.BEST]), 1),
    }
    said = _(
        "%(name)s: %(share)s of the held-out utterances right; of the others, %(other)s came closest: "
        "%(other_share)s."
    )
    if best >= share:
        said = _(
            "%(name)s: %(share)s of the held-out utterances right; %(other)s: %(other_share)s, not enough more "
            "for what it costs (at least %(least)s, and more than chance)."
        )
    return said % facts


def _rivals(found: Sequence[Mapping[str, Any]], encoder: str, own: float) -> list[tuple[str, float, float]]:
    """(name, its share, the chosen one's share) of those that the chosen one has beaten, of the utterances that
    both were compared on then. Choices from before that was noted have one figure each, of the same utterances.
    """
    rivals = []
    for row in found:
        share, against = number(row.get("accuracy")), number(row.get("against"))
        name, winner = str(row.get("encoder")), str(row.get("beaten_by") or encoder)
        if name != encoder and winner == encoder and share is not None:
            rivals.append((name, share, own if against is None else against))
    return rivals
