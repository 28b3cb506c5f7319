"""Gives the installation sites that take behaviour events, a flow and rules. Run with its environment.

Arguments: origins that may embed the site.
"""

from __future__ import annotations

import sys

import django

django.setup()

from chat.actions.behaviour import save_policy  # noqa: E402
from chat.actions.flows import create_flow, publish_flow  # noqa: E402
from chat.actions.invitation_rules import RuleContent, create_rule  # noqa: E402
from chat.dialogue.flow_text import load_yaml  # noqa: E402
from chat.models import Site  # noqa: E402
from chat.proactive.reader import read_conditions, read_words  # noqa: E402
from nlu.models import Workspace  # noqa: E402

FLOW = """
name: pay_help
title: {en: Help with paying, zh-hans: 付款帮助}
slots:
  way: {type: choice, title: {en: way, zh-hans: 方式}}
steps:
  - id: which
    choose: way
    text: {en: "What did the payment page say?", zh-hans: "付款页面提示了什么？"}
    options:
      - {value: declined, label: {en: "Card declined", zh-hans: 银行卡被拒}, next: done}
      - {value: other, label: {en: "Something else", zh-hans: 其他}, next: done}
  - {id: done, end: {en: "Then try another way to pay.", zh-hans: "那就换一种付款方式试试。"}}
"""
WORDS = {
    "en": {
        "text": "The payment did not go through? I can help you to finish the order.",
        "quick_replies": ["Yes, help me"],
    },
    "zh-hans": {"text": "付款没成功？我可以帮您把订单付完。", "quick_replies": ["好的，帮我看看"]},
}


def main() -> None:
    """Two sites, `proactive` and `quiet`, with the same rule; on the second it is switched off."""
    workspace = Workspace.objects.get(slug="default")
    flow = create_flow(workspace=workspace, definition=load_yaml(FLOW), actor=None)
    publish_flow(flow=flow, actor=None)
    flow.refresh_from_db()
    for key, is_on in (("proactive", True), ("quiet", False)):
        site = Site.objects.create(
            workspace=workspace, key=key, name="Lantern Market", locale="en", origins="\n".join(sys.argv[1:])
        )
        save_policy(
            site=site,
            is_on=True,
            basis="legitimate_interests",
            basis_note="Weighed.",
            kept_days=30,
            invitations_a_day=3,
            quiet_hours=0,
            actor=None,
        )
        for name, conditions in (
            ("failed", {"pages": ["/checkout*"], "event": "payment_failed"}),
            ("slow", {"pages": ["/slow"], "seconds": "1"}),
        ):
            content = RuleContent(
                name=f"{name} {key}",
                conditions=read_conditions(conditions),
                words=read_words(WORDS),
                flow=flow,
                site=site,
            )
            create_rule(workspace=workspace, content=content, is_on=is_on, actor=None)


main()
