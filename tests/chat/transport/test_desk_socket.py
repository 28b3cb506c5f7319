"""One contract test for each frame of staff."""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import sync_to_async

from chat.actions.handoffs import request_handoff
from chat.actions.visitors import create_visitor
from chat.models import Agent, Conversation, Message
from chat.models.conversations import ConversationStatus
from nlu.models import AuditEntry
from tests.chat.transport.conftest import new_id

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.socket]


@pytest.fixture
def lin(make_user):
    return make_user("lin", "agent", first_name="Lin", last_name="Wei")


@pytest.fixture
def sam(make_user):
    return make_user("sam", "agent", first_name="Sam")


@pytest.fixture
def waiting(visitor):
    request_handoff(conversation=visitor.conversation, reason="visitor", actor=None)
    return visitor


def name_of(session) -> str:
    return str(session.conversation.uuid)


async def test_desk_open_makes_the_profile_and_counts(sockets, waiting, lin):
    desk = await sockets.desk_socket(lin)
    await desk.send("desk.open", cursors={})
    assert await desk.expect("desk.opened") == {"agent": "Lin Wei", "waiting": 1, "mine": 0}
    assert (await Agent.objects.aget()).user_id == lin.pk


async def test_desk_open_replays_what_is_watched(sockets, waiting, lin):
    desk = await sockets.desk_socket(lin)
    await desk.send("desk.open", cursors={name_of(waiting): 0})
    await desk.expect("desk.opened")
    posted = await desk.expect("message.posted")
    assert (posted["previous"], posted["sequence"], posted["event"]) == (0, 1, "handoff_requested")
    await desk.expect("messages.resumed")
    assert (await desk.expect("conversation.updated"))["status"] == "waiting"


@pytest.mark.parametrize(("role", "may"), [("agent", False), ("supervisor", True)])
async def test_what_is_over_is_watched_by_those_who_may_read_it(sockets, waiting, sam, make_user, role, may):
    reader = await sync_to_async(make_user)("ann", role)
    own = await sockets.desk(sam)
    await own.send("conversation.take", conversation=name_of(waiting))
    await own.expect("inbox.changed", status="active")
    await own.send("conversation.resolve", conversation=name_of(waiting))
    await own.expect("inbox.changed", status="resolved")
    await own.send("conversation.watch", conversation=name_of(waiting), after=0)
    await own.expect("messages.resumed")
    desk = await sockets.desk(reader)
    await desk.send("conversation.watch", conversation=name_of(waiting), after=0)
    if may:
        await desk.expect("messages.resumed")
        return
    assert (await desk.expect("error"))["code"] == "not_found"
    await desk.send("note.add", conversation=name_of(waiting), client_id=new_id(), text="let me in")
    assert (await desk.expect("error"))["code"] == "not_found"


@pytest.mark.parametrize(("role", "may"), [("agent", False), ("supervisor", True)])
async def test_what_somebody_else_ends_is_followed_by_those_who_may_read_it(
    sockets, waiting, sam, make_user, role, may
):
    reader = await sync_to_async(make_user)("ann", role)
    name = name_of(waiting)
    own, desk = await sockets.desk(sam, waiting), await sockets.desk(reader, waiting)
    await own.send("conversation.take", conversation=name)
    await desk.expect("conversation.updated", status="active")
    await own.send("conversation.resolve", conversation=name)
    await desk.expect("conversation.updated", status="resolved")
    await own.send("note.add", conversation=name, client_id=new_id(), text="among us")
    await own.expect("message.posted", text="among us")
    if may:
        await desk.expect("message.posted", text="among us")
        return
    for frame in ("messages.resume", "conversation.watch"):
        await desk.send(frame, conversation=name, after=0)
        assert (await desk.expect("error"))["code"] == "not_found"
    assert "among us" not in [frame["data"].get("text") for frame in desk.seen]


async def test_who_took_part_follows_on_after_somebody_else_ended_it(sockets, waiting, lin, sam, make_user):
    lead = await sync_to_async(make_user)("boss", "supervisor")
    name = name_of(waiting)
    desk, leader = await sockets.desk(lin, waiting), await sockets.desk(lead, waiting)
    await desk.send("note.add", conversation=name, client_id=new_id(), text="I know this customer")
    await desk.expect("message.posted", kind="note")
    await leader.send("conversation.resolve", conversation=name)
    await desk.expect("conversation.updated", status="resolved")
    await leader.send("note.add", conversation=name, client_id=new_id(), text="done")
    await desk.expect("message.posted", text="done")


async def test_a_conversation_that_is_open_again_can_be_followed_again(sockets, waiting, lin, sam):
    name = name_of(waiting)
    own, desk = await sockets.desk(sam, waiting), await sockets.desk(lin, waiting)
    chat = await sockets.chat(waiting)
    await own.send("conversation.resolve", conversation=name)
    await desk.expect("conversation.updated", status="resolved")
    await chat.send("handoff.request", client_id="again")
    await desk.expect("inbox.changed", status="waiting")
    await desk.send("conversation.watch", conversation=name, after=0)
    await desk.expect("messages.resumed")
    assert (await desk.expect("conversation.updated"))["status"] == "waiting"


async def test_watch_follows_and_unwatch_stops(sockets, visitor, lin):
    desk = await sockets.desk(lin)
    chat = await sockets.chat(visitor)
    await desk.send("conversation.watch", conversation=name_of(visitor), after=0)
    await desk.expect("messages.resumed")
    await chat.send("message.send", client_id=new_id(), text="hello")
    assert (await desk.expect("message.posted"))["text"] == "hello"
    await desk.send("conversation.unwatch", conversation=name_of(visitor))
    assert await desk.is_quiet()
    await chat.send("message.send", client_id=new_id(), text="secret")
    await chat.expect("message.posted", text="secret")
    assert await desk.is_quiet()
    await desk.send("messages.resume", conversation=name_of(visitor), after=0)
    assert (await desk.expect("error"))["code"] == "not_found"


async def test_take_reply_note_return_resolve(sockets, waiting, lin):
    desk, chat = await sockets.desk(lin, waiting), await sockets.chat(waiting)
    name = name_of(waiting)
    await desk.send("conversation.take", conversation=name)
    updated = await desk.expect("conversation.updated", status="active")
    assert updated["agent"] == "Lin Wei"
    await desk.send("message.send", conversation=name, client_id="r1", text="Good day, Lin here")
    assert (await desk.expect("message.acknowledged", client_id="r1"))["sequence"] == 3
    assert (await chat.expect("message.posted", author="agent", kind="text"))["agent"] == "Lin Wei"
    await desk.send("note.add", conversation=name, client_id="n1", text="calls back at six")
    assert (await desk.expect("message.acknowledged", client_id="n1"))["sequence"] == 4
    assert (await desk.expect("message.posted", kind="note"))["previous"] == 3
    await desk.send("conversation.return", conversation=name)
    await desk.expect("conversation.updated", status="bot")
    await desk.send("conversation.resolve", conversation=name)
    await desk.expect("conversation.updated", status="resolved")
    assert (await chat.expect("message.posted", event="resolved"))["sequence"] == 6
    fresh = await Conversation.objects.aget()
    assert fresh.first_agent_reply_at is not None
    assert fresh.sequence == 6
    actions = [one async for one in AuditEntry.objects.order_by("id").values_list("action", flat=True)]
    assert actions[-3:] == ["conversation.taken", "conversation.returned", "conversation.resolved"]


async def test_resend_of_a_reply_finds_the_stored_one(sockets, waiting, lin):
    desk = await sockets.desk(lin, waiting)
    await desk.send("conversation.take", conversation=name_of(waiting))
    await desk.expect("conversation.updated", status="active")
    for _ in range(2):
        await desk.send("message.send", conversation=name_of(waiting), client_id="r1", text="Good day")
        assert (await desk.expect("message.acknowledged"))["sequence"] == 3
    assert await Message.objects.filter(client_id="r1").acount() == 1


async def test_reply_to_somebody_elses_conversation_is_refused(sockets, waiting, lin, sam):
    first, second = await sockets.desk(lin, waiting), await sockets.desk(sam, waiting)
    await first.send("conversation.take", conversation=name_of(waiting))
    await first.expect("conversation.updated", status="active")
    await second.send("message.send", conversation=name_of(waiting), client_id="r1", text="Good day")
    error = await second.expect("error")
    assert (error["code"], error["client_id"]) == ("not_owner", "r1")
    for frame in ("conversation.return", "conversation.resolve"):
        await second.send(frame, conversation=name_of(waiting))
        assert (await second.expect("error"))["code"] == "not_owner"
    # Its twin: a note may be left by everybody at a desk.
    await second.send("note.add", conversation=name_of(waiting), client_id="n1", text="I know her")
    await second.expect("message.acknowledged", client_id="n1")


async def test_supervisor_may_end_what_an_agent_has(sockets, waiting, lin, make_user):
    lead = await sync_to_async(make_user)("kim", "supervisor")
    first, second = await sockets.desk(lin, waiting), await sockets.desk(lead, waiting)
    await first.send("conversation.take", conversation=name_of(waiting))
    await second.expect("conversation.updated", status="active")
    await second.send("conversation.resolve", conversation=name_of(waiting))
    await second.expect("conversation.updated", status="resolved")


async def test_two_agents_take_at_once_and_one_gets_it(sockets, waiting, lin, sam):
    desks = [await sockets.desk(lin, waiting), await sockets.desk(sam, waiting)]
    await asyncio.gather(*(desk.send("conversation.take", conversation=name_of(waiting)) for desk in desks))
    for desk in desks:
        await desk.expect("conversation.updated", status="active")
    fresh = await Conversation.objects.select_related("assignee").aget()
    loser = desks[1] if fresh.assignee.user_id == lin.pk else desks[0]
    errors = [frame["data"] for frame in loser.seen if frame["type"] == "error"]
    if not errors:
        errors = [await loser.expect("error")]
    assert [(one["code"], one["detail"]) for one in errors] == [("already_taken", fresh.assignee.display_name)]
    joined = [one async for one in Message.objects.filter(event="agent_joined")]
    assert len(joined) == 1


async def test_agent_at_capacity_takes_no_more(sockets, waiting, lin, site):
    other = await sync_to_async(create_visitor)(site=site, locale="en")
    desk = await sockets.desk(lin, waiting, other)
    await Agent.objects.aupdate(capacity=1)
    await desk.send("conversation.take", conversation=name_of(waiting))
    await desk.expect("conversation.updated", status="active")
    await desk.send("conversation.take", conversation=name_of(other))
    assert (await desk.expect("error"))["code"] == "at_capacity"
    await desk.send("conversation.resolve", conversation=name_of(waiting))
    await desk.expect("conversation.updated", status="resolved")
    await desk.send("conversation.take", conversation=name_of(other))
    await desk.expect("conversation.updated", status="active")


async def test_inbox_changes_reach_every_desk(sockets, visitor, lin, sam):
    first, second = await sockets.desk(lin), await sockets.desk(sam)
    chat = await sockets.chat(visitor)
    await chat.send("handoff.request", client_id="please")
    for desk in (first, second):
        changed = await desk.expect("inbox.changed", status="waiting")
        assert changed == {
            "conversation": name_of(visitor),
            "status": "waiting",
            "assignee": None,
            "waiting": 1,
        }
    await first.send("conversation.take", conversation=name_of(visitor))
    agent = await Agent.objects.aget(user=lin)
    assert (await second.expect("inbox.changed", status="active"))["assignee"] == agent.pk
    await chat.send("message.send", client_id=new_id(), text="hello")
    assert (await second.expect("inbox.changed"))["waiting"] == 0


async def test_bots_conversations_make_no_noise_in_the_inbox(sockets, visitor, lin):
    desk, chat = await sockets.desk(lin), await sockets.chat(visitor)
    await chat.send("message.send", client_id=new_id(), text="hello")
    await chat.expect("message.posted")
    assert await desk.is_quiet()


async def test_only_the_one_who_has_it_is_seen_typing(sockets, waiting, lin, sam):
    first, second = await sockets.desk(lin, waiting), await sockets.desk(sam, waiting)
    chat = await sockets.chat(waiting)
    await first.send("conversation.take", conversation=name_of(waiting))
    for socket in (first, second, chat):
        await socket.expect("conversation.updated", status="active")
    await second.send("typing.set", conversation=name_of(waiting), typing=True)
    await first.send("typing.set", conversation=name_of(waiting), typing=True)
    assert await chat.expect("typing.changed") == {
        "conversation": name_of(waiting),
        "author": "agent",
        "typing": True,
    }
    assert await chat.is_quiet()
    await chat.send("typing.set", typing=True)
    assert (await first.expect("typing.changed", author="visitor"))["typing"] is True


async def test_cursor_report_is_taken(sockets, waiting, lin):
    desk = await sockets.desk(lin, waiting)
    await desk.send("cursor.report", conversation=name_of(waiting), sequence=1)
    assert await desk.is_quiet()
    await desk.send("cursor.report", conversation=new_uuid(), sequence=1)
    assert (await desk.expect("error"))["code"] == "not_found"


async def test_heartbeat_comes_with_counts(sockets, waiting, lin, monkeypatch):
    monkeypatch.setattr("chat.consumers.base.HEARTBEAT_SECONDS", 0.1)
    desk = await sockets.desk(lin, waiting)
    assert (await desk.expect("conversation.heartbeat"))["sequence"] == 1
    assert (await desk.expect("desk.opened"))["waiting"] == 1


async def test_wrong_steps_are_named(sockets, visitor, lin):
    desk = await sockets.desk(lin, visitor)
    name = name_of(visitor)
    await desk.send("conversation.resolve", conversation=name)
    await desk.expect("conversation.updated", status="resolved")
    for frame in ("conversation.resolve", "conversation.return"):
        await desk.send(frame, conversation=name)
        assert (await desk.expect("error"))["code"] == "wrong_state"
    await desk.send("conversation.take", conversation=name)
    await desk.expect("conversation.updated", status="active")
    assert (await Conversation.objects.aget()).status == ConversationStatus.ACTIVE


def new_uuid() -> str:
    return "00000000-0000-4000-8000-000000000000"
