"""A message that says several intents: which of them are answered, and how the answers become one message.

One message, because a customer who asked once reads one answer, and because a turn has one reply: what is stored,
acknowledged and explained stays whole. Each answer is the intent's normal reply under a line that says what it is
about. What needs a person comes last, so that nothing is lost to the handoff; the person also gets what is not
answered then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chat.dialogue.decision import Catalogue, Decision, Phrases
from chat.dialogue.state import DialogueState
from nlu.types import IntentSpan, Parse, Thresholds

ANSWERED_AT_MOST = 3
TAPS_AT_MOST = 4
SURELY_ASKED = 0.9
"""Confidence of a part from which it may hand over a message that is certain of another intent as a whole.

Below it such parts are mostly tales of a driver or a product that sound like a complaint (decision 0016).
"""
AFFIRM = "affirm"
DENY = "deny"
COURTESIES = frozenset({"greeting", "thanks", "goodbye", "how_are_you", AFFIRM, DENY})
"""Intents, by the names that packs give them, that ask for nothing beside another one."""


def concerns_of(
    parse: Parse, catalogue: Catalogue, thresholds: Thresholds, *, offered: str = ""
) -> tuple[IntentSpan, ...]:
    """The intents to answer, in the order said; none unless the message says several that are all certain enough.

    A courtesy beside them is no intent to answer: "hello, how do I return this" says one. `offered` is the one
    intent that the assistant asked about, if it did: who agrees and says something else wants that as well, first.
    Parts that would bring a person without surely asking for one are left out where the message as a whole is
    certainly about something else; none of the others either if only one is left.
    """
    if not parse.in_scope and any(span.start is None for span in parse.several):
        return ()
    asked = [span for span in parse.several if span.name not in COURTESIES]
    agreed = next((span for span in parse.several if span.name == AFFIRM), None)
    accepted = offered if asked and agreed is not None else ""
    if agreed is not None and accepted:
        asked = [replace(agreed, name=accepted), *(span for span in asked if span.name != accepted)]
    known = all(span.name in catalogue.intents for span in asked)
    certain = all(span.confidence >= thresholds.confidence for span in asked)
    if not asked or not known or not certain:
        return ()
    unsure = _people_hardly_asked_for(asked, parse, catalogue, thresholds, accepted)
    left = [span for span in asked if span.name not in unsure]
    return tuple(left) if not unsure or len(left) > 1 else ()


def _people_hardly_asked_for(
    asked: Sequence[IntentSpan], parse: Parse, catalogue: Catalogue, thresholds: Thresholds, accepted: str
) -> set[str]:
    """The intents that would hand over what is certain of another intent as a whole, without being sure enough.

    Who says yes to an `accepted` offer has asked. How much the whole message allows a person tells less: "get me a
    person, I want a refund" is often all refund to a model that has to choose one intent.
    """
    top = parse.top
    if top is None or not parse.in_scope or top.name not in catalogue.intents or top.name in COURTESIES:
        return set()
    lead = top.confidence - (parse.intents[1].confidence if len(parse.intents) > 1 else 0.0)
    if top.confidence < thresholds.confidence or lead < thresholds.margin:
        return set()
    people = [span for span in asked if catalogue.intents[span.name].handling == "handoff"]
    if any(span.name in (top.name, accepted) or span.confidence >= SURELY_ASKED for span in people):
        return set()
    return {span.name for span in people}


def all_answers(
    answers: Sequence[Decision], *, message: str, state: DialogueState, catalogue: Catalogue, phrases: Phrases
) -> Decision:
    """One decision of the decisions for each intent, which come in the order said; a single one stays as it is.

    Beyond `ANSWERED_AT_MOST` the customer gets the other intents to tap, as the state's offers; if a person takes
    over, nothing to tap but word that the person has the others, too. An answer that several intents share is
    given once.
    """
    if len(answers) == 1:
        return replace(answers[0], answered=(answers[0].intent,))
    begun = [one for one in answers if one.flows]
    if begun and not any(one.kind == "handoff" for one in answers):
        return _answers_then_flows(answers, begun, message, state, catalogue, phrases)
    ordered = sorted(answers, key=lambda one: one.kind == "handoff")
    given = _chosen(ordered)
    left = [one for one in answers if one not in given]
    names = tuple(one.intent for one in given)
    handoff = next((one for one in given if one.kind == "handoff"), None)
    written = [one for one in given if handoff is None or (one.text and one.state.last_bot_act != "no_reply")]
    citations = dict.fromkeys(citation for one in given for citation in one.citations)
    paragraphs = _paragraphs(written, catalogue, phrases)
    if handoff is not None:
        titles = [catalogue.intents[one.intent].title for one in answers if one not in written]
        paragraphs += [phrases.left_to_person.replace("{titles}", " / ".join(titles))] if titles else []
    so_far = replace(state, previous_intents=(*names[-2::-1], *state.previous_intents))
    after = so_far.understood(intent=names[-1], act=given[-1].state.last_bot_act, message=message)
    return Decision(
        kind=handoff.kind if handoff else ("article" if citations else "reply"),
        text="\n\n".join(paragraphs),
        intent=names[0],
        citations=tuple(citations),
        quick_replies=() if handoff else _taps(given, left, catalogue, phrases),
        handoff_reason=handoff.handoff_reason if handoff else "",
        state=after if handoff else replace(after, offered=tuple(one.intent for one in left)),
        certainty=min(one.certainty for one in given),
        reason="several intents, each certain enough",
        answered=names,
    )


def _answers_then_flows(
    answers: Sequence[Decision],
    begun: Sequence[Decision],
    message: str,
    state: DialogueState,
    catalogue: Catalogue,
    phrases: Phrases,
) -> Decision:
    """What can be answered at once, and the flows to begin after it in the order said."""
    others = [one for one in answers if not one.flows]
    said = (
        all_answers(others, message=message, state=state, catalogue=catalogue, phrases=phrases) if others else None
    )
    return replace(
        begun[0],
        text=said.text if said else "",
        citations=said.citations if said else (),
        certainty=min(one.certainty for one in answers),
        reason="several intents, each certain enough",
        answered=tuple(one.intent for one in answers),
        flows=tuple(dict.fromkeys(name for one in begun for name in one.flows)),
    )


def _taps(
    given: Sequence[Decision], left: Sequence[Decision], catalogue: Catalogue, phrases: Phrases
) -> tuple[str, ...]:
    """What is not answered, then what the answers offer; a person, where one is offered, always has a place."""
    taps = [catalogue.intents[one.intent].title for one in left]
    taps += [tap for one in given for tap in one.quick_replies]
    person = (phrases.talk_to_person,) if phrases.talk_to_person in taps else ()
    others = dict.fromkeys(tap for tap in taps if tap not in person)
    return (*tuple(others)[: TAPS_AT_MOST - len(person)], *person)


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
