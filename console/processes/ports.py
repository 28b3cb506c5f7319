"""Which ports an installation opens, and what it is at each: the product, the demo shop, the demo backend."""

from __future__ import annotations

from typing import Final

from django.conf import settings

SHOP: Final = 1
BACKEND: Final = 2
"""How far above PORT a demo listens."""


def demo_shop_port() -> int | None:
    """The demo shop's port; None if it is switched off."""
    return settings.PORT + SHOP if settings.DEMO_SHOP else None


def demo_backend_port() -> int | None:
    """The demo backend's port; None if it is switched off."""
    return settings.PORT + BACKEND if settings.DEMO_BACKEND else None


def demo_url(port: int) -> str:
    """A demo's origin: this installation's host on another port."""
    host = settings.PUBLIC_URL.split("://", 1)[1].split("/", 1)[0].rsplit(":", 1)[0]
    return f"http://{host}:{port}"


def open_ports() -> list[int]:
    """All ports that the web process opens."""
    return [port for port in (settings.PORT, demo_shop_port(), demo_backend_port()) if port is not None]
