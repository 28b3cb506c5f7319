"""What a training's own models made of the examples that they had not seen, kept with the model version.

Every example of a small data set is held out once by cross-validation, of a large one a tenth. Two versions that
held out the same text can be compared on it although both have learned it since.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nlu.pipeline.calibration import softmax
from nlu.pipeline.config import PipelineConfig
from nlu.pipeline.exact_matcher import text_key
from nlu.training.dataset import intents_of
from nlu.types import OUT_OF_SCOPE, Example

if TYPE_CHECKING:
    from nlu.training.fitted_bounds import Bounds, HeldOut

FILE = "held_out.json"


@dataclass(frozen=True, slots=True)
class HeldOutAnswer:
    """One example and the answer to it.

    key: `text_key`; gold, said: intents, the reserved label for out of scope; intent: what it would have said if
    it had to say one; certain: whether the assistant would have acted on it alone.
    """

    key: int
    gold: str
    said: str
    intent: str
    confidence: float
    certain: bool


def held_out_answers(
    examples: Sequence[Example], held: HeldOut, bounds: Bounds, intents: Sequence[str], config: PipelineConfig
) -> tuple[HeldOutAnswer, ...]:
    """The answers by the fitted bounds, as a pipeline would give them; none for examples with several intents.

    examples: in the order of `held`; intents: the labels, the reserved one last if there is one.
    """
    # Brings in torch, which web processes that read the answers must do without.
    from nlu.training.fitted_bounds import combine

    known = len(intents) - (OUT_OF_SCOPE in intents)
    if config.multi_label or not len(examples) or not known:
        return ()
    cooled = held.cooled(bounds.temperatures)
    logits = combine(cooled.logits, bounds.shares, multi_label=False)
    probabilities = softmax(logits / bounds.temperature)[:, :known]
    ranked = np.sort(probabilities, axis=1)
    best = ranked[:, -1]
    lead = best - (ranked[:, -2] if known > 1 else 0.0)
    scope = bounds.scope.scores(best, held.coverage, [str(script) for script in held.scripts])
    inside = scope >= bounds.thresholds.scope
    certain = inside & (best >= bounds.thresholds.confidence) & (lead >= bounds.thresholds.margin)
    names = [intents[place] for place in probabilities.argmax(axis=1)]
    return tuple(
        HeldOutAnswer(
            key=text_key(example.text),
            gold=(intents_of(example) or (OUT_OF_SCOPE,))[0],
            said=names[row] if inside[row] else OUT_OF_SCOPE,
            intent=names[row],
            confidence=round(float(best[row]), 4),
            certain=bool(certain[row]),
        )
        for row, example in enumerate(examples)
    )


def write_answers(answers: Sequence[HeldOutAnswer]) -> str:
    """The content of `FILE`; holds hashes of texts, never a text."""
    return json.dumps([list(astuple(answer)) for answer in answers], ensure_ascii=False) + "\n"


def read_answers(folder: Path) -> dict[int, HeldOutAnswer]:
    """The answers by key; none from a folder that has no such file or one of another form."""
    try:
        rows = json.loads((folder / FILE).read_text(encoding="utf-8"))
        answers = [
            HeldOutAnswer(int(key), str(gold), str(said), str(intent), float(confidence), bool(certain))
            for key, gold, said, intent, confidence, certain in rows
        ]
    except (OSError, ValueError, TypeError, RecursionError, OverflowError):
        return {}
    return {answer.key: answer for answer in answers}
