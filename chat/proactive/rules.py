"""Which invitation, if any: every rule with its verdict, so that a person can see why it was this one.

Pure: the clock, the events and what the visitor saw before come in, nothing is read or written. All conditions of
a rule must hold; of the rules that fit, the highest priority wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Final, Literal

VISIT_GAP: Final = timedelta(minutes=30)
"""Silence that ends a visit; what comes after it is a visitor who returns."""
CART_FOR: Final = timedelta(hours=24)
"""How long a basket that nobody touched is still believed in."""
LONGEST_WAIT: Final = 3_600
"""Seconds on a page that a rule may wait for."""

VisitorKind = Literal["", "new", "returning"]
ReasonCode = Literal[
    "off",
    "no_words",
    "no_flow",
    "page",
    "seconds",
    "event",
    "cart",
    "currency",
    "visitor",
    "locale",
    "weekday",
    "hours",
    "seen",
    "outranked",
    "refused",
    "panel_open",
    "with_person",
    "task_under_way",
    "quiet",
    "day_limit",
]


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in one currency (ISO 4217)."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.amount:f} {self.currency}"


@dataclass(frozen=True, slots=True)
class Conditions:
    """What must be so, all of it; an empty condition always holds.

    `pages` are paths with `*` for anything. `event` is a kind of behaviour event that happened within
    `within_minutes`. `weekdays` are 1 (Monday) to 7; `opens` and `closes` times of the installation's time zone.
    """

    pages: tuple[str, ...] = ()
    seconds: int = 0
    event: str = ""
    within_minutes: int = 30
    cart_at_least: Money | None = None
    visitor: VisitorKind = ""
    locales: tuple[str, ...] = ()
    weekdays: tuple[int, ...] = ()
    opens: time | None = None
    closes: time | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """An invitation in one language; tapping a quick reply accepts and says it."""

    text: str
    quick_replies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as it is decided about. `flow_ready`: its flow is published and switched on."""

    id: int
    name: str
    priority: int
    conditions: Conditions
    words: Mapping[str, Words]
    flow: str
    flow_ready: bool = True
    most_ever: int = 1
    is_on: bool = True


@dataclass(frozen=True, slots=True)
class Happened:
    """A behaviour event."""

    kind: str
    at: datetime
    page: str = ""
    product: str = ""
    value: Money | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """An invitation that the visitor has seen."""

    rule: int
    shown_at: datetime
    dismissed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Caps:
    """How often one visitor may be invited at all, whatever the rule."""

    a_day: int = 1
    quiet_hours: int = 24


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known at the moment of deciding. `events` and `past` come newest first.

    `refusal` is why this visitor is not to be invited at all; empty if nothing speaks against it.
    """

    now: datetime
    page: str
    locale: str
    seconds: int = 0
    events: tuple[Happened, ...] = ()
    first_seen: datetime | None = None
    past: tuple[Past, ...] = ()
    refusal: str = ""
    panel_open: bool = False
    with_person: bool = False
    task_under_way: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """One condition that does not hold: what was wanted, and what was found."""

    code: ReasonCode
    wanted: str = ""
    found: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided about one rule; without reasons it is the one that invites."""

    rule: Rule
    reasons: tuple[Reason, ...] = ()

    @property
    def fires(self) -> bool:
        """Whether this rule invites."""
        return not self.reasons


@dataclass(frozen=True, slots=True)
class Outcome:
    """All verdicts, by priority. `ask_again`: seconds after which time alone may change the answer."""

    verdicts: tuple[Verdict, ...] = field(default_factory=tuple)
    ask_again: int | None = None

    @property
    def chosen(self) -> Rule | None:
        """The rule that invites."""
        return next((verdict.rule for verdict in self.verdicts if verdict.fires), None)


def decide(rules: Sequence[Rule], situation: Situation, caps: Caps) -> Outcome:
    """Judge every rule, the highest priority first (of equal ones the older)."""
    always = tuple(barriers(situation, caps))
    verdicts: list[Verdict] = []
    waits: list[int] = []
    winner: Rule | None = None
    for rule in sorted(rules, key=lambda one: (-one.priority, one.id)):
        reasons = (*always, *misfits(rule, situation))
        if not reasons and winner is not None:
            reasons = (Reason("outranked", found=winner.name),)
        elif not reasons:
            winner = rule
        elif [reason.code for reason in reasons] == ["seconds"]:
            waits.append(rule.conditions.seconds - situation.seconds)
        verdicts.append(Verdict(rule, reasons))
    return Outcome(tuple(verdicts), min(waits) if waits and winner is None else None)


def barriers(situation: Situation, caps: Caps) -> Iterator[Reason]:
    """What forbids every invitation now."""
    if situation.refusal:
        yield Reason("refused", found=situation.refusal)
    if situation.panel_open:
        yield Reason("panel_open")
    if situation.with_person:
        yield Reason("with_person")
    if situation.task_under_way:
        yield Reason("task_under_way")
    dismissed = [past.dismissed_at for past in situation.past if past.dismissed_at is not None]
    if dismissed and situation.now - max(dismissed) < timedelta(hours=caps.quiet_hours):
        yield Reason("quiet", wanted=str(caps.quiet_hours))
    today = sum(situation.now - past.shown_at < timedelta(days=1) for past in situation.past)
    if today >= caps.a_day:
        yield Reason("day_limit", wanted=str(caps.a_day), found=str(today))


def misfits(rule: Rule, situation: Situation) -> Iterator[Reason]:
    """What of this rule does not hold."""
    wanted = rule.conditions
    if not rule.is_on:
        yield Reason("off")
    if not rule.flow_ready:
        yield Reason("no_flow", wanted=rule.flow)
    if wanted.locales and situation.locale not in wanted.locales:
        yield Reason("locale", wanted=", ".join(wanted.locales), found=situation.locale)
    elif situation.locale not in rule.words:
        yield Reason("no_words", wanted=situation.locale)
    seen = sum(past.rule == rule.id for past in situation.past)
    if seen >= rule.most_ever:
        yield Reason("seen", wanted=str(rule.most_ever), found=str(seen))
    if wanted.pages and not any(fits(pattern, situation.page) for pattern in wanted.pages):
        yield Reason("page", wanted=", ".join(wanted.pages), found=situation.page)
    if wanted.event and not happened(wanted.event, situation, timedelta(minutes=wanted.within_minutes)):
        yield Reason("event", wanted=wanted.event, found=str(wanted.within_minutes))
    if wanted.cart_at_least is not None:
        yield from cart_misfit(wanted.cart_at_least, cart_of(situation))
    if wanted.visitor:
        kind = "returning" if is_returning(situation) else "new"
        if kind != wanted.visitor:
            yield Reason("visitor", wanted=wanted.visitor, found=kind)
    if wanted.weekdays and situation.now.isoweekday() not in wanted.weekdays:
        yield Reason("weekday", wanted=" ".join(map(str, wanted.weekdays)), found=str(situation.now.isoweekday()))
    if not is_open(wanted.opens, wanted.closes, situation.now.time()):
        yield Reason("hours", wanted=hours_text(wanted), found=f"{situation.now:%H:%M}")
    if situation.seconds < wanted.seconds:
        yield Reason("seconds", wanted=str(wanted.seconds), found=str(situation.seconds))


def fits(pattern: str, path: str) -> bool:
    """Whether a path is what the pattern says; `*` stands for any characters, also none. Linear in the path."""
    first, *rest = pattern.split("*")
    if not rest:
        return path == pattern
    *middle, last = rest
    if not path.startswith(first) or len(path) < len(first) + len(last) or not path.endswith(last):
        return False
    place, end = len(first), len(path) - len(last)
    for part in middle:
        found = path.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return True


def open_events(situation: Situation) -> Iterable[Happened]:
    """The events since the last order: what led to an order is settled by it."""
    for event in situation.events:
        if event.kind == "order_placed":
            return
        yield event


def happened(kind: str, situation: Situation, within: timedelta) -> bool:
    """Whether an event of this kind happened lately, and no order has settled it since."""
    events = situation.events if kind == "order_placed" else open_events(situation)
    return any(event.kind == kind and situation.now - event.at <= within for event in events)


def cart_of(situation: Situation) -> Money | None:
    """What the basket is worth, as it was reported last."""
    for event in open_events(situation):
        if event.kind in ("cart_changed", "checkout_started") and event.value is not None:
            return event.value if situation.now - event.at <= CART_FOR else None
    return None


def cart_misfit(wanted: Money, found: Money | None) -> Iterator[Reason]:
    """Amounts of different currencies are never compared."""
    if found is None:
        yield Reason("cart", wanted=str(wanted))
    elif found.currency != wanted.currency:
        yield Reason("currency", wanted=wanted.currency, found=found.currency)
    elif found.amount < wanted.amount:
        yield Reason("cart", wanted=str(wanted), found=str(found))


def is_returning(situation: Situation) -> bool:
    """Whether the visitor was here before this visit."""
    start = situation.now
    for event in situation.events:
        if start - event.at > VISIT_GAP:
            return True
        start = min(start, event.at)
    return situation.first_seen is not None and start - situation.first_seen > VISIT_GAP


def is_open(opens: time | None, closes: time | None, now: time) -> bool:
    """Whether a time is in the hours, which may run over midnight."""
    if opens is None or closes is None:
        return True
    return opens <= now < closes if opens <= closes else now >= opens or now < closes


def hours_text(conditions: Conditions) -> str:
    """The hours as `09:00-18:00`."""
    return f"{conditions.opens:%H:%M}-{conditions.closes:%H:%M}"
