"""The in-process layer: order, groups, threads, and an overflow that is told."""

from __future__ import annotations

import asyncio
import threading

import pytest

from chat.hints import (
    AgentHint,
    ConversationHint,
    InboxHint,
    MessageHint,
    TurnHint,
    TypingHint,
    from_wire,
    to_wire,
)
from chat.hub import ChannelGone, InProcessLayer


async def received(layer: InProcessLayer, channel: str) -> object:
    return await asyncio.wait_for(layer.receive(channel), 2)


async def test_group_members_receive_in_order_and_others_nothing():
    layer = InProcessLayer()
    one, two, other = [await layer.new_channel() for _ in range(3)]
    for channel in (one, two):
        await layer.group_add("g", channel)
    await layer.group_send("g", {"type": "a"})
    await layer.group_send("g", {"type": "b"})
    for channel in (one, two):
        assert await received(layer, channel) == {"type": "a"}
        assert await received(layer, channel) == {"type": "b"}
    await layer.send(other, {"type": "c"})
    assert await received(layer, other) == {"type": "c"}


async def test_leaving_a_group_ends_receiving():
    layer = InProcessLayer()
    channel = await layer.new_channel()
    await layer.group_add("g", channel)
    await layer.group_discard("g", channel)
    await layer.group_send("g", {"type": "a"})
    await layer.send(channel, {"type": "b"})
    assert await received(layer, channel) == {"type": "b"}
    assert layer.count_groups() == 0


async def test_full_mailbox_becomes_one_overflow():
    layer = InProcessLayer(capacity=3)
    channel = await layer.new_channel()
    await layer.group_add("g", channel)
    for number in range(4):
        layer.deliver([("g", {"type": f"event.{number}"})])
    await asyncio.sleep(0)
    assert await received(layer, channel) == {"type": "layer.overflow"}
    layer.deliver([("g", {"type": "later"})])
    assert await received(layer, channel) == {"type": "later"}


async def test_delivery_from_another_thread_wakes_the_receiver():
    layer = InProcessLayer()
    channel = await layer.new_channel()
    await layer.group_add("g", channel)
    waiting = asyncio.create_task(received(layer, channel))
    await asyncio.sleep(0)
    thread = threading.Thread(target=lambda: layer.deliver([("g", {"type": "a"})]))
    thread.start()
    assert await waiting == {"type": "a"}
    thread.join()


async def test_everybody_is_told_of_a_loss():
    layer = InProcessLayer()
    channels = [await layer.new_channel() for _ in range(3)]
    layer.overflow_all()
    for channel in channels:
        assert await received(layer, channel) == {"type": "layer.overflow"}


async def test_removed_channel_leaves_nothing_behind():
    layer = InProcessLayer()
    channel = await layer.new_channel()
    await layer.group_add("g", channel)
    layer.remove(channel)
    assert (layer.count_channels(), layer.count_groups()) == (0, 0)
    with pytest.raises(ChannelGone):
        await layer.send(channel, {"type": "a"})
    with pytest.raises(ChannelGone):
        await layer.group_add("g", channel)
    layer.deliver([("g", {"type": "a"})])


async def test_cancelled_receiver_leaves_nothing_behind():
    layer = InProcessLayer()
    channel = await layer.new_channel()
    await layer.group_add("g", channel)
    task = asyncio.create_task(layer.receive(channel))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert (layer.count_channels(), layer.count_groups()) == (0, 0)


def test_loop_that_is_gone_is_passed_over():
    layer = InProcessLayer()

    async def make() -> str:
        channel = await layer.new_channel()
        await layer.group_add("g", channel)
        return channel

    asyncio.run(make())
    layer.deliver([("g", {"type": "a"})])
    layer.overflow_all()


HINTS = [
    MessageHint("c", 5, note=True),
    ConversationHint("c"),
    InboxHint(3, "c"),
    TypingHint("c", "bot", typing=True, source="x"),
    AgentHint(9),
    TurnHint(),
]


def test_hints_travel_as_they_are_and_not_back_to_their_sender():
    wire = to_wire(HINTS, origin="a")
    assert from_wire(wire, own_origin="b") == HINTS
    assert from_wire(wire, own_origin="a") == []


def test_groups_are_narrow():
    assert [hint.group for hint in HINTS] == [
        "conversation.c",
        "conversation.c",
        "inbox.3",
        "conversation.c",
        "agent.9",
        "turns",
    ]


@pytest.mark.parametrize("wire", ["", "x", "[]", "{}", '{"origin": "b"}', '{"origin": "b", "hints": [["x"]]}'])
def test_what_is_not_ours_is_refused(wire):
    with pytest.raises((ValueError, KeyError, TypeError)):
        from_wire(wire, own_origin="a")
