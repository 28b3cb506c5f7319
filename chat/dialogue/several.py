"""A message that says several intents: which of them are answered, and how the answers become one message.

One message, because a customer who asked once reads one answer, and because a turn has one reply: what is stored,
acknowledged and explained stays whole. Each answer is the intent's normal reply under a line that says what it is
about. What needs a person comes last, so that nothing is lost to the handoff.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chat.dialogue.decision import Catalogue, Decision, Phrases
from chat.dialogue.state import DialogueState
from nlu.types import IntentSpan, Parse, Thresholds

ANSWERED_AT_MOST = 3
TAPS_AT_MOST = 4
COURTESIES = frozenset({"greeting", "thanks", "goodbye", "how_are_you", "affirm", "deny"})
"""Intents, by the names that packs give them, that ask for nothing beside another one."""


def concerns_of(parse: Parse, catalogue: Catalogue, thresholds: Thresholds) -> tuple[IntentSpan, ...]:
    """The intents to answer, in the order said; none unless the message says several that are all certain enough.

    A courtesy beside them is no intent to answer: "hello, how do I return this" says one.
    """
    asked = [span for span in parse.several if span.name not in COURTESIES]
    known = all(span.name in catalogue.intents for span in asked)
    certain = all(span.confidence >= thresholds.confidence for span in asked)
    return tuple(asked) if asked and known and certain else ()


def all_answers(
    answers: Sequence[Decision], *, message: str, state: DialogueState, catalogue: Catalogue, phrases: Phrases
) -> Decision:
    """One decision of the decisions for each intent, which come in the order said; a single one stays as it is.

    Beyond `ANSWERED_AT_MOST` the customer gets the other intents to tap. An answer that several intents share is
    given once.
    """
    if len(answers) == 1:
        return answers[0]
    ordered = sorted(answers, key=lambda one: one.kind == "handoff")
    given = _chosen(ordered)
    left = [one for one in answers if one not in given]
    names = tuple(one.intent for one in given)
    handoff = next((one for one in given if one.kind == "handoff"), None)
    citations = dict.fromkeys(citation for one in given for citation in one.citations)
    taps = [catalogue.intents[one.intent].title for one in left]
    taps += [tap for one in given for tap in one.quick_replies]
    so_far = replace(state, previous_intents=(*names[-2::-1], *state.previous_intents))
    return Decision(
        kind=handoff.kind if handoff else ("article" if citations else "reply"),
        text="\n\n".join(_paragraphs(given, catalogue, phrases)),
        intent=names[0],
        citations=tuple(citations),
        quick_replies=tuple(dict.fromkeys(taps))[:TAPS_AT_MOST],
        handoff_reason=handoff.handoff_reason if handoff else "",
        state=so_far.understood(intent=names[-1], act=given[-1].state.last_bot_act, message=message),
        certainty=min(one.certainty for one in given),
        reason="several intents, each certain enough",
        answered=names,
    )


def _chosen(ordered: Sequence[Decision]) -> list[Decision]:
    """The first answers, among them the one that needs a person if any does."""
    if len(ordered) > ANSWERED_AT_MOST and ordered[-1].kind == "handoff":
        return [*ordered[: ANSWERED_AT_MOST - 1], ordered[-1]]
    return list(ordered[:ANSWERED_AT_MOST])


def _paragraphs(given: Sequence[Decision], catalogue: Catalogue, phrases: Phrases) -> list[str]:
    """Each reply once, under the titles of its intents; one that names its intent itself needs no title."""
    titles: dict[str, list[str]] = {}
    for one in given:
        known = titles.setdefault(one.text, [])
        if one.state.last_bot_act != "no_reply":
            known.append(catalogue.intents[one.intent].title)
    return [
        "\n".join([*([phrases.about.replace("{title}", " / ".join(about))] if about else []), text])
        for text, about in titles.items()
    ]
