"""The operator's lines in memory, and the rules that need more than one field of them."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Final

from deploy.demo_backend.errors import Refused
from deploy.demo_backend.trades.telecom_data import (
    COUNTRIES,
    DISTRICTS,
    PLANS,
    SERVICES,
    Country,
    District,
    LineStatus,
    LineTest,
    Plan,
    RoamingPackage,
    SeedLine,
    Service,
)

BILLS_KEPT: Final = 12
DAYS_BEFORE_PORT: Final = 120
DAYS_BEFORE_ROAMING: Final = 90
EXIT_SHARE: Final = Decimal("0.3")
FREE_MOVE_EVERY_DAYS: Final = 365
MOVE_FEE: Final = 100
SLOT_HOURS: Final = (9, 13, 16)
WITHDRAW_WITHIN: Final = timedelta(hours=24)


@dataclass(slots=True)
class Contract:
    """An agreement to stay on at least a plan."""

    plan: Plan
    ends_on: date


@dataclass(slots=True)
class Subscription:
    """A paid extra of a line; `ends_on` is set once it is cancelled."""

    service: Service
    since: datetime
    bound_until: date | None = None
    ends_on: date | None = None


@dataclass(slots=True)
class Trip:
    """A roaming package that was ordered."""

    package: RoamingPackage
    country: Country
    starts_on: date

    @property
    def ends_on(self) -> date:
        """The last day."""
        return self.starts_on + timedelta(days=self.package.days - 1)


@dataclass(slots=True)
class Visit:
    """A technician's visit."""

    no: str
    kind: str
    at: datetime
    contact: str
    district: District


@dataclass(slots=True)
class Line:
    """A mobile or broadband line."""

    no: str
    plan: Plan
    balance: Decimal
    id_tail: str
    status: LineStatus
    opened_on: date
    data_left: Decimal
    minutes_left: int
    contract: Contract | None = None
    number_agreement_until: date | None = None
    pending_plan: Plan | None = None
    services: list[Subscription] = field(default_factory=list)
    trips: list[Trip] = field(default_factory=list)
    visit: Visit | None = None
    district: District | None = None
    test: LineTest = "line_ok"
    moved_on: date | None = None
    code_valid_until: date | None = None
    sim_order: str = ""

    @property
    def owed(self) -> Decimal:
        """What has to be paid; 0 if nothing."""
        return max(-self.balance, Decimal(0))


@dataclass(slots=True)
class Bill:
    """One month of a line."""

    year: int
    month: int
    plan_fee: Decimal
    data_fee: Decimal
    call_fee: Decimal
    service_fee: Decimal

    @property
    def total(self) -> Decimal:
        """The sum of all lines."""
        return self.plan_fee + self.data_fee + self.call_fee + self.service_fee


@dataclass(slots=True)
class Store:
    """All lines, and a counter for the numbers of what is ordered."""

    lines: dict[str, Line]
    taken: set[datetime]
    last_number: int = 4100

    def line(self, no: str) -> Line:
        """The line; Refused with 404."""
        found = self.lines.get(no.strip())
        if found is None:
            raise Refused(HTTPStatus.NOT_FOUND, "not_found", "There is no line with this service number.")
        return found

    def number(self, letters: str, today: date) -> str:
        """The number of a new order: letters, day, counter."""
        self.last_number += 1
        return f"{letters}{today:%y%m%d}{self.last_number}"


def money(amount: Decimal | int) -> str:
    """An amount with two decimals, as bills have it."""
    return f"{Decimal(amount):.2f}"


def month_start(day: date, months: int) -> date:
    """The first day of the month that is `months` later."""
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def month_end(day: date) -> date:
    """The last day of the day's month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def plan_named(name: str) -> Plan | None:
    """By code or by name in either language."""
    wanted = name.strip().casefold()
    return next((p for p in PLANS if wanted in {p.code, p.name_zh.casefold(), p.name_en.casefold()}), None)


def service_named(name: str) -> Service | None:
    """By code or by name in either language."""
    wanted = name.strip().casefold()
    return next((s for s in SERVICES if wanted in {s.code, s.name_zh.casefold(), s.name_en.casefold()}), None)


def country_named(name: str) -> Country | None:
    """By name in either language."""
    wanted = name.strip().casefold()
    return next((c for c in COUNTRIES if wanted in {c.name_zh.casefold(), c.name_en.casefold()}), None)


def district_named(name: str) -> District | None:
    """By name in either language."""
    wanted = name.strip().casefold()
    return next((d for d in DISTRICTS if wanted in {d.name_zh.casefold(), d.name_en.casefold()}), None)


def exit_fee(line: Line, today: date) -> Decimal:
    """What leaving the contract costs now: months left times fee times 30 %."""
    if line.contract is None or line.contract.ends_on < today:
        return Decimal(0)
    end = line.contract.ends_on
    months = (end.year - today.year) * 12 + end.month - today.month
    return Decimal(months) * line.contract.plan.fee * EXIT_SHARE


def bill_of(line: Line, year: int, month: int) -> Bill:
    """A month's bill, the same at every call: the plan, what went beyond it, and paid extras."""
    spread = int(line.no[-4:]) + month * 37
    extra_gb = spread % 4 if line.plan.kind == "mobile" else 0
    extra_minutes = spread % 61 if line.plan.kind == "mobile" else 0
    return Bill(
        year=year,
        month=month,
        plan_fee=Decimal(line.plan.fee),
        data_fee=Decimal(5 * extra_gb),
        call_fee=Decimal(extra_minutes) * Decimal("0.15"),
        service_fee=Decimal(sum(one.service.fee for one in line.services if one.bound_until is None)),
    )


def free_slots(store: Store, day: date) -> list[datetime]:
    """When a technician can come on a day."""
    slots = [datetime.combine(day, time(hour)) for hour in SLOT_HOURS]
    return [slot for slot in slots if slot not in store.taken]


def seed_line(seed: SeedLine, now: datetime) -> Line:
    """A line placed by the clock."""
    today = now.date()
    plan = plan_of(seed.plan)
    line = Line(
        no=seed.no,
        plan=plan,
        balance=seed.balance,
        id_tail=seed.id_tail,
        status=seed.status,
        opened_on=today - timedelta(days=seed.opened_days_ago),
        data_left=max(Decimal(plan.data_gb) - seed.data_used, Decimal(0)),
        minutes_left=max(plan.minutes - seed.minutes_used, 0),
        pending_plan=plan_of(seed.pending_plan) if seed.pending_plan else None,
        district=district_named(seed.district),
        test=seed.test,
    )
    if seed.contract_plan:
        end = month_end(month_start(today, seed.contract_months_left))
        line.contract = Contract(plan=plan_of(seed.contract_plan), ends_on=end)
    if seed.number_agreement_days:
        line.number_agreement_until = today + timedelta(days=seed.number_agreement_days)
    if seed.moved_days_ago:
        line.moved_on = today - timedelta(days=seed.moved_days_ago)
    long_ago = now - timedelta(days=200)
    line.services = [Subscription(service=service_of(code), since=long_ago) for code in seed.services]
    if seed.bound_service and line.contract:
        line.services.append(
            Subscription(service=service_of(seed.bound_service), since=long_ago, bound_until=line.contract.ends_on)
        )
    if seed.new_service:
        line.services.append(Subscription(service=service_of(seed.new_service), since=now - timedelta(hours=3)))
    return line


def plan_of(code: str) -> Plan:
    """A plan of the tables."""
    return next(plan for plan in PLANS if plan.code == code)


def service_of(code: str) -> Service:
    """A paid extra of the tables."""
    return next(service for service in SERVICES if service.code == code)
