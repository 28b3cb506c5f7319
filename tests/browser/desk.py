"""A member of staff on a real desk socket, so that tests of the customer's side have somebody to talk to."""

from __future__ import annotations

import json
import uuid
from types import TracebackType
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.browser.installation import Installation

PATIENCE = 10.0


class Desk:
    """Use as a context; every wait fails after ten seconds."""

    def __init__(self, installation: Installation, role: str = "agent") -> None:
        self.installation = installation
        self.role = role
        self.socket: ClientConnection | None = None

    def __enter__(self) -> Desk:
        where = self.installation
        self.socket = connect(
            f"ws://127.0.0.1:{where.stack.port}/ws/desk/",
            origin=where.origin,  # type: ignore[arg-type]
            additional_headers={"Cookie": f"{where.cookie_name}={where.cookies[self.role]}"},
            compression=None,
        )
        self.send("desk.open", cursors={})
        self.wait_for("desk.opened")
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self.socket is not None:
            self.socket.close()

    def send(self, type_: str, **data: object) -> None:
        """One frame."""
        assert self.socket is not None
        self.socket.send(json.dumps({"type": type_, "v": 1, "data": data}))

    def wait_for(self, type_: str, **expected: object) -> dict[str, Any]:
        """The data of the next frame of a type with these values; the others are passed over."""
        assert self.socket is not None
        while True:
            frame = json.loads(self.socket.recv(timeout=PATIENCE))
            data: dict[str, Any] = frame["data"]
            assert frame["type"] != "error", data
            if frame["type"] == type_ and all(data.get(name) == value for name, value in expected.items()):
                return data

    def take_next(self) -> str:
        """Take the conversation that comes into the queue next; its id."""
        conversation = str(self.wait_for("inbox.changed", status="waiting")["conversation"])
        self.send("conversation.watch", conversation=conversation, after=0)
        self.wait_for("messages.resumed", conversation=conversation)
        self.send("conversation.take", conversation=conversation)
        self.wait_for("conversation.updated", conversation=conversation, status="active")
        return conversation

    def reply(self, conversation: str, text: str) -> None:
        """Say something to the customer, and wait until it is stored."""
        client_id = uuid.uuid4().hex
        self.send("message.send", conversation=conversation, client_id=client_id, text=text)
        self.wait_for("message.acknowledged", client_id=client_id)
