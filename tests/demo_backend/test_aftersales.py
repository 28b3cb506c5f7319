"""The service organisation's rules: covers, visits, moving, returns, recalls, parts."""

from __future__ import annotations

from datetime import datetime

import pytest


def visit(day: str = "2026-03-21", period: str = "8:00-12:00", district: str = "西湖区") -> dict[str, str]:
    return {"district": district, "day": day, "period": period}


@pytest.mark.parametrize(
    ("serial", "whole", "part", "fee"),
    [
        ("SQWM25031527", "in", "in", 0),
        ("SQWM20040088", "out", "in", 60),
        ("SQWH19100567", "out", "in", 60),
        ("SQRV24010777", "out", "out", 0),
        ("SQWM25100640", "unknown", "unknown", 60),
    ],
)
def test_warranties_of_devices_and_their_main_parts(client, serial, whole, part, fee):
    found = client.get(f"/aftersales/devices/{serial}").json()
    assert (found["warranty"], found["part_warranty"], found["fee"]) == (whole, part, fee)


def test_an_unregistered_device_is_covered_from_the_day_that_is_named(client):
    found = client.get("/aftersales/devices/SQWM25100640", params={"bought_on": "2025-11-02"}).json()
    assert (found["warranty"], found["until"]) == ("in", "2028-11-02")


def test_a_serial_number_is_found_in_small_letters_and_an_unknown_one_is_not(client):
    assert client.get("/aftersales/devices/sqwm25031527").status_code == 200
    assert client.get("/aftersales/devices/SQWM25039999").status_code == 404


def test_visits_are_taken_once_and_full_days_offer_the_next(client):
    order = {"device": "冰箱", "fault": "不冷", **visit()}
    assert client.post("/aftersales/repairs", json=order).status_code == 201
    second = client.post("/aftersales/repairs", json=order)
    assert (second.status_code, second.json()["error"]["code"]) == (409, "slot_taken")
    full = client.get("/aftersales/visits", params={"district": "Pudong", "day": "2026-03-22"}).json()
    assert full["free"] == []
    assert full["nearest"][0]["day"] == "2026-03-23"


def test_no_technician_goes_outside_the_districts(client):
    assert (
        client.get("/aftersales/visits", params={"district": "崇明区", "day": "2026-03-21"}).json()["covered"]
        is False
    )
    order = {"device": "TV", "fault": "dark", **visit(district="Chongming")}
    assert client.post("/aftersales/repairs", json=order).json()["error"]["code"] == "not_covered"


def test_a_device_has_one_open_repair(client):
    order = {"serial": "SQWM20040088", "fault": "E3", **visit()}
    assert client.post("/aftersales/repairs", json=order).json()["error"]["code"] == "already_open"
    order["serial"] = "SQWM25031527"
    assert client.post("/aftersales/repairs", json=order).json()["fee"] == 0


def test_a_visit_is_moved_until_two_hours_before_it_starts(client, clock):
    move = {"day": "2026-03-23", "period": "8:00-12:00"}
    assert client.post("/aftersales/bookings/WX26031701/move", json=move).status_code == 200
    late = client.post("/aftersales/bookings/WX26031802/move", json=move)
    assert late.json()["error"]["code"] == "too_late"
    assert client.get("/aftersales/bookings/AZ26031803").json()["change"] == "yes"
    clock.now = datetime.fromisoformat("2026-03-18T16:01")
    assert client.get("/aftersales/bookings/AZ26031803").json()["change"] == "too_late"


def test_a_visit_is_cancelled_once(client):
    assert client.post("/aftersales/bookings/WX26031808/cancel", json={}).json()["state"] == "cancelled"
    again = client.post("/aftersales/bookings/WX26031808/cancel", json={})
    assert again.json()["error"]["code"] == "not_booked"


def test_a_quote_is_accepted_where_one_waits(client):
    assert (
        client.post("/aftersales/bookings/WX26031609/quote", json={"accept": True}).json()["state"] == "workshop"
    )
    none = client.post("/aftersales/bookings/WX26031701/quote", json={"accept": True})
    assert none.json()["error"]["code"] == "no_quote"


@pytest.mark.parametrize(
    ("serial", "best"),
    [
        ("SQEP26030119", "return"),
        ("SQEP26020450", "exchange"),
        ("SQEP25090031", "repair"),
        ("SQRV25120044", "exchange"),
        ("SQRV24010777", "paid_repair"),
        ("SQWM25100640", "unknown"),
    ],
)
def test_what_a_customer_with_a_fault_may_ask_for(client, serial, best):
    assert client.get(f"/aftersales/devices/{serial}/entitlement").json()["best"] == best


def test_a_return_is_registered_once_and_only_where_the_rules_give_it(client):
    wish = {"serial": "SQEP26030119", "wish": "return", "reason": "silent"}
    assert client.post("/aftersales/returns", json=wish).status_code == 201
    assert client.post("/aftersales/returns", json=wish).json()["error"]["code"] == "already_open"
    wish["serial"] = "SQEP26020450"
    assert client.post("/aftersales/returns", json=wish).json()["error"]["code"] == "not_entitled"


def test_recalls_go_by_the_month_of_manufacture_and_are_registered_once(client):
    assert client.get("/aftersales/recalls/SQPB25030321").json()["recalled"] is False
    assert client.get("/aftersales/recalls/SQPB24070612").json()["recalled"] is True
    assert client.post("/aftersales/recalls/SQPB24070612/replacement").status_code == 201
    assert client.post("/aftersales/recalls/SQPB24070612/replacement").status_code == 409
    assert client.post("/aftersales/recalls/SQPB25030321/replacement").json()["error"]["code"] == "not_recalled"


def test_parts_cost_shipping_below_99_yuan_and_leave_the_stock(client):
    price = client.get("/aftersales/parts/PT1201/price", params={"quantity": 2}).json()
    assert (price["shipping"], price["total"]) == (8, 46)
    assert client.get("/aftersales/parts/PT1701/price").json()["shipping"] == 0
    assert client.post("/aftersales/part-orders", json={"part": "PT1901", "quantity": 4}).status_code == 201
    gone = client.post("/aftersales/part-orders", json={"part": "PT1901", "quantity": 1})
    assert gone.json()["error"]["code"] == "out_of_stock"


def test_parts_inside_the_casing_are_not_sold(client):
    assert client.get("/aftersales/parts", params={"device": "洗衣机", "name": "主板"}).json()["sold"] is False
    refused = client.post("/aftersales/part-orders", json={"part": "PT1004", "quantity": 1})
    assert refused.json()["error"]["code"] == "technician_only"


def test_codes_and_manuals_are_those_of_the_catalogue(client):
    code = client.get("/aftersales/codes", params={"device": "washing machine", "code": "e3"}).json()
    assert (code["meaning_zh"], code["meaning_en"]) == ("排水超时", "water drains too slowly")
    assert client.get("/aftersales/manuals", params={"device": "PJ-D13"}).json()["pages"] == 44


def test_an_installation_is_booked_once_and_only_where_one_is_needed(client):
    order = {"serial": "SQAC26030531", **visit()}
    assert client.post("/aftersales/installations", json=order).status_code == 201
    assert client.post("/aftersales/installations", json=order).json()["error"]["code"] == "already_open"
    order["serial"] = "SQRF24080345"
    assert client.post("/aftersales/installations", json=order).json()["error"]["code"] == "not_needed"
