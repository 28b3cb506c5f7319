"""The socket for addresses that lead nowhere: it is refused before it is accepted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer


class NowhereConsumer(AsyncConsumer):  # type: ignore[misc] # channels is published without types
    """Answers the handshake with a refusal instead of an error in the log."""

    async def websocket_connect(self, message: Mapping[str, Any]) -> None:
        """Refuse."""
        await self.send({"type": "websocket.close", "code": 4404})

    async def websocket_disconnect(self, message: Mapping[str, Any]) -> None:
        """Gone."""
        raise StopConsumer
