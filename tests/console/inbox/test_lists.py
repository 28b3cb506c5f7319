"""The lists: what belongs in each, the most urgent first, and what a row says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from chat.inbox_lists import Clock, InboxList, inbox_counts, list_inbox
from chat.models import Conversation


def uuids(page):
    return [row.uuid for row in page.rows]


def age(conversation: Conversation, **fields: timedelta) -> None:
    now = timezone.now()
    Conversation.objects.filter(pk=conversation.pk).update(**{name: now - ago for name, ago in fields.items()})


def test_waiting_has_those_who_asked_longest_first(scene):
    first, second, with_assistant = (scene.conversation() for _ in range(3))
    for conversation in (first, second, with_assistant):
        scene.write(conversation, "hello")
    for conversation in (second, first):
        scene.ask_for_person(conversation)
    age(first, waiting_since=timedelta(minutes=9))
    agent = scene.agent("li")
    assert uuids(list_inbox(name=InboxList.WAITING, agent=agent)) == [first.uuid, second.uuid]
    counts = inbox_counts(agent)
    assert (counts.waiting, counts.mine, counts.open) == (2, 0, 3)
    assert counts.waiting_ids == (first.uuid, second.uuid)


def test_mine_has_mine_and_the_unanswered_first(scene):
    li, wang = scene.agent("li"), scene.agent("wang")
    answered, unanswered, other = (scene.conversation() for _ in range(3))
    for conversation, agent in ((answered, li), (unanswered, li), (other, wang)):
        scene.write(conversation, "hello")
        scene.take(conversation, agent)
    scene.reply(answered, li, "Good day")
    scene.write(unanswered, "are you there?")
    page = list_inbox(name=InboxList.MINE, agent=li)
    assert uuids(page) == [unanswered.uuid, answered.uuid]
    assert [row.clock for row in page.rows] == [Clock.UNANSWERED, Clock.QUIET]
    assert [row.is_mine for row in page.rows] == [True, True]
    assert page.rows[1].preview == "Good day"
    assert page.rows[1].preview_author == "agent"


def test_the_clock_counts_from_the_first_unanswered_words(scene):
    li = scene.agent("li")
    conversation = scene.conversation()
    scene.write(conversation, "hello")
    scene.take(conversation, li)
    scene.reply(conversation, li, "Good day")
    first = scene.write(conversation, "one")
    scene.write(conversation, "two")
    assert list_inbox(name=InboxList.MINE, agent=li).rows[0].since == first.created_at


def test_notes_are_no_reply_and_no_preview(scene):
    li = scene.agent("li")
    conversation = scene.conversation()
    asked = scene.write(conversation, "hello")
    scene.take(conversation, li)
    scene.note(conversation, li, "seems angry")
    row = list_inbox(name=InboxList.MINE, agent=li).rows[0]
    assert (row.preview, row.clock, row.since) == ("hello", Clock.UNANSWERED, asked.created_at)


def test_all_open_leaves_out_resolved_silent_and_old_ones(scene):
    silent, old, recent = (scene.conversation() for _ in range(3))
    for conversation in (old, recent):
        scene.write(conversation, "hello")
    age(old, last_activity_at=timedelta(hours=25))
    assert uuids(list_inbox(name=InboxList.OPEN, agent=None)) == [recent.uuid]
    assert silent.uuid not in uuids(list_inbox(name=InboxList.OPEN, agent=None))


def test_search_finds_words_and_labels(scene):
    conversation, other = scene.conversation(), scene.conversation()
    scene.write(conversation, "my parcel is wet")
    scene.write(other, "hello")
    assert uuids(list_inbox(name=InboxList.WAITING, agent=None, query="PARCEL")) == [conversation.uuid]
    by_label = list_inbox(name=InboxList.WAITING, agent=None, query=conversation.visitor.label)
    assert conversation.uuid in uuids(by_label)


@pytest.mark.parametrize(("everything", "found"), [(True, 1), (False, 0)])
def test_search_in_what_is_closed_and_not_ones_own(scene, everything, found):
    conversation = scene.conversation()
    scene.write(conversation, "my parcel is wet")
    age(conversation, last_activity_at=timedelta(days=3))
    page = list_inbox(name=InboxList.OPEN, agent=scene.agent("li"), query="parcel", everything=everything)
    assert page.total == found


def test_search_finds_what_one_took_part_in(scene):
    li = scene.agent("li")
    conversation = scene.conversation()
    scene.write(conversation, "my parcel is wet")
    scene.note(conversation, li, "look at this")
    age(conversation, last_activity_at=timedelta(days=3))
    assert list_inbox(name=InboxList.OPEN, agent=li, query="parcel").total == 1
