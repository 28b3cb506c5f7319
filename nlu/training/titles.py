"""What intents are called, read as one more way to ask for each: with few utterances it tells the most."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from nlu.pipeline.normalizer import canonical
from nlu.types import OUT_OF_SCOPE, Example

# Where a technical name hides a boundary of words: between "card" and "Arrival", and between "PIN" and "Change".
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_JOINTS = re.compile(r"[\W_\d]+")


def spoken(name: str) -> str:
    """A technical name as words, "cardArrival_2" as "card arrival"; empty if it has none."""
    return _JOINTS.sub(" ", _HUMPS.sub(" ", name)).strip().lower()


def title_examples(intents: Iterable[str], titles: Sequence[Example], known: Iterable[str]) -> tuple[Example, ...]:
    """One example for each given title and each name that has words, in a stable order.

    titles: what people call the intents; known: texts of the examples themselves. What two intents would share,
    and what is among `known` already, is left out, so that an utterance always has the last word. The words of a
    label help most with few examples (Schick & Schütze 2021).
    """
    wanted = sorted(name for name in set(intents) if name != OUT_OF_SCOPE)
    found: dict[str, Example] = {}
    claims: Counter[str] = Counter()
    for name in wanted:
        own = [title for title in titles if title.intent == name]
        texts = {canonical(title.text): title for title in (*own, Example(text=spoken(name), intent=name))}
        texts.pop("", None)
        claims.update(texts.keys())
        found |= texts
    taken = {canonical(text) for text in known}
    return tuple(example for key, example in found.items() if claims[key] == 1 and key not in taken)
