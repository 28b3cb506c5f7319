"""A flow with every kind of step, some of them unready, and two versions. Prints its number."""

from __future__ import annotations

import json
import sys

import django

django.setup()

from chat.actions.flows import create_flow, publish_flow, save_draft  # noqa: E402
from chat.dialogue.flow_text import load_yaml  # noqa: E402
from chat.models import Flow  # noqa: E402
from nlu.models import Workspace  # noqa: E402

FIRST = """
name: everything
title: {en: Everything there is, zh-hans: 样样都有}
slots:
  number: {type: order_no, title: {en: order number, zh-hans: 订单号}, remember: true}
  why: {type: choice, title: {en: reason, zh-hans: 原因}}
  stars: {type: number, title: {en: stars, zh-hans: 评分}}
steps:
  - id: ask_number
    ask: number
    text: {en: ["What is the number of your order?", "Which order is it?"], zh-hans: 请告诉我订单号。}
    quick_replies: {en: [I do not know it], zh-hans: [我不知道]}
  - id: choose_why
    choose: why
    text: {en: "Why do you want to return it?", zh-hans: 为什么要退货？}
    options:
      - {value: small, label: {en: Too small, zh-hans: 太小}, words: {en: [tight], zh-hans: [紧]}}
      - {value: other, label: {en: Something else, zh-hans: 其他}, next: person_looks}
  - {id: sure, confirm: {en: "Return {number} ({why})?", zh-hans: "退 {number}（{why}），对吗？"}, no: rate_us}
  - {id: rate_us, rate: stars, text: {en: "How many stars?", zh-hans: 打几分？}, next: bye}
  - {id: person_looks, handoff: {en: A colleague looks at it., zh-hans: 请同事来看。}}
  - {id: bye, end: {en: Goodbye., zh-hans: 再见。}}
"""
MORE = """
  - {id: look_up, action: find_everything_about_a_parcel_in_the_warehouse, save: found}
  - id: by_state
    branch:
      - when: {any: [{slot: why, in: [small]}, {all: [{saved: found.state, is: sent}, {profile: tier, is: x}]}]}
        next: nowhere_at_all
      - {when: {clock: hour, above: "20"}, next: bye}
  - {id: list, choose: why, text: {en: Which one?}, from: found.lines,
     value: "{item.no}", label: {en: "{item.name}"}}
  - {id: read, answer: return-item}
  - {id: other_flow, goto: another_flow}
  - {id: unready, say: {}}
"""


def main() -> None:
    """Make the flow if it is not there yet."""
    workspace = Workspace.objects.get(slug="default")
    flow = Flow.objects.filter(workspace=workspace, name="everything").first()
    if flow is None:
        flow = create_flow(workspace=workspace, definition=load_yaml(FIRST), actor=None)
        publish_flow(flow=flow, note="the first one", actor=None)
        save_draft(flow=flow, definition=load_yaml(FIRST.replace("Which order", "What order")), actor=None)
        publish_flow(flow=flow, actor=None)
        save_draft(flow=flow, definition=load_yaml(FIRST.rstrip() + MORE), actor=None)
    json.dump({"flow": flow.pk}, sys.stdout)


main()
