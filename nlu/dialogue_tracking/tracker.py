"""A tracker learned from annotated dialogues: the product's parser, and the slot roles on top of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from nlu.dialogue_tracking.slot_roles import Conversation, SlotRoleModel
from nlu.dialogue_tracking.types import AnnotatedDialogue, FormCatalogue, State
from nlu.dialogue_tracking.understanding import parse_messages, train_understanding
from nlu.dialogue_tracking.value_types import learned_types
from nlu.errors import TrainingRefused
from nlu.pipeline.pipeline import NluPipeline
from nlu.types import Parse, TrainingProgress

FEWEST = 10
"""Dialogues that there must be to learn from."""
LARGE = 1500
"""From so many dialogues on one part teaches the parser and the rest the roles."""
PARSER_SHARE = 1 / 3


class DialogueTracker:
    """Follows conversations message by message."""

    def __init__(self, pipeline: NluPipeline, roles: SlotRoleModel) -> None:
        self._pipeline = pipeline
        self._roles = roles

    @classmethod
    def fit(
        cls,
        dialogues: Sequence[AnnotatedDialogue],
        catalogue: FormCatalogue,
        *,
        seed: int,
        progress: Callable[[TrainingProgress], None],
    ) -> DialogueTracker:
        """Learn a parser and the roles. The roles learn from parses by a parser that did not see those dialogues:
        of many dialogues a third teaches the parser; few are parsed by halves, each by a parser of the other half.

        Raises TrainingRefused if the dialogues are too few.
        """
        if len(dialogues) < FEWEST:
            raise TrainingRefused(f"{len(dialogues)} dialogues are too few to learn from, {FEWEST} are needed")
        shuffled = list(dialogues)
        random.Random(seed).shuffle(shuffled)  # noqa: S311  # no secret
        types = learned_types(shuffled)

        def taught(part: Sequence[AnnotatedDialogue]) -> NluPipeline:
            return train_understanding(part, types, seed=seed, progress=progress)

        if len(shuffled) >= LARGE:
            cut = int(len(shuffled) * PARSER_SHARE)
            pipeline, rest = taught(shuffled[:cut]), shuffled[cut:]
            return cls(pipeline, SlotRoleModel.fit(rest, _parses(pipeline, rest), catalogue, seed=seed))
        half = len(shuffled) // 2
        first, second = shuffled[:half], shuffled[half:]
        parses = [*_parses(taught(second), first), *_parses(taught(first), second)]
        return cls(taught(shuffled), SlotRoleModel.fit(shuffled, parses, catalogue, seed=seed))

    def states(self, dialogues: Sequence[AnnotatedDialogue]) -> list[list[State]]:
        """The state after each message of each dialogue, from what was said and what the system meant alone."""
        found = []
        for dialogue, parses in zip(dialogues, _parses(self._pipeline, dialogues), strict=True):
            talk = Conversation()
            states: list[State] = []
            for turn, parse in zip(dialogue.turns, parses, strict=True):
                talk = self._roles.follow(parse, turn.system, talk, dialogue.forms)
                states.append(talk.state)
            found.append(states)
        return found


def _parses(pipeline: NluPipeline, dialogues: Sequence[AnnotatedDialogue]) -> list[list[Parse]]:
    parses = iter(parse_messages(pipeline, [turn.text for dialogue in dialogues for turn in dialogue.turns]))
    return [[next(parses) for _ in dialogue.turns] for dialogue in dialogues]
