"""Malformed frames: each is answered with its error and the socket goes on; too many close it."""

from __future__ import annotations

import json

import pytest

from chat.decoding import MAX_BYTES, READABLE_CHARACTERS
from tests.chat.transport.conftest import ORIGIN

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.socket]

CONVERSATION = "00000000-0000-4000-8000-000000000000"


def frame(name: object = "message.send", v: object = 1, **data: object) -> str:
    return json.dumps({"type": name, "v": v, "data": data})


def send(**data: object) -> str:
    return frame("message.send", **({"client_id": "a", "text": "hello"} | data))


MALFORMED = [
    ("empty", "", "bad_frame"),
    ("blank", "   ", "bad_frame"),
    ("not JSON", "hello", "bad_frame"),
    ("cut off", '{"type": "message.send"', "bad_frame"),
    ("two values", "{} {}", "bad_frame"),
    ("a number", "1", "bad_frame"),
    ("a string", '"message.send"', "bad_frame"),
    ("null", "null", "bad_frame"),
    ("a list", "[]", "bad_frame"),
    ("single quotes", "{'type': 'message.send'}", "bad_frame"),
    ("no type", '{"v": 1, "data": {}}', "bad_frame"),
    ("type is a number", frame(7), "bad_frame"),
    ("type is empty", frame(""), "bad_frame"),
    ("type is a list", frame(["message.send"]), "bad_frame"),
    ("type is an object", frame({}), "bad_frame"),
    ("no version", '{"type": "message.send", "data": {}}', "bad_frame"),
    ("version 2", frame(v=2), "bad_frame"),
    ("version true", frame(v=True), "bad_frame"),
    ("version text", frame(v="1"), "bad_frame"),
    ("data is a list", '{"type": "message.send", "v": 1, "data": []}', "bad_frame"),
    ("data is null", '{"type": "message.send", "v": 1, "data": null}', "bad_frame"),
    ("data is a text", '{"type": "message.send", "v": 1, "data": "x"}', "bad_frame"),
    ("repeated key", '{"type": "message.send", "type": "typing.set", "v": 1, "data": {}}', "bad_frame"),
    (
        "repeated key inside",
        '{"type": "message.send", "v": 1, "data": {"client_id": "a", "text": "x", "text": "y"}}',
        "bad_frame",
    ),
    ("NaN", '{"type": "typing.set", "v": 1, "data": {"typing": NaN}}', "bad_frame"),
    ("Infinity", '{"type": "typing.set", "v": 1, "data": {"typing": Infinity}}', "bad_frame"),
    ("minus Infinity", '{"type": "typing.set", "v": 1, "data": {"typing": -Infinity}}', "bad_frame"),
    ("nine levels", frame(deep=json.loads("[" * 7 + "]" * 7)), "bad_frame"),
    ("thousands of levels", "[" * 9000 + "]" * 7000, "bad_frame"),
    ("half a surrogate", '{"type": "message.send", "v": 1, "data": {"text": "\\ud83d"}}', "bad_frame"),
    ("a number of 5000 digits", '{"type": "typing.set", "v": ' + "1" * 5000 + "}", "bad_frame"),
    ("too many bytes", frame(text="a" * MAX_BYTES), "too_large"),
    ("too many bytes in few characters", send(text="商" * 6000).encode().decode("unicode_escape"), "too_large"),
    ("unknown type", frame("message.delete"), "unknown_type"),
    ("a server's type", frame("message.posted"), "unknown_type"),
    ("a desk's type", frame("conversation.take", conversation=CONVERSATION), "unknown_type"),
    ("a note", frame("note.add", conversation=CONVERSATION, client_id="a", text="x"), "unknown_type"),
    ("a method's name", frame("__class__"), "unknown_type"),
    ("no client_id", frame("message.send", text="hello"), "invalid"),
    ("client_id is a number", send(client_id=5), "invalid"),
    ("client_id is empty", send(client_id=""), "invalid"),
    ("client_id is long", send(client_id="a" * 65), "invalid"),
    ("client_id with a blank", send(client_id="a b"), "invalid"),
    ("client_id with a line end", send(client_id="a\n"), "invalid"),
    ("no text", frame("message.send", client_id="a"), "invalid"),
    ("text is null", send(text=None), "invalid"),
    ("text is a number", send(text=1), "invalid"),
    ("text is a list", send(text=["hello"]), "invalid"),
    ("text is empty", send(text=""), "invalid"),
    ("text is blank", send(text=" \n\t\u3000"), "invalid"),
    ("text is too long", send(text="a" * 4001), "invalid"),
    ("text has a NUL", send(text="a\x00b"), "invalid"),
    ("conversation is a number", frame("messages.resume", conversation=1, after=0), "invalid"),
    ("conversation is no UUID", frame("messages.resume", conversation="x" * 36, after=0), "invalid"),
    ("after is negative", frame("messages.resume", conversation=CONVERSATION, after=-1), "invalid"),
    ("after is a fraction", frame("messages.resume", conversation=CONVERSATION, after=1.5), "invalid"),
    ("after is true", frame("messages.resume", conversation=CONVERSATION, after=True), "invalid"),
    ("after is huge", frame("messages.resume", conversation=CONVERSATION, after=2**31), "invalid"),
    ("after is a text", frame("messages.resume", conversation=CONVERSATION, after="0"), "invalid"),
    ("typing is a text", frame("typing.set", typing="yes"), "invalid"),
    ("typing is missing", frame("typing.set"), "invalid"),
]


@pytest.mark.parametrize("start", range(0, len(MALFORMED), 7))
async def test_malformed_frames_are_answered_and_the_socket_lives(sockets, visitor, start):
    socket = await sockets.chat(visitor)
    for name, text, code in MALFORMED[start : start + 7]:
        await socket.raw(text)
        error = await socket.expect("error")
        assert (name, error["code"]) == (name, code)
    await socket.send("message.send", client_id="fine", text="still works")
    await socket.expect("message.acknowledged", client_id="fine")


async def test_half_a_surrogate_is_refused_by_its_client_id(sockets, visitor):
    socket = await sockets.chat(visitor)
    await socket.raw(send(client_id="torn", text="half \ud83d"))
    assert (await socket.expect("error", code="bad_frame"))["client_id"] == "torn"
    await socket.raw(send(client_id="a b", text="half \ud83d"))
    assert (await socket.expect("error", code="bad_frame"))["client_id"] is None
    await socket.raw(send(client_id="whole", text="both \ud83d\ude00"))
    await socket.expect("message.acknowledged", client_id="whole")


@pytest.mark.parametrize(
    ("text", "client_id"),
    [
        (send(client_id="long", text="a" * MAX_BYTES), "long"),
        (send(client_id="wide", text="商" * 6000).encode().decode("unicode_escape"), "wide"),
        (send(client_id="a b", text="a" * MAX_BYTES), None),
        (send(client_id="endless", text="a" * READABLE_CHARACTERS), None),
        (send(client_id="torn", text="a" * MAX_BYTES)[:-1], None),
        ("[" * READABLE_CHARACTERS, None),
        (json.dumps(["x" * MAX_BYTES]), None),
    ],
    ids=["characters", "bytes", "bad name", "far too large", "no JSON", "levels", "no object"],
)
async def test_what_is_too_large_is_refused_by_its_client_id(sockets, visitor, text, client_id):
    socket = await sockets.chat(visitor)
    await socket.raw(text)
    assert (await socket.expect("error", code="too_large"))["client_id"] == client_id
    await socket.send("message.send", client_id="fine", text="still works")
    await socket.expect("message.acknowledged", client_id="fine")


OPENING = [
    ("token is null", {"token": None, "cursors": {}}),
    ("token is a number", {"token": 7, "cursors": {}}),
    ("token is a list", {"token": ["x"], "cursors": {}}),
    ("token is short", {"token": "x", "cursors": {}}),
    ("token with a blank", {"token": "a" * 42 + " ", "cursors": {}}),
    ("token is missing", {"cursors": {}}),
    ("cursors are a list", {"token": "A" * 43, "cursors": []}),
    ("cursors are null", {"token": "A" * 43, "cursors": None}),
    ("cursor's key is no UUID", {"token": "A" * 43, "cursors": {"x": 1}}),
    ("cursor is a text", {"token": "A" * 43, "cursors": {CONVERSATION: "1"}}),
    (
        "too many cursors",
        {"token": "A" * 43, "cursors": {f"{n:08}-0000-4000-8000-000000000000": 0 for n in range(51)}},
    ),
    ("locale is a number", {"token": "A" * 43, "cursors": {}, "locale": 5}),
    ("locale is no tag", {"token": "A" * 43, "cursors": {}, "locale": "../../etc"}),
]


@pytest.mark.parametrize(("name", "data"), OPENING, ids=[name for name, _ in OPENING])
async def test_malformed_opening_frames_leave_the_door_open(sockets, visitor, name, data):
    socket = sockets.make("/ws/chat/shop/", (b"origin", ORIGIN))
    assert await socket.connect()
    await socket.send("session.open", **data)
    assert (await socket.expect("error"))["code"] == "invalid"
    await socket.send("session.open", token=visitor.token, cursors={})
    await socket.expect("session.opened")


async def test_binary_frames_are_refused(sockets, visitor):
    socket = await sockets.chat(visitor)
    await socket.communicator.send_to(bytes_data=b'{"type": "typing.set", "v": 1, "data": {"typing": true}}')
    assert (await socket.expect("error"))["code"] == "bad_frame"


async def test_unknown_fields_are_ignored(sockets, visitor):
    socket = await sockets.chat(visitor)
    await socket.raw(
        '{"type": "message.send", "v": 1, "later": 1, "data": {"client_id": "a", "text": "hi", "mood": []}}'
    )
    await socket.expect("message.acknowledged", client_id="a")


async def test_largest_allowed_text_is_stored(sockets, visitor):
    socket = await sockets.chat(visitor)
    await socket.raw(
        json.dumps(
            {"type": "message.send", "v": 1, "data": {"client_id": "a", "text": "商" * 4000}}, ensure_ascii=False
        )
    )
    await socket.expect("message.acknowledged", client_id="a")
    assert len((await socket.expect("message.posted"))["text"]) == 4000


async def test_ten_bad_frames_close_the_socket(sockets, visitor):
    socket, other = await sockets.chat(visitor), await sockets.chat(visitor)
    for _ in range(10):
        await socket.raw("nonsense")
    assert await socket.expect_close() == 4400
    assert await other.is_quiet()
