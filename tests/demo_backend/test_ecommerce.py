"""The online shop's rules, which are those of its help articles."""

from __future__ import annotations

import pytest

ORDERS = "/ecommerce/orders"


def get(client, path, **query):
    response = client.get(f"/ecommerce/{path}", params=query)
    assert response.status_code == 200, response.text
    return response.json()


def refused(response):
    return response.status_code, response.json()["error"]["code"]


@pytest.mark.parametrize(
    ("number", "status", "late"),
    [
        ("LM20260318003317", "unpaid", False),
        ("LM20260317002205", "paid", False),
        ("LM20260315006420", "paid", True),
        ("LM20260315004896", "paid", False),  # on pre-sale
        ("LM20260316007781", "packing", False),
        ("LM20260318001234", "shipped", False),
        ("LM20260302004590", "delivered", False),
        ("LM20260308002640", "closed", False),
    ],
)
def test_orders_of_every_status(client, number, status, late):
    order = get(client, f"orders/{number.lower()}")
    assert (order["number"], order["status"], order["late"]) == (number, status, late)
    assert order["line_count"] == len(order["lines"]) >= 1
    assert (order["pay_by"] is not None) is (status == "unpaid")


def test_an_unknown_order_is_not_found_on_every_path(client):
    for path in ("", "/logistics", "/refund", "/invoice", "/return-check?reason=unwanted", "/exchange-check"):
        assert refused(client.get(f"{ORDERS}/LM20990101000000{path}")) == (404, "not_found"), path


@pytest.mark.parametrize(
    ("number", "state"),
    [
        ("LM20260317002205", "not_sent"),
        ("LM20260318001234", "in_transit"),
        ("LM20260310004471", "quiet"),
        ("LM20260314007710", "out_for_delivery"),
        ("LM20260304009063", "in_transit"),  # abroad: customs may take days
        ("LM20260302004590", "delivered"),
        ("LM20260308002640", "closed"),
    ],
)
def test_parcels_in_every_state(client, number, state):
    parcel = get(client, f"orders/{number}/logistics")
    assert parcel["state"] == state
    times = [event["at"] for event in parcel["events"]]
    assert times == sorted(times, reverse=True)
    assert all(at <= "2026-03-18T14:30" for at in times)


def test_a_parcel_is_looked_for_once(client):
    path = f"{ORDERS}/LM20260310004471/traces"
    first = client.post(path, json={"reason": "quiet"}).json()
    assert first["answer_by"] == "2026-03-20"
    assert client.post(path, json={"reason": "quiet"}).json() == first
    assert get(client, "orders/LM20260310004471/logistics")["trace_no"] == first["trace_no"]


@pytest.mark.parametrize(
    ("number", "refund", "by"),
    [
        ("LM20260317002205", 448, "2026-03-23"),
        ("LM20260316007781", 329, "2026-03-23"),
        ("LM20260318003317", 0, None),
    ],
)
def test_what_is_not_dispatched_can_be_cancelled(client, number, refund, by):
    done = client.post(f"{ORDERS}/{number}/cancel", json={"reason": "changed_mind"}).json()
    assert (done["refund"], done["refund_by"]) == (refund, by)
    assert get(client, f"orders/{number}")["status"] == "closed"
    assert refused(client.post(f"{ORDERS}/{number}/cancel", json={})) == (409, "already_closed")


@pytest.mark.parametrize("number", ["LM20260318001234", "LM20260302004590"])
def test_what_is_dispatched_cannot(client, number):
    assert refused(client.post(f"{ORDERS}/{number}/cancel", json={})) == (409, "too_late")


@pytest.mark.parametrize(
    ("number", "query", "verdict", "fee"),
    [
        ("LM20260312006642", {"line": 1, "reason": "wrong_size"}, "ok", 10),
        ("LM20260312006642", {"line": 1, "reason": "faulty"}, "ok", 0),
        ("LM20260311008853", {"reason": "unwanted"}, "ok", 0),  # insured
        ("LM20260312006642", {"line": 3, "reason": "unwanted"}, "sealed_unknown", 0),
        ("LM20260312006642", {"line": 3, "reason": "unwanted", "sealed": "false"}, "opened", 0),
        ("LM20260312006642", {"line": 3, "reason": "unwanted", "sealed": "true"}, "ok", 10),
        ("LM20260312006642", {"line": 3, "reason": "faulty"}, "ok", 0),
        ("LM20260302004590", {"reason": "unwanted"}, "too_late", 0),  # twelve days
        ("LM20260302004590", {"reason": "faulty"}, "ok", 0),
        ("LM20260225001118", {"reason": "faulty"}, "too_late", 0),  # nineteen days
        ("LM20260313005528", {"reason": "unwanted"}, "not_returnable", 0),  # underwear
        ("LM20260313005528", {"reason": "wrong_item"}, "ok", 0),
        ("LM20260318001234", {"reason": "unwanted"}, "not_delivered", 0),
        ("LM20260305003366", {"reason": "unwanted"}, "already_requested", 0),
    ],
)
def test_the_rules_of_returning(client, number, query, verdict, fee):
    check = get(client, f"orders/{number}/return-check", **query)
    assert (check["verdict"], check["fee"]) == (verdict, fee)
    assert (check["refund"] > 0) is (verdict == "ok")
    body = {**query, "pickup_on": "2026-03-19"}
    made = client.post(f"{ORDERS}/{number}/returns", json=body)
    if verdict == "ok":
        assert made.json()["return_no"].startswith("TH")
        assert get(client, f"orders/{number}/refund")["state"] == "returning"
    else:
        assert refused(made) == (409, verdict)


@pytest.mark.parametrize(
    ("day", "good"), [("2026-03-18", False), ("2026-03-19", True), ("2026-03-25", True), ("2026-03-26", False)]
)
def test_the_courier_comes_within_a_week(client, day, good):
    path = f"{ORDERS}/LM20260312006642"
    body = {"line": 2, "reason": "unwanted", "pickup_on": day}
    assert client.post(f"{path}/returns", json=body).status_code == (201 if good else 409)
    body = {"line": 1, "size": "43", "pickup_on": day}
    assert client.post(f"{path}/exchanges", json=body).status_code == (201 if good else 409)


def test_of_several_products_one_must_be_named(client):
    path = "orders/LM20260312006642/return-check"
    assert refused(client.get(f"/ecommerce/{path}?reason=unwanted")) == (409, "which_line")
    assert refused(client.get(f"/ecommerce/{path}?reason=unwanted&line=9")) == (404, "no_such_line")


@pytest.mark.parametrize(
    ("number", "query", "verdict"),
    [
        ("LM20260311003058", {"size": "40码"}, "ok"),
        ("LM20260311003058", {"size": "size 40"}, "ok"),
        ("LM20260311003058", {"colour": "blue"}, "ok"),
        ("LM20260311003058", {"size": "38"}, "sold_out"),
        ("LM20260311003058", {"size": "39", "colour": "黑色"}, "same"),
        ("LM20260311003058", {"size": "52"}, "no_such_option"),
        ("LM20260302004590", {"size": "M"}, "ok"),  # twelve days: exchanges have fifteen
        ("LM20260313009127", {"size": "41"}, "already_exchanged"),
        ("LM20260313005528", {"size": "L"}, "not_returnable"),
        ("LM20260225001118", {"colour": "白色"}, "too_late"),
        ("LM20260318001234", {"size": "42"}, "not_delivered"),
    ],
)
def test_the_rules_of_exchanging(client, number, query, verdict):
    assert get(client, f"orders/{number}/exchange-check", **query)["verdict"] == verdict
    made = client.post(f"{ORDERS}/{number}/exchanges", json={**query, "pickup_on": "2026-03-20"})
    if verdict != "ok":
        assert refused(made) == (409, verdict)
        return
    assert made.json()["exchange_no"].startswith("HH")
    again = get(client, f"orders/{number}/exchange-check", size="41")
    assert again["verdict"] == "already_exchanged"


@pytest.mark.parametrize(
    ("number", "state", "money_by", "overdue"),
    [
        ("LM20260302004590", "none", None, False),
        ("LM20260308005511", "returning", None, False),
        ("LM20260305003366", "inspecting", None, False),
        ("LM20260301009902", "paid", "2026-03-25", False),
        ("LM20260219007706", "paid", "2026-03-13", True),
    ],
)
def test_refunds_in_every_state(client, number, state, money_by, overdue):
    refund = get(client, f"orders/{number}/refund")
    assert (refund["state"], refund["money_by"], refund["overdue"]) == (state, money_by, overdue)


INVOICE = {"kind": "personal", "title": "Li Ming", "email": "li@example.com"}


def test_an_invoice_is_made_once_and_corrected_once(client):
    path = f"{ORDERS}/LM20260207006019/invoice"
    assert client.get(path).json()["verdict"] == "ok"
    assert client.post(path, json=INVOICE).json()["amount"] == 189
    assert refused(client.post(path, json=INVOICE)) == (409, "issued")
    assert client.put(path, json={**INVOICE, "title": "Li Ming Ltd"}).json()["title"] == "Li Ming Ltd"
    assert refused(client.put(path, json=INVOICE)) == (409, "corrected")


@pytest.mark.parametrize(
    ("number", "verdict"),
    [("LM20250905003140", "too_late"), ("LM20260318003317", "not_paid"), ("LM20260122008340", "corrected")],
)
def test_invoices_that_cannot_be_made(client, number, verdict):
    path = f"{ORDERS}/{number}/invoice"
    assert client.get(path).json()["verdict"] == verdict
    assert refused(client.post(path, json=INVOICE)) == (409, verdict)


def test_a_company_needs_its_tax_number(client):
    path = f"{ORDERS}/LM20260207006019/invoice"
    company = {**INVOICE, "kind": "company"}
    assert refused(client.post(path, json=company)) == (409, "tax_no_missing")
    assert client.post(path, json={**company, "tax_no": "91310115MA1K4ABC7X"}).status_code == 201


@pytest.mark.parametrize(
    ("code", "query", "verdict"),
    [
        ("LQ100020", {}, "ok"),
        ("lq100020", {"amount": "129.00 CNY"}, "ok"),
        ("LQ100020", {"amount": "120"}, "below_minimum"),
        ("LQ200415", {}, "expired"),
        ("LQ618100", {}, "not_started"),
        ("LQ080012", {}, "used"),
        ("LQ500150", {"product": "无线耳机", "amount": "500"}, "wrong_products"),
        ("LQ500150", {"product": "5-litre rice cooker", "amount": "429"}, "ok"),
    ],
)
def test_coupons(client, code, query, verdict):
    assert get(client, f"coupons/{code}", **query)["verdict"] == verdict


def test_an_unknown_coupon(client):
    assert refused(client.get("/ecommerce/coupons/LQ999999")) == (404, "not_found")


def test_products_are_found_by_name_in_either_language(client):
    for name in ("earbuds", "无线耳机", "Wireless Earbuds"):
        assert get(client, f"products/{name}")["price"] == 299
    assert refused(client.get("/ecommerce/products/flying-carpet")) == (404, "not_found")


@pytest.mark.parametrize(
    ("name", "query", "verdict"),
    [
        ("canvas-shoes", {"size": "42码", "colour": "米色"}, "sold_out"),
        ("canvas-shoes", {"size": "41", "colour": "beige"}, "in_stock"),
        ("canvas-shoes", {"size": "51"}, "no_such_option"),
        ("rice-cooker-5", {}, "few"),
        ("travel-tea-set", {}, "sold_out"),
        ("tea-set", {}, "in_stock"),
    ],
)
def test_stock(client, name, query, verdict):
    assert get(client, f"products/{name}/stock", **query)["verdict"] == verdict


def test_products_side_by_side(client):
    both = get(client, "comparison", first="三升电饭煲", second="五升电饭煲")
    assert (both["verdict"], both["cheaper_en"], both["difference"]) == ("ok", "3-litre rice cooker", 100)
    assert "500 瓦 / 1200 瓦" in both["rows_zh"]
    assert get(client, "comparison", first="earbuds", second="无线耳机")["verdict"] == "same"
    assert get(client, "comparison", first="earbuds", second="backpack")["verdict"] == "different_kinds"
    assert refused(client.get("/ecommerce/comparison?first=earbuds&second=x")) == (404, "not_found")


def test_an_empty_text_is_a_value_that_is_not_known(client):
    """Callers that fill in templates send empty texts for what they do not know."""
    path = f"{ORDERS}/LM20260311008853"
    query = {"reason": "unwanted", "line": "", "sealed": ""}
    assert client.get(f"{path}/return-check", params=query).json()["verdict"] == "ok"
    assert client.post(f"{path}/returns", json={**query, "pickup_on": "2026-03-19"}).status_code == 201
