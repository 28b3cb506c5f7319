"""Reading `actions.yaml`: what is right is read whole, what is wrong is named with its place."""

from __future__ import annotations

import pytest

from chat.business.action_reader import read_action, read_action_file
from chat.business.definitions import Input, ListOutput, OutcomeRule, Output
from chat.errors import InvalidInput
from tests.chat.business.backend import FILE

ACTION = """
name: find_order
title: {en: Find an order}
method: GET
path: /orders/{order_no}
inputs: {order_no: {required: true}, day: {}}
"""


def test_a_whole_file_is_read():
    file = read_action_file(FILE)
    assert (file.connection.name, file.connection.secret, file.connection.scheme) == (
        "shop_backend",
        "shop_token",
        "Bearer",
    )
    find, call = file.actions
    assert (find.method, find.path, find.writes, find.retries, find.timeout_seconds) == (
        "GET",
        "/orders/{order_no}",
        False,
        1,
        1,
    )
    assert find.inputs == {"order_no": Input(required=True), "day": Input()}
    assert find.outputs["total"] == Output("sums.total", needed=True)
    assert find.outputs["lines"] == ListOutput("lines", {"no": "no", "name": "name", "at": "sent.at"})
    assert find.outcomes[1] == OutcomeRule("too_late", 409, "error.code", "too_late")
    assert find.says["timeout"]["en"] == ("No answer.",)
    assert call.writes
    assert call.inputs["pieces"].type == "number"
    assert [document["name"] for document in file.documents] == ["find_order", "call_back"]


def test_what_need_not_be_said_has_a_default():
    action, document = read_action(ACTION)
    assert (action.timeout_seconds, action.retries, action.writes, action.body) == (5, 1, False, None)
    assert document["path"] == "/orders/{order_no}"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (("name: find_order", "name: Find-Order"), "action.name"),
        (("title: {en: Find an order}", ""), "action.title"),
        (("method: GET", "method: TRACE"), "action.method"),
        (("method: GET", "method: get"), "action.method"),
        (("path: /orders/{order_no}", "path: orders"), "action.path"),
        (("path: /orders/{order_no}", "path: //evil.example/x"), "action.path"),
        (("path: /orders/{order_no}", "path: /a/../b"), "action.path"),
        (("path: /orders/{order_no}", "path: /a?b=1"), "action.path"),
        (("path: /orders/{order_no}", "path: '/a\\b'"), "action.path"),
        (("path: /orders/{order_no}", "path: /orders/{other}"), "action.path"),
        (("path: /orders/{order_no}", "path: /orders/{day}"), "action.inputs.day"),
        (("path: /orders/{order_no}", "path: '/orders/{order_no'"), "action.path"),
        (("day: {}", "day: {type: date}"), "action.inputs.day.type"),
        (("day: {}", "day: {needed: true}"), "action.inputs.day.needed"),
        (("day: {}", "Day: {}"), "action.inputs"),
        (("method: GET", "method: GET\nbody: {a: b}"), "action.body"),
        (("method: GET", "method: POST\nbody: [a]"), "action.body"),
        (("method: GET", "method: POST\nbody: {a: {b: ['{c}']}}"), "action.body.a.b[0]"),
        (("method: GET", "method: GET\nquery: {a: '{c}'}"), "action.query.a"),
        (("method: GET", "method: GET\neffect: delete"), "action.effect"),
        (("method: GET", "method: GET\ntimeout_seconds: 0"), "action.timeout_seconds"),
        (("method: GET", "method: GET\ntimeout_seconds: 600"), "action.timeout_seconds"),
        (("method: GET", "method: GET\nretries: 50"), "action.retries"),
        (("method: GET", "method: GET\nretry: 1"), "action.retry"),
        (("method: GET", "method: GET\noutputs: {a: 'b c'}"), "action.outputs.a"),
        (("method: GET", "method: GET\noutputs: {a: {list: b}}"), "action.outputs.a.fields"),
        (("method: GET", "method: GET\noutputs: {a: [b]}"), "action.outputs.a"),
        (("method: GET", "method: GET\noutcomes: [{status: 500, outcome: a}]"), "action.outcomes[0].status"),
        (("method: GET", "method: GET\noutcomes: [{outcome: a}]"), "action.outcomes[0]"),
        (
            ("method: GET", "method: GET\noutcomes: [{status: 404, outcome: timeout}]"),
            "action.outcomes[0].outcome",
        ),
        (("method: GET", "method: GET\noutcomes: [{field: a, outcome: b}]"), "action.outcomes[0].is"),
        (("method: GET", "method: GET\noutcomes: [{status: 404, is: a, outcome: b}]"), "action.outcomes[0].field"),
        (("method: GET", "method: GET\nsays: {ok: text}"), "action.says.ok"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(change, place):
    with pytest.raises(InvalidInput) as refused:
        read_action(ACTION.replace(*change))
    assert str(refused.value).startswith(f"{place}:"), refused.value


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (("name: shop_backend", "name: ''"), "file.connection.name"),
        (("header: Authorization", "header: ''"), "file.connection.header"),
        (("header: Authorization", "header: Host"), "file.connection.header"),
        (("scheme: Bearer", 'scheme: "a\\nb"'), "file.connection.header"),
        (("name: call_back", "name: find_order"), "file.actions"),
        (("connection:", "connections:"), "file.connection"),
    ],
)
def test_a_file_is_checked_as_a_whole(change, place):
    with pytest.raises(InvalidInput) as refused:
        read_action_file(FILE.replace(*change))
    assert str(refused.value).startswith(place), refused.value


@pytest.mark.parametrize("text", ["", "- a", "a: &x 1", "a: !!python/object:os.system x", "{" * 50])
def test_what_is_no_document(text):
    with pytest.raises(InvalidInput):
        read_action_file(text)
