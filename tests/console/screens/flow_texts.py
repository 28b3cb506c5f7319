"""Flows for the tests of the screens, and how they are edited."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.test import Client

from chat.actions.flows import create_flow
from chat.dialogue.flow_text import load_yaml
from chat.models import Flow
from nlu.models import IntentTitle
from tests.console.screens.shop import Shop

SOUND = """
name: where_is_it
title: {en: Where is my parcel, zh-hans: 查包裹}
triggers: [track]
slots:
  number: {type: text, title: {en: number, zh-hans: 单号}}
steps:
  - {id: which, ask: number, text: {en: [Your number?, Which number?], zh-hans: 单号？}}
  - id: look
    action: find_order
    save: found
    outcomes: {failed: sorry}
  - {id: tell, end: {en: "{number} is on its way.", zh-hans: "{number}在路上。"}}
  - {id: sorry, handoff: {en: A colleague looks., zh-hans: 请同事来看。}}
"""
"""Complete, with a branch beside the main way."""
UNREADY = """
name: begun
title: {en: Begun}
triggers: [track]
slots: {}
steps:
  - {id: which, ask: ''}
  - {id: fork, branch: [{when: {slot: gone, is: x}, next: nowhere}]}
  - {id: lost, say: {}, next: nowhere}
"""
"""With problems of several kinds."""


def make_flow(shop: Shop, text: str = SOUND) -> Flow:
    """The only flow of the shop, which talks in two languages."""
    Flow.objects.filter(workspace=shop.workspace).delete()
    for locale, title in (("en", "Track"), ("zh-hans", "查")):
        IntentTitle.objects.get_or_create(intent=shop.track, locale=locale, defaults={"title": title})
    return create_flow(workspace=shop.workspace, definition=load_yaml(text), actor=None)


def edit(client: Client, flow: Flow, path: str, data: dict[str, Any], **headers: str) -> HttpResponse:
    """Post a form of the flow's page, as the draft is now unless `data` names another revision."""
    flow = Flow.objects.get(pk=flow.pk)
    return client.post(f"/console/flows/{flow.pk}/{path}", {"revision": str(flow.revision), **data}, **headers)  # type: ignore[return-value]


def edit_step(
    client: Client, flow: Flow, step: str, kind: str, data: dict[str, Any], **headers: str
) -> HttpResponse:
    """Post the form of a step; what every form has is filled in unless `data` names it."""
    return edit(client, flow, f"steps/{step}/", {"kind": kind, "step_id": step, **data}, **headers)


def written(flow: Flow, step: str) -> dict[str, Any]:
    """A step of the draft as it is stored."""
    flow.refresh_from_db()
    return next(one for one in flow.draft["steps"] if one["id"] == step)
