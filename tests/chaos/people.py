"""The visitors and the agents of the chaos test."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from typing import Any

from websockets.asyncio.client import ClientConnection

from tests.chaos.client import Client

QUESTIONS = (
    "where is my order",
    "how do I return this",
    "thank you very much",
    "hello there",
    "can I pay with a card",
)


class Board:
    """What visitors and agents share.

    The conversations that wait for a person, and whether new work is still given.
    """

    def __init__(self) -> None:
        self.waiting: deque[str] = deque()
        self.open = True


class Visitor(Client):
    """Writes questions, and now and then asks for a person."""

    def __init__(self, *, token: str, conversation: str, board: Board, **options: Any) -> None:
        super().__init__(**options)
        self.token = token
        self.conversation = conversation
        self.board = board
        self.status = "bot"
        self.follow(conversation)

    async def open(self, socket: ClientConnection) -> None:
        """First frame: token and cursor."""
        frame = {"token": self.token, "cursors": dict(self.cursors), "locale": "en"}
        await socket.send(json.dumps({"type": "session.open", "v": 1, "data": frame}))

    async def on_frame(self, kind: str, data: dict[str, Any]) -> None:
        """Keep who has the conversation, and put it on the board when it waits."""
        if kind in {"session.opened", "conversation.updated"}:
            self.status = data["status"]
            if self.status == "waiting" and self.conversation not in self.board.waiting:
                self.board.waiting.append(self.conversation)
        if kind == "session.opened":
            self.opened.set()
            await self.flush()

    async def write(self, *, pause: float) -> None:
        """Write for as long as the board is open, faster than one answer takes, so that bursts happen."""
        number = 0
        while self.board.open:
            await asyncio.sleep(pause * (0.3 + 1.4 * self.random.random()))
            if len(self.outbox) > 20:
                continue  # a person, too, waits when nothing goes out
            number += 1
            if self.random.random() < 0.08 and self.status == "bot":
                self.put("handoff.request", conversation=self.conversation, text="")
            else:
                text = f"{self.random.choice(QUESTIONS)} {letters(number)} {self.name}"
                self.put("message.send", conversation=self.conversation, text=text)
            await self.flush()


class Agent(Client):
    """Takes conversations that wait, answers some messages, and gives them back."""

    def __init__(self, *, board: Board, **options: Any) -> None:
        super().__init__(**options)
        self.board = board
        self.wanted = ""
        self.mine: dict[str, int] = {}

    async def open(self, socket: ClientConnection) -> None:
        """First frame: what is watched."""
        await socket.send(json.dumps({"type": "desk.open", "v": 1, "data": {"cursors": dict(self.cursors)}}))

    async def on_frame(self, kind: str, data: dict[str, Any]) -> None:
        """Note what was taken, and by whom."""
        if kind == "desk.opened":
            self.opened.set()
            if self.wanted:  # the request may have been lost with the former socket
                self.board.waiting.append(self.wanted)
                self.wanted = ""
            await self.flush()
        elif kind == "conversation.updated":
            conversation, status = data["conversation"], data["status"]
            if status == "active" and data["agent"] == self.name:
                self.mine.setdefault(conversation, 0)
            else:
                self.mine.pop(conversation, None)
            if conversation == self.wanted and status != "waiting":
                self.wanted = ""
        elif kind == "error" and data["code"] in {"already_taken", "wrong_state", "at_capacity"}:
            self.wanted = ""

    async def on_message(self, data: dict[str, Any]) -> None:
        """Answer the visitor while the conversation is ours."""
        conversation = data["conversation"]
        if data["author"] == "visitor" and conversation in self.mine and self.board.open:
            self.mine[conversation] += 1
            self.put(
                "message.send",
                conversation=conversation,
                text=f"An answer from {self.name} {letters(self.count)}",
            )
            await self.flush()

    def put(self, kind: str, *, conversation: str, text: str, **data: Any) -> str:
        """A desk's message names its conversation."""
        client_id = super().put(kind, conversation=conversation, text=text, **data)
        self.outbox[client_id]["data"]["conversation"] = conversation
        return client_id

    async def work(self, *, pause: float) -> None:
        """Look at the board, take one, answer, leave a note now and then, give back or resolve."""
        while self.board.open:
            await asyncio.sleep(pause * (0.3 + 1.4 * self.random.random()))
            if not self.opened.is_set():
                continue
            for conversation, answers in list(self.mine.items()):
                if answers >= 3 and not self.outbox:
                    self.mine.pop(conversation)
                    verb = self.random.choice(("conversation.return", "conversation.resolve"))
                    await self.send(verb, conversation=conversation)
                elif self.random.random() < 0.1:
                    self.put("note.add", conversation=conversation, text=f"A note {letters(self.count)}")
                    await self.flush()
            if self.board.waiting and not self.wanted and len(self.mine) < 3 and len(self.cursors) < 40:
                self.wanted = self.board.waiting.popleft()
                self.follow(self.wanted)
                watched = {"conversation": self.wanted, "after": self.cursors[self.wanted]}
                await self.send("conversation.watch", **watched)
                await self.send("conversation.take", conversation=self.wanted)


def letters(number: int) -> str:
    """A number in letters, so that no masking rule takes it for somebody's."""
    word = ""
    while True:
        number, digit = divmod(number, 26)
        word = chr(ord("a") + digit) + word
        if number == 0:
            return word
