"""The installation that the browser tests share: the real `serve`, a trained model, sites and staff."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tests.chaos.stack import Stack


@dataclass(frozen=True)
class Installation:
    """Where everything is, and who may sign in."""

    stack: Stack
    cookies: dict[str, str]
    cookie_name: str
    password: str

    @property
    def origin(self) -> str:
        """The installation's own origin."""
        return f"http://127.0.0.1:{self.stack.port}"

    @property
    def shop(self) -> str:
        """The demo shop's origin."""
        return f"http://127.0.0.1:{self.stack.port + 1}"

    def chat(self, *, site: str = "demo-shop", locale: str = "en", more: str = "") -> str:
        """The address of a hosted chat page."""
        return f"{self.origin}/chat/{site}/?locale={locale}{more}"

    def session_cookie(self, role: str) -> dict[str, str]:
        """A cookie for a browser context that makes it one of a signed-in member of staff."""
        return {"name": self.cookie_name, "value": self.cookies[role], "url": self.origin}


def start_installation(stack: Stack, *, origins: list[str]) -> Installation:
    """Fill the database, start everything, wait until it is ready."""
    shop = f"http://127.0.0.1:{stack.port + 1}"
    seeded = json.loads(stack.run("tests/browser/seed.py", shop, *origins))
    stack.start()
    return Installation(stack, seeded["cookies"], seeded["cookie_name"], seeded["password"])
