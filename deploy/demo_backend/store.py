"""A trade's data in memory, and the clock that it is placed by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Annotated, Final, Generic, TypeVar

from pydantic import BeforeValidator, PlainSerializer

Store = TypeVar("Store")

Clock = Callable[[], datetime]
"""Tells the time where the business is. A time zone is dropped: all times of the backend are local."""

Moment = Annotated[datetime, PlainSerializer(lambda value: value.strftime("%Y-%m-%dT%H:%M"), return_type=str)]
"""A point in time as every trade writes it: `2026-03-18T14:30`, local, without seconds."""
EMPTY_IS_NONE: Final = BeforeValidator(lambda value: None if value == "" else value)
"""For optional values of any type: callers that fill in templates send an empty text for what they do not know."""
FRESH_FOR: Final = timedelta(days=1)


class StoreHolder(Generic[Store]):
    """Holds a trade's current store, so that a reset reaches every route that was made before it."""

    def __init__(self, seed: Callable[[datetime], Store], clock: Clock) -> None:
        self._seed = seed
        self._clock = clock
        self._store = seed(self.now())
        self._seeded_at = self.now()

    @property
    def current(self) -> Store:
        """The store of now. After a day the data is placed anew: otherwise it would be too late for everything."""
        if not timedelta() <= self.now() - self._seeded_at < FRESH_FOR:
            self.reset()
        return self._store

    def now(self) -> datetime:
        """Local time, to the minute, without a zone."""
        return self._clock().replace(tzinfo=None, second=0, microsecond=0)

    def today(self) -> date:
        """The day it is."""
        return self.now().date()

    def reset(self) -> None:
        """Forget what happened; place the data anew by the clock."""
        self._seeded_at = self.now()
        self._store = self._seed(self._seeded_at)
