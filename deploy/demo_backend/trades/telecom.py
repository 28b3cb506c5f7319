"""A mobile and broadband operator: bills, plans, data, roaming, repairs, lost SIMs, leaving with the number."""

from __future__ import annotations

from datetime import datetime, timedelta

from fastapi import APIRouter

from deploy.demo_backend.store import StoreHolder
from deploy.demo_backend.trades.telecom_account import add_account_routes
from deploy.demo_backend.trades.telecom_broadband import add_broadband_routes
from deploy.demo_backend.trades.telecom_data import COUNTRIES, LINES, ROAMING
from deploy.demo_backend.trades.telecom_mobile import add_mobile_routes
from deploy.demo_backend.trades.telecom_plans import add_plan_routes
from deploy.demo_backend.trades.telecom_store import Store, Trip, Visit, free_slots, seed_line


def seed(now: datetime) -> Store:
    """All lines as they are at first; every third technician's slot is taken."""
    today = now.date()
    store = Store(lines={one.no: seed_line(one, now) for one in LINES}, taken=set())
    for days in range(1, 31):
        slots = free_slots(store, today + timedelta(days=days))
        store.taken.add(slots[days % 3])
        if days % 7 == 0:
            store.taken.update(slots)
    for one in LINES:
        line = store.lines[one.no]
        if one.visit_tomorrow and line.district:
            at = (now + timedelta(days=1)).replace(hour=13, minute=0)
            line.visit = Visit(
                no=store.number("V", today), kind="fault", at=at, contact="", district=line.district
            )
            store.taken.add(at)
        if one.roaming_in_days >= 0:
            package = next(package for package in ROAMING if package.code == "b7")
            japan = next(country for country in COUNTRIES if country.name_en == "Japan")
            start = today + timedelta(days=one.roaming_in_days)
            line.trips.append(Trip(package=package, country=japan, starts_on=start))
    return store


def router(holder: StoreHolder[Store]) -> APIRouter:
    """All routes of the trade."""
    routes = APIRouter()
    add_account_routes(routes, holder)
    add_plan_routes(routes, holder)
    add_mobile_routes(routes, holder)
    add_broadband_routes(routes, holder)
    return routes
