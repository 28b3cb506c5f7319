"""The demo business backend inside the web process: the one place where the product knows of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from typing import Any

from django.conf import settings

from chat.present import present
from deploy.demo_backend.app import create_app
from deploy.demo_backend.faults import ConnectionDropped

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@cache
def backend() -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """The application, by this installation's clock and token."""
    return create_app(clock=present, token=settings.DEMO_BACKEND_TOKEN)


async def serve_demo_backend(scope: Scope, receive: Receive, send: Send, *, cut: Callable[[], None]) -> None:
    """Answer one request; `cut` ends the connection of the request that is being answered."""
    try:
        await backend()(scope, receive, send)
    except ConnectionDropped:
        cut()
