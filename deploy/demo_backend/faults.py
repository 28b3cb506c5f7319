"""Failures on demand, so that people and tests see what happens when a business system fails."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, Field


class FaultKind(StrEnum):
    """How a request goes wrong. `slow` and `drop` do what was asked first: only the answer is late or lost."""

    SLOW = "slow"
    ERROR = "error"
    GARBAGE = "garbage"
    DROP = "drop"


class FaultOrder(BaseModel):
    """Which requests go wrong, and how often."""

    path: str = Field(
        description="requests whose path begins with this go wrong, such as `/ecommerce/orders/`",
        min_length=1,
        max_length=200,
    )
    kind: FaultKind = Field(
        description="`slow`: done, but answered late. `error`: not done, 500. `garbage`: not done, 200 and no "
        "JSON. `drop`: done, and the connection cut without an answer."
    )
    times: int = Field(default=1, ge=1, le=1000, description="how many requests")
    seconds: float = Field(default=20, gt=0, le=120, description="how late, if `slow`")


class ConnectionDropped(Exception):
    """The server is to cut the connection without an answer; there is no way to say so in ASGI."""


@dataclass(slots=True)
class Fault:
    """An order with what is left of it."""

    order: FaultOrder
    left: int


class Faults:
    """The orders in force, oldest first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, order: FaultOrder) -> None:
        """From now on."""
        self._faults.append(Fault(order, order.times))

    def clear(self) -> None:
        """None any more."""
        self._faults.clear()

    def take(self, path: str) -> FaultOrder | None:
        """The fault of this request, counted down; None if it goes well."""
        for fault in self._faults:
            if path.startswith(fault.order.path):
                fault.left -= 1
                if not fault.left:
                    self._faults.remove(fault)
                return fault.order
        return None
