"""A business system of a test's own, and actions that call it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.nlu.egress.canary import Canary, Seen, answer

FILE = """
connection:
  name: shop_backend
  demo: ecommerce
  header: Authorization
  scheme: Bearer
  secret: shop_token
actions:
  - name: find_order
    title: {zh-hans: 查订单, en: Find an order}
    method: GET
    path: /orders/{order_no}
    query: {day: "{day}", fixed: "1", who: "me and {day}"}
    inputs: {order_no: {required: true}, day: {}}
    retries: 1
    timeout_seconds: 1
    outputs:
      status: status
      total: {path: sums.total, required: true}
      first: lines.0.name
      paid: paid
      gone: nowhere.at.all
      lines: {list: lines, fields: {no: no, name: name, at: sent.at}}
    outcomes:
      - {status: 404, outcome: not_found}
      - {status: 409, field: error.code, is: too_late, outcome: too_late}
      - {status: 200, field: status, is: archived, outcome: archived}
    says:
      timeout: {zh-hans: 没有回应。, en: No answer.}
  - name: call_back
    title: {en: Ask for a call}
    method: POST
    path: /calls
    body:
      phone: "{phone}"
      pieces: "{pieces}"
      urgent: "{urgent}"
      note: "call {phone}"
      inner: {list: ["{phone}", "{more}"]}
    inputs: {phone: {required: true}, pieces: {type: number}, urgent: {type: truth}, more: {}}
    effect: write
    retries: 2
    timeout_seconds: 1
    outputs: {number: number}
"""
ORDER = {
    "status": "sent",
    "sums": {"total": 50.0},
    "paid": True,
    "lines": [{"no": 1, "name": "茶", "sent": {"at": "2026-03-18"}}, {"no": 2, "name": None}],
}


def says(document: Any, *, status: str = "200 OK") -> Callable[[Seen, object], bytes]:
    """A script that answers with a JSON document."""
    body = document if isinstance(document, bytes) else json.dumps(document, ensure_ascii=False).encode()
    return lambda _seen, _socket: answer(body, status=status, headers=("Content-Type: application/json",))


def base_url(canary: Canary) -> str:
    """Where the canary is, with a path of its own."""
    return canary.url("/api")
