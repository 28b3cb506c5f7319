"""A flow with a writing action whose system is out of reach, published. Prints its id. Run with the installation's
environment."""

from __future__ import annotations

import sys

import django

django.setup()

from chat.actions.flows import create_flow, publish_flow  # noqa: E402
from chat.dialogue.flow_text import load_yaml  # noqa: E402
from chat.models import BusinessAction, Connection, Flow  # noqa: E402
from nlu.models import Workspace  # noqa: E402

FLOW = """
name: pick_up
title: {en: Have it picked up, zh-hans: 上门取件}
triggers: [order_status]
slots:
  day: {type: date, title: {en: day, zh-hans: 日期}}
steps:
  - {id: when, ask: day, text: {en: "Which day?", zh-hans: 哪天？}}
  - {id: sure, confirm: {en: "Pick it up on {day}?", zh-hans: "{day}来取，对吗？"}}
  - {id: do, action: order_pick_up, with: {day: "{day}"}, save: done, outcomes: {full: other, failed: person}}
  - {id: bye, end: {en: "Done: {done.number}.", zh-hans: "好了：{done.number}。"}}
  - {id: other, say: {en: "That day is full.", zh-hans: 那天满了。}, clear: [day], next: when}
"""
ACTION = {
    "name": "order_pick_up",
    "title": {"en": "Order a pick-up"},
    "method": "POST",
    "path": "/pick-ups",
    "body": {"day": "{day}"},
    "inputs": {"day": {"required": "true"}},
    "effect": "write",
    "outputs": {"number": "number"},
    "outcomes": [{"status": "409", "outcome": "full"}],
}


def main() -> None:
    """Make it once."""
    workspace = Workspace.objects.get(slug="default")
    flow = Flow.objects.filter(workspace=workspace, name="pick_up").first()
    if flow is None:
        connection = Connection.objects.create(workspace=workspace, name="pick_ups", base_url="")
        BusinessAction.objects.create(
            workspace=workspace, connection=connection, name="order_pick_up", definition=ACTION
        )
        flow = create_flow(workspace=workspace, definition=load_yaml(FLOW), actor=None)
        publish_flow(flow=flow, actor=None)
    sys.stdout.write(str(flow.pk))


main()
