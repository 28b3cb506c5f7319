"""The demo backend's operator: what its rules allow and refuse."""

from __future__ import annotations

from datetime import datetime

import pytest
from fastapi.testclient import TestClient

from deploy.demo_backend.app import create_app

FREE = "6012045883"
CONTRACT = "6012117306"
DEBT = "6012260914"
NEW = "6013308842"
PENDING = "6013471520"
LOST = "6014582067"
TRAVELLER = "6015690233"
POOR = "6016724518"
SPECIAL = "6017835906"
PLAIN = "6018946377"
FAULT = "6050318827"
OUTAGE = "6050427716"
GIGABIT = "6050536605"
CUT_BROADBAND = "6050645594"
BOOKED = "6050754483"


@pytest.fixture
def backend():
    app = create_app(clock=lambda: datetime.fromisoformat("2026-03-18T14:30"), token="t0ken")
    return TestClient(app, base_url="http://backend/telecom/", headers={"Authorization": "Bearer t0ken"})


def code(answer):
    return answer.status_code, answer.json()["error"]["code"]


def test_a_line_is_found_and_an_unknown_one_is_not(backend):
    line = backend.get(f"lines/{CONTRACT}").json()
    assert (line["plan_en"], line["contract_ends"], line["exit_fee"]) == ("Branch 99", "2026-12-31", "267.30")
    assert code(backend.get("lines/6099999999")) == (404, "not_found")


@pytest.mark.parametrize(
    ("month", "shown"),
    [
        ("", "2026年2月"),
        ("2026-01-01/2026-01-31", "2026年1月"),
        ("2026-12", "2025年12月"),
        ("2025-03-04", "2025年3月"),
    ],
)
def test_bills_of_the_last_twelve_months(backend, month, shown):
    bill = backend.get(f"lines/{FREE}/bill", params={"month": month}).json()
    assert bill["month_zh"] == shown
    parts = ("plan_fee", "data_fee", "call_fee", "service_fee")
    assert sum(float(bill[part]) for part in parts) == pytest.approx(float(bill["total"]))


@pytest.mark.parametrize(
    ("line", "month", "why"),
    [(FREE, "2026-03-01/2026-03-31", "not_out"), (FREE, "2024-05", "no_bill"), (NEW, "2026-01", "no_bill")],
)
def test_bills_that_are_not_there(backend, line, month, why):
    assert code(backend.get(f"lines/{line}/bill", params={"month": month})) == (404, why)


def test_a_top_up_brings_a_line_back_that_was_cut_off_for_debt(backend):
    done = backend.post(f"lines/{DEBT}/top-ups", json={"amount": "50.00 CNY"}).json()
    assert (done["balance_after"], done["restores_line"], done["pay_until"]) == ("37.70", True, "2026-03-18T14:45")
    assert backend.post(f"lines/{DEBT}/top-ups", json={"amount": "12"}).json()["restores_line"] is False


@pytest.mark.parametrize("amount", ["5", "501", "20.5", "-20", "lots"])
def test_amounts_that_cannot_be_paid_in(backend, amount):
    assert code(backend.post(f"lines/{FREE}/top-ups", json={"amount": amount})) == (409, "amount")


def test_a_plan_changes_from_next_month_and_the_change_can_be_taken_back(backend):
    done = backend.post(f"lines/{FREE}/plan-change", json={"plan": "青叶39"}).json()
    assert (done["from_zh"], done["to_en"], done["starts_on"]) == ("青叶59", "Leaf 39", "2026-04-01")
    assert code(backend.post(f"lines/{FREE}/plan-change", json={"plan": "Leaf 19"})) == (409, "pending")
    assert backend.post(f"lines/{FREE}/plan-change/withdraw").json()["plan_en"] == "Leaf 59"
    assert code(backend.post(f"lines/{FREE}/plan-change/withdraw")) == (404, "nothing_pending")


@pytest.mark.parametrize(
    ("line", "plan", "why"),
    [
        (CONTRACT, "leaf59", "contract"),
        (DEBT, "leaf19", "debt"),
        (FREE, "Leaf 59", "same_plan"),
        (FREE, "fibre1000", "wrong_kind"),
        (PENDING, "leaf59", "pending"),
        (LOST, "leaf19", "suspended"),
    ],
)
def test_changes_of_plan_that_are_refused(backend, line, plan, why):
    assert code(backend.get(f"lines/{line}/plan-change", params={"plan": plan})) == (409, why)
    assert code(backend.post(f"lines/{line}/plan-change", json={"plan": plan})) == (409, why)


def test_upwards_is_allowed_during_a_contract(backend):
    offered = [plan["code"] for plan in backend.get(f"lines/{CONTRACT}/plans").json()["items"]]
    assert offered == ["branch129", "forest199"]
    assert backend.get(f"lines/{CONTRACT}/plan-change", params={"plan": "branch129"}).json()["new_fee"] == 129


def test_extra_data_is_paid_from_the_balance(backend):
    assert backend.get(f"lines/{POOR}/usage").json()["data_left_gb"] == "0"
    assert code(backend.post(f"lines/{POOR}/add-ons", json={"add_on": "month2"})) == (409, "balance")
    assert backend.get(f"lines/{POOR}/add-ons/day1").json()["price"] == 3
    done = backend.post(f"lines/{POOR}/add-ons", json={"add_on": "day1"}).json()
    assert (done["balance"], done["data_left_gb"]) == ("0.20", "1")
    assert code(backend.get(f"lines/{FAULT}/usage")) == (409, "not_mobile")


def test_roaming_packages_fit_the_stay(backend):
    offers = backend.get("roaming/packages", params={"country": "日本", "days": "P5D"}).json()["items"]
    assert [offer["code"] for offer in offers] == ["b7", "b15"]
    long_stay = backend.get("roaming/packages", params={"country": "Thailand", "days": "P1M"}).json()["items"]
    assert [offer["code"] for offer in long_stay] == ["b15"]
    assert code(backend.get("roaming/packages", params={"country": "Cuba"})) == (409, "not_covered")
    assert code(backend.get("roaming/packages", params={"country": "Atlantis"})) == (404, "unknown_country")


@pytest.mark.parametrize(
    ("line", "start", "why"),
    [
        (NEW, "2026-04-01", "too_new"),
        (FREE, "2026-04-01", "balance"),
        (PLAIN, "2026-03-17", "past"),
        (PLAIN, "2026-05-18", "too_far"),
        (TRAVELLER, "2026-03-20", "overlap"),
        (LOST, "2026-04-01", "suspended"),
    ],
)
def test_roaming_orders_that_are_refused(backend, line, start, why):
    order = {"package": "b7", "country": "Japan", "starts_on": start}
    assert code(backend.get(f"lines/{line}/roaming", params=order)) == (409, why)
    assert code(backend.post(f"lines/{line}/roaming", json=order)) == (409, why)


def test_a_roaming_package_is_ordered(backend):
    order = {"package": "b7", "country": "日本", "starts_on": "2026-03-27"}
    asked = backend.get(f"lines/{PLAIN}/roaming", params=order).json()
    assert (asked["name_zh"], asked["data_gb"]) == ("亚洲包 7 天", 7)
    done = backend.post(f"lines/{PLAIN}/roaming", json=order).json()
    assert (done["ends_on"], done["price"]) == ("2026-04-02", 98)
    assert backend.get(f"lines/{PLAIN}").json()["balance"] == "49.90"


def test_a_lost_sim_is_blocked_by_its_holder_only(backend):
    assert code(backend.post(f"lines/{FREE}/loss", json={"id_tail": "0000"})) == (403, "wrong_identity")
    assert backend.post(f"lines/{CONTRACT}/loss", json={"id_tail": "082X"}).status_code == 201
    assert code(backend.post(f"lines/{CONTRACT}/loss", json={"id_tail": "082x"})) == (409, "already_blocked")
    assert backend.post(f"lines/{CONTRACT}/loss/lift", json={"id_tail": "082x"}).json()["status"] == "active"
    assert code(backend.post(f"lines/{CONTRACT}/loss/lift", json={"id_tail": "082x"})) == (409, "not_blocked")


def test_one_new_sim_at_a_time(backend):
    done = backend.post(f"lines/{LOST}/sims", json={"way": "courier"}).json()
    assert (done["fee"], done["ready_on"]) == (10, "2026-03-21")
    assert code(backend.post(f"lines/{LOST}/sims", json={"way": "esim"})) == (409, "already_ordered")


@pytest.mark.parametrize(
    ("line", "reasons"),
    [
        (CONTRACT, "the contract runs until 2026-12-31"),
        (DEBT, "12.30 yuan are owed"),
        (NEW, "the line is younger than 120 days"),
        (SPECIAL, "the special number's agreement runs until 2029-03-12"),
    ],
)
def test_numbers_that_may_not_leave_yet(backend, line, reasons):
    check = backend.get(f"lines/{line}/port-out").json()
    assert (check["eligible"], check["reasons_en"]) == ("no", reasons)
    assert code(backend.post(f"lines/{line}/port-out/code")) == (409, "not_eligible")


def test_a_number_that_may_leave_gets_a_code(backend):
    assert backend.get(f"lines/{FREE}/port-out").json()["eligible"] == "yes"
    assert backend.post(f"lines/{FREE}/port-out/code").json()["valid_until"] == "2026-04-02"


@pytest.mark.parametrize(
    ("line", "result"),
    [(FAULT, "line_fault"), (OUTAGE, "outage"), (GIGABIT, "line_ok"), (CUT_BROADBAND, "suspended_debt")],
)
def test_what_the_network_sees_of_a_line(backend, line, result):
    found = backend.get(f"lines/{line}/diagnosis").json()
    assert found["result"] == result
    assert found["restored_by"] == ("2026-03-18T18:00" if result == "outage" else "")


def test_a_repair_takes_a_free_slot(backend):
    free = backend.get("visits/slots", params={"day": "2026-03-19"}).json()["items"]
    assert [slot["label_zh"] for slot in free] == ["3月19日（周四）09:00–12:00", "3月19日（周四）16:00–19:00"]
    assert backend.get(f"visits/slots/{free[0]['code']}").json() == free[0]
    order = {"slot": free[0]["code"], "contact": "13900001234"}
    assert backend.post(f"lines/{FAULT}/visits", json=order).json()["fee"] == 0
    assert code(backend.post(f"lines/{GIGABIT}/visits", json=order)) == (409, "slot_taken")
    assert code(backend.post(f"lines/{FAULT}/visits", json=order)) == (409, "already_booked")
    assert code(backend.post(f"lines/{BOOKED}/visits", json=order)) == (409, "already_booked")


@pytest.mark.parametrize("day", ["2026-03-18", "2026-03-25", "2026-04-03"])
def test_days_without_a_technician(backend, day):
    assert backend.get("visits/slots", params={"day": day}).json() == {"items": []}


def test_moving_a_line(backend):
    assert backend.get(f"lines/{GIGABIT}/move", params={"district": "Gaoxin"}).json()["fee"] == 0
    assert backend.get(f"lines/{FAULT}/move", params={"district": "高新区"}).json()["fee"] == 100
    assert code(backend.get(f"lines/{FAULT}/move", params={"district": "Yuntai"})) == (409, "not_covered")
    slot = backend.get("visits/slots", params={"day": "2026-03-21"}).json()["items"][0]["code"]
    order = {"slot": slot, "contact": "13900001234", "district": "Gaoxin"}
    assert backend.post(f"lines/{GIGABIT}/move", json=order).status_code == 201
    assert backend.get(f"lines/{GIGABIT}/diagnosis").json()["district_en"] == "Gaoxin"
    early = backend.get("visits/slots", params={"day": "2026-03-19"}).json()["items"][0]["code"]
    assert code(backend.post(f"lines/{FAULT}/move", json={**order, "slot": early})) == (409, "too_early")


def test_paid_extras_end_with_the_month_or_at_once_when_they_are_fresh(backend):
    asked = backend.get(f"lines/{FREE}/services/悦铃").json()
    done = backend.post(f"lines/{FREE}/services/cancel", json={"service": "悦铃"}).json()
    assert asked == done
    assert (done["ends_on"], done["refund"]) == ("2026-03-31", "0.00")
    fresh = backend.post(f"lines/{PENDING}/services/cancel", json={"service": "Reading Pack"}).json()
    assert (fresh["ends_on"], fresh["refund"]) == ("2026-03-18", "8.00")
    assert code(backend.post(f"lines/{FREE}/services/cancel", json={"service": "ringback"})) == (
        409,
        "already_cancelled",
    )
    assert code(backend.post(f"lines/{CONTRACT}/services/cancel", json={"service": "video"})) == (409, "bound")
    assert code(backend.post(f"lines/{PLAIN}/services/cancel", json={"service": "music"})) == (
        404,
        "not_subscribed",
    )


def test_a_reset_brings_everything_back(backend):
    backend.post(f"lines/{FREE}/services/cancel", json={"service": "ringback"})
    backend.post("http://backend/demo/reset")
    assert "ringback" in {one["code"] for one in backend.get(f"lines/{FREE}/services").json()["items"]}
