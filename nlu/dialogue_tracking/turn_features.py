"""What speaks for an option: hashed features of the message, the system's words before it, and the state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from nlu.dialogue_tracking.candidates import Candidate
from nlu.dialogue_tracking.choice_model import feature
from nlu.dialogue_tracking.types import FormSlot, State, SystemMessage
from nlu.dialogue_tracking.values import KnownValues, key
from nlu.pipeline.tokenization import Token

AROUND = 4
MOST_TOKENS = 60


@dataclass(frozen=True, slots=True)
class Turn:
    """One message with all that is known when it comes.

    activity: for each form how probable it is that the message is about it; latest: the form of the last message.
    """

    tokens: tuple[Token, ...]
    spoken: tuple[Token, ...]
    candidates: tuple[Candidate, ...]
    system: SystemMessage
    state: State
    activity: Mapping[str, float]
    latest: str
    words: tuple[int, ...]
    system_words: tuple[int, ...]


def word_features(tokens: Sequence[Token], candidates: Sequence[Candidate]) -> tuple[int, ...]:
    """Words of the message, alone and in twos and threes; in the longer ones values are named by their type."""
    texts = [token.text for token in tokens[:MOST_TOKENS]]
    names = list(texts)
    for candidate in candidates:
        kind = min((k for k in candidate.kinds if k[0] == "e"), default="e:value")
        for mention in candidate.mentions:
            for place in range(mention.start, min(mention.end, len(names))):
                names[place] = f"<{kind}>" if place == mention.start else ""
    delexicalised = ["<s>", *(name for name in names if name), "</s>"]
    found = {f"w:{text}" for text in texts}
    found |= {f"x:{a} {b}" for a, b in pairwise(texts)}
    found |= {f"d:{a} {b}" for a, b in pairwise(delexicalised)}
    found |= {
        f"t:{a} {b} {c}" for a, b, c in zip(delexicalised, delexicalised[1:], delexicalised[2:], strict=False)
    }
    return tuple(map(feature, sorted(found)))


def system_features(spoken: Sequence[Token]) -> tuple[int, ...]:
    """Words of what the system said last."""
    texts = [token.text for token in spoken][-MOST_TOKENS:]
    found = {f"sw:{text}" for text in texts} | {f"sx:{a} {b}" for a, b in pairwise(texts)}
    return tuple(map(feature, sorted(found)))


def slot_features(turn: Turn, slot: FormSlot) -> list[int]:
    """How the turn stands to a slot: asked for, offered, filled, or another form's."""
    found = ["bias", f"filled:{slot in turn.state}"]
    if slot in turn.system.asked:
        found.append("asked")
    elif any(asked.slot == slot.slot for asked in turn.system.asked):
        found.append("asked elsewhere")
    elif turn.system.asked:
        found.append("other asked")
    for offer in turn.system.offers:
        if offer.slot == slot:
            found += ["offered", f"offered:{key(offer.value)}", f"confirms:{offer.confirms}"]
        elif offer.slot.form == slot.form:
            found.append(f"beside:{offer.slot.slot}")
    found.append(f"active:{int(turn.activity.get(slot.form, 0.0) * 4.999)}")
    found.append(f"latest:{turn.latest == slot.form if turn.latest else 'none'}")
    if slot in turn.state:
        found.append(f"held:{turn.state[slot]}"[:60])
    started = any(filled.form == slot.form for filled in turn.state)
    found.append(f"started:{started}")
    return [feature(name) for name in found]


def candidate_features(turn: Turn, candidate: Candidate, slot: FormSlot, known: KnownValues) -> list[int]:
    """How a value stands to a slot: as what it was recognised, the words around it, where else it was offered."""
    found = ["c"]
    said = "said" if candidate.mentions else "unsaid"
    found.append(said)
    kinds = sorted(kind for kind in candidate.kinds if kind[0] != "k")
    found += [f"kind:{kind}" for kind in kinds]
    names = known.tokens.get(candidate.spelling, set())
    found.append("known" if slot.slot in names else "elsewhere" if names else "unknown")
    found.append(f"{said}:known:{slot.slot in names}")
    for mention in candidate.mentions:
        found += _around(turn.tokens, mention.start, mention.end)
        share = (mention.end - mention.start) / len(turn.tokens)
        found.append(f"share:{int(share * 4)}")
    for mention in candidate.spoken:
        found += [f"y{name}" for name in _around(turn.spoken, mention.start, mention.end)]
        found.append(f"spoken:{said}")
    if len(candidate.mentions) > 1:
        found.append("twice")
    rivals = [other for other in turn.candidates if other.mentions and other.kinds & candidate.entity_kinds]
    if candidate.mentions and candidate.entity_kinds:
        found.append(f"rank:{rivals.index(candidate)}/{len(rivals)}")
    elif not candidate.mentions:
        rivalled = any(other.mentions and slot.slot in other.names for other in turn.candidates)
        found.append("rivals" if rivalled else "alone")
    for offer in candidate.offered:
        where = "same" if offer.slot == slot else offer.slot.slot
        found += [f"offer:{where}", f"offer:{where}:{offer.confirms}:{said}"]
    for origin in candidate.remembered:
        where = "same" if origin == slot else origin.slot
        if origin.form != slot.form:
            where = f"{origin.form}.{where}"
        found += [f"remembered:{where}", f"remembered:{where}:{said}"]
    for origin in candidate.held:
        where = origin.slot if origin.form == slot.form else f"other.{origin.slot}"
        found += [f"holds:{where}", f"holds:{where}:{said}"]
        if origin.form != slot.form:
            found.append(f"holds:{origin.form}.{origin.slot}")
    numbered = [feature(name) for name in found]
    if not candidate.mentions:
        numbered += turn.words
    return numbered


def _around(tokens: Sequence[Token], start: int, end: int) -> list[str]:
    before = [token.text for token in tokens[max(0, start - AROUND) : start]]
    after = [token.text for token in tokens[end : end + AROUND]]
    before = ["<s>"] * (AROUND - len(before)) + before
    after = after + ["</s>"] * (AROUND - len(after))
    found = [f"l:{' '.join(before[-n:])}" for n in range(1, AROUND + 1)]
    found += [f"r:{' '.join(after[:n])}" for n in range(1, AROUND + 1)]
    found += [f"lw:{word}" for word in before] + [f"rw:{word}" for word in after]
    found.append(f"lr:{before[-1]} _ {after[0]}")
    return found
