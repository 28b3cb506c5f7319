"""Opening a kept value from the transcript: who may, what is asked for, and what is left behind."""

from __future__ import annotations

import pytest
from django.urls import reverse

from nlu.actions.masking import update_rule
from nlu.models import AuditEntry, VaultEntry
from tests.nlu.masking.samples import MOBILE

REASON = "The customer asked to be called back"


@pytest.fixture
def conversation(scene):
    update_rule(rule=scene.workspace.masking_rules.get(recognizer="mobile"), keeps_original=True, actor=None)
    conversation = scene.conversation()
    scene.write(conversation, f"call me at {MOBILE}")
    return conversation


@pytest.fixture
def url(conversation) -> str:
    return reverse("console:transcript_reveal", args=[conversation.uuid, VaultEntry.objects.get().pk])


def sign_in(scene, client, role: str):
    user = scene.user(role, role)
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return user


def page(client, conversation) -> str:
    return client.get(reverse("console:transcript", args=[conversation.uuid])).content.decode()


@pytest.mark.parametrize(("role", "may"), [("supervisor", True), ("administrator", True), ("operator", False)])
def test_the_button_is_there_for_those_who_may(role, may, scene, client, conversation, url):
    sign_in(scene, client, role)
    shown = page(client, conversation)
    assert (f'href="{url}"' in shown) is may
    assert ("Show what [mobile number#1] stands for" in shown) is may
    assert MOBILE not in shown
    assert client.get(url).status_code == (200 if may else 403)
    assert client.post(url, {"reason": REASON}).status_code == (200 if may else 403)
    assert AuditEntry.objects.filter(action="vault_entry.revealed").exists() is may


def test_an_agent_may_not_even_in_their_own_conversation(scene, client, conversation, url):
    agent = scene.agent("li")
    scene.take(conversation, agent)
    client.force_login(agent.user)
    assert url not in page(client, conversation)
    assert client.post(url, {"reason": REASON}).status_code == 403


def test_the_value_is_shown_once_for_a_reason_and_never_cached(scene, client, conversation, url):
    chief = sign_in(scene, client, "supervisor")
    asked = client.get(url)
    assert MOBILE not in asked.content.decode()
    refused = client.post(url, {"reason": "why"})
    assert "Say why" in refused.content.decode()
    assert MOBILE not in refused.content.decode()
    shown = client.post(url, {"reason": REASON})
    assert MOBILE in shown.content.decode()
    for response in (asked, refused, shown):
        assert "no-store" in response["Cache-Control"]
        assert "private" in response["Cache-Control"]
    noted = AuditEntry.objects.get(action="vault_entry.revealed")
    assert (noted.actor, noted.reason) == (chief, REASON)
    assert MOBILE not in noted.summary
    assert MOBILE not in client.get(url).content.decode()
    assert MOBILE not in page(client, conversation)


def test_a_value_of_another_conversation_is_not_there(scene, client, conversation):
    sign_in(scene, client, "supervisor")
    other = scene.conversation()
    url = reverse("console:transcript_reveal", args=[other.uuid, VaultEntry.objects.get().pk])
    assert client.post(url, {"reason": REASON}).status_code == 404


def test_what_cannot_be_opened_says_so(scene, client, conversation, url):
    sign_in(scene, client, "supervisor")
    VaultEntry.objects.update(item=1, placeholder="[mobile number#9]")
    response = client.post(url, {"reason": REASON})
    assert "cannot be opened" in response.content.decode()
    assert not AuditEntry.objects.filter(action="vault_entry.revealed").exists()


def test_the_export_stays_masked(scene, client, conversation):
    sign_in(scene, client, "administrator")
    exported = client.get(reverse("console:transcripts_export"))
    assert (
        MOBILE not in b"".join(exported.streaming_content if exported.streaming else [exported.content]).decode()
    )
