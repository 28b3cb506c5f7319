"""Methods of proposing utterances, and what a run measured, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from console.templatetags.console import decimal, percent
from nlu.models import GenerationRun
from nlu.models.proposals import GenerationMethod
from nlu.proposal_measures import AGREEMENT_GOAL, NO_COPY_GOAL, MeasuredEffect, MeasuredTexts, RunMeasures

TITLES: Final[dict[str, str | Promise]] = {
    GenerationMethod.PARAPHRASE: gettext_lazy("Paraphrase"),
    GenerationMethod.VAE: gettext_lazy("Variational autoencoder"),
    GenerationMethod.GAN: gettext_lazy("Adversarial generator"),
}
EXPLANATIONS: Final[dict[str, str | Promise]] = {
    GenerationMethod.PARAPHRASE: gettext_lazy(
        "Makes the small changes to your utterances in which others of them differ, exchanges marked values, and "
        "crosses two utterances of an intent. Takes seconds and keeps marks. The one to begin with."
    ),
    GenerationMethod.VAE: gettext_lazy(
        "A small network learns to write your utterances and then writes between them. Takes minutes; "
        "makes no sense of Chinese from a few hundred messages, and was worse than nothing in some measurements."
    ),
    GenerationMethod.GAN: gettext_lazy(
        "A writer contends with a critic that knows the intents. Takes minutes, with the same limits as "
        "the autoencoder."
    ),
}
STEPS: Final[dict[str, str | Promise]] = {
    "proposing": gettext_lazy("proposing and sifting"),
    "without": gettext_lazy("training without the proposals"),
    "with": gettext_lazy("training with the proposals"),
}
REASONS: Final[dict[str, str | Promise]] = {
    "empty": gettext_lazy("hold no word"),
    "too_long": gettext_lazy("are longer than an utterance may be"),
    "repetitive": gettext_lazy("say the same words over and over"),
    "placeholder": gettext_lazy("hold a broken or unknown masked value"),
    "personal_data": gettext_lazy("hold something that would be masked"),
    "copy": gettext_lazy("are utterances already"),
    "near_copy": gettext_lazy("differ from an utterance only in fillers, numbers or the order of words"),
    "guarded": gettext_lazy("are, or are one word from, a text that is kept for measuring"),
    "repeated": gettext_lazy("say the same as a better proposal"),
    "seen": gettext_lazy("were proposed, or said by a customer, before"),
    "label": gettext_lazy("mean another intent, or none, to the active version"),
    "cap": gettext_lazy("come after as many as were asked for"),
}
VERDICTS: Final[dict[str, tuple[str | Promise, str]]] = {
    "better": (gettext_lazy("better, more than chance explains"), "good"),
    "worse": (gettext_lazy("worse, more than chance explains"), "bad"),
    "unclear": (gettext_lazy("no difference that chance does not explain"), ""),
}
GAPS: Final[dict[str, str | Promise]] = {
    "not_asked": gettext_lazy("Nobody asked for it; it takes two trainings."),
    "too_few": gettext_lazy(
        "There are too few texts that nothing learned from: at least 20 reserved utterances and cases of the "
        "evaluation set are needed."
    ),
    "nothing_kept": gettext_lazy("No proposal was left that could be accepted."),
}


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """A measure of all proposals and of those that were left; `goal` is empty where there is none."""

    title: str
    raw: str
    shown: str
    words: str
    goal: str = ""
    is_reached: bool | None = None


@dataclass(frozen=True, slots=True)
class EffectPanel:
    """What the proposals would do to the accuracy, or why nobody knows."""

    words: str
    verdict: str
    tone: str


def step_text(run: GenerationRun) -> str:
    """What the run is doing."""
    return str(STEPS.get(run.step, run.step))


def read_measures(run: GenerationRun) -> RunMeasures | None:
    """What the row keeps; None before the end, or for another form."""
    if run.measures is None:
        return None
    try:
        return RunMeasures.from_json(run.measures)
    except (KeyError, TypeError, ValueError):
        return None


def refusals(measures: RunMeasures) -> list[tuple[int, str]]:
    """How many were left out and why, most frequent first."""
    return [(count, str(REASONS.get(reason, reason))) for reason, count in measures.refused.items()]


def measure_rows(measures: RunMeasures, checked_by: int | None) -> tuple[MeasureRow, ...]:
    """The measures beside their goals."""

    def both(read: Callable[[MeasuredTexts], str]) -> tuple[str, str]:
        return read(measures.raw), read(measures.shown)

    copies = ngettext(
        "%(count)d of %(total)d proposal is no copy of an utterance.",
        "%(count)d of %(total)d proposals are no copies of an utterance.",
        measures.raw.n,
    ) % {"count": round((measures.raw.no_copy or 0.0) * measures.raw.n), "total": measures.raw.n}
    if measures.raw.label_agreement is None:
        judged = _("There was no active version that knows these intents, so nothing was judged.")
    else:
        judged = _(
            "So many mean the intent they were made for to v%(number)s, the active version. There is no better "
            "judge here, and it has read the utterances that the proposals are made of: it agrees too readily. "
            "What was left has its agreement by construction."
        ) % {"number": checked_by}
    perplexity = _("How surprising a word is after those before it. Lower is more fluent, or more copied.")
    if measures.reference_perplexity is not None:
        perplexity = _(
            "How surprising a word is after those before it; %(real)s for real texts that the language has not "
            "seen. Far below that is no praise: then they are made of what was read."
        ) % {"real": decimal(measures.reference_perplexity, 0)}
    return (
        MeasureRow(
            _("No copy"),
            *both(lambda one: percent(one.no_copy, 1)),
            copies,
            percent(NO_COPY_GOAL),
            _reached(measures.raw.no_copy, NO_COPY_GOAL),
        ),
        MeasureRow(
            _("The judge agrees"),
            *both(lambda one: percent(one.label_agreement, 1)),
            judged,
            percent(AGREEMENT_GOAL),
            _reached(measures.raw.label_agreement, AGREEMENT_GOAL),
        ),
        MeasureRow(
            _("Different words (distinct-1)"),
            *both(lambda one: decimal(one.distinct_1, 2)),
            _("Of all words, so many are different ones. The higher, the more varied."),
        ),
        MeasureRow(
            _("Different pairs of words (distinct-2)"),
            *both(lambda one: decimal(one.distinct_2, 2)),
            _("The same for two words in a row."),
        ),
        MeasureRow(
            _("Likeness to each other (self-BLEU)"),
            *both(lambda one: decimal(one.self_bleu, 2)),
            _("1 would be one sentence again and again. The lower, the more varied."),
        ),
        MeasureRow(_("Perplexity"), *both(lambda one: decimal(one.perplexity, 0)), perplexity),
    )


def _reached(share: float | None, goal: float) -> bool | None:
    return None if share is None else share >= goal


def effect_panel(measures: RunMeasures) -> EffectPanel:
    """The two trainings in a sentence."""
    effect = measures.effect
    if effect is None:
        return EffectPanel(str(GAPS.get(measures.effect_gap, "–")), "", "")
    words, tone = VERDICTS[effect.verdict]
    return EffectPanel(_effect_words(effect), str(words), tone)


def _effect_words(effect: MeasuredEffect) -> str:
    return _(
        "Of %(total)d texts that nothing learned from, a training with the %(added)d best proposals got %(share)s "
        "right, one without them %(before)s: %(won)d won, %(lost)d lost. By chance alone at least so many losses "
        "have a probability of %(chance)s (McNemar), at least so many wins of %(gain)s."
    ) % {
        "total": effect.n,
        "added": effect.added,
        "share": percent(effect.with_proposals, 1),
        "before": percent(effect.without, 1),
        "won": effect.won,
        "lost": effect.lost,
        "chance": percent(effect.probability, 1),
        "gain": percent(effect.gain_probability, 1),
    }
