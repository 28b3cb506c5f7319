"""One visitor: a session by the HTTP interface, then frames of docs/protocol.md on a real socket."""

from __future__ import annotations

import json
import time
import urllib.request
import uuid
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

import jwt
from websockets.sync.client import ClientConnection, connect

PATIENCE = 60.0
SECONDS = 300
HOST_KEY = "the key of the page that the recorded customers are signed in on"


def signed(profile: Mapping[str, str], site: str) -> str:
    """The customer of a recorded conversation as the host page would vouch for them (docs/profile.md)."""
    nobody_before, once = uuid.uuid4().hex, uuid.uuid4().hex
    claims = {"aud": site, "sub": nobody_before, "exp": int(time.time()) + SECONDS, "jti": once}
    return jwt.encode({**claims, "attributes": dict(profile)}, HOST_KEY, algorithm="HS256")


class Silence(Exception):
    """The server did not say what it had to within the time that a customer would wait."""


class Visitor:
    """Use as a context. `send` returns once the message is stored; `hear` waits for a message of the server's."""

    def __init__(self, origin: str, site: str, locale: str, profile: Mapping[str, str]) -> None:
        self.origin = origin
        self.site = site
        self.opening = {"locale": locale} | ({"identity": signed(profile, site)} if profile else {})
        self.conversation = ""
        self.heard: dict[int, dict[str, Any]] = {}
        self.acknowledged: dict[str, int] = {}
        self.kinds: set[str] = set()
        self.socket: ClientConnection | None = None

    def __enter__(self) -> Self:
        request = urllib.request.Request(
            f"http://{self.origin}/api/v1/sites/{self.site}/session",
            data=json.dumps(self.opening).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            session = json.load(answer)
        self.conversation = session["conversation"]
        self.socket = connect(f"ws://{self.origin}/ws/chat/{self.site}/", open_timeout=PATIENCE, proxy=None)
        self._say(
            "session.open", token=session["token"], cursors={self.conversation: 0}, locale=self.opening["locale"]
        )
        self._until(lambda: "session.opened" in self.kinds, "session.opened")
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self.socket is not None:
            self.socket.close()

    def send(self, text: str) -> int:
        """Say something; the sequence under which it is stored."""
        client_id = f"turn-{len(self.acknowledged) + 1}"
        self._say("message.send", client_id=client_id, text=text)
        self._until(lambda: client_id in self.acknowledged, f"message.acknowledged of {text!r}")
        return self.acknowledged[client_id]

    def hear(self, sequence: int) -> dict[str, Any]:
        """The message of this sequence, as the widget would show it."""
        self._until(lambda: sequence in self.heard, f"message.posted {sequence}")
        return self.heard[sequence]

    def _say(self, kind: str, **data: Any) -> None:
        assert self.socket is not None
        self.socket.send(json.dumps({"type": kind, "v": 1, "data": data}))

    def _until(self, condition: Callable[[], bool], wanted: str) -> None:
        give_up_at = time.monotonic() + PATIENCE
        while not condition():
            assert self.socket is not None
            try:
                frame = json.loads(self.socket.recv(timeout=max(give_up_at - time.monotonic(), 0.01)))
            except TimeoutError:
                raise Silence(f"waited {PATIENCE:.0f} s for {wanted}") from None
            self._take(frame)

    def _take(self, frame: dict[str, Any]) -> None:
        kind, data = frame["type"], frame["data"]
        self.kinds.add(kind)
        sequence = data.get("sequence", frame.get("sequence"))
        if kind == "message.acknowledged":
            self.acknowledged[data["client_id"]] = sequence
        elif kind == "message.posted":
            self.heard[sequence] = data
        elif kind == "error":
            raise Silence(f"the server answered {data['code']}: {data['detail']}")
