"""The bank's rules, which are those of its help articles."""

from __future__ import annotations

import pytest

CUSTOMERS = "/finance/customers"
WANG = f"{CUSTOMERS}/KH10023456"
LI = f"{CUSTOMERS}/KH10034567"
ZHAO = f"{CUSTOMERS}/KH10045678"


def get(client, path, **query):
    response = client.get(path, params=query)
    assert response.status_code == 200, response.text
    return response.json()


def refused(response):
    return response.status_code, response.json()["error"]["code"]


def test_a_debit_card_tells_what_is_available_and_what_is_frozen(client):
    card = get(client, f"{LI}/cards/3306")
    assert (card["balance"], card["frozen"], card["available"]) == (
        "158900.00 CNY",
        "2000.00 CNY",
        "156900.00 CNY",
    )
    assert get(client, f"{CUSTOMERS}/kh10023456/cards/8821")["has_frozen"] is False


def test_a_credit_card_tells_its_bill(client):
    card = get(client, f"{WANG}/cards/5517")
    assert (card["bill"], card["minimum"], card["due_on"]) == ("3268.40 CNY", "326.84 CNY", "2026-03-25")
    assert not card["overdue"]
    assert get(client, f"{CUSTOMERS}/KH10090123/cards/9937")["overdue"]


@pytest.mark.parametrize("path", ["KH99999999/cards/8821", "KH10023456/cards/3306", "KH99999999/cards/0000"])
def test_neither_number_is_confirmed_to_who_has_the_other_wrong(client, path):
    response = client.get(f"{CUSTOMERS}/{path}")
    assert refused(response) == (404, "not_found")
    assert response.json()["error"]["message"] == "There is no such card."


def test_movements_of_a_period(client):
    recent = get(client, f"{WANG}/cards/8821/movements")
    march = get(client, f"{WANG}/cards/8821/movements", first="2026-03-10", last="2026-03-17")
    assert recent["count"] > march["count"] == 3
    assert march["money_in"] == "18600.00 CNY"
    assert march["lines_en"].count("\n") == 2
    assert refused(client.get(f"{WANG}/cards/8821/movements?first=2026-03-10&last=2026-03-01")) == (409, "order")


def test_a_lost_card_is_frozen_once_and_replaced_once(client):
    card = f"{WANG}/cards/8821"
    assert refused(client.post(f"{card}/replacement", json={})) == (409, "not_lost")
    assert client.post(f"{card}/freeze").json()["until"] == "2026-03-23"
    assert get(client, card)["state"] == "lost"
    assert refused(client.post(f"{card}/freeze")) == (409, "already_lost")
    assert client.post(f"{card}/replacement", json={}).json()["fee"] == 10
    assert refused(client.post(f"{card}/replacement", json={})) == (409, "already_ordered")


def test_a_repayment_moves_the_money(client):
    done = client.post(f"{WANG}/cards/5517/repayments", json={"amount": "3268.40 CNY", "from_tail": "8821"})
    assert done.status_code == 201
    assert (done.json()["all_paid"], done.json()["balance"]) == (True, "23211.95 CNY")
    assert get(client, f"{WANG}/cards/5517")["has_bill"] is False


@pytest.mark.parametrize(
    ("customer", "tail", "amount", "payer", "code"),
    [
        (ZHAO, "2093", "5140.75", "4478", "insufficient"),
        (WANG, "5517", "4000", "8821", "too_much"),
        (WANG, "5517", "0", "8821", "bad_amount"),
        (WANG, "5517", "a lot", "8821", "bad_amount"),
        (WANG, "8821", "10", "8821", "no_credit_card"),
        (WANG, "5517", "10", "3306", "no_debit_card"),
        (f"{CUSTOMERS}/KH10078901", "6604", "10", "5291", "nothing_due"),
    ],
)
def test_repayments_that_are_refused(client, customer, tail, amount, payer, code):
    answer = client.post(f"{customer}/cards/{tail}/repayments", json={"amount": amount, "from_tail": payer})
    assert refused(answer) == (409, code)


def test_a_lower_limit_counts_at_once_and_a_higher_one_after_a_day(client):
    lower = client.put(f"{WANG}/cards/8821/limit", json={"limit": "20000.00 CNY"}).json()
    assert (lower["at_once"], get(client, f"{WANG}/cards/8821/limit")["limit"]) == (True, "20000.00 CNY")
    higher = client.put(f"{WANG}/cards/8821/limit", json={"limit": "150000"}).json()
    assert (higher["at_once"], higher["from_when"]) == (False, "2026-03-19T14:30")
    assert get(client, f"{WANG}/cards/8821/limit")["limit"] == "20000.00 CNY"


@pytest.mark.parametrize(
    ("path", "limit", "code"),
    [
        ("KH10023456/cards/8821", "500", "too_low"),
        ("KH10023456/cards/8821", "50000", "same"),
        ("KH10023456/cards/8821", "200001", "branch"),
        ("KH10056789/cards/6635", "10000", "new_account"),
        ("KH10067890/cards/1187", "10000", "restricted"),
    ],
)
def test_limits_that_are_refused(client, path, limit, code):
    assert refused(client.put(f"{CUSTOMERS}/{path}/limit", json={"limit": limit})) == (409, code)


@pytest.mark.parametrize(
    ("customer", "product", "income", "code"),
    [
        ("KH10089012", "REED", "9000", "age"),
        ("KH10090123", "REED", "9000", "age"),
        ("KH10056789", "ORCHID", "9000", "pending"),
        ("KH10023456", "ORCHID", "9000", "has_it"),
        ("KH10023456", "CRANE", "9000", "income"),
    ],
)
def test_who_may_not_apply(client, customer, product, income, code):
    answer = client.get(f"{CUSTOMERS}/{customer}/eligibility", params={"product": product, "income": income})
    assert refused(answer) == (409, code)


def test_an_application_is_followed_from_sending_it(client):
    order = {"customer_no": "KH10023456", "product": "REED", "income": "9000.00 CNY", "employment": "employed"}
    sent = client.post("/finance/applications", json=order).json()
    assert sent["decision_by"] == "2026-03-23"
    assert get(client, f"/finance/applications/{sent['number'].lower()}")["state"] == "review"
    assert refused(client.post("/finance/applications", json=order)) == (409, "pending")


@pytest.mark.parametrize("customer", ["KH10023456", "KH10034567", "KH10078901", "KH10090123"])
def test_no_product_above_the_risk_grade_is_ever_listed(client, customer):
    grade = int(get(client, f"{CUSTOMERS}/{customer}/risk")["grade"][1])
    found = get(client, f"{CUSTOMERS}/{customer}/wealth", amount="500000", horizon="long")
    assert found["count"] >= 1
    assert all(int(product["grade"][1]) <= grade for product in found["products"])


@pytest.mark.parametrize(
    ("customer", "product", "code"),
    [
        ("KH10023456", "进取山岚", "not_suitable"),
        ("KH10023456", "Growth Ridge", "not_suitable"),
        ("KH10023456", "稳禾一年", "sold_out"),
        ("KH10045678", "日日盈", "assessment_expired"),
        ("KH10056789", "日日盈", "assessment_none"),
    ],
)
def test_products_that_may_not_be_offered(client, customer, product, code):
    assert refused(client.get(f"{CUSTOMERS}/{customer}/suitability", params={"product": product})) == (409, code)
    order = {"customer_no": customer, "product": product, "amount": "60000"}
    assert refused(client.post("/finance/reservations", json=order)) == (409, code)


def test_a_reservation_takes_from_what_is_left(client):
    order = {"customer_no": "KH10078901", "product": "VOYAGE", "amount": "600000"}
    assert client.post("/finance/reservations", json=order).json()["until"] == "2026-03-20"
    assert refused(client.post("/finance/reservations", json=order)) == (409, "sold_out")


def test_an_assessment_is_good_for_twelve_months(client):
    risk = get(client, f"{WANG}/risk")
    assert (risk["state"], risk["grade"], risk["valid_until"]) == ("valid", "C2", "2026-12-18")
    assert get(client, f"{ZHAO}/risk")["state"] == "expired"


def test_a_payment_is_disputed_once_and_income_never(client):
    path = f"{WANG}/cards/5517/disputes"
    done = client.post(path, json={"movement": "T551701", "reason": "not_mine"}).json()
    assert (done["amount"], done["result_by"]) == ("1288.00 CNY", "2026-04-17")
    again = client.post(path, json={"movement": "T551701", "reason": "not_mine"})
    assert refused(again) == (409, "already_open")
    income = client.post(f"{WANG}/cards/8821/disputes", json={"movement": "T882104", "reason": "other"})
    assert refused(income) == (409, "money_in")


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        ("2026-02-01", "2026-01-01", "order"),
        ("2026-02-01", "2026-03-19", "future"),
        ("2024-01-01", "2026-01-31", "too_long"),
        ("2020-01-01", "2020-02-01", "too_old"),
    ],
)
def test_statements_that_cannot_be_made(client, first, last, code):
    order = {"first": first, "last": last, "form": "electronic"}
    assert refused(client.post(f"{WANG}/cards/8821/statements", json=order)) == (409, code)


def test_a_paper_statement_costs_something(client):
    order = {"first": "2025-10-01", "last": "2026-02-28", "form": "paper"}
    assert client.post(f"{WANG}/cards/8821/statements", json=order).json()["fee"] == 20


def test_rates_for_foreign_money_and_for_yuan(client):
    dollars = get(client, "/finance/rates/usd", amount="2000.00 USD")
    assert (dollars["pays"], dollars["gets"]) == ("14364.80 CNY", "14304.00 CNY")
    yen = get(client, "/finance/rates/JPY", amount="4800.00 CNY")
    assert (yen["in_yuan"], yen["pays"], yen["gets"]) == (True, "100000.00 JPY", "")
    assert refused(client.get("/finance/rates/XYZ")) == (404, "not_found")
