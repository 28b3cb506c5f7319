"""What the backend does for every trade: the token, repeated writes, errors, resets, failures, its page."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from starlette.testclient import TestClient

from deploy.demo_backend.app import create_app
from deploy.demo_backend.door import LARGEST_BODY
from deploy.demo_backend.faults import ConnectionDropped
from deploy.demo_backend.trades import TRADES

ORDER = "/ecommerce/orders/LM20260317002205"
CANCEL = f"{ORDER}/cancel"


def refusal(response):
    """Status and code of an error, whose form is checked."""
    error = response.json()["error"]
    assert set(error) == {"code", "message"}
    assert error["message"]
    return response.status_code, error["code"]


@pytest.mark.parametrize("sent", [None, "", "Bearer", "Bearer wrong", "Basic YTpi", "a-token-of-the-tests"])
def test_without_the_token_nothing_is_answered(client, sent):
    headers = {} if sent is None else {"Authorization": sent.encode()}
    stranger = TestClient(client.app)
    for method, path in (("GET", ORDER), ("POST", CANCEL), ("POST", "/demo/reset"), ("GET", "/no/such/path")):
        response = stranger.request(method, path, headers=headers)
        assert refusal(response) == (401, "unauthorized"), (method, path)
        assert response.headers["www-authenticate"] == "Bearer"


def test_with_the_token_it_answers(client):
    assert client.get(ORDER).json()["status"] == "paid"


def test_an_empty_token_is_no_token(clock):
    with pytest.raises(ValueError, match="token"):
        create_app(clock=clock, token="")


def test_a_repeated_write_gets_the_first_answer_and_is_done_once(client):
    path = "/ecommerce/orders/LM20260312006642/returns"
    body = {"line": 1, "reason": "unwanted", "pickup_on": "2026-03-19"}
    first = client.post(path, json=body, headers={"Idempotency-Key": "k1"})
    again = client.post(path, json=body, headers={"Idempotency-Key": "k1"})
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert refusal(client.post(path, json=body, headers={"Idempotency-Key": "k2"})) == (409, "already_requested")
    assert refusal(client.post(path, json=body)) == (409, "already_requested")


def test_the_key_of_another_request_is_refused(client):
    first = client.post(CANCEL, json={"reason": "other"}, headers={"Idempotency-Key": "k"})
    assert first.status_code == 200
    other_body = client.post(CANCEL, json={"reason": "too_slow"}, headers={"Idempotency-Key": "k"})
    assert refusal(other_body) == (409, "key_reused")
    other_path = client.post(
        "/ecommerce/orders/LM20260318003317/cancel", json={"reason": "other"}, headers={"Idempotency-Key": "k"}
    )
    assert refusal(other_path) == (409, "key_reused")
    assert client.get("/ecommerce/orders/LM20260318003317").json()["status"] == "unpaid"


def test_a_refusal_is_repeated_too_and_reading_needs_no_key(client):
    path = "/ecommerce/orders/LM20260318001234/cancel"
    for _ in range(2):
        assert refusal(client.post(path, json={}, headers={"Idempotency-Key": "k"})) == (409, "too_late")
    for path in (ORDER, "/ecommerce/orders/LM20260318001234"):
        assert client.get(path, headers={"Idempotency-Key": "k"}).json()["number"] in path


def test_keys_and_bodies_have_a_limit(client):
    assert client.post(CANCEL, json={}, headers={"Idempotency-Key": "k" * 200}).status_code == 200
    assert refusal(client.post(CANCEL, json={}, headers={"Idempotency-Key": "k" * 201})) == (400, "bad_key")
    assert refusal(client.post(CANCEL, content=b"x" * (LARGEST_BODY + 1))) == (413, "too_large")


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "/ecommerce/nothing", None, (404, "not_found")),
        ("GET", "/nothing", None, (404, "not_found")),
        ("DELETE", ORDER, None, (405, "method_not_allowed")),
        ("GET", f"{ORDER}/return-check?reason=boredom", None, (422, "invalid")),
        ("POST", f"{ORDER}/returns", b"{", (422, "invalid")),
        ("POST", f"{ORDER}/returns", b'{"reason": "unwanted", "pickup_on": "tomorrow"}', (422, "invalid")),
        ("POST", "/demo/fault", b'{"path": "/x", "kind": "fire"}', (422, "invalid")),
    ],
)
def test_every_error_has_one_form(client, method, path, body, expected):
    assert refusal(client.request(method, path, content=body)) == expected


def test_what_was_sent_is_not_repeated_in_an_error(client):
    body = {"reason": "unwanted", "pickup_on": "my secret"}
    assert "secret" not in client.post(f"{ORDER}/returns", json=body).text


def test_a_reset_brings_back_the_first_state_and_forgets_keys_and_faults(client):
    client.post(CANCEL, json={}, headers={"Idempotency-Key": "k"})
    client.post("/demo/fault", json={"path": "/ecommerce", "kind": "error", "times": 5})
    assert client.get(ORDER).status_code == 500
    done = client.post("/demo/reset").json()
    assert set(done["trades"]) <= set(TRADES)
    assert done["now"] == "2026-03-18T14:30"
    assert client.get(ORDER).json()["status"] == "paid"
    assert client.post(CANCEL, json={"reason": "too_slow"}, headers={"Idempotency-Key": "k"}).status_code == 200


def test_all_times_follow_the_clock_and_a_day_later_the_data_is_placed_anew(client, clock):
    assert client.get(ORDER).json()["placed_at"] == "2026-03-17T18:30"
    client.post(CANCEL, json={})
    clock.now += timedelta(hours=23)
    assert client.get(ORDER).json()["status"] == "closed"
    clock.now += timedelta(hours=1)
    later = client.get(ORDER).json()
    assert (later["status"], later["placed_at"]) == ("paid", "2026-03-18T18:30")


def test_an_ordered_error_happens_so_often_and_does_nothing(client):
    client.post("/demo/fault", json={"path": CANCEL, "kind": "error", "times": 2})
    assert client.get(ORDER).status_code == 200
    for _ in range(2):
        assert refusal(client.post(CANCEL, json={}, headers={"Idempotency-Key": "k"})) == (500, "internal")
    assert client.get(ORDER).json()["status"] == "paid"
    assert client.post(CANCEL, json={}, headers={"Idempotency-Key": "k"}).status_code == 200


def test_garbage_is_no_json(client):
    client.post("/demo/fault", json={"path": ORDER, "kind": "garbage"})
    response = client.get(ORDER)
    assert response.status_code == 200
    with pytest.raises(ValueError, match="Expecting"):
        response.json()


@pytest.mark.parametrize("kind", ["slow", "drop"])
def test_a_late_or_lost_answer_is_one_to_something_done(client, kind):
    client.post("/demo/fault", json={"path": CANCEL, "kind": kind, "seconds": 0.01})
    headers = {"Idempotency-Key": "k"}
    if kind == "drop":
        with pytest.raises(ConnectionDropped):
            client.post(CANCEL, json={}, headers=headers)
    else:
        assert client.post(CANCEL, json={}, headers=headers).status_code == 200
    assert client.get(ORDER).json()["status"] == "closed"
    assert client.post(CANCEL, json={}, headers=headers).json()["refund"] == 448


def test_the_description_is_open_and_complete(stranger):
    described = stranger.get("/openapi.json").json()
    operations = [one for path in described["paths"].values() for one in path.values()]
    assert len(operations) > 10
    for one in operations:
        assert one["summary"]
        assert {"401", "422"} <= set(one["responses"])
        assert "HTTPValidationError" not in str(one)


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_the_page_names_every_operation_and_loads_nothing_from_elsewhere(stranger, path):
    response = stranger.get(path)
    assert response.status_code == 200
    assert "script-src" not in response.headers["content-security-policy"]
    assert response.headers["content-security-policy"].startswith("default-src 'none'")
    page = response.text
    for known, methods in stranger.get("/openapi.json").json()["paths"].items():
        for method in methods:
            assert f"{method.upper()} {known}" in unescape(page)
    assert "<script" not in page
    assert " style=" not in page
    assert not re.findall(r'(?:src|href)="(?!/|#)', page)
    assert "text/css" in stranger.get("/style.css").headers["content-type"]
