"""Steps that need something from outside: business actions, and articles that are searched for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from chat.dialogue.calls import WITHHELD, ActionCall, ActionResult
from chat.dialogue.decision import Citation
from chat.dialogue.flows import Act, Answer, Flow, variant
from chat.dialogue.moving import digest, hand_off, move, note_end
from chat.dialogue.turn import Turn

CALLS_AT_MOST: Final = 8
FAILURES: Final = ("timeout", "unreachable", "server_error", "client_error", "bad_answer", "refused")
ARTICLE_SEARCH: Final = "articles.search"
"""The call that finds the article for a `query`, as the output `slug`; no name of a business action has a dot."""


def act(turn: Turn, flow: Flow, step: Act) -> bool:
    values = turn.values(flow)
    inputs = {name: values.render_canonical(template) for name, template in step.inputs.items()}
    key = call_key(flow.name, step, inputs)
    done = turn.frame.called.get(step.id)
    writes = step.action in turn.knowledge.flows.writes
    if done is not None and done[0] == key and _stands(turn, done[1], writes=writes):
        _route(turn, flow, step, done[1])
        return bool(turn.handoff)
    return _call(turn, step, ActionCall(action=step.action, inputs=inputs, key=key))


def _stands(turn: Turn, outcome: str, *, writes: bool) -> bool:
    """Whether a call with the same inputs need not be made again: what only failed to be read is tried again."""
    if writes:
        return turn.frame.running_again or outcome == "ok"
    return turn.frame.running_again and outcome not in FAILURES


def _call(turn: Turn, step: Act | Answer, call: ActionCall) -> bool:
    if turn.calls_made >= CALLS_AT_MOST:
        hand_off(turn, "failure", turn.knowledge.phrases.handoff_failure)
        return True
    turn.calls_made += 1
    turn.frame = replace(turn.frame, step=step.id)
    turn.call = call
    return True


def call_key(flow: str, step: Act, inputs: Mapping[str, str]) -> str:
    """The same for the same step of the same flow with the same inputs."""
    parts = [flow, step.id, step.action, *(f"{name}={value}" for name, value in sorted(inputs.items()))]
    return digest("\n".join(parts))


def returned(turn: Turn, call: ActionCall, result: ActionResult) -> None:
    """Note what a call brought, and go where its outcome leads."""
    turn.call = None
    flow = turn.flow_of(turn.frame) if turn.frames else None
    step = flow.step(turn.frame.step) if flow is not None else None
    if flow is not None and isinstance(step, Answer):
        slug = result.outputs.get("slug", "")
        _quote(turn, flow, step, slug if isinstance(slug, str) else "")
        return
    turn.calls.append((call, result.outcome))
    turn.withheld = result.outcome == WITHHELD
    if turn.withheld or flow is None or not isinstance(step, Act):
        return
    frame = replace(turn.frame, called={**turn.frame.called, step.id: (call.key, result.outcome)})
    if step.save and result.outcome not in FAILURES:
        frame = replace(frame, saved={**frame.saved, step.save: dict(result.outputs)})
    if result.outcome == "ok":
        if step.action in turn.knowledge.flows.writes:
            frame = replace(frame, written=True)
        turn.frame = frame
        turn.remember(flow, frame)
    turn.frame = frame
    _route(turn, flow, step, result.outcome)


def _route(turn: Turn, flow: Flow, step: Act, outcome: str) -> None:
    """Where an outcome leads; a failure that the flow says nothing about is told, and a person takes over."""
    target = step.outcomes.get(outcome, "")
    if not target and outcome == "ok":
        target = flow.after(step)
    if not target and outcome != "ok":
        target = step.outcomes.get("failed", "")
    if target:
        move(turn, step, target)
        return
    texts = turn.knowledge.flows.failure_texts.get(step.action, {}).get(outcome, {})
    turn.say(variant(texts, turn.locale, turn.state.turns) or turn.phrase("action_failed"))
    ended = turn.frame
    turn.frames.pop()
    note_end(turn, ended, "failed")
    hand_off(turn, "flow", turn.knowledge.phrases.handoff)


def answer(turn: Turn, flow: Flow, step: Answer) -> bool:
    if not step.search:
        _quote(turn, flow, step, step.article)
        return False
    query = turn.values(flow).render_canonical(step.search)
    return _call(turn, step, ActionCall(ARTICLE_SEARCH, {"query": query}, digest(query)))


def _quote(turn: Turn, flow: Flow, step: Answer, slug: str) -> None:
    """Answer from the article, or say that there is none."""
    article = turn.knowledge.catalogue.articles.get(slug)
    mark = f"{step.id}:{slug}"
    if not (turn.frame.running_again and mark in turn.frame.said):
        if article is None:
            turn.say(turn.phrase("no_article"))
        else:
            turn.say(article.lead)
            turn.citations.append(Citation(title=article.title, url=article.url))
            turn.article = article.slug
    said = tuple(one for one in turn.frame.said if one != mark)
    turn.frame = replace(turn.frame, said=(*said, mark))
    move(turn, step, flow.after(step))
