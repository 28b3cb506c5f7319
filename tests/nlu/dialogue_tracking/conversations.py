"""Invented conversations of which a model of slot roles learns, with the parses that a parser would give."""

from __future__ import annotations

import itertools

from nlu.dialogue_tracking.types import AnnotatedDialogue, AnnotatedTurn, FormSlot, Offer, SystemMessage
from nlu.types import EntitySpan, IntentScore, Parse

CITIES = ("Leeds", "York", "Bath", "Ely", "Derby", "Hull", "Truro", "Wells")
TIMES = ("9 am", "10 am", "noon", "5 pm")
START, END, TIME, MEAL = (FormSlot("trip", name) for name in ("origin", "destination", "time", "meal"))
ASKS_START = SystemMessage("Where do you leave from?", asked=(START,))
ASKS_MEAL = SystemMessage("Which meal would you like?", asked=(MEAL,))


def parsed(text: str, *, cities: tuple[str, ...] = CITIES, times: tuple[str, ...] = TIMES) -> Parse:
    """The cities and times of a text, as a tagger would find them: which slot they are for it does not know."""
    found = [
        EntitySpan(text.index(value), text.index(value) + len(value), kind, value, value, 0.9, "model")
        for kind, values in (("city", cities), ("time", times))
        for value in values
        if value in text
    ]
    found.sort(key=lambda span: span.start)
    return Parse(text, "en", (IntentScore("trip", 0.9),), tuple(found), True, 1.0, 0.0, "model", "1", 0.0)


def offers(time: str) -> SystemMessage:
    return SystemMessage(f"There is one at {time}, shall I book it?", offers=(Offer(TIME, time),))


def conversation(number: int, start: str, end: str) -> AnnotatedDialogue:
    """Two cities in one of four ways, an offer that is taken or not, and a meal or none in particular."""
    time = TIMES[number % len(TIMES)]
    both = {START: (start,), END: (end,)}
    turns = []
    if number % 4 == 0:
        turns.append(_turn(f"A ticket from {start} to {end}", both))
    elif number % 4 == 1:
        turns.append(_turn(f"I go to {end}, leaving from {start}", both))
    else:
        turns.append(_turn(f"A ticket to {end} please", {END: (end,)}))
        turns.append(_turn(start if number % 4 == 2 else f"It is {start}", both, ASKS_START))
    agrees = number % 3 > 0
    said = "Yes, that is fine" if agrees else "No, not that one"
    after = both | ({TIME: (time,)} if agrees else {})
    turns.append(_turn(said, after, offers(time)))
    meal, words = (
        ("vegetarian", "I eat no meat"),
        ("regular", "The usual food"),
        ("dontcare", "Anything will do"),
    )[number % 7 % 3]
    turns.append(_turn(words, after | {MEAL: (meal,)}, ASKS_MEAL))
    if number % 5 == 0:
        turns.append(_turn("Forget the time", {slot: v for slot, v in turns[-1].state.items() if slot != TIME}))
    return AnnotatedDialogue(str(number), ("trip",), tuple(turns))


def _turn(text: str, state: dict, system: SystemMessage | None = None) -> AnnotatedTurn:
    return AnnotatedTurn(text, system or SystemMessage(), state, ("trip",))


def conversations() -> list[AnnotatedDialogue]:
    pairs = list(itertools.permutations(CITIES, 2)) * 2
    return [conversation(number, start, end) for number, (start, end) in enumerate(pairs)]
