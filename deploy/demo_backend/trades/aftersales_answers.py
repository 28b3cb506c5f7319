"""What the service organisation's routes take and answer. What is not known is null."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field


class DeviceAnswer(BaseModel):
    """A device by its serial number."""

    serial: str
    model: str
    kind_zh: str
    kind_en: str
    name_zh: str
    name_en: str
    registered: bool = Field(description="whether the day of purchase is on file")
    bought_on: date | None
    warranty: Literal["in", "out", "unknown"] = Field(description="of the whole device")
    until: date | None = Field(description="its last day")
    part_zh: str = Field(description="the main part, which is covered by itself")
    part_en: str
    part_warranty: Literal["in", "out", "unknown"]
    part_until: date | None
    service: Literal["visit", "send_in"] = Field(description="a technician comes, or the device is sent in")
    fee: int = Field(description="yuan for the visit; 0 in warranty and for what is sent in")
    needs_installation: bool
    installed: bool
    open_repair: str = Field(description="number of an unfinished repair; empty if there is none")


class FreeVisit(BaseModel):
    """A time at which a technician is free."""

    day: date
    period: str


class Visits(BaseModel):
    """Free times in a district on a day."""

    covered: bool = Field(description="whether technicians go to the district")
    fits: bool = Field(description="whether the wanted period is free")
    free: list[FreeVisit] = Field(description="on that day")
    nearest: list[FreeVisit] = Field(description="the next four, from that day on")


class RepairOrder(BaseModel):
    """A repair: by serial number, or by the kind of appliance if that is not at hand."""

    serial: str = ""
    device: str = Field(default="", description="kind or model, if there is no serial number")
    fault: str = Field(min_length=1, max_length=500)
    district: str = Field(default="", description="for visits; empty for what is sent in")
    day: date | None = Field(default=None, description="of the visit, or when the courier collects")
    period: str = ""
    contact: str = Field(default="", description="phone number, if the device is not registered")


class InstallationOrder(BaseModel):
    """An installation of a delivered device."""

    serial: str
    district: str
    day: date
    period: str
    note: str = Field(default="", max_length=200)


class Booked(BaseModel):
    """A repair or installation that was made or moved."""

    number: str
    day: date | None
    period: str
    fee: int


class BookingAnswer(BaseModel):
    """Where a repair or installation stands."""

    number: str
    type: Literal["repair", "installation"]
    kind_zh: str
    kind_en: str
    state: str = Field(
        description="booked, on_the_way, waiting_part, quoted, workshop, sent_back, done, cancelled"
    )
    day: date | None
    period: str
    district_zh: str
    district_en: str
    technician: str
    part_zh: str
    part_en: str
    due: date | None = Field(description="when the part or the device is expected")
    quote: int = Field(description="yuan for labour and parts that wait for an answer")
    tracking: str
    overdue: bool
    change: Literal["yes", "too_late", "not_booked"] = Field(description="whether it may be moved or cancelled")


class Move(BaseModel):
    """A new time."""

    day: date
    period: str


class Cancel(BaseModel):
    """Why it is cancelled."""

    reason: str = Field(default="", max_length=200)


class QuoteReply(BaseModel):
    """What the customer says to a quote."""

    accept: bool


class StateChanged(BaseModel):
    """The state after a change."""

    number: str
    state: str


class PartAnswer(BaseModel):
    """A part of an appliance."""

    id: str
    name_zh: str
    name_en: str
    model: str
    price: int
    stock: int
    sold: bool = Field(description="false for parts that only a technician fits")


class Parts(BaseModel):
    """Parts of an appliance, those that are named first."""

    parts: list[PartAnswer]
    sold: bool = Field(description="whether any of them is sold alone")


class PartPrice(BaseModel):
    """What a number of a part costs."""

    id: str
    name_zh: str
    name_en: str
    price: int
    quantity: int
    shipping: int
    total: int
    stock: int


class PartOrderBody(BaseModel):
    """An order of a part."""

    part: str
    quantity: int = Field(ge=1, le=5)


class PartOrdered(BaseModel):
    """An order that was placed."""

    number: str
    total: int


class ManualAnswer(BaseModel):
    """A manual."""

    model: str
    name_zh: str
    name_en: str
    pages: int
    megabytes: int
    link: str


class CodeAnswer(BaseModel):
    """An error code."""

    code: str
    meaning_zh: str
    meaning_en: str
    steps_zh: str
    steps_en: str


class RecallAnswer(BaseModel):
    """Whether a device is recalled."""

    serial: str
    recalled: bool
    notice: str
    kind_zh: str
    kind_en: str
    reason_zh: str
    reason_en: str
    remedy_zh: str
    remedy_en: str
    replacement: str = Field(description="number of the replacement that is on its way; empty if none")


class ReplacementMade(BaseModel):
    """A replacement that was registered."""

    number: str
    sent_by: date


class Entitlement(BaseModel):
    """The best that a customer with a fault may ask for."""

    serial: str
    kind_zh: str
    kind_en: str
    name_zh: str
    name_en: str
    best: Literal["return", "exchange", "repair", "paid_repair", "unknown"]
    days: int | None = Field(description="since it was bought")
    repairs: int
    open_return: str


class ReturnOrder(BaseModel):
    """A return or an exchange because of a fault."""

    serial: str
    wish: Literal["return", "exchange"]
    reason: str = Field(min_length=1, max_length=500)
    bought_on: date | None = None


class ReturnMade(BaseModel):
    """A return or exchange that was registered."""

    number: str
