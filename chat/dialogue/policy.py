"""decide(): what to do about a message, in one readable order of precedence.

0. The visitor taps one of the assistant's own buttons: a person, none of what was offered, or one of the intents
   offered. No model is needed.
1. The message says several intents, each certain enough: answer them all (`chat.dialogue.several`).
2. The visitor agrees to the only intent offered: act on it. Or declines what was offered: the fallback ladder.
3. The message is out of scope: unless an article clearly answers it, the fallback ladder.
4. The best candidate is certain enough and leads clearly: act on it.
5. Some candidates are plausible: ask which (once or twice, by the workspace's limit).
6. Articles that are near: offer them.
7. The ladder's end: ask to say it differently, then hand off. The visitor is always told.

Pure: no database, no clock, no randomness.
"""

from __future__ import annotations

from collections.abc import Sequence

from chat.dialogue.decision import Catalogue, Citation, Decision, IntentEntry, Limits, Phrases
from chat.dialogue.scoring import Candidate, candidates
from chat.dialogue.several import AFFIRM, DENY, all_answers, concerns_of
from chat.dialogue.state import DialogueState
from nlu.types import Parse, PassageHit, Thresholds

ARTICLE_ANSWERS = 0.62
"""Relevance from which an article alone, without the intent model's support, is given as the answer."""
ARTICLE_NEAR = 0.30
"""Relevance from which an article is worth offering."""
OFFERED_AT_MOST = 3
ANSWERS = frozenset({"reply", "article", "no_reply"})
"""Acts that answered: what is offered beside an answer can be tapped, and "no" declines nothing."""


def decide(
    *,
    parse: Parse,
    hits: Sequence[PassageHit],
    state: DialogueState,
    catalogue: Catalogue,
    thresholds: Thresholds,
    limits: Limits,
    phrases: Phrases,
) -> Decision:
    """The decision for one message, with the next state in it."""
    tapped = parse.text.strip()
    if tapped == phrases.talk_to_person:
        return Decision(
            kind="handoff",
            text=phrases.handoff,
            handoff_reason="visitor",
            state=state.understood(intent="", act="handoff", message=parse.text),
            certainty=1.0,
            reason="the intent goes to a person",
        )
    if state.offered and tapped == phrases.none_of_these:
        return climb(parse=parse, state=state, limits=limits, phrases=phrases, reason="the offers were declined")
    picked = tapped_offer(parse, state, catalogue)
    if picked is not None:
        return act_on_intent(picked, certainty=1.0, parse=parse, state=state, catalogue=catalogue, phrases=phrases)
    asked = asked_about(state, catalogue)
    concerns = concerns_of(parse, catalogue, thresholds, offered=asked[0].name if len(asked) == 1 else "")
    if concerns:
        answers = [
            act_on_intent(
                catalogue.intents[one.name],
                certainty=one.confidence,
                parse=parse,
                state=state,
                catalogue=catalogue,
                phrases=phrases,
            )
            for one in concerns
        ]
        return all_answers(answers, message=parse.text, state=state, catalogue=catalogue, phrases=phrases)
    if len(asked) == 1 and parse.top is not None and parse.top.name == AFFIRM and parse.in_scope:
        return act_on_intent(
            asked[0], certainty=1.0, parse=parse, state=state, catalogue=catalogue, phrases=phrases
        )
    if state.offered and state.last_bot_act not in ANSWERS and parse.top is not None and parse.top.name == DENY:
        return climb(parse=parse, state=state, limits=limits, phrases=phrases, reason="the offers were declined")
    ranked = candidates(parse=parse, hits=hits, catalogue=catalogue)
    best = ranked[0] if ranked else None
    exact = parse.matched_by == "exact" and parse.in_scope
    if exact and parse.top is not None and parse.top.name in catalogue.intents:
        entry = catalogue.intents[parse.top.name]
        return act_on_intent(entry, certainty=1.0, parse=parse, state=state, catalogue=catalogue, phrases=phrases)
    if parse.in_scope and best is not None and is_certain(ranked, thresholds):
        return act(best, parse=parse, state=state, catalogue=catalogue, phrases=phrases)
    answering = next((hit for hit in hits if hit.relevance >= ARTICLE_ANSWERS), None)
    if answering is not None and answering.article_slug in catalogue.articles:
        return answer_from_article(answering, parse=parse, state=state, catalogue=catalogue, phrases=phrases)
    plausible = [
        candidate
        for candidate in ranked
        if candidate.intent in catalogue.intents and candidate.certainty >= thresholds.confirm
    ][:OFFERED_AT_MOST]
    if parse.in_scope and plausible and state.confirmations < limits.confirmations:
        return ask_to_confirm(plausible, parse=parse, state=state, catalogue=catalogue, phrases=phrases)
    near = [hit for hit in hits if hit.relevance >= ARTICLE_NEAR and hit.article_slug in catalogue.articles]
    if parse.in_scope and near and state.rephrasings < limits.rephrasings:
        closest = near[:OFFERED_AT_MOST]
        return offer_articles(closest, parse=parse, state=state, catalogue=catalogue, phrases=phrases)
    reason = "not certain enough" if parse.in_scope else "out of scope"
    return climb(parse=parse, state=state, limits=limits, phrases=phrases, reason=reason)


def tapped_offer(parse: Parse, state: DialogueState, catalogue: Catalogue) -> IntentEntry | None:
    """The offered intent whose title the visitor sent."""
    offered = [catalogue.intents[name] for name in state.offered if name in catalogue.intents]
    text = parse.text.strip().casefold()
    return next((entry for entry in offered if text == entry.title.casefold()), None)


def asked_about(state: DialogueState, catalogue: Catalogue) -> list[IntentEntry]:
    """The intents that the visitor was asked to choose from; what was offered beside an answer is no question."""
    names = () if state.last_bot_act in ANSWERS else state.offered
    return [catalogue.intents[name] for name in names if name in catalogue.intents]


def is_certain(ranked: list[Candidate], thresholds: Thresholds) -> bool:
    """Whether the best candidate may be acted on without asking."""
    best = ranked[0]
    runner_up = ranked[1].certainty if len(ranked) > 1 else 0.0
    return best.certainty >= thresholds.confidence and best.certainty - runner_up >= thresholds.margin


def act(
    candidate: Candidate, *, parse: Parse, state: DialogueState, catalogue: Catalogue, phrases: Phrases
) -> Decision:
    """Do what the candidate's intent asks for; an article without an intent is quoted."""
    entry = catalogue.intents.get(candidate.intent)
    if entry is not None:
        return act_on_intent(
            entry,
            certainty=candidate.certainty,
            parse=parse,
            state=state,
            catalogue=catalogue,
            phrases=phrases,
            candidate=candidate,
        )
    article = catalogue.articles.get(candidate.article_slug)
    if article is not None:
        return Decision(
            kind="article",
            text=article.lead,
            intent=candidate.intent,
            citations=(Citation(title=article.title, url=article.url),),
            state=state.understood(intent=candidate.intent, act="article", message=parse.text),
            certainty=candidate.certainty,
            log_intent=candidate.log_intent,
            log_reply=candidate.log_reply,
            reason="the article fits best",
        )
    return nothing_written(candidate, parse=parse, state=state, phrases=phrases)


def act_on_intent(
    entry: IntentEntry,
    *,
    certainty: float,
    parse: Parse,
    state: DialogueState,
    catalogue: Catalogue,
    phrases: Phrases,
    candidate: Candidate | None = None,
) -> Decision:
    """Reply, answer from the article, or hand off, as the intent is set to be handled."""
    log_intent = candidate.log_intent if candidate else 0.0
    log_reply = candidate.log_reply if candidate else 0.0
    if entry.flow:
        return Decision(
            kind="flow",
            text="",
            intent=entry.name,
            flows=(entry.flow,),
            state=state.understood(intent=entry.name, act="flow", message=parse.text),
            certainty=certainty,
            log_intent=log_intent,
            log_reply=log_reply,
            reason="the intent begins a flow",
        )
    if entry.handling == "handoff":
        return Decision(
            kind="handoff",
            text=entry.replies[0] if entry.replies else phrases.handoff,
            intent=entry.name,
            handoff_reason="intent",
            state=state.understood(intent=entry.name, act="handoff", message=parse.text),
            certainty=certainty,
            log_intent=log_intent,
            log_reply=log_reply,
            reason="the intent goes to a person",
        )
    article = catalogue.articles.get(entry.article_slug)
    written = entry.replies[state.turns % len(entry.replies)] if entry.replies else ""
    text = written or (article.lead if article else "")
    if not text:
        return Decision(
            kind="reply",
            text=phrases.no_reply.replace("{title}", entry.title),
            intent=entry.name,
            quick_replies=(phrases.talk_to_person,),
            state=state.understood(intent=entry.name, act="no_reply", message=parse.text),
            certainty=certainty,
            log_intent=log_intent,
            log_reply=log_reply,
            reason="understood, but no reply is written for the intent",
        )
    cite = article is not None and (entry.handling == "article" or not written)
    return Decision(
        kind="article" if cite else "reply",
        text=text,
        intent=entry.name,
        citations=(Citation(title=article.title, url=article.url),) if cite and article else (),
        quick_replies=entry.quick_replies,
        state=state.understood(intent=entry.name, act="article" if cite else "reply", message=parse.text),
        certainty=certainty,
        log_intent=log_intent,
        log_reply=log_reply,
        reason="the intent is certain enough",
    )


def nothing_written(candidate: Candidate, *, parse: Parse, state: DialogueState, phrases: Phrases) -> Decision:
    """An intent that the model knows but the catalogue no longer has (deleted since the training)."""
    return Decision(
        kind="reply",
        text=phrases.no_reply.replace("{title}", candidate.intent),
        intent=candidate.intent,
        quick_replies=(phrases.talk_to_person,),
        state=state.understood(intent=candidate.intent, act="no_reply", message=parse.text),
        certainty=candidate.certainty,
        log_intent=candidate.log_intent,
        log_reply=candidate.log_reply,
        reason="understood, but the intent has no reply",
    )


def answer_from_article(
    hit: PassageHit, *, parse: Parse, state: DialogueState, catalogue: Catalogue, phrases: Phrases
) -> Decision:
    """Quote the article that search alone is sure about."""
    article = catalogue.articles[hit.article_slug]
    entry = catalogue.intents.get(article.intent)
    if entry is not None and entry.handling != "handoff":
        decided = act_on_intent(
            entry, certainty=hit.relevance, parse=parse, state=state, catalogue=catalogue, phrases=phrases
        )
        if decided.citations:
            return decided
    return Decision(
        kind="article",
        text=article.lead,
        intent=article.intent,
        citations=(Citation(title=article.title, url=article.url),),
        state=state.understood(intent=article.intent, act="article", message=parse.text),
        certainty=hit.relevance,
        reason="an article answers it",
    )


def ask_to_confirm(
    plausible: list[Candidate], *, parse: Parse, state: DialogueState, catalogue: Catalogue, phrases: Phrases
) -> Decision:
    """Ask which of the plausible intents is meant."""
    entries = [catalogue.intents[candidate.intent] for candidate in plausible]
    return Decision(
        kind="confirm",
        text=phrases.confirm,
        intent=entries[0].name,
        quick_replies=(*(entry.title for entry in entries), phrases.none_of_these, phrases.talk_to_person),
        state=state.asked_to_confirm(offered=tuple(entry.name for entry in entries), message=parse.text),
        certainty=plausible[0].certainty,
        log_intent=plausible[0].log_intent,
        log_reply=plausible[0].log_reply,
        reason="plausible, but not certain",
    )


def offer_articles(
    near: list[PassageHit], *, parse: Parse, state: DialogueState, catalogue: Catalogue, phrases: Phrases
) -> Decision:
    """Offer the closest articles without claiming that they answer."""
    articles = [catalogue.articles[hit.article_slug] for hit in near]
    return Decision(
        kind="offer",
        text=phrases.offer,
        citations=tuple(Citation(title=article.title, url=article.url) for article in articles),
        quick_replies=(phrases.talk_to_person,),
        state=state.asked_to_rephrase(message=parse.text),
        certainty=near[0].relevance,
        reason="articles are near, none is sure",
    )


def climb(*, parse: Parse, state: DialogueState, limits: Limits, phrases: Phrases, reason: str) -> Decision:
    """The next step of the ladder: rephrase while the limit allows, then a person."""
    if state.rephrasings < limits.rephrasings:
        return Decision(
            kind="rephrase",
            text=phrases.rephrase,
            quick_replies=(phrases.talk_to_person,),
            state=state.asked_to_rephrase(message=parse.text),
            reason=reason,
        )
    return Decision(
        kind="handoff",
        text=phrases.handoff_failure,
        handoff_reason="fallback",
        state=state.understood(intent="", act="handoff", message=parse.text),
        reason=reason,
    )
