"""The installation as one ASGI application: pages and interface through Django, sockets through Channels.

Importing it loads no machine learning library: a web process of a larger installation stays small.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
pages = get_asgi_application()

# Consumers import models, so they come after Django is set up.
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402

from chat.live import shut_down_sockets  # noqa: E402
from chat.routing import websocket_urlpatterns  # noqa: E402

Message = MutableMapping[str, Any]


async def lifespan(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Servers that tell when they stop (uvicorn, hypercorn) get the same orderly end as `serve`."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await shut_down_sockets()
            await send({"type": "lifespan.shutdown.complete"})
            return


application = ProtocolTypeRouter(
    {"http": pages, "websocket": URLRouter(websocket_urlpatterns), "lifespan": lifespan}
)
