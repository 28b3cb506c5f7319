"""Invoices: asked for within 180 days, corrected once."""

from __future__ import annotations

from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from deploy.demo_backend.errors import NOT_FOUND, REFUSED, Refused
from deploy.demo_backend.store import Moment, StoreHolder
from deploy.demo_backend.trades.ecommerce_lookup import find_order
from deploy.demo_backend.trades.ecommerce_records import Invoice, Order, Status, Store
from deploy.demo_backend.trades.ecommerce_rules import INVOICE_DAYS

Kind = Literal["personal", "company"]


class InvoiceCheck(BaseModel):
    """Whether there is an invoice, and whether there can be one."""

    number: str
    verdict: str = Field(
        description="`ok` (can be asked for), `issued` (there is one, it can be corrected once), "
        "`corrected` (it was), `too_late`, `not_paid`"
    )
    amount: int = Field(description="what was paid, in yuan")
    invoice_no: str
    title: str = Field(description="to whom it was issued")
    issued_at: Moment | None


class InvoiceOrder(BaseModel):
    """An invoice to be made or corrected."""

    kind: Kind
    title: str = Field(min_length=1, max_length=100, description="a person's or a company's name")
    tax_no: str = Field(default="", max_length=30, description="needed for a company")
    email: str = Field(min_length=3, max_length=200, description="where it is sent")


class InvoiceDone(BaseModel):
    """After asking for one."""

    invoice_no: str
    title: str
    amount: int
    within_hours: int = Field(description="how long it takes at most")


def verdict_of(holder: StoreHolder[Store], order: Order) -> str:
    """What can be done about this order's invoice."""
    if order.invoice is not None:
        return "corrected" if order.invoice.corrected else "issued"
    if order.status in {Status.UNPAID, Status.CLOSED}:
        return "not_paid"
    return "too_late" if (holder.today() - order.placed_at.date()).days > INVOICE_DAYS else "ok"


def add_invoices(routes: APIRouter, holder: StoreHolder[Store]) -> None:
    """The routes of invoices."""

    @routes.get("/orders/{number}/invoice", summary="Ask about an invoice", responses=NOT_FOUND)
    async def get_invoice(number: str) -> InvoiceCheck:
        """Whether there is one, and whether there can be one."""
        order = find_order(holder, number)
        invoice = order.invoice
        return InvoiceCheck(
            number=order.number,
            verdict=verdict_of(holder, order),
            amount=order.total,
            invoice_no=invoice.no if invoice else "",
            title=invoice.title if invoice else "",
            issued_at=invoice.issued_at if invoice else None,
        )

    @routes.post(
        "/orders/{number}/invoice", summary="Ask for an invoice", status_code=HTTPStatus.CREATED, responses=REFUSED
    )
    async def make_invoice(number: str, wanted: InvoiceOrder) -> InvoiceDone:
        """Once for each order, within 180 days."""
        order = find_order(holder, number)
        return issue(holder, order, wanted, allowed="ok", corrected=False)

    @routes.put("/orders/{number}/invoice", summary="Correct an invoice", responses=REFUSED)
    async def correct_invoice(number: str, wanted: InvoiceOrder) -> InvoiceDone:
        """Once; the first one becomes void."""
        order = find_order(holder, number)
        return issue(holder, order, wanted, allowed="issued", corrected=True)


def issue(
    holder: StoreHolder[Store], order: Order, wanted: InvoiceOrder, *, allowed: str, corrected: bool
) -> InvoiceDone:
    """Make the invoice if this is what can be done now."""
    verdict = verdict_of(holder, order)
    if verdict != allowed:
        raise Refused(HTTPStatus.CONFLICT, verdict, "The rules of invoices forbid it.")
    if wanted.kind == "company" and not wanted.tax_no.strip():
        raise Refused(HTTPStatus.CONFLICT, "tax_no_missing", "A company's invoice needs its tax number.")
    order.invoice = Invoice(
        no=holder.current.next_number("FP", holder.today()),
        kind=wanted.kind,
        title=wanted.title.strip(),
        issued_at=holder.now(),
        corrected=corrected,
    )
    return InvoiceDone(invoice_no=order.invoice.no, title=order.invoice.title, amount=order.total, within_hours=24)
