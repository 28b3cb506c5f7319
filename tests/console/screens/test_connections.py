"""Connections: secrets go in and never come out; actions are edited as text and tried out through the guard."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from chat.business.action_reader import read_action
from chat.business.installed import actions_of, endpoint_of
from chat.models import BusinessAction, Connection, Secret
from nlu.models import AuditEntry
from tests.chat.business.backend import ORDER, says
from tests.console.screens.shop import Shop
from tests.nlu.egress.canary import Canary

INDEX = "/console/connections/"
VALUE = "s3cret-value-17"
ACTION = """name: look_up
title: {en: Look up}
method: POST
path: /orders/{order_no}
body: {phone: "{phone}"}
inputs: {order_no: {required: true}, phone: {}}
outputs: {status: status, lines: {list: lines, fields: {no: no, name: name}}}
"""


def text(response) -> str:
    return response.content.decode()


@pytest.fixture
def backend(settings) -> Iterator[Canary]:
    with Canary(script=says(ORDER)) as listening:
        settings.EGRESS_ALLOW = [listening.pair]
        yield listening


@pytest.fixture
def connected(teach: Client, shop: Shop, backend: Canary) -> Connection:
    form = {
        "name": "erp",
        "base_url": backend.url("/api"),
        "header": "Authorization",
        "scheme": "Bearer",
        "secret_value": VALUE,
    }
    assert teach.post(reverse("console:connection_create"), form).status_code == 302
    return Connection.objects.get(name="erp")


@pytest.fixture
def action(teach: Client, connected: Connection) -> BusinessAction:
    teach.post(reverse("console:connection_action_create", args=[connected.pk]), {"text": ACTION})
    return BusinessAction.objects.get(name="look_up")


def test_a_secret_is_nowhere_to_be_read(
    teach: Client, manage: Client, connected: Connection, action: BusinessAction
):
    assert endpoint_of(connected).secrets == {"Authorization": f"Bearer {VALUE}"}
    edit = reverse("console:connection_edit", args=[connected.pk])
    pages = [INDEX, edit, reverse("console:connection_action", args=[action.pk])]
    tried = teach.post(reverse("console:connection_action_try", args=[action.pk]), {"trial-order_no": "1"})
    shown = [text(teach.get(page)) for page in pages] + [text(tried), text(manage.get("/console/audit/"))]
    for page in shown:
        assert VALUE not in page
    assert "secret set" in shown[0]
    assert "Set. Leave it empty to keep it" in shown[1]
    assert "Bearer ••••••" in shown[3]
    assert not AuditEntry.objects.filter(summary__contains=VALUE).exists()


def test_a_form_that_is_refused_does_not_send_the_secret_back(teach: Client, shop: Shop):
    form = {"name": "erp", "base_url": "ftp://x", "header": "X-Key", "secret_value": VALUE}
    page = text(teach.post(reverse("console:connection_create"), form))
    assert "begins with https://" in page
    assert VALUE not in page
    assert not Connection.objects.filter(name="erp").exists()


def test_another_address_clears_the_secret_and_says_so(teach: Client, connected: Connection):
    edit = reverse("console:connection_edit", args=[connected.pk])
    fields = {"base_url": connected.base_url, "header": "Authorization", "scheme": "Bearer", "secret_value": ""}
    assert "Saved." in text(teach.post(edit, fields | {"scheme": "Token"}, follow=True))
    assert Secret.objects.count() == 1
    page = text(teach.post(edit, fields | {"base_url": "https://evil.example"}, follow=True))
    assert "no longer stored" in page
    assert "secret not set" in page
    assert not Secret.objects.exists()


def test_a_secret_can_be_forgotten(teach: Client, connected: Connection):
    edit = reverse("console:connection_edit", args=[connected.pk])
    fields = {"base_url": connected.base_url, "header": "Authorization", "scheme": "Bearer", "forget_secret": "on"}
    teach.post(edit, fields)
    assert not Secret.objects.exists()
    assert "Forget the stored secret" not in text(teach.get(edit))


def test_an_action_is_written_edited_and_deleted(teach: Client, connected: Connection, action: BusinessAction):
    url = reverse("console:connection_action", args=[action.pk])
    page = text(teach.get(url))
    assert "path: /orders/{order_no}" in page
    assert read_action(teach.get(url).context["form"].initial["text"])[1] == action.definition
    refused = text(teach.post(url, {"text": ACTION.replace("path: /", "path: ")}))
    assert "action.path: begins with one /" in refused
    assert "cannot be changed" in text(teach.post(url, {"text": ACTION.replace("look_up", "other")}))
    teach.post(url, {"text": ACTION.replace("/orders/", "/v2/orders/")})
    assert actions_of(connected.workspace_id)["look_up"].path == "/v2/orders/{order_no}"
    delete = reverse("console:connection_action_delete", args=[action.pk])
    assert "Delete “look_up”?" in text(teach.get(delete))
    teach.post(delete)
    assert not BusinessAction.objects.filter(name="look_up").exists()
    remove = reverse("console:connection_delete", args=[connected.pk])
    assert "Delete “erp”?" in text(teach.get(remove))
    teach.post(remove)
    assert not Connection.objects.filter(name="erp").exists()


def test_a_trial_shows_what_was_sent_and_what_came(teach: Client, action: BusinessAction, backend: Canary):
    url = reverse("console:connection_action_try", args=[action.pk])
    page = text(
        teach.post(url, {"trial-order_no": "A 1", "trial-phone": "138<b>"}, headers={"HX-Request": "true"})
    )
    assert "<html" not in page
    assert f"POST {backend.url('/api/orders/A%201')}" in page
    assert "{&quot;phone&quot;: &quot;138&lt;b&gt;&quot;}" in page
    assert ">ok<" in page
    assert "<dd>sent</dd>" in page
    assert "茶" in page
    (seen,) = backend.seen
    assert seen.headers["authorization"] == f"Bearer {VALUE}"
    assert json.loads(seen.body) == {"phone": "138<b>"}
    entry = AuditEntry.objects.get(action="business_action.tried")
    assert entry.summary == "look_up: ok"


def test_without_scripts_a_trial_is_a_page(teach: Client, action: BusinessAction):
    page = text(teach.post(reverse("console:connection_action_try", args=[action.pk]), {"trial-order_no": "1"}))
    assert "<html" in page
    assert ">ok<" in page
    missing = text(teach.post(reverse("console:connection_action_try", args=[action.pk]), {}))
    assert "This field is required" in missing


def test_the_guard_is_in_the_way(teach: Client, action: BusinessAction, backend: Canary, settings):
    settings.EGRESS_ALLOW = []
    page = text(teach.post(reverse("console:connection_action_try", args=[action.pk]), {"trial-order_no": "1"}))
    assert ">refused<" in page
    assert "Nothing was sent" in page
    assert "What would have been sent" in page
    assert backend.connections == 0


def test_what_writes_is_tried_only_if_somebody_says_so(teach: Client, action: BusinessAction, backend: Canary):
    teach.post(
        reverse("console:connection_action", args=[action.pk]), {"text": ACTION + "effect: write\nretries: 3\n"}
    )
    url = reverse("console:connection_action_try", args=[action.pk])
    assert "may change something" in text(teach.post(url, {"trial-order_no": "1"}))
    assert backend.connections == 0
    backend.script = says({}, status="503 Unavailable")
    assert ">server_error<" in text(teach.post(url, {"trial-order_no": "1", "trial-_sure": "on"}))
    assert backend.connections == 1


def test_an_empty_list_teaches(teach: Client, shop: Shop):
    Connection.objects.all().delete()
    assert "No connections" in text(teach.get(INDEX))
