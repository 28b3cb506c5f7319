"""Requests of a page that fail while a test wants them to.

A route laid while a page is open can reach the page's loader after the request it is meant for: the browser
acknowledges it before the renderer has exchanged its loader. So it is laid early, and only what it does changes.
"""

import re
from collections.abc import Callable

from playwright.sync_api import Page, Route

Fault = Callable[[Route], None]


def not_sent(route: Route) -> None:
    """The network is away."""
    route.abort()


def refused_with(status: int) -> Fault:
    """A server that answers every request with this status."""
    return lambda route: route.fulfill(status=status, body="")


class Faults:
    """What happens to the requests of a page whose address matches; at first they pass."""

    def __init__(self, page: Page, address: re.Pattern[str]) -> None:
        self.fault: Fault | None = None
        self.once = False
        self.met = 0
        """How many requests failed so far: a fault that meets none proves nothing."""
        page.route(address, self.handle)

    def handle(self, route: Route) -> None:
        """Let the request fail, if it should."""
        fault = self.fault
        if self.once:
            self.mend()
        if fault is None:
            route.continue_()
        else:
            self.met += 1
            fault(route)

    def fail(self, fault: Fault) -> None:
        """Every request fails from now on."""
        self.fault, self.once = fault, False

    def fail_once(self, fault: Fault) -> None:
        """The next request fails."""
        self.fault, self.once = fault, True

    def mend(self) -> None:
        """Requests pass again."""
        self.fault, self.once = None, False
