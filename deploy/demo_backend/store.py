"""A trade's data in memory, and the clock that it is placed by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Generic, TypeVar

from pydantic import PlainSerializer

Store = TypeVar("Store")

Clock = Callable[[], datetime]
"""Tells the time where the business is. A time zone is dropped: all times of the backend are local."""

Moment = Annotated[datetime, PlainSerializer(lambda value: value.strftime("%Y-%m-%dT%H:%M"), return_type=str)]
"""A point in time as every trade writes it: `2026-03-18T14:30`, local, without seconds."""


class StoreHolder(Generic[Store]):
    """Holds a trade's current store, so that a reset reaches every route that was made before it."""

    def __init__(self, seed: Callable[[datetime], Store], clock: Clock) -> None:
        self._seed = seed
        self._clock = clock
        self.current = seed(self.now())

    def now(self) -> datetime:
        """Local time, to the minute, without a zone."""
        return self._clock().replace(tzinfo=None, second=0, microsecond=0)

    def today(self) -> date:
        """The day it is."""
        return self.now().date()

    def reset(self) -> None:
        """Forget what happened; place the data anew by the clock."""
        self.current = self._seed(self.now())
