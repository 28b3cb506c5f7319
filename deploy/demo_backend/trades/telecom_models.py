"""What the operator's routes take and answer. Amounts are texts with two decimals, in yuan."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from deploy.demo_backend.store import Moment
from deploy.demo_backend.trades.telecom_data import LineKind, LineStatus, LineTest

Amount = Annotated[str, Field(description="yuan, with two decimals", examples=["32.60"])]
OptionalText = Annotated[str, Field(description="empty if there is none")]


class LineSummary(BaseModel):
    """A line at a glance."""

    service_no: str
    kind: LineKind
    status: LineStatus = Field(description="active, or why it is cut off")
    plan_zh: str
    plan_en: str
    monthly_fee: int = Field(description="yuan")
    balance: Amount
    owed: Amount
    contract_ends: OptionalText = Field(description="the last day of the contract, empty without one")
    exit_fee: Amount = Field(description="what leaving the contract would cost today")
    next_plan_zh: OptionalText = Field(description="the plan from next month on, if it was changed")
    next_plan_en: OptionalText
    next_plan_from: OptionalText


class BillAnswer(BaseModel):
    """One month's bill."""

    month_zh: str
    month_en: str
    total: Amount
    plan_fee: Amount
    data_fee: Amount = Field(description="for data beyond the plan")
    call_fee: Amount = Field(description="for calls beyond the plan")
    service_fee: Amount = Field(description="for paid extras")
    balance: Amount
    owed: Amount


class Usage(BaseModel):
    """What is left of a mobile plan this month."""

    data_left_gb: str
    data_total_gb: int
    data_percent_used: int
    minutes_left: int
    minutes_total: int
    resets_on: date


class AddOnAnswer(BaseModel):
    """Extra data on sale."""

    code: str
    name_zh: str
    name_en: str
    price: int = Field(description="yuan")


class AddOnList(BaseModel):
    """All extra data on sale."""

    items: list[AddOnAnswer]


class AddOnOrder(BaseModel):
    """Which extra data to add."""

    add_on: str = Field(description="its code", min_length=1, max_length=40)


class AddOnDone(BaseModel):
    """Extra data was added and paid from the balance."""

    name_zh: str
    name_en: str
    price: int
    balance: Amount
    data_left_gb: str


class PlanOffer(BaseModel):
    """A plan that the line could change to."""

    code: str
    name_zh: str
    name_en: str
    fee: int
    summary_zh: str
    summary_en: str


class PlanList(BaseModel):
    """Plans that the line could change to."""

    items: list[PlanOffer]


class PlanChange(BaseModel):
    """A change of plan, possible or done."""

    from_zh: str
    from_en: str
    to_zh: str
    to_en: str
    old_fee: int
    new_fee: int
    summary_zh: str
    summary_en: str
    starts_on: date


class PlanOrder(BaseModel):
    """Which plan to change to."""

    plan: str = Field(description="code or name", min_length=1, max_length=60)


class Withdrawn(BaseModel):
    """A change of plan was taken back."""

    plan_zh: str
    plan_en: str


class TopUpOrder(BaseModel):
    """How much to pay in."""

    amount: str = Field(description="yuan; `100`, `100.00` or `100.00 CNY`", min_length=1, max_length=40)


class TopUpDone(BaseModel):
    """A payment link was sent; the line comes back by itself once it is paid."""

    order_no: str
    amount: Amount
    pay_until: Moment
    balance_after: Amount
    restores_line: bool


class RoamingOffer(BaseModel):
    """A package on sale for a country or region."""

    code: str
    name_zh: str
    name_en: str
    days: int
    data_gb: int
    price: int


class RoamingList(BaseModel):
    """Packages that fit."""

    items: list[RoamingOffer]


class RoamingOrder(BaseModel):
    """Which package, where, and from which day."""

    package: str = Field(min_length=1, max_length=40)
    country: str = Field(min_length=1, max_length=60)
    starts_on: date


class RoamingQuote(BaseModel):
    """What an order would be."""

    name_zh: str
    name_en: str
    data_gb: int
    price: int
    starts_on: date
    ends_on: date


class RoamingDone(BaseModel):
    """A package was ordered; roaming was switched on with it."""

    order_no: str
    name_zh: str
    name_en: str
    price: int
    starts_on: date
    ends_on: date


class Diagnosis(BaseModel):
    """What the network sees of a broadband line."""

    result: LineTest | LineStatus
    restored_by: OptionalText = Field(description="when an outage should be over")
    owed: Amount
    visit_at: OptionalText = Field(description="a technician's visit that is booked already")
    district_zh: str
    district_en: str


class VisitSlot(BaseModel):
    """When a technician can come."""

    code: str
    label_zh: str
    label_en: str


class VisitSlotList(BaseModel):
    """The free slots of a day."""

    items: list[VisitSlot]


class VisitOrder(BaseModel):
    """A technician's visit, for a repair or (with a district) to move the line."""

    slot: str = Field(description="code of the slot", min_length=1, max_length=40)
    contact: str = Field(description="mobile number to ring", min_length=1, max_length=40)
    district: str = Field(default="", description="only to move the line", max_length=60)


class VisitDone(BaseModel):
    """The visit was booked."""

    visit_no: str
    label_zh: str
    label_en: str
    fee: int


class MoveCheck(BaseModel):
    """Whether the line can move, and what it costs."""

    fee: int
    from_zh: str
    from_en: str
    to_zh: str
    to_en: str
    earliest: date


class IdentityCheck(BaseModel):
    """The last four characters of the holder's identity document."""

    id_tail: str = Field(min_length=4, max_length=4)


class LossDone(BaseModel):
    """The line was blocked, or is back."""

    status: LineStatus
    since: Moment


class SimOrder(BaseModel):
    """How the new SIM gets to the customer."""

    way: str = Field(description="`courier`, `shop` or `esim`", pattern="^(courier|shop|esim)$")


class SimDone(BaseModel):
    """The SIM was ordered or put aside."""

    order_no: str
    fee: int
    ready_on: date


class PortCheck(BaseModel):
    """Whether the number may leave, and what is in the way."""

    eligible: Literal["yes", "no"]
    reasons_zh: str
    reasons_en: str
    exit_fee: Amount
    earliest: OptionalText = Field(description="the first day on which it may leave, as far as it is known")


class PortCode(BaseModel):
    """The authorisation code was sent by text."""

    valid_until: date


class ServiceAnswer(BaseModel):
    """A paid extra of the line."""

    code: str
    name_zh: str
    name_en: str
    fee: int


class ServiceList(BaseModel):
    """The paid extras of a line."""

    items: list[ServiceAnswer]


class ServiceOrder(BaseModel):
    """Which paid extra to cancel."""

    service: str = Field(description="code or name", min_length=1, max_length=60)


class ServiceCancelled(BaseModel):
    """When it ends: at once with the money back within 24 hours of the order, else with the month."""

    name_zh: str
    name_en: str
    ends_on: date
    refund: Amount
