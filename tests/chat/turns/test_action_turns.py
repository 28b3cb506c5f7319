"""Turns that wait for a business action: nobody waits with them, nothing is done twice, and what fails goes on."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from chat.action_calls import make_call
from chat.actions.finishing import finish_turns
from chat.actions.flows import create_flow, publish_flow
from chat.actions.turns import claim_turns
from chat.actions.visitors import create_visitor
from chat.answering import TurnInput, answer, begin_answers
from chat.dialogue.calls import ActionCall, ActionResult
from chat.dialogue.flow_text import load_yaml
from chat.dialogue.frames import Frame
from chat.dialogue.state import DialogueState
from chat.live.turn_worker import TurnWorker
from chat.models import BusinessAction, Connection, Conversation, Message, Turn
from chat.models.messages import Author
from chat.models.turns import TurnStatus
from nlu.inference import PipelineCache

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.persistence]

PATIENCE = 15.0
FLOW = """
name: book
title: {en: Book}
slots:
  when: {type: date, title: {en: day}}
steps:
  - {id: ask, ask: when, text: {en: "Which day?"}}
  - {id: do, action: book, with: {day: "{when}"}, save: done}
  - {id: bye, end: {en: "Booked as {done.number}."}}
"""
ACTION = {
    "name": "book",
    "title": {"en": "Book"},
    "method": "POST",
    "path": "/bookings",
    "body": {"day": "{day}"},
    "inputs": {"day": {"required": "true"}},
    "effect": "write",
    "outputs": {"number": "number"},
}


@pytest.fixture
def flow(workspace):
    connection = Connection.objects.create(workspace=workspace, name="hotel")
    BusinessAction.objects.create(workspace=workspace, connection=connection, name="book", definition=ACTION)
    made = create_flow(workspace=workspace, definition=load_yaml(FLOW), actor=None)
    publish_flow(flow=made, actor=None)
    return made


def asked(site) -> Conversation:
    """A conversation in which the flow has asked for the day."""
    conversation = create_visitor(site=site, locale="en").conversation
    state = DialogueState(frames=(Frame("book", 1, "ask", asked=("ask",)),), requested="when", locale="en")
    conversation.dialogue_state = state.to_json()
    conversation.save(update_fields=["dialogue_state"])
    return conversation


def replies(conversation) -> list[str]:
    rows = Message.objects.filter(conversation=conversation, author=Author.BOT).order_by("sequence")
    return list(rows.values_list("text", flat=True))


class Backend:
    """Answers when it is let go; counts its calls."""

    def __init__(self, *, slow: bool = False):
        self.go = threading.Event()
        self.begun = threading.Event()
        self.calls = []
        if not slow:
            self.go.set()

    def __call__(self, given, call):
        self.calls.append((given.conversation, call))
        self.begun.set()
        assert self.go.wait(PATIENCE)
        return ActionResult("ok", {"number": f"B{len(self.calls)}"})


def running(caller) -> TurnWorker:
    models = PipelineCache()
    worker = TurnWorker(
        prepare=lambda: ((lambda inputs: begin_answers(inputs, models=models)), dict),
        poll_seconds=0.05,
        caller=caller,
    )
    worker.start()
    return worker


def eventually(holds) -> None:
    """Look until it holds; the turn worker's thread works meanwhile."""
    pause = threading.Event()
    for _look in range(int(PATIENCE / 0.05)):
        if holds():
            return
        pause.wait(0.05)
    raise AssertionError("it never held")


def test_a_slow_action_holds_up_nobody_else(site, flow, visitor_writes):
    slow, quick = asked(site), asked(site)
    backend = Backend(slow=True)
    worker = running(backend)
    try:
        visitor_writes(slow, "on 2030-05-06")
        assert backend.begun.wait(PATIENCE)
        visitor_writes(quick, "cancel")
        eventually(lambda: replies(quick))
        assert replies(slow) == []
        backend.go.set()
        eventually(lambda: replies(slow))
    finally:
        backend.go.set()
        assert worker.stop(PATIENCE)
    assert replies(slow) == ["Booked as B1."]
    assert [(who, call.action, dict(call.inputs)) for who, call in backend.calls] == [
        (str(slow.uuid), "book", {"day": "2030-05-06"})
    ]


def test_who_writes_on_meanwhile_does_not_undo_what_was_done(site, flow, visitor_writes):
    conversation = asked(site)
    backend = Backend(slow=True)
    worker = running(backend)
    try:
        visitor_writes(conversation, "on 2030-05-06")
        assert backend.begun.wait(PATIENCE)
        visitor_writes(conversation, "hello?")
        backend.go.set()
        eventually(lambda: len(replies(conversation)) == 2)
    finally:
        backend.go.set()
        assert worker.stop(PATIENCE)
    assert replies(conversation)[0] == "Booked as B1."
    assert len(backend.calls) == 1


def test_a_call_that_breaks_puts_the_turn_back_and_then_brings_a_person(site, flow, visitor_writes):
    conversation = asked(site)

    def broken(given, call):
        raise ZeroDivisionError

    worker = running(broken)
    try:
        visitor_writes(conversation, "on 2030-05-06")
        eventually(lambda: Turn.objects.filter(status=TurnStatus.FAILED).exists())
    finally:
        assert worker.stop(PATIENCE)
    conversation.refresh_from_db()
    assert conversation.status == "waiting"
    assert Turn.objects.get().error == "ZeroDivisionError"


def test_what_was_called_is_explained_on_the_turn(site, flow, visitor_writes):
    conversation = asked(site)
    visitor_writes(conversation, "on 2030-05-06")
    claims = claim_turns(worker="w")
    answers = answer([claim.input for claim in claims], models=PipelineCache(), caller=Backend())
    finish_turns(answers=list(zip(claims, answers, strict=True)))
    told = Turn.objects.get().decision["flow"]
    assert told["calls"] == [{"action": "book", "inputs": {"day": "2030-05-06"}, "outcome": "ok"}]
    assert (told["ended"], told["outcome"], told["slots"]) == ("book", "completed", {"when": "2030-05-06"})
    assert ["book", "do"] in told["steps"]


def test_without_anybody_to_call_the_customer_is_told_and_a_person_comes(site, flow, visitor_writes):
    conversation = asked(site)
    visitor_writes(conversation, "on 2030-05-06")
    claims = claim_turns(worker="w")
    answers = answer([claim.input for claim in claims], models=PipelineCache())
    finish_turns(answers=list(zip(claims, answers, strict=True)))
    conversation.refresh_from_db()
    assert conversation.status == "waiting"
    assert "does not answer" in replies(conversation)[0]


@pytest.mark.parametrize(("effect", "outcome"), [("write", "refused"), ("read", "unreachable")])
def test_what_is_only_tried_changes_nothing(workspace, flow, effect, outcome):
    """The connection has no address, so what is called is unreachable; a writing action is not even called."""
    BusinessAction.objects.update(definition={**ACTION, "effect": effect})
    given = TurnInput(1, workspace.pk, "en", "x", "x", DialogueState())
    call = ActionCall("book", {"day": "2030-05-06"}, "k")
    assert make_call(given, call).outcome == outcome
    assert make_call(replace(given, conversation="c"), call).outcome == "unreachable"
