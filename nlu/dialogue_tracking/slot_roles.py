"""The model that decides which slot a value fills."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from nlu.dialogue_tracking.candidates import Candidate, Memory, find_candidates
from nlu.dialogue_tracking.choice_model import Choice, ChoiceModel, Indices, crossed, feature
from nlu.dialogue_tracking.form_activity import FormActivity
from nlu.dialogue_tracking.turn_features import (
    Turn,
    candidate_features,
    slot_features,
    system_features,
    word_features,
)
from nlu.dialogue_tracking.types import (
    DONT_CARE,
    AnnotatedDialogue,
    AnnotatedTurn,
    FormCatalogue,
    FormSlot,
    State,
    SystemMessage,
    joined,
)
from nlu.dialogue_tracking.values import KnownValues, compared, key, parts
from nlu.pipeline.tokenization import tokenize_text
from nlu.types import Parse

KEEP, CLEAR = "keep", "clear"
LEAST_OF_KIND = 3
"""So often must values of a kind have filled slots of a name before others of it are thought of for them."""
MISSED_SHARE = 0.1
"""The share of values that are hidden from later turns while learning, as if they had been missed."""
OTHER_FORMS = 4
"""Of the forms that a turn is not about every so many teaches that nothing happens to them."""
OUTRIGHT = 0.95
"""From this share of its values on that are said as they are, a slot's values are not guessed from other words."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is known of a conversation between two messages."""

    state: State = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)
    latest: str = ""


@dataclass(frozen=True, slots=True)
class _Option:
    """What may happen to a slot: it is kept, cleared, or gets a value, of a candidate or not."""

    action: str
    value: str = ""
    candidate: Candidate | None = None

    @property
    def at_hand(self) -> bool:
        """Whether the value was just said or offered."""
        return self.candidate is not None and bool(self.candidate.mentions or self.candidate.offered)


@dataclass(frozen=True, slots=True)
class _Row:
    """A turn to learn from. before: the annotated state before it, of which `turn.state` may lack some: a tracker
    that missed a value must learn to take it when it is said or confirmed again."""

    turn: Turn
    dialogue: AnnotatedDialogue
    annotated: AnnotatedTurn
    before: State

    def stays(self, slot: FormSlot) -> bool:
        """Whether the annotated value of the slot is the one before."""
        wanted = self.annotated.state.get(slot, ())
        return _among(self.before[slot], wanted) if slot in self.before else not wanted

    def right(self, slot: FormSlot, options: Sequence[_Option]) -> list[bool]:
        """Which of the options make the slot as annotated."""
        wanted = self.annotated.state.get(slot, ())
        stays = self.stays(slot)
        if slot in self.turn.state or not wanted or not stays:
            if stays:
                return [option.action == KEEP for option in options]
            if not wanted:
                return [option.action == CLEAR for option in options]
            return [_among(option.value, wanted) for option in options]
        again = [_among(option.value, wanted) and option.at_hand for option in options]
        return again if any(again) else [option.action == KEEP for option in options]


def _among(value: str, wanted: Sequence[str]) -> bool:
    return bool(value) and compared(value) in map(compared, wanted)


class SlotRoleModel:
    """For each slot of a form: is it kept, cleared, or which of the values at hand does it get?"""

    def __init__(
        self,
        catalogue: FormCatalogue,
        known: KnownValues,
        kinds: Mapping[str, frozenset[str]],
        activity: FormActivity,
        choices: ChoiceModel,
    ) -> None:
        self.catalogue = catalogue
        self._known = known
        self._kinds = kinds
        self._activity = activity
        self._choices = choices
        self._every_kind = frozenset(kind for of_slot in kinds.values() for kind in of_slot)

    @classmethod
    def fit(
        cls,
        dialogues: Sequence[AnnotatedDialogue],
        parses: Sequence[Sequence[Parse]],
        catalogue: FormCatalogue,
        *,
        seed: int = 0,
    ) -> Self:
        """Learn from annotated dialogues and the parses of their messages, by a parser that did not learn them."""
        known = KnownValues.of(dialogues)
        activity = FormActivity.fit(dialogues, parses, seed=seed)
        model = cls(catalogue, known, {}, activity, ChoiceModel.untaught())
        rows: list[_Row] = []
        chance = random.Random(seed)  # noqa: S311  # no secret
        for dialogue, of_turns in zip(dialogues, parses, strict=True):
            talk, before, missed = Conversation(), dict[FormSlot, str](), set[FormSlot]()
            for annotated, parse in zip(dialogue.turns, of_turns, strict=True):
                turn = model._turn(parse, annotated.system, talk, dialogue.forms)
                rows.append(_Row(turn, dialogue, annotated, before))
                latest = annotated.active[-1] if annotated.active else talk.latest
                after = annotated.plain_state()
                new = [slot for slot, value in after.items() if before.get(slot) != value]
                missed -= set(new)
                missed |= {slot for slot in new if chance.random() < MISSED_SHARE}
                before = after
                state = {slot: value for slot, value in after.items() if slot not in missed}
                talk = Conversation(state, talk.memory.after(annotated.system), latest)
        known.without_choices(_said_outright(rows))
        model._kinds = _kinds_of(rows)
        model._every_kind = frozenset(kind for of_slot in model._kinds.values() for kind in of_slot)
        taught = (choice for number, row in enumerate(rows) for choice in model._lessons(row, number))
        model._choices = ChoiceModel.fit(taught, seed=seed)
        return model

    def fill(
        self, parse: Parse, system: SystemMessage, talk: Conversation, forms: Sequence[str]
    ) -> dict[FormSlot, str | None]:
        """What the message changes: new values of slots, None for a slot that is emptied."""
        turn = self._turn(parse, system, talk, forms)
        updates: dict[FormSlot, str | None] = {}
        for form in forms:
            updates.update(self._fill_form(turn, form))
        return updates

    def follow(
        self, parse: Parse, system: SystemMessage, talk: Conversation, forms: Sequence[str]
    ) -> Conversation:
        """The conversation after the message."""
        updates = self.fill(parse, system, talk, forms)
        state = {slot: value for slot, value in talk.state.items() if slot not in updates}
        state.update({slot: value for slot, value in updates.items() if value is not None})
        chances = self._activity.of(parse, system, talk.latest, forms)
        latest = max(forms, key=lambda form: chances[form]) if forms else ""
        return Conversation(state, talk.memory.after(system), latest)

    def _turn(self, parse: Parse, system: SystemMessage, talk: Conversation, forms: Sequence[str]) -> Turn:
        tokens = tuple(tokenize_text(parse.text))
        spoken = tuple(tokenize_text(system.text))
        candidates = tuple(find_candidates(tokens, parse, system, spoken, talk.memory, talk.state, self._known))
        return Turn(
            tokens,
            spoken,
            candidates,
            system,
            talk.state,
            self._activity.of(parse, system, talk.latest, forms),
            talk.latest,
            word_features(tokens, candidates),
            system_features(spoken),
        )

    def _options(self, turn: Turn, slot: FormSlot) -> list[_Option]:
        current = turn.state.get(slot, "")
        options = [_Option(KEEP)]
        if current:
            options.append(_Option(CLEAR))
        if slot.slot in self._known.indifferent and current != DONT_CARE:
            options.append(_Option("value", DONT_CARE))
        choices = self._known.choices.get(slot, {})
        at_hand: dict[str, Candidate] = {}
        for candidate in turn.candidates:
            for short in (*sorted(candidate.readings), key(candidate.value)):
                at_hand.setdefault(short, candidate)
        for short, value in choices.items():
            if short != key(current):
                options.append(_Option("value", value, at_hand.get(short)))
        fitting = self._kinds.get(slot.slot, self._every_kind)
        for candidate in turn.candidates:
            short = key(candidate.value)
            if short in choices or candidate.readings & choices.keys() or not candidate.kinds & fitting:
                continue
            if short != key(current):
                options.append(_Option("candidate", candidate.value, candidate))
        return options

    def _weights(self, turn: Turn, slot: FormSlot, option: _Option, of_slot: Sequence[int]) -> Indices:
        features = list(of_slot)
        action = option.action
        if action == "value":
            action = f"value:{key(option.value)}"
        if option.action != "candidate":
            features += turn.words
            if slot in turn.system.asked or option.action == "value":
                features += turn.system_words
        if option.candidate is not None:
            features += candidate_features(turn, option.candidate, slot, self._known)
        levels = (action, f"{action}@{slot.slot}", f"{action}@{slot.form}.{slot.slot}")
        return crossed(features, [feature(level) for level in levels])

    def _several(self, turn: Turn, slot: FormSlot) -> list[tuple[Candidate, tuple[Indices, Indices]]]:
        """For a slot that takes several values: of each fitting value that is said, no or yes."""
        fitting = self._kinds.get(slot.slot, self._every_kind)
        of_slot = slot_features(turn, slot)
        level = [feature(f"one@{slot.slot}"), feature(f"one@{slot.form}.{slot.slot}")]
        found = []
        for candidate in turn.candidates:
            if candidate.kinds & fitting and (candidate.mentions or candidate.offered):
                features = [*of_slot, *candidate_features(turn, candidate, slot, self._known), *turn.words]
                found.append((candidate, (crossed([], level), crossed(features, level))))
        return found

    def _lessons(self, row: _Row, number: int) -> Iterator[Choice]:
        """What a turn teaches of every slot of the forms that it is about, and now and then of the other forms."""
        for form in row.dialogue.forms:
            if form in row.annotated.active or (number + len(form)) % OTHER_FORMS == 0:
                for slot in self.catalogue.of(form):
                    if slot in self.catalogue.several:
                        yield from self._several_lessons(row, slot)
                    else:
                        yield from self._lesson(row, slot, self._options(row.turn, slot))

    def _several_lessons(self, row: _Row, slot: FormSlot) -> Iterator[Choice]:
        wanted = row.annotated.state.get(slot, ())
        single: set[str] = set()
        if wanted and not row.stays(slot):
            single = set(map(key, parts(wanted[0])))
        for candidate, options in self._several(row.turn, slot):
            right = key(candidate.value) in single
            yield Choice(options, (not right, right))
        if not single:
            yield from self._lesson(row, slot, self._several_state(row.turn, slot))

    def _lesson(self, row: _Row, slot: FormSlot, options: Sequence[_Option]) -> Iterator[Choice]:
        right = row.right(slot, options)
        if len(options) > 1 and any(right):
            of_slot = slot_features(row.turn, slot)
            yield Choice(tuple(self._weights(row.turn, slot, option, of_slot) for option in options), tuple(right))

    @staticmethod
    def _several_state(turn: Turn, slot: FormSlot) -> list[_Option]:
        return [_Option(KEEP), _Option(CLEAR)] if turn.state.get(slot) else [_Option(KEEP)]

    def _fill_form(self, turn: Turn, form: str) -> dict[FormSlot, str | None]:
        updates: dict[FormSlot, str | None] = {}
        ranked: list[tuple[float, FormSlot, list[tuple[float, _Option]]]] = []
        for slot in self.catalogue.of(form):
            if slot in self.catalogue.several:
                said = [
                    candidate.value
                    for candidate, options in self._several(turn, slot)
                    if self._choices.probabilities(options)[1] > 0.5
                ]
                if said:
                    updates[slot] = joined(tuple(said))
                    continue
                options = self._several_state(turn, slot)
            else:
                options = self._options(turn, slot)
            if len(options) == 1:
                continue
            of_slot = slot_features(turn, slot)
            chances = self._choices.probabilities([self._weights(turn, slot, o, of_slot) for o in options])
            changes = sorted(zip(chances[1:].tolist(), options[1:], strict=True), key=lambda pair: -pair[0])
            if chances[0] < 0.5:
                ranked.append((changes[0][0], slot, changes))
        taken: set[str] = set()
        for _, slot, order in sorted(ranked, key=lambda row: -row[0]):
            for _, option in order:
                short = key(option.value)
                if option.action == "candidate" and short in taken:
                    continue
                if option.action == CLEAR:
                    updates[slot] = None
                else:
                    updates[slot] = option.value
                    if option.action == "candidate" and option.candidate and len(option.candidate.mentions) == 1:
                        taken.add(short)
                break
        return updates


def _said_outright(rows: Sequence[_Row]) -> list[FormSlot]:
    """The slots that are nearly always filled with a value at hand: it need not be guessed from other words."""
    filled: Counter[FormSlot] = Counter()
    at_hand: Counter[FormSlot] = Counter()
    for row in rows:
        turn, annotated = row.turn, row.annotated
        values = {key(candidate.value) for candidate in turn.candidates}
        for slot, wanted in annotated.state.items():
            if not row.stays(slot) and wanted[0] != DONT_CARE:
                filled[slot] += 1
                at_hand[slot] += any(key(value) in values for value in wanted)
    return [slot for slot, count in filled.items() if at_hand[slot] >= OUTRIGHT * count]


def _kinds_of(rows: Sequence[_Row]) -> dict[str, frozenset[str]]:
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        turn, annotated = row.turn, row.annotated
        for slot, values in annotated.state.items():
            if row.stays(slot):
                continue
            wanted = {key(part) for value in values for part in parts(value)}
            counted = counts.setdefault(slot.slot, Counter())
            for candidate in turn.candidates:
                if key(candidate.value) in wanted:
                    counted.update(candidate.kinds)
    return {
        name: frozenset(kind for kind, count in counted.items() if count >= LEAST_OF_KIND)
        for name, counted in counts.items()
    }
