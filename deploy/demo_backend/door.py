"""What every request passes on its way in: the token, faults on demand, and keys of writes that may repeat."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections import OrderedDict
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deploy.demo_backend.errors import error_answer
from deploy.demo_backend.faults import ConnectionDropped, FaultKind, FaultOrder, Faults

WRITES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
LARGEST_BODY: Final = 64 * 1024
LONGEST_KEY: Final = 200
KEPT_ANSWERS: Final = 10_000
OPEN: Final = ("/", "/docs", "/openapi.json", "/style.css", "/healthz")
"""Paths without a token: the description, and whether it is alive."""
GARBAGE: Final = b"<html><body>Please wait while we are updating our systems ..."


@dataclass(frozen=True, slots=True)
class Stored:
    """An answer that was given, and what it was given to."""

    asked: str
    messages: tuple[Message, ...]


class Door:
    """Stands before an ASGI application."""

    def __init__(self, app: ASGIApp, *, token: str, faults: Faults) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode()
        self._faults = faults
        self._answers: OrderedDict[str, Stored] = OrderedDict()
        self._one_write_at_a_time = asyncio.Lock()

    def forget(self) -> None:
        """Drop the stored answers: after a reset the same key does something new."""
        self._answers.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 4403})
            return
        path: str = scope.get("path", "")
        if scope["type"] != "http" or path in OPEN:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not hmac.compare_digest(headers.get("authorization", "").encode(), self._expected):
            refused = error_answer(HTTPStatus.UNAUTHORIZED, "unauthorized", "Send Authorization: Bearer <token>.")
            refused.headers["WWW-Authenticate"] = "Bearer"
            await refused(scope, receive, send)
            return
        body = await read_body(receive)
        if body is None:
            too_large = error_answer(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", f"A body has at most {LARGEST_BODY} bytes."
            )
            await too_large(scope, receive, send)
            return
        fault = None if path.startswith("/demo/") else self._faults.take(path)
        if fault is not None and fault.kind in {FaultKind.ERROR, FaultKind.GARBAGE}:
            await fail(fault, scope, receive, send)
            return
        messages = await self._answer(scope, body, headers.get("idempotency-key", ""))
        if fault is not None and fault.kind is FaultKind.DROP:
            raise ConnectionDropped(path)
        if fault is not None and fault.kind is FaultKind.SLOW:
            await asyncio.sleep(fault.seconds)
        for message in messages:
            await send(message)

    async def _answer(self, scope: Scope, body: bytes, key: str) -> tuple[Message, ...]:
        """The application's answer, or the one that was given to the same key before."""
        if not key or scope["method"] not in WRITES or scope["path"].startswith("/demo/"):
            return await perform(self._app, scope, body)
        if len(key) > LONGEST_KEY:
            return await said(
                scope,
                HTTPStatus.BAD_REQUEST,
                "bad_key",
                f"An Idempotency-Key has at most {LONGEST_KEY} characters.",
            )
        asked = fingerprint(scope, body)
        async with self._one_write_at_a_time:
            stored = self._answers.get(key)
            if stored is not None and stored.asked != asked:
                return await said(
                    scope, HTTPStatus.CONFLICT, "key_reused", "This Idempotency-Key was used for another request."
                )
            if stored is not None:
                return stored.messages
            messages = await perform(self._app, scope, body)
            if messages[0]["status"] < HTTPStatus.INTERNAL_SERVER_ERROR:
                self._answers[key] = Stored(asked, messages)
                if len(self._answers) > KEPT_ANSWERS:
                    self._answers.popitem(last=False)
            return messages


async def read_body(receive: Receive) -> bytes | None:
    """The whole body; None if it is too large."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b"".join(parts)
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > LARGEST_BODY:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)


async def perform(app: ASGIApp, scope: Scope, body: bytes) -> tuple[Message, ...]:
    """Run the application on a body that was read already; what it sends."""
    sent: list[Message] = []
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return tuple(sent)


async def said(scope: Scope, status: HTTPStatus, code: str, message: str) -> tuple[Message, ...]:
    """An error of the door itself."""
    return await perform(error_answer(status, code, message), scope, b"")


async def fail(fault: FaultOrder, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with what was ordered instead of what was asked."""
    if fault.kind is FaultKind.ERROR:
        failed = error_answer(
            HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "The backend failed, as it was told to."
        )
        await failed(scope, receive, send)
        return
    await send(
        {
            "type": "http.response.start",
            "status": int(HTTPStatus.OK),
            "headers": [(b"content-type", b"text/html"), (b"content-length", str(len(GARBAGE)).encode())],
        }
    )
    await send({"type": "http.response.body", "body": GARBAGE})


def fingerprint(scope: Scope, body: bytes) -> str:
    """What a request asks for."""
    digest = hashlib.sha256()
    for part in (scope["method"].encode(), scope["path"].encode(), scope.get("query_string", b""), body):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()
