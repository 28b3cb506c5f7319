"""The trades of the demo backend: one module for each, with its data in `<trade>_data.py`.

A trade is a module `deploy/demo_backend/trades/<trade>.py` with two functions (the protocol `Trade` below):

- `seed(now) -> Store`: the first state, a new object at every call, the same for the same `now`, all dates
  relative to it (no random numbers without a fixed seed). `Store` is a class of the trade's own, usually a
  dataclass with a dict for each kind of record. The large tables belong into `<trade>_data.py`.
- `router(holder) -> APIRouter`: the routes, mounted under `/<trade>`. They read `holder.current` (never keep it: a
  reset replaces it) and tell the time by `holder.now()` / `holder.today()`, never by the system's clock.

Routes are `async def` without an `await`: nothing then comes between reading and writing the store. Bodies and
answers are pydantic models with descriptions (the page `/docs` is made of them); times are `store.Moment`. What
a rule forbids raises `errors.Refused(HTTPStatus.CONFLICT, "too_late", "…")`. Names that people read are given
in both languages (`name_zh`, `name_en`), since the flows' texts are written per language. The bearer token,
Idempotency-Key, faults and the form of errors are done by the frame. `ecommerce.py` is the example to write by.
"""

from __future__ import annotations

import importlib
import importlib.util
from datetime import datetime
from typing import Any, Final, Protocol, cast

from fastapi import APIRouter

from deploy.demo_backend.store import StoreHolder

TRADES: Final = ("ecommerce", "finance", "travel", "telecom", "aftersales")
"""In the order of the page. A trade whose module is not there is left out."""


class Trade(Protocol):
    """What a trade's module has. Its store is its own business, hence `Any`."""

    def seed(self, now: datetime) -> Any:
        """The first state."""

    def router(self, holder: StoreHolder[Any]) -> APIRouter:
        """The routes, without the trade's prefix."""


def find_trades() -> dict[str, Trade]:
    """The trades that are there, by name."""
    return {
        name: cast("Trade", importlib.import_module(f"{__name__}.{name}"))
        for name in TRADES
        if importlib.util.find_spec(f"{__name__}.{name}") is not None
    }
