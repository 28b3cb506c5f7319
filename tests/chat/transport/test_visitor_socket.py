"""One contract test for each frame of a visitor, on the whole application with real tokens."""

from __future__ import annotations

import asyncio
import threading

import pytest
from asgiref.sync import sync_to_async

from chat import limits
from chat.actions.agents import ensure_agent
from chat.actions.conversations import take_conversation
from chat.actions.handoffs import request_handoff
from chat.actions.messages import add_note, post_agent_message
from chat.actions.typing import announce_typing
from chat.models import Conversation, Handoff, Message, Turn, Visitor
from chat.models.conversations import ConversationStatus
from chat.models.turns import TurnStatus
from tests.chat.transport.conftest import ORIGIN, new_id

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.socket]


async def test_session_open_tells_state_and_replays(sockets, visitor):
    socket = sockets.make("/ws/chat/shop/", (b"origin", ORIGIN))
    assert await socket.connect()
    await socket.send("session.open", token=visitor.token, cursors={})
    opened = await socket.expect("session.opened")
    assert opened == {
        "conversation": str(visitor.conversation.uuid),
        "status": "bot",
        "agent": None,
        "sequence": 0,
        "locale": "en",
    }
    resumed = await socket.expect("messages.resumed")
    assert resumed == {"conversation": str(visitor.conversation.uuid), "sequence": 0}


async def test_session_open_changes_the_language(sockets, visitor):
    socket = sockets.make("/ws/chat/shop/", (b"origin", ORIGIN))
    assert await socket.connect()
    await socket.send("session.open", token=visitor.token, cursors={}, locale="zh-CN")
    assert (await socket.expect("session.opened"))["locale"] == "zh-hans"
    assert (await Conversation.objects.aget()).locale == "zh-hans"
    assert (await Visitor.objects.aget()).locale == "zh-hans"


async def test_message_is_acknowledged_after_its_commit_and_posted_to_both_tabs(sockets, visitor):
    one, two = await sockets.chat(visitor), await sockets.chat(visitor)
    client_id = new_id()
    await one.send("message.send", client_id=client_id, text="Where is my order?")
    acknowledged = await one.expect("message.acknowledged", client_id=client_id)
    assert acknowledged["sequence"] == 1
    message = await Message.objects.aget(conversation=visitor.conversation, sequence=1)
    assert (message.text, message.author) == ("Where is my order?", "visitor")
    posted = await two.expect("message.posted")
    assert posted["client_id"] == client_id
    assert (posted["sequence"], posted["previous"], posted["text"]) == (1, 0, "Where is my order?")
    assert (posted["author"], posted["kind"], posted["agent"], posted["event"]) == ("visitor", "text", None, "")
    assert posted["at"].endswith("Z")
    turn = await Turn.objects.aget(conversation=visitor.conversation)
    assert (turn.status, turn.first_sequence, turn.last_sequence) == (TurnStatus.PENDING, 1, 1)


async def test_what_is_personal_is_masked_before_it_is_stored_or_shown(sockets, visitor):
    socket = await sockets.chat(visitor)
    await socket.send("message.send", client_id=new_id(), text="Call me on 13812345678 please")
    posted = await socket.expect("message.posted")
    assert "13812345678" not in posted["text"]
    assert "13812345678" not in (await Message.objects.aget()).text
    assert posted["text"].startswith("Call me on [")


async def test_messages_of_a_burst_join_one_turn(sockets, visitor):
    socket = await sockets.chat(visitor)
    for number in range(3):
        await socket.send("message.send", client_id=f"burst-{number}", text=f"part {number}")
    for number in range(3):
        await socket.expect("message.acknowledged", client_id=f"burst-{number}")
    turn = await Turn.objects.aget()
    assert (turn.first_sequence, turn.last_sequence) == (1, 3)


async def test_claimed_turn_learns_of_newer_messages_and_stays_claimed(sockets, visitor):
    socket = await sockets.chat(visitor)
    await socket.send("message.send", client_id=new_id(), text="first")
    await socket.expect("message.acknowledged")
    await Turn.objects.aupdate(status=TurnStatus.CLAIMED)
    await socket.send("message.send", client_id=new_id(), text="second")
    await socket.expect("message.acknowledged")
    turn = await Turn.objects.aget()
    assert (turn.status, turn.last_sequence) == (TurnStatus.CLAIMED, 2)


async def test_resend_finds_the_stored_message(sockets, visitor):
    socket = await sockets.chat(visitor)
    for _ in range(3):
        await socket.send("message.send", client_id="same", text="My number is 13812345678")
        assert (await socket.expect("message.acknowledged"))["sequence"] == 1
    assert await Message.objects.acount() == 1
    await socket.send("message.send", client_id="same", text="My number is 13912345678")
    error = await socket.expect("error")
    assert (error["code"], error["client_id"]) == ("client_id_reused", "same")
    assert await Message.objects.acount() == 1


async def test_messages_resume_replays_what_was_missed_in_order(sockets, visitor):
    first = await sockets.chat(visitor)
    for number in range(1, 6):
        await first.send("message.send", client_id=f"m{number}", text=f"text {number}")
        await first.expect("message.acknowledged", client_id=f"m{number}")
    await first.disconnect()
    second = await sockets.chat(visitor, after=3)
    replayed = [frame["data"] for frame in second.seen if frame["type"] == "message.posted"]
    assert [(one["previous"], one["sequence"]) for one in replayed] == [(3, 4), (4, 5)]
    await second.send("messages.resume", conversation=str(visitor.conversation.uuid), after=1)
    assert (await second.expect("messages.resumed"))["sequence"] == 5
    replayed = [frame["data"]["sequence"] for frame in second.seen if frame["type"] == "message.posted"]
    assert replayed == [4, 5, 2, 3, 4, 5]


async def test_long_replay_comes_in_pages_complete_and_in_order(sockets, visitor):
    now = visitor.conversation.last_activity_at
    await Message.objects.abulk_create(
        Message(
            conversation=visitor.conversation,
            sequence=number,
            author="visitor",
            text=f"text {number}",
            created_at=now,
        )
        for number in range(1, 331)
    )
    await Conversation.objects.aupdate(sequence=330, visitor_sequence=330)
    socket = await sockets.chat(visitor)
    sequences = [frame["data"]["sequence"] for frame in socket.seen if frame["type"] == "message.posted"]
    assert sequences == list(range(1, 331))


async def test_cursor_beyond_the_end_counts_as_the_end(sockets, visitor):
    one = await sockets.chat(visitor)
    await one.send("message.send", client_id=new_id(), text="hello")
    await one.expect("message.acknowledged")
    two = await sockets.chat(visitor, after=900)
    assert two.seen[-1]["data"]["sequence"] == 1
    await one.send("message.send", client_id=new_id(), text="again")
    posted = await two.expect("message.posted")
    assert (posted["previous"], posted["sequence"]) == (1, 2)


async def test_notes_never_reach_the_visitor_and_leave_no_gap(sockets, visitor, make_user):
    agent = await sync_to_async(make_user)("lin", "agent")
    await sync_to_async(ensure_agent)(agent)
    live = await sockets.chat(visitor)
    await live.send("message.send", client_id=new_id(), text="hello")
    await live.expect("message.posted")
    await sync_to_async(add_note)(conversation=visitor.conversation, actor=agent, text="difficult customer")
    await live.send("message.send", client_id=new_id(), text="still there?")
    posted = await live.expect("message.posted")
    assert (posted["previous"], posted["sequence"]) == (1, 3)
    replayed = await sockets.chat(visitor)
    assert not any("difficult" in str(frame) for frame in live.seen + replayed.seen)
    numbers = [
        (frame["data"]["previous"], frame["data"]["sequence"])
        for frame in replayed.seen
        if frame["type"] == "message.posted"
    ]
    assert numbers == [(0, 1), (1, 3)]


async def test_typing_reaches_the_others_only(sockets, visitor):
    one, two = await sockets.chat(visitor), await sockets.chat(visitor)
    await one.send("typing.set", typing=True)
    assert await one.is_quiet()
    # Visitors are not told of their own other tab; the assistant and agents are who types for them.
    assert await two.is_quiet()
    await sync_to_async(announce_typing)(conversation=visitor.conversation.uuid, author="bot", typing=True)
    for socket in (one, two):
        told = await socket.expect("typing.changed")
        assert told == {"conversation": str(visitor.conversation.uuid), "author": "bot", "typing": True}


async def test_handoff_request_stores_the_line_and_tells_the_visitor(sockets, visitor):
    socket = await sockets.chat(visitor)
    for _ in range(2):
        await socket.send("handoff.request", client_id="please")
        assert (await socket.expect("message.acknowledged", client_id="please"))["sequence"] == 1
    updated = (
        await socket.expect("conversation.updated")
        if not any(frame["type"] == "conversation.updated" for frame in socket.seen)
        else next(frame["data"] for frame in socket.seen if frame["type"] == "conversation.updated")
    )
    assert (updated["status"], updated["waiting_position"]) == ("waiting", 1)
    told = [frame["data"] for frame in socket.seen if frame["type"] == "message.posted"]
    assert [(one["author"], one["kind"], one["event"]) for one in told] == [
        ("visitor", "text", ""),
        ("system", "event", "handoff_requested"),
    ]
    assert await Handoff.objects.acount() == 1
    assert not await Turn.objects.aexists()


async def test_frames_of_one_socket_take_effect_in_their_order(sockets, visitor):
    socket = await sockets.chat(visitor)
    await socket.send("message.send", client_id="first", text="one more thing")
    await socket.send("handoff.request", client_id="then")
    assert (await socket.expect("message.acknowledged", client_id="first"))["sequence"] == 1
    assert (await socket.expect("message.acknowledged", client_id="then"))["sequence"] == 2


async def test_visitor_sees_the_agent_come_and_write(sockets, visitor, make_user):
    user = await sync_to_async(make_user)("lin", "agent", first_name="Lin", last_name="Wei")
    await sync_to_async(ensure_agent)(user)
    socket = await sockets.chat(visitor)
    await sync_to_async(request_handoff)(conversation=visitor.conversation, reason="visitor", actor=None)
    assert (await socket.expect("conversation.updated"))["status"] == "waiting"
    await sync_to_async(take_conversation)(conversation=visitor.conversation, actor=user)
    updated = await socket.expect("conversation.updated")
    assert (updated["status"], updated["agent"], updated["waiting_position"]) == ("active", "Lin Wei", None)
    await sync_to_async(post_agent_message)(conversation=visitor.conversation, actor=user, text="Good day")
    posted = await socket.expect("message.posted", author="agent")
    assert (posted["agent"], posted["text"]) == ("Lin Wei", "Good day")
    assert not await Turn.objects.aexists()
    await socket.send("message.send", client_id=new_id(), text="Thanks")
    await socket.expect("message.acknowledged")
    assert not await Turn.objects.aexists()


async def test_resolved_conversation_reopens_silently_with_the_assistant(sockets, visitor):
    await Conversation.objects.aupdate(
        status=ConversationStatus.RESOLVED,
        dialogue_state={"flow": "old"},
        resolved_at=visitor.conversation.opened_at,
    )
    socket = await sockets.chat(visitor)
    await socket.send("message.send", client_id=new_id(), text="One more thing")
    assert (await socket.expect("conversation.updated"))["status"] == "bot"
    fresh = await Conversation.objects.aget()
    assert (fresh.status, fresh.dialogue_state, fresh.resolved_at) == (ConversationStatus.BOT, {}, None)
    assert await Turn.objects.acount() == 1
    assert await Message.objects.acount() == 1


async def test_heartbeat_carries_the_last_sequence(sockets, visitor, monkeypatch):
    monkeypatch.setattr("chat.consumers.base.HEARTBEAT_SECONDS", 0.1)
    socket = await sockets.chat(visitor)
    await socket.send("message.send", client_id=new_id(), text="hello")
    await socket.expect("message.posted")
    beat = await socket.expect("conversation.heartbeat", sequence=1)
    assert beat["conversation"] == str(visitor.conversation.uuid)


async def test_heartbeat_finds_what_no_hint_told(sockets, visitor, monkeypatch, settings):
    monkeypatch.setattr("chat.consumers.base.HEARTBEAT_SECONDS", 0.5)
    # Without the look at the table, as in an installation whose Redis lost the hint.
    monkeypatch.setattr("chat.live.tail.Tail.look", lambda self: 0)
    socket = await sockets.chat(visitor)
    await Message.objects.acreate(
        conversation=visitor.conversation,
        sequence=1,
        author="bot",
        text="Did you get this?",
        created_at=visitor.conversation.opened_at,
    )
    await Conversation.objects.aupdate(sequence=1)
    assert (await socket.expect("message.posted"))["text"] == "Did you get this?"


async def test_frames_before_the_opening_one_are_refused(sockets, visitor):
    socket = sockets.make("/ws/chat/shop/", (b"origin", ORIGIN))
    assert await socket.connect()
    await socket.send("message.send", client_id="early", text="hello")
    error = await socket.expect("error")
    assert (error["code"], error["client_id"]) == ("not_opened", "early")
    assert not await Message.objects.aexists()


async def test_second_opening_frame_is_refused(sockets, visitor):
    socket = await sockets.chat(visitor)
    await socket.send("session.open", token=visitor.token, cursors={})
    assert (await socket.expect("error"))["code"] == "wrong_state"


async def test_socket_that_never_opens_is_closed(sockets, visitor, monkeypatch):
    monkeypatch.setattr("chat.consumers.base.OPEN_SECONDS", 0.1)
    silent = sockets.make("/ws/chat/shop/", (b"origin", ORIGIN))
    assert await silent.connect()
    opened = await sockets.chat(visitor)
    assert await silent.expect_close() == 1013
    assert await opened.is_quiet()


async def test_slow_database_is_not_the_clients_fault(sockets, visitor, monkeypatch):
    monkeypatch.setattr("chat.consumers.base.OPEN_SECONDS", 0.1)
    gate = threading.Event()
    monkeypatch.setattr("chat.consumers.visitor.note_visit", lambda **_: gate.wait(10))
    waiting, silent = (sockets.make("/ws/chat/shop/", (b"origin", ORIGIN)) for _ in range(2))
    try:
        assert await waiting.connect()
        await waiting.send("session.open", token=visitor.token, cursors={})
        assert await silent.connect()
        assert await silent.expect_close() == 1013
        assert await waiting.is_quiet()
    finally:
        gate.set()
    await waiting.expect("session.opened")


async def test_messages_over_the_rate_are_refused_and_can_be_sent_again(sockets, visitor, settings):
    settings.SOCKET_MESSAGES_PER_SECOND = 1
    socket = await sockets.chat(visitor)
    for number in range(limits.BURST + 1):
        await socket.send("message.send", client_id=f"m{number}", text="hello")
    error = await socket.expect("error")
    assert (error["code"], error["client_id"]) == ("rate_limited", f"m{limits.BURST}")
    acknowledged = {f["data"]["client_id"] for f in socket.seen if f["type"] == "message.acknowledged"}
    while len(acknowledged) < limits.BURST:
        acknowledged.add((await socket.expect("message.acknowledged"))["client_id"])
    assert acknowledged == {f"m{number}" for number in range(limits.BURST)}


async def test_who_does_not_stop_is_closed(sockets, visitor, settings, monkeypatch):
    settings.SOCKET_FRAMES_PER_SECOND = 1
    monkeypatch.setattr("chat.consumers.base.MOST_REFUSALS", 3)
    socket = await sockets.chat(visitor)
    for _ in range(8):
        await socket.send("typing.set", typing=True)
    assert await socket.expect_close() == 4429


async def test_one_address_may_have_so_many_sockets(sockets, visitor, settings):
    settings.SOCKETS_PER_ADDRESS = 1
    first = await sockets.chat(visitor)
    second = sockets.make("/ws/chat/shop/", (b"origin", ORIGIN))
    assert await second.connect()
    assert await second.expect_close() == 4429
    await first.disconnect()
    await sockets.chat(visitor)


async def test_eight_messages_in_work_stop_the_reading_not_the_writing(sockets, visitor):
    socket = await sockets.chat(visitor)
    ids = [f"m{number}" for number in range(25)]
    await asyncio.gather(*(socket.send("message.send", client_id=one, text="hello") for one in ids))
    acknowledged = {}
    while len(acknowledged) < len(ids):
        data = await socket.expect("message.acknowledged")
        acknowledged[data["client_id"]] = data["sequence"]
    assert sorted(acknowledged.values()) == list(range(1, 26))
