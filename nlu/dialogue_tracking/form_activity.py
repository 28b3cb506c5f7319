"""Which forms a message is about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nlu.dialogue_tracking.choice_model import Choice, ChoiceModel, Indices, crossed, feature
from nlu.dialogue_tracking.types import AnnotatedDialogue, SystemMessage
from nlu.pipeline.tokenization import tokenize_text
from nlu.types import Parse


class FormActivity:
    """Chooses among the forms at hand by the parser's intents, the form of the last message and the words."""

    def __init__(self, choices: ChoiceModel) -> None:
        self._choices = choices

    @classmethod
    def fit(
        cls, dialogues: Sequence[AnnotatedDialogue], parses: Sequence[Sequence[Parse]], *, seed: int
    ) -> FormActivity:
        """Learn from the forms that annotated messages are about."""

        def lessons() -> Iterator[Choice]:
            for dialogue, of_turns in zip(dialogues, parses, strict=True):
                latest = ""
                for turn, parse in zip(dialogue.turns, of_turns, strict=True):
                    options = _options(parse, turn.system, latest, dialogue.forms)
                    yield Choice(tuple(options), tuple(form in turn.active for form in dialogue.forms))
                    latest = turn.active[-1] if turn.active else latest

        return cls(ChoiceModel.fit(lessons(), seed=seed, epochs=3))

    def of(self, parse: Parse, system: SystemMessage, latest: str, forms: Sequence[str]) -> dict[str, float]:
        """The probability of each form; they sum to 1."""
        if not forms:
            return {}
        chances = self._choices.probabilities(_options(parse, system, latest, forms))
        return dict(zip(forms, chances.tolist(), strict=True))


def _options(parse: Parse, system: SystemMessage, latest: str, forms: Sequence[str]) -> list[Indices]:
    scores = {score.name: score.confidence for score in parse.intents}
    words = [f"w:{token.text}" for token in tokenize_text(parse.text)]
    spoken = {slot.form for slot in system.asked} | {offer.slot.form for offer in system.offers}
    found = []
    for form in forms:
        score = scores.get(form)
        names = [
            f"parsed:{int(score * 9.999)}" if score is not None else "unknown form",
            f"latest:{form == latest}:{bool(latest)}",
            f"spoken:{form in spoken}:{bool(spoken)}",
            f"latest and parsed:{form == latest}:{int((score or 0.0) * 4.999)}",
        ]
        features = [feature(name) for name in names]
        kept = [feature(word) for word in words]
        stays = feature(f"stays:{form == latest}")
        found.append(crossed([*features, *kept], [stays, feature(f"form:{form}")]))
    return found
