"""Finding what a request names, or saying that it is not there."""

from __future__ import annotations

from http import HTTPStatus

from deploy.demo_backend.errors import Refused
from deploy.demo_backend.store import StoreHolder
from deploy.demo_backend.trades.ecommerce_records import Line, Order, Store


def find_order(holder: StoreHolder[Store], number: str) -> Order:
    """The order of a number, whose letters may be of either case."""
    order = holder.current.orders.get(number.strip().upper())
    if order is None:
        raise Refused(HTTPStatus.NOT_FOUND, "not_found", "There is no such order.")
    return order


def find_line(order: Order, no: int | None) -> Line:
    """The product of this number within the order; the only one if there is only one."""
    if no is None and len(order.lines) > 1:
        raise Refused(HTTPStatus.CONFLICT, "which_line", "The order has several products: say which.")
    wanted = order.lines[0].no if no is None else no
    line = next((one for one in order.lines if one.no == wanted), None)
    if line is None:
        raise Refused(HTTPStatus.NOT_FOUND, "no_such_line", "The order has no such product.")
    return line
