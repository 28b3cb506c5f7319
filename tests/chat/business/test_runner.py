"""Calls over the network: what is sent, what is read, what is tried again, and every way to fail."""

from __future__ import annotations

import json
import threading

import pytest

from chat.business.action_reader import read_action_file
from chat.business.requests import Endpoint
from chat.business.runner import ActionRun, CallableAction, run_action
from chat.dialogue.calls import ActionCall
from nlu.egress.types import EgressPolicy
from tests.chat.business.backend import FILE, ORDER, base_url, says
from tests.nlu.egress.canary import PLAIN, Canary, redirect
from tests.servers import free_port

ACTIONS = {action.name: action for action in read_action_file(FILE).actions}


def run(
    backend: Canary, name: str, inputs: dict[str, str], *, scope: str = "one", key: str = "k", **more
) -> ActionRun:
    endpoint = more.pop("endpoint", Endpoint(base_url(backend), "Authorization", "Bearer", "s3cret"))
    return run_action(
        ActionCall(name, inputs, key),
        target=CallableAction(ACTIONS[name], endpoint),
        scope=scope,
        policy=more.pop("policy", EgressPolicy.allowing([backend.pair])),
        wait=lambda _seconds: None,
        **more,
    )


def test_inputs_go_into_path_and_query_and_outputs_come_by_path(backend: Canary):
    backend.script = says(ORDER)
    ran = run(backend, "find_order", {"order_no": "A/1 茶?", "day": "2026-03-18"})
    assert ran.result.outcome == "ok"
    assert ran.result.outputs == {
        "status": "sent",
        "total": "50.0",
        "first": "茶",
        "paid": "true",
        "gone": "",
        "lines": ({"no": "1", "name": "茶", "at": "2026-03-18"}, {"no": "2", "name": "", "at": ""}),
    }
    (seen,) = backend.seen
    assert seen.line == (
        "GET /api/orders/A%2F1%20%E8%8C%B6%3F?day=2026-03-18&fixed=1&who=me+and+2026-03-18 HTTP/1.1"
    )
    assert seen.headers["authorization"] == "Bearer s3cret"
    assert "idempotency-key" not in seen.headers
    assert (ran.attempts, ran.detail) == (1, "status 200")


def test_empty_inputs_are_left_out(backend: Canary):
    backend.script = says(ORDER)
    run(backend, "find_order", {"order_no": "1"})
    assert backend.seen[0].line == "GET /api/orders/1?fixed=1 HTTP/1.1"
    backend.script = says({"number": 7})
    run(backend, "call_back", {"phone": "138"})
    assert json.loads(backend.seen[1].body) == {"phone": "138", "note": "call 138", "inner": {"list": ["138"]}}


def test_a_body_keeps_the_types_of_its_inputs(backend: Canary):
    backend.script = says({"number": 123456789012345678901234567890.5})
    inputs = {"phone": "0138", "pieces": "3", "urgent": "true", "more": "x"}
    run(backend, "call_back", inputs)
    assert json.loads(backend.seen[0].body) == {
        "phone": "0138",
        "pieces": 3,
        "urgent": True,
        "note": "call 0138",
        "inner": {"list": ["0138", "x"]},
    }
    run(backend, "call_back", inputs | {"pieces": "2.50"})
    assert json.loads(backend.seen[1].body)["pieces"] == 2.5


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ("50.00", "50.00"),
        ("1e3", "1000"),
        ("1E-2", "0.01"),
        ("-0", "-0"),
        ("12345678901234567890", "12345678901234567890"),
        ("true", "true"),
        ("null", ""),
        ('""', ""),
        ('"  a "', "  a "),
        (f'"{"x" * 3000}"', "x" * 2000),
    ],
)
def test_values_have_one_form(given, canonical, backend: Canary):
    backend.script = says(b'{"number": %b}' % given.encode())
    assert run(backend, "call_back", {"phone": "1"}).result.outputs == {"number": canonical}


@pytest.mark.parametrize(
    ("status", "document", "outcome"),
    [
        ("404 Not Found", {}, "not_found"),
        ("404 Not Found", b"<html>", "not_found"),
        ("409 Conflict", {"error": {"code": "too_late"}}, "too_late"),
        ("409 Conflict", {"error": {"code": "other"}}, "client_error"),
        ("409 Conflict", b"no json", "client_error"),
        ("401 Unauthorized", {}, "client_error"),
        ("429 Too Many", {}, "client_error"),
        ("200 OK", ORDER | {"status": "archived"}, "archived"),
        ("201 Created", ORDER, "ok"),
        ("200 OK", b"", "bad_answer"),
        ("204 No Content", b"", "bad_answer"),
        ("200 OK", b"<html>", "bad_answer"),
        ("200 OK", b'{"sums": {"total": NaN}}', "bad_answer"),
        ("200 OK", b"[" * 100_000, "bad_answer"),
        ("200 OK", b'{"sums": {"total": 1e999999999}}', "bad_answer"),
        ("200 OK", {"status": "sent"}, "bad_answer"),
        ("200 OK", {"sums": {"total": None}}, "bad_answer"),
        ("200 OK", {"sums": {"total": {"amount": 1}}}, "bad_answer"),
        ("200 OK", ORDER | {"lines": "none"}, "bad_answer"),
        ("200 OK", b'"' + b"x" * 1_000_001 + b'"', "bad_answer"),
        ("304 Not Modified", b"", "bad_answer"),
    ],
)
def test_what_an_answer_means(status, document, outcome, backend: Canary):
    backend.script = says(document, status=status)
    ran = run(backend, "find_order", {"order_no": "1"})
    assert (ran.result.outcome, ran.attempts) == (outcome, 1)


def test_a_declared_outcome_brings_what_can_be_read(backend: Canary):
    backend.script = says({"error": {"code": "too_late"}, "status": "sent", "lines": "odd"}, status="409 Conflict")
    ran = run(backend, "find_order", {"order_no": "1"})
    assert ran.result.outputs == {"status": "sent"}


def test_lists_are_cut_at_twenty(backend: Canary):
    backend.script = says(ORDER | {"lines": [{"no": number} for number in range(50)]})
    lines = run(backend, "find_order", {"order_no": "1"}).result.outputs["lines"]
    assert [line["no"] for line in lines] == [str(number) for number in range(20)]


def test_what_failed_on_their_side_is_tried_again_under_the_same_key(backend: Canary):
    replies = iter([says({}, status="503 Unavailable"), says({}, status="500 Error"), says({"number": 7})])
    backend.script = lambda seen, connected: next(replies)(seen, connected)
    ran = run(backend, "call_back", {"phone": "1"})
    assert (ran.result.outcome, ran.attempts) == ("ok", 3)
    keys = {seen.headers["idempotency-key"] for seen in backend.seen}
    assert len(keys) == 1
    backend.script = says({}, status="503 Unavailable")
    ran = run(backend, "call_back", {"phone": "1"})
    assert (ran.result.outcome, ran.attempts) == ("server_error", 3)


def test_the_key_is_of_the_call_and_of_the_conversation(backend: Canary):
    backend.script = says({"number": 7})
    for scope, key in (("one", "k"), ("one", "k"), ("two", "k"), ("one", "l")):
        run(backend, "call_back", {"phone": "1"}, scope=scope, key=key)
    keys = [seen.headers["idempotency-key"] for seen in backend.seen]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


def test_silence_is_a_timeout_after_the_tries(backend: Canary):
    gone = threading.Event()
    backend.script = lambda _seen, _socket: gone.wait(10) and None
    ran = run(backend, "find_order", {"order_no": "1"})
    gone.set()
    assert (ran.result.outcome, ran.attempts) == ("timeout", 2)
    assert 2_000 <= ran.milliseconds < 6_000


def test_nobody_there(backend: Canary):
    port = free_port()
    ran = run(
        backend,
        "find_order",
        {"order_no": "1"},
        endpoint=Endpoint(f"http://127.0.0.1:{port}"),
        policy=EgressPolicy.allowing([f"127.0.0.1:{port}"]),
    )
    assert (ran.result.outcome, ran.attempts) == ("unreachable", 2)


def test_what_the_guard_refuses_is_not_tried_again(backend: Canary):
    ran = run(backend, "find_order", {"order_no": "1"}, policy=EgressPolicy())
    assert (ran.result.outcome, ran.attempts, backend.connections) == ("refused", 1, 0)
    assert str(backend.port) not in ran.detail


def test_a_secret_is_not_sent_on(backend: Canary):
    with Canary() as other:
        backend.script = lambda _seen, _socket: redirect(other.url())
        other.script = lambda _seen, _socket: PLAIN
        policy = EgressPolicy.allowing([backend.pair, other.pair])
        run(backend, "find_order", {"order_no": "1"}, policy=policy)
        assert "authorization" not in other.seen[0].headers


@pytest.mark.parametrize(
    ("inputs", "detail"),
    [
        ({}, "the input order_no is missing"),
        ({"order_no": ""}, "the input order_no is missing"),
        ({"order_no": ".."}, "the input order_no cannot be part of a path"),
        ({"order_no": "4711" * 1_000}, "the input order_no is longer than 2000 characters"),
    ],
)
def test_inputs_that_make_no_request(inputs, detail, backend: Canary):
    ran = run(backend, "find_order", inputs)
    assert (ran.result.outcome, ran.detail, ran.attempts, backend.connections) == ("client_error", detail, 0, 0)


@pytest.mark.parametrize(
    "inputs", [{"pieces": "many"}, {"pieces": "NaN"}, {"pieces": "1e99"}, {"urgent": "maybe"}]
)
def test_inputs_of_another_type(inputs, backend: Canary):
    ran = run(backend, "call_back", {"phone": "1"} | inputs)
    assert (ran.result.outcome, backend.connections) == ("client_error", 0)
    assert next(iter(inputs.values())) not in ran.detail


def test_masked_values_are_opened_for_the_call_alone(backend: Canary):
    backend.script = says({"number": 7})
    asked = []

    def open_value(sequence: int, placeholder: str) -> str | None:
        asked.append((sequence, placeholder))
        return "13800138000"

    inputs = {"phone": "vault:3:[手机号#1]"}
    ran = run(backend, "call_back", inputs, open_value=open_value)
    assert json.loads(backend.seen[0].body)["phone"] == "13800138000"
    assert asked == [(3, "[手机号#1]")]
    assert "13800138000" not in repr(ran)
    assert inputs == {"phone": "vault:3:[手机号#1]"}


def test_a_value_that_is_not_kept_is_not_replaced_by_its_placeholder(backend: Canary):
    ran = run(backend, "call_back", {"phone": "vault:3:[手机号#1]"})
    assert (ran.result.outcome, backend.connections) == ("refused", 0)
    assert "not kept" in ran.detail
