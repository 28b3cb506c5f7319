"""What the gate hears of conversations: masked messages of late, newest first, each once, in their context."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from chat.models import Conversation, Turn
from chat.recent_messages import RECENT, recent_messages
from nlu.actions.gate import recent_examples
from nlu.models import Workspace

pytestmark = pytest.mark.django_db


def said(conversation: Conversation, text: str, **fields: object) -> Turn:
    given: dict = {
        "workspace": conversation.site.workspace,
        "conversation": conversation,
        "status": "done",
        "parse": {"text": text, "locale": "en"},
        "intent": "greet",
        "outcome": "reply",
        **fields,
    }
    return Turn.objects.create(**given)


def test_newest_first_each_once_and_with_what_came_before(conversation: Conversation) -> None:
    for text in ("hello", "where is it", "hello"):
        said(conversation, text)
    found = list(recent_messages(workspace_id=conversation.site.workspace_id, limit=10))
    assert [example.text for example in found] == ["hello", "where is it"]
    assert found[0].context.previous_message == "where is it"
    assert found[1].context.previous_intents == ("greet",)
    assert found[0].intent == ""
    assert len(list(recent_messages(workspace_id=conversation.site.workspace_id, limit=1))) == 1


def test_probes_unfinished_old_and_empty_turns_are_left_out(conversation: Conversation) -> None:
    probe = said(conversation, "a probe")
    Turn.objects.filter(pk=probe.pk).update(kind="probe", conversation=None)
    said(conversation, "failed", status="failed")
    said(conversation, "   ")
    said(conversation, "nothing stored", parse={})
    old = said(conversation, "long ago")
    Turn.objects.filter(pk=old.pk).update(created_at=timezone.now() - RECENT - timedelta(days=1))
    assert list(recent_messages(workspace_id=conversation.site.workspace_id, limit=10)) == []


def test_the_gate_gets_them_of_its_workspace_alone(conversation: Conversation) -> None:
    said(conversation, "hello")
    assert [example.text for example in recent_examples(conversation.site.workspace)] == ["hello"]
    other = Workspace.objects.create(slug="other", name="Other", default_locale="en")
    assert list(recent_examples(other)) == []
