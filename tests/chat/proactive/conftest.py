"""A shop that takes behaviour events and has one rule: help after a failed payment."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from chat.actions.behaviour import save_policy
from chat.actions.flows import create_flow, publish_flow
from chat.actions.invitation_rules import RuleContent, create_rule
from chat.actions.visitors import Session, create_visitor
from chat.dialogue.flow_text import load_yaml
from chat.models import BehaviourPolicy, Flow, InvitationRule, Site
from chat.proactive.reader import read_conditions
from chat.proactive.rules import Words
from nlu.actions.masking import forget_compiled_rules
from nlu.actions.workspaces import create_workspace
from nlu.models import Workspace

FLOW = """
name: pay_help
title: {en: Help with paying}
slots:
  way: {type: choice, title: {en: way}}
steps:
  - id: which
    choose: way
    text: {en: "What happened?"}
    options:
      - {value: declined, label: {en: "The card was declined"}, next: declined}
      - {value: other, label: {en: "Something else"}, next: other}
  - {id: declined, end: {en: "Try another card."}}
  - {id: other, end: {en: "Ask us."}, outcome: failed}
"""
FAILED = {"kind": "payment_failed", "value": "129.00", "currency": "CNY"}


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    cache.clear()
    forget_compiled_rules()


@pytest.fixture
def workspace(transactional_db) -> Workspace:
    return create_workspace(slug="shop", name="Shop", default_locale="en", actor=None)


@pytest.fixture
def site(workspace) -> Site:
    return Site.objects.create(workspace=workspace, key="shop", name="Shop", locale="en")


def allow(site: Site, **changes: Any) -> BehaviourPolicy:
    fields: dict[str, Any] = {
        "is_on": True,
        "basis": "legitimate_interests",
        "basis_note": "Weighed in DPIA 7",
        "kept_days": 30,
        "invitations_a_day": 1,
        "quiet_hours": 24,
    }
    return save_policy(site=site, actor=None, **(fields | changes))


@pytest.fixture
def policy(site) -> BehaviourPolicy:
    return allow(site)


@pytest.fixture
def flow(workspace) -> Flow:
    made = create_flow(workspace=workspace, definition=load_yaml(FLOW), actor=None)
    publish_flow(flow=made, actor=None)
    made.refresh_from_db()
    return made


@pytest.fixture
def rule(workspace, flow) -> InvitationRule:
    content = RuleContent(
        name="Failed payment",
        conditions=read_conditions({"pages": ["/checkout/*"], "event": "payment_failed"}),
        words={"en": Words("The payment did not work. May I help?", ("Yes, please",))},
        flow=flow,
    )
    return create_rule(workspace=workspace, content=content, actor=None)


@pytest.fixture
def visitor(site) -> Session:
    return create_visitor(site=site, locale="en")


class Page:
    """What the chat page in the widget's frame asks of the server."""

    def __init__(self, session: Session, *, key: str = "shop", **headers: str) -> None:
        self.session = session
        self.key = key
        self.headers = {"authorization": f"Bearer {session.token}", **headers}

    def post(self, path: str, body: object) -> Any:
        text = body if isinstance(body, str | bytes) else json.dumps(body)
        client = Client(headers=self.headers, raise_request_exception=False)
        return client.post(f"/api/v1/sites/{self.key}/{path}", text, content_type="application/json")

    def report(self, *events: object, page: str = "/checkout/", **more: object) -> Any:
        return self.post("behaviour", {"events": list(events), "page": page, **more})

    def answer(self, invitation: str, what: object, **more: object) -> Any:
        return self.post(f"invitations/{invitation}", {"answer": what, **more})

    def invited(self, *events: object, **more: object) -> str:
        """The id of the invitation that a report brings; empty if it brings none."""
        given = self.report(*events, **more).json()["invitation"]
        return given["id"] if given else ""


@pytest.fixture
def page(visitor) -> Page:
    return Page(visitor)
