"""The model that decides which slot a value fills."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
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
        rows: list[tuple[Turn, AnnotatedDialogue, AnnotatedTurn]] = []
        for dialogue, of_turns in zip(dialogues, parses, strict=True):
            talk = Conversation()
            for annotated, parse in zip(dialogue.turns, of_turns, strict=True):
                turn = model._turn(parse, annotated.system, talk, dialogue.forms)
                rows.append((turn, dialogue, annotated))
                latest = annotated.active[-1] if annotated.active else talk.latest
                talk = Conversation(annotated.plain_state(), talk.memory.after(annotated.system), latest)
        known.without_choices(_said_outright(rows))
        model._kinds = _kinds_of(rows)
        model._every_kind = frozenset(kind for of_slot in model._kinds.values() for kind in of_slot)
        taught = (
            choice
            for number, (turn, dialogue, annotated) in enumerate(rows)
            for choice in model._lessons(turn, dialogue, annotated, number)
        )
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

    def follow(self, parse: Parse, system: SystemMessage, talk: Conversation, forms: Sequence[str]) -> Conversation:
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
        levels = [feature(f"{action}"), feature(f"{action}@{slot.slot}"), feature(f"{action}@{slot.form}.{slot.slot}")]
        return crossed(features, levels)

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

    def _lessons(
        self, turn: Turn, dialogue: AnnotatedDialogue, annotated: AnnotatedTurn, number: int
    ) -> list[Choice]:
        lessons = []
        for form in dialogue.forms:
            about = form in annotated.active
            if not about and (number + len(form)) % 4:
                continue
            for slot in self.catalogue.of(form):
                wanted = annotated.state.get(slot, ())
                current = turn.state.get(slot, "")
                kept = compared(current) in map(compared, wanted) if current else not wanted
                if slot in self.catalogue.several:
                    single = set(map(key, parts(wanted[0]))) if wanted else set()
                    if not kept and wanted:
                        lessons += [
                            Choice(options, (key(c.value) not in single, key(c.value) in single))
                            for c, options in self._several(turn, slot)
                        ]
                    else:
                        lessons += [Choice(options, (True, False)) for _, options in self._several(turn, slot)]
                    if not current or (not kept and wanted):
                        continue
                options = self._several_state(turn, slot) if slot in self.catalogue.several else self._options(turn, slot)
                right = [self._is_right(option, wanted, kept) for option in options]
                if not any(right):
                    continue
                of_slot = slot_features(turn, slot)
                lessons.append(
                    Choice(tuple(self._weights(turn, slot, option, of_slot) for option in options), tuple(right))
                )
        return lessons

    @staticmethod
    def _several_state(turn: Turn, slot: FormSlot) -> list[_Option]:
        return [_Option(KEEP), _Option(CLEAR)] if turn.state.get(slot) else [_Option(KEEP)]

    @staticmethod
    def _is_right(option: _Option, wanted: Sequence[str], kept: bool) -> bool:  # noqa: FBT001
        if kept or not wanted:
            return option.action == (KEEP if kept else CLEAR)
        return bool(option.value) and compared(option.value) in map(compared, wanted)

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
            order = sorted(zip(chances.tolist(), options, strict=True), key=lambda pair: -pair[0])
            ranked.append((order[0][0], slot, order))
        taken: set[str] = set()
        for _, slot, order in sorted(ranked, key=lambda row: -row[0]):
            for _, option in order:
                short = key(option.value)
                if option.action == "candidate" and short in taken:
                    continue
                if option.action == CLEAR:
                    updates[slot] = None
                elif option.action != KEEP:
                    updates[slot] = option.value
                    if option.action == "candidate" and option.candidate and len(option.candidate.mentions) == 1:
                        taken.add(short)
                break
        return updates


def _said_outright(rows: Sequence[tuple[Turn, AnnotatedDialogue, AnnotatedTurn]]) -> list[FormSlot]:
    """The slots that are nearly always filled with a value at hand: it need not be guessed from other words."""
    filled: Counter[FormSlot] = Counter()
    at_hand: Counter[FormSlot] = Counter()
    for turn, _, annotated in rows:
        values = {key(candidate.value) for candidate in turn.candidates}
        for slot, wanted in annotated.state.items():
            if turn.state.get(slot) not in wanted and wanted[0] != DONT_CARE:
                filled[slot] += 1
                at_hand[slot] += any(key(value) in values for value in wanted)
    return [slot for slot, count in filled.items() if at_hand[slot] >= OUTRIGHT * count]


def _kinds_of(
    rows: Sequence[tuple[Turn, AnnotatedDialogue, AnnotatedTurn]],
) -> dict[str, frozenset[str]]:
    counts: dict[str, Counter[str]] = {}
    for turn, _, annotated in rows:
        for slot, values in annotated.state.items():
            if turn.state.get(slot) in values:
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
