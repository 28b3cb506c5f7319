"""The travel agency's rules, which are those of its help articles."""

from __future__ import annotations

from datetime import datetime

import pytest

DAY = {"tomorrow": "2026-03-19", "saturday": "2026-03-21", "sunday": "2026-03-22"}


def get(client, path, **query):
    response = client.get(f"/travel/{path}", params=query)
    assert response.status_code == 200, response.text
    return response.json()


def refusal(client, path, **query):
    response = client.get(f"/travel/{path}", params=query)
    return response.status_code, response.json()["error"]["code"]


def post(client, path, **body):
    response = client.post(f"/travel/{path}", json=body)
    assert response.status_code in (200, 201), response.text
    return response.json()


@pytest.mark.parametrize(
    ("number", "state", "late"),
    [
        ("YH1208", "scheduled", 0),
        ("hr901", "delayed", 95),
        ("BC3316", "cancelled", 0),
        ("QN722", "departed", 0),
        ("HR 905", "landed", 0),
        ("YH4186", "scheduled", 0),
    ],
)
def test_flights_in_every_state(client, number, state, late):
    flight = get(client, f"flights/{number}/status")
    assert (flight["state"], flight["late_minutes"]) == (state, late)
    assert datetime.fromisoformat(flight["arrives"]) > datetime.fromisoformat(flight["departs"])


@pytest.mark.parametrize("number", ["YH9999", "XX1", "YH4187", "nothing"])
def test_flights_that_do_not_exist(client, number):
    assert refusal(client, f"flights/{number}/status") == (404, "not_found")


def test_a_flight_is_found_in_either_language_and_held(client):
    zh = get(client, "flights", origin="上海", target="北京", day=DAY["tomorrow"], people="2位", part="下午")
    en = get(
        client, "flights", origin="Shanghai", target="Beijing", day=DAY["tomorrow"], people="2", part="afternoon"
    )
    assert zh == en
    assert [flight["departs_at"] for flight in zh["flights"]] == ["12:40", "14:55", "17:05"]
    fares = get(client, "flights/YH4186/fares", day=DAY["tomorrow"], people="2位")["fares"]
    assert [fare["fare"] for fare in fares] == ["saver", "standard", "flexible"]
    held = post(client, "holds", flight_no="YH4186", day=DAY["tomorrow"], people="2位", fare="standard", cabin="")
    assert held["total"] == fares[1]["total"] == (fares[1]["price"] + 70) * 2
    assert held["pay_before"] == "2026-03-18T15:00"
    assert get(client, f"bookings/{held['booking_no']}")["state"] == "held"
    assert refusal(client, f"bookings/{held['booking_no']}/cancellation") == (409, "not_paid")


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ({"target": "上海"}, (409, "same_place")),
        ({"target": "Atlantis"}, (404, "unknown_place")),
        ({"day": "2026-03-17"}, (409, "bad_day")),
        ({"day": "2028-01-01"}, (409, "bad_day")),
        ({"people": "10位"}, (422, "bad_count")),
        ({"people": "some"}, (422, "bad_count")),
        ({"part": "someday"}, (422, "bad_part")),
        ({"cabin": "头等舱"}, (409, "no_such_cabin")),
    ],
)
def test_searches_that_are_refused(client, query, answer):
    asked = {"origin": "上海", "target": "北京", "day": DAY["tomorrow"], "people": "2位"}
    assert get(client, "flights", **asked)["flights"]
    assert refusal(client, "flights", **{**asked, **query}) == answer


def test_a_day_may_be_sold_out(client):
    asked = {"origin": "上海", "target": "三亚", "people": "1位"}
    assert get(client, "flights", **asked, day=DAY["saturday"])["flights"] == []
    assert get(client, "flights", **asked, day=DAY["sunday"])["flights"]


@pytest.mark.parametrize(
    ("number", "percentage"),
    [
        ("YC26031801", 20),  # Standard, a day and some hours ahead
        ("YC26031802", 50),  # Saver, more than seven days ahead
        ("YC26031803", 10),  # Flexible, three days ahead
        ("YC26031804", 40),  # Standard, less than a day ahead
        ("YC26031807", 80),  # Saver, four days ahead
        ("YC26031808", 100),  # Saver, less than a day ahead: the taxes alone
        ("YC26031812", 0),  # more than an hour late
        ("YC26031815", 0),  # cancelled by the airline
    ],
)
def test_what_cancelling_a_ticket_costs(client, number, percentage):
    booking, quote = get(client, f"bookings/{number}"), get(client, f"bookings/{number}/cancellation")
    fares = booking["total"] - quote["taxes"]
    assert quote["fee"] == round(fares * percentage / 100)
    assert quote["refund"] == booking["total"] - quote["fee"]


def test_cancelling_starts_a_refund_once(client):
    assert refusal(client, "bookings/YC26031804/refund") == (409, "no_refund")
    done = post(client, "bookings/YC26031804/cancellation")
    refund = get(client, "bookings/YC26031804/refund")
    assert (refund["state"], refund["amount"]) == ("processing", done["refund"])
    assert refusal(client, "bookings/YC26031804/cancellation") == (409, "cancelled")


@pytest.mark.parametrize(
    ("number", "state"), [("YC26031813", "processing"), ("YC26031816", "paid"), ("YC26031818", "overdue")]
)
def test_refunds_in_every_state(client, number, state):
    refund = get(client, f"bookings/{number}/refund")
    assert refund["state"] == state
    assert (refund["expected"] < "2026-03-18") is (state == "overdue")


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("YC26031808", "not_allowed"),  # Saver, the last day
        ("YC26031809", "flown"),
        ("YC26031811", "too_late"),  # departure in 75 minutes
        ("YC26031813", "cancelled"),
        ("YC26031817", "not_paid"),
        ("YZ26031801", "is_hotel"),
    ],
)
def test_changes_that_are_refused(client, number, code):
    assert refusal(client, f"bookings/{number}/alternatives", day=DAY["saturday"]) == (409, code)


def test_a_change_moves_the_booking_and_costs_what_was_quoted(client):
    options = get(client, "bookings/YC26031801/alternatives", day=DAY["saturday"])["flights"]
    quote = get(client, "bookings/YC26031801/change", flight_no=options[0]["flight_no"], day=DAY["saturday"])
    assert quote == options[0]
    assert quote["fee"] == 212  # 10 % of two Standard fares of 1060 yuan
    changed = post(client, "bookings/YC26031801/change", flight_no=quote["flight_no"], day=DAY["saturday"])
    assert changed == quote
    booking = get(client, "bookings/YC26031801")
    assert (booking["flight_no"], booking["day"]) == (quote["flight_no"], DAY["saturday"])
    assert refusal(client, "bookings/YC26031801/change", flight_no=quote["flight_no"], day=DAY["saturday"]) == (
        409,
        "same_flight",
    )
    assert (
        refusal(client, "bookings/YC26031801/change", flight_no="HR4199", day=DAY["saturday"])[1] == "other_route"
    )


@pytest.mark.parametrize("path", ["", "/cancellation", "/refund", "/check-in", "/receipt", "/baggage"])
def test_an_unknown_booking_is_not_found_on_every_path(client, path):
    query = {"kilos": 10} if path == "/baggage" else {}
    assert refusal(client, f"bookings/YC26039999{path}", **query) == (404, "not_found")


@pytest.mark.parametrize(
    ("number", "refund", "fee"),
    [
        ("YZ26031801", 1268, 0),  # free until the evening before
        ("YZ26031803", 0, 336),  # non-refundable
        ("YZ26031804", 1584, 792),  # today: the first night
        ("YZ26031808", 0, 0),  # paid at the hotel
    ],
)
def test_what_cancelling_a_room_brings(client, number, refund, fee):
    quote = get(client, f"bookings/{number}/cancellation")
    assert (quote["refund"], quote["fee"]) == (refund, fee)


def test_a_room_is_found_and_booked(client):
    stay = {"arrival": "2026-03-20", "nights": "2晚", "guests": "2位"}
    hotels = get(client, "hotels", city="杭州", stars="4星", **stay)["hotels"]
    assert [hotel["stars"] for hotel in hotels] == [4, 4, 5]
    cheap = get(client, "hotels", city="杭州", most="500.00 CNY", **stay)["hotels"]
    assert cheap and all(hotel["price"] <= 500 for hotel in cheap)
    rooms = get(client, f"hotels/{hotels[0]['hotel_id']}/rooms", **stay)["rooms"]
    assert {room["room"]: room["free_until"] for room in rooms}["twin"] == "2026-03-19T18:00"
    order = {"hotel_id": hotels[0]["hotel_id"], "room": "twin", "guest": "王芳"}
    booked = post(client, "stays", **order, **stay)
    assert booked["state"] == "confirmed" and booked["total"] == rooms[1]["total"]
    assert get(client, "hotels", city="青岛", arrival="2026-03-28", nights="1晚", guests="1位")["hotels"] == []


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("YC26031805", "too_early"),
        ("YC26031810", "already"),
        ("YC26031809", "cancelled"),
        ("YC26031817", "not_paid"),
        ("YZ26031801", "is_hotel"),
    ],
)
def test_check_ins_that_are_refused(client, number, code):
    assert refusal(client, f"bookings/{number}/check-in") == (409, code)


def test_check_in_gives_every_passenger_a_seat_and_closes_an_hour_before(client, clock):
    seats = post(client, "bookings/YC26031804/check-in", seat="window")["seats"].split(", ")
    assert len(set(seats)) == 2 and seats[0].endswith("A")
    assert refusal(client, "bookings/YC26031804/check-in") == (409, "already")
    assert get(client, "bookings/YC26031811/check-in")["flight_no"] == "YH1208"
    clock.now = datetime.fromisoformat("2026-03-18T14:46")
    assert refusal(client, "bookings/YC26031811/check-in") == (409, "too_late")


def test_baggage_is_priced_by_the_kilo_and_limited(client):
    assert get(client, "bookings/YC26031807/baggage", kilos=20)["price"] == 300
    assert get(client, "bookings/YC26031805/baggage", kilos=30)["price"] == 1200
    assert refusal(client, "bookings/YC26031811/baggage", kilos=10) == (409, "too_late")
    assert refusal(client, "bookings/YC26031815/baggage", kilos=10) == (409, "cancelled")
    post(client, "bookings/YC26031807/baggage", kilos="20")
    assert get(client, "bookings/YC26031807")["extra_kilos"] == 20
    assert refusal(client, "bookings/YC26031807/baggage", kilos=20) == (409, "too_much")


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("YC26031803", "not_yet"),
        ("YC26031809", "already"),
        ("YC26031813", "cancelled"),
        ("YC26031819", "too_old"),
        ("YZ26031807", "by_hotel"),
    ],
)
def test_receipts_that_cannot_be_had(client, number, code):
    assert refusal(client, f"bookings/{number}/receipt") == (409, code)


def test_a_receipt_is_issued_once(client):
    receipt = post(
        client, "bookings/YC26031814/receipt", title="青木文化传播有限公司", tax_no="91310115MA1K4XYZ7Q"
    )
    assert receipt["amount"] == get(client, "bookings/YC26031814")["total"]
    assert refusal(client, "bookings/YC26031814/receipt") == (409, "already")
