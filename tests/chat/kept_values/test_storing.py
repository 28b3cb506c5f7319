"""Originals are kept in the transaction of their message, and go with their conversation."""

from __future__ import annotations

import pytest
from django.db import transaction

from chat.actions.messages import visitor_message
from chat.actions.storing import store_messages
from chat.kept_values import kept_of, pieces_of
from chat.models import Message
from nlu.actions.masking import update_rule
from nlu.actions.vault import open_entry
from nlu.models import VaultEntry
from tests.console.inbox.scene import Scene
from tests.nlu.masking.samples import MOBILE

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.persistence]
OTHER = "13900139000"


@pytest.fixture
def scene() -> Scene:
    scene = Scene()
    update_rule(rule=scene.workspace.masking_rules.get(recognizer="mobile"), keeps_original=True, actor=None)
    return scene


def test_the_message_holds_the_placeholder_and_the_vault_the_value(scene: Scene):
    conversation = scene.conversation()
    scene.write(conversation, "hello")
    message = scene.write(conversation, f"call {MOBILE} or {OTHER}, mail li@example.com")
    assert message.text == "call [mobile number#1] or [mobile number#2], mail [e-mail#1]"
    entries = kept_of(conversation)
    assert [(entry.item, entry.placeholder, open_entry(entry)) for entry in entries] == [
        (2, "[mobile number#1]", MOBILE),
        (2, "[mobile number#2]", OTHER),
    ]
    pieces = pieces_of(conversation.messages.all(), entries)
    assert set(pieces) == {2}
    assert [(piece.text, piece.entry is not None) for piece in pieces[2]] == [
        ("call ", False),
        ("[mobile number#1]", True),
        (" or ", False),
        ("[mobile number#2]", True),
        (", mail [e-mail#1]", False),
    ]


def test_agents_words_and_notes_are_kept_as_well(scene: Scene):
    conversation, agent = scene.conversation(), scene.agent("li")
    scene.write(conversation, "hello")
    scene.take(conversation, agent)
    scene.reply(conversation, agent, f"I call {MOBILE}")
    scene.note(conversation, agent, f"called {OTHER}")
    assert [open_entry(entry) for entry in kept_of(conversation)] == [MOBILE, OTHER]


def test_a_resend_keeps_nothing_twice(scene: Scene):
    conversation = scene.conversation()
    new = visitor_message(
        conversation_id=conversation.pk, workspace_id=scene.workspace.pk, client_id="one", text=MOBILE
    )
    with transaction.atomic():
        store_messages([new, new])
    with transaction.atomic():
        store_messages([new])
    assert VaultEntry.objects.count() == 1
    assert MOBILE not in repr(new)


def test_message_and_value_are_stored_together_or_not_at_all(scene: Scene):
    conversation = scene.conversation()
    new = visitor_message(
        conversation_id=conversation.pk, workspace_id=scene.workspace.pk, client_id="one", text=MOBILE
    )
    with pytest.raises(RuntimeError), transaction.atomic():
        store_messages([new])
        raise RuntimeError
    assert not Message.objects.exists()
    assert not VaultEntry.objects.exists()


def test_values_go_with_their_conversation_alone(scene: Scene):
    mine, other = scene.conversation(), scene.conversation()
    scene.write(mine, MOBILE)
    scene.write(other, OTHER)
    mine.visitor.delete()
    assert [open_entry(entry) for entry in VaultEntry.objects.all()] == [OTHER]
    scene.site.delete()
    assert not VaultEntry.objects.exists()
