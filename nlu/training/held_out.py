"""What a training's own models made of the examples that they had not seen, kept with the model version.

Every example of a small data set is held out once by cross-validation, of a large one a tenth. Two versions that
held out the same text can be compared on it although both have learned it since.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nlu.held_out import HeldOutAnswer
from nlu.pipeline.calibration import softmax
from nlu.pipeline.config import PipelineConfig
from nlu.pipeline.exact_matcher import text_key
from nlu.training.dataset import intents_of
from nlu.training.fitted_bounds import Bounds, HeldOut, combine
from nlu.types import OUT_OF_SCOPE, Example

DIGITS = 6


def held_out_answers(
    examples: Sequence[Example], held: HeldOut, bounds: Bounds, intents: Sequence[str], config: PipelineConfig
) -> tuple[HeldOutAnswer, ...]:
    """The answers by the fitted bounds, as a pipeline would give them; none for examples with several intents.

    examples: in the order of `held`; intents: the labels, the reserved one last if there is one.
    """
    known = len(intents) - (OUT_OF_SCOPE in intents)
    if config.multi_label or not len(examples) or not known:
        return ()
    cooled = held.cooled(bounds.temperatures)
    logits = combine(cooled.logits, bounds.shares, multi_label=False)
    probabilities = softmax(logits / bounds.temperature)[:, :known]
    ranked = np.sort(probabilities, axis=1)
    best = ranked[:, -1]
    lead = best - (ranked[:, -2] if known > 1 else 0.0)
    scripts = [str(script) for script in held.scripts]
    scope = bounds.scope.scores(best, held.coverage, held.closeness, scripts)
    inside = scope >= bounds.thresholds.scope
    certain = inside & (best >= bounds.thresholds.confidence) & (lead >= bounds.thresholds.margin)
    names = [intents[place] for place in probabilities.argmax(axis=1)]
    return tuple(
        HeldOutAnswer(
            key=text_key(example.text),
            gold=(intents_of(example) or (OUT_OF_SCOPE,))[0],
            said=names[row] if inside[row] else OUT_OF_SCOPE,
            intent=names[row],
            confidence=round(float(best[row]), DIGITS),
            certain=bool(certain[row]),
            lead=round(float(lead[row]), DIGITS),
        )
        for row, example in enumerate(examples)
    )
