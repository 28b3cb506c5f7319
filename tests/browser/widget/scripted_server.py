"""A server in the test's hands, for states that otherwise need a crash or a slow colleague.

It answers the chat page's frames with prepared ones.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Page, WebSocketRoute

CONVERSATION = "1f1f1f1f-0000-4000-8000-00000000beef"
TOKEN = "t" * 43
AT = "2026-03-18T06:30:00.000Z"

Answer = Callable[["ScriptedServer", dict[str, Any]], None]


class ScriptedServer:
    """Takes the place of the sockets of a context. `heard` has every frame of the client, in order."""

    def __init__(self, where: BrowserContext | Page, **answers: Answer) -> None:
        self.heard: list[dict[str, Any]] = []
        self.sockets: list[WebSocketRoute] = []
        self.answers = {name.replace("_", "."): answer for name, answer in answers.items()}
        self.history: list[dict[str, Any]] = []
        self.status = "bot"
        self.agent: str | None = None
        where.route_web_socket("**/ws/chat/**", self.connected)

    def connected(self, socket: WebSocketRoute) -> None:
        """A page opened its socket."""
        self.sockets.append(socket)
        socket.on_message(self.received)

    def received(self, text: str | bytes) -> None:
        """A frame of the client: the prepared answer, or the usual one."""
        frame = json.loads(text)
        self.heard.append(frame)
        answer = self.answers.get(frame["type"], USUAL.get(frame["type"]))
        if answer:
            answer(self, frame["data"])

    def frames(self, type_: str) -> list[dict[str, Any]]:
        """The data of every frame of a type that was heard."""
        return [frame["data"] for frame in self.heard if frame["type"] == type_]

    @property
    def sequence(self) -> int:
        """The last sequence given out."""
        return int(self.history[-1]["sequence"]) if self.history else 0

    def say(self, type_: str, **data: object) -> None:
        """Send a frame to the newest socket."""
        self.sockets[-1].send(json.dumps({"type": type_, "v": 1, "data": data}))

    def past(self, author: str, text: str, **more: object) -> dict[str, Any]:
        """Store a message without sending it."""
        message: dict[str, Any] = {
            "conversation": CONVERSATION,
            "sequence": self.sequence + 1,
            "previous": self.sequence,
            "id": f"message-{self.sequence + 1}",
            "author": author,
            "agent": None,
            "kind": "event" if author == "system" else "text",
            "event": "",
            "text": text,
            "citations": [],
            "quick_replies": [],
            "client_id": None,
            "at": AT,
        } | more
        self.history.append(message)
        return message

    def post(self, author: str, text: str, **more: object) -> dict[str, Any]:
        """Store a message and send it."""
        message = self.past(author, text, **more)
        self.say("message.posted", **message)
        return message

    def update(self, status: str, *, agent: str | None = None, position: int | None = None) -> None:
        """Somebody else has the conversation now."""
        self.status, self.agent = status, agent
        self.say(
            "conversation.updated",
            conversation=CONVERSATION,
            status=status,
            agent=agent,
            waiting_position=position,
            sequence=self.sequence,
        )

    def replay(self, after: int) -> None:
        """Send what comes after a sequence."""
        for message in self.history:
            if message["sequence"] > after:
                self.say("message.posted", **message)
        self.say("messages.resumed", conversation=CONVERSATION, sequence=self.sequence)


def open_session(server: ScriptedServer, data: dict[str, Any]) -> None:
    """Accept everybody."""
    server.say(
        "session.opened",
        conversation=CONVERSATION,
        status=server.status,
        agent=server.agent,
        sequence=server.sequence,
        locale="en",
    )
    server.replay(data["cursors"].get(CONVERSATION, 0))


def store(server: ScriptedServer, data: dict[str, Any]) -> None:
    """Acknowledge and post a message, once per client id."""
    known = next((one for one in server.history if one["client_id"] == data["client_id"]), None)
    message = known or server.past("visitor", data.get("text", "A person, please."), client_id=data["client_id"])
    server.say("message.acknowledged", client_id=data["client_id"], sequence=message["sequence"])
    if known is None:
        server.say("message.posted", **message)


def resume(server: ScriptedServer, data: dict[str, Any]) -> None:
    """Replay."""
    server.replay(data["after"])


USUAL: dict[str, Answer] = {
    "session.open": open_session,
    "message.send": store,
    "handoff.request": store,
    "messages.resume": resume,
}


def remember_visitor(where: BrowserContext | Page, *, site: str = "demo-shop") -> None:
    """Make every page of a context one of a visitor who was here before."""
    where.add_init_script(
        f"try {{ localStorage.getItem('xiaoer:{site}:token') ?? "
        f"localStorage.setItem('xiaoer:{site}:token', '{TOKEN}') }} catch {{}}"
    )
