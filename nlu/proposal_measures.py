"""What a run that proposed utterances measured: frozen, plain, and without a word of prose or a text.

The console puts the numbers into words and holds them against the goals.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import ceil
from typing import Any, Final, Literal, Self

NO_COPY_GOAL: Final = 0.9
AGREEMENT_GOAL: Final = 0.7
ACCEPTED_SHARE: Final = 0.5
"""Of an intent's real utterances, so many generated ones may stand beside them: more drown what people said."""
SIGNIFICANT: Final = 0.05
EffectGap = Literal["", "not_asked", "too_few", "nothing_kept"]
"""Why there is no effect: nobody asked, too few held-out texts, nothing left to add."""
Verdict = Literal["better", "worse", "unclear"]


def allowed_beside(real: int) -> int:
    """How many generated utterances may stand beside so many real ones: half, rounded up; none beside none."""
    return ceil(real * ACCEPTED_SHARE)


@dataclass(frozen=True, slots=True)
class MeasuredTexts:
    """Of `n` texts: shares in 0-1 as `nlu.generation.text_measures.TextMeasures` has them, None where there was
    nothing to measure with."""

    n: int
    no_copy: float | None
    label_agreement: float | None
    distinct_1: float | None
    distinct_2: float | None
    self_bleu: float | None
    perplexity: float | None


@dataclass(frozen=True, slots=True)
class MeasuredEffect:
    """Accuracy in 0-1 on `n` texts that neither training saw, without and with `added` proposals.

    won, lost: texts that only the training with them, only the one without them got right. probability: of at
    least so many losses, `gain_probability`: of at least so many wins, if the proposals change nothing (McNemar,
    one-sided).
    """

    n: int
    added: int
    without: float
    with_proposals: float
    won: int
    lost: int
    probability: float
    gain_probability: float

    @property
    def verdict(self) -> Verdict:
        """Better or worse only where chance is not an explanation."""
        if self.probability < SIGNIFICANT:
            return "worse"
        return "better" if self.gain_probability < SIGNIFICANT else "unclear"


@dataclass(frozen=True, slots=True)
class RunMeasures:
    """proposed: before the filters, kept: after; refused: how many for each reason of `nlu.generation.filters`.

    raw, shown: measures of all, and of the kept; reference_perplexity: that of real texts which the language has
    not seen; skipped: intents without a text to learn from; messages: unlabelled ones that taught the language.
    """

    proposed: int
    kept: int
    refused: dict[str, int]
    raw: MeasuredTexts
    shown: MeasuredTexts
    reference_perplexity: float | None
    skipped: tuple[str, ...] = ()
    messages: int = 0
    effect: MeasuredEffect | None = None
    effect_gap: EffectGap = ""
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Inverse of `from_json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """What a row keeps; KeyError, TypeError or ValueError for another form."""
        fields = dict(data)
        effect = fields.pop("effect")
        return cls(
            raw=MeasuredTexts(**fields.pop("raw")),
            shown=MeasuredTexts(**fields.pop("shown")),
            effect=MeasuredEffect(**effect) if effect is not None else None,
            skipped=tuple(fields.pop("skipped")),
            **fields,
        )
