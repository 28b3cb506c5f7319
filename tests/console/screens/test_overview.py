"""The overview's numbers, and the steps of a new installation."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from chat.models import Agent, Conversation, Handoff, Message, Turn, Visitor, WorkerHeartbeat
from console import figures
from tests.console.screens.shop import Shop, make_person, make_shop

URL = "/console/"


def talk(shop: Shop, *, days_ago: int = 0, status: str = "bot") -> Conversation:
    """A conversation with one message of a customer so many days ago."""
    moment = timezone.now() - timedelta(days=days_ago)
    number = Visitor.objects.count()
    visitor = Visitor.objects.create(site=shop.site, token_hash=f"{number:064d}", locale="en")
    conversation = Conversation.objects.create(
        site=shop.site,
        visitor=visitor,
        locale="en",
        sequence=1,
        status=status,
        last_activity_at=moment,
        waiting_since=moment if status == "waiting" else None,
    )
    Message.objects.create(
        conversation=conversation, sequence=1, author="visitor", text="hello", created_at=moment
    )
    return conversation


def hand_off(conversation: Conversation, *, days_ago: int = 0, answered_after: int | None = None) -> None:
    """A handoff, and the first words of an agent so many seconds later."""
    moment = timezone.now() - timedelta(days=days_ago, hours=0)
    Handoff.objects.create(conversation=conversation, reason="visitor", requested_at=moment)
    if answered_after is not None:
        agent = Agent.objects.first() or Agent.objects.create(user=make_person("agent"), display_name="Lin")
        Message.objects.create(
            conversation=conversation,
            sequence=2,
            author="agent",
            agent=agent,
            text="hi",
            created_at=moment + timedelta(seconds=answered_after),
        )


def test_the_numbers_of_today(shop: Shop) -> None:
    talk(shop)
    talk(shop, days_ago=3)
    hand_off(talk(shop), answered_after=40)
    hand_off(talk(shop), answered_after=20)
    talk(shop, status="waiting")
    other = make_shop("other")
    hand_off(talk(other))
    today = figures.today(shop.workspace)
    assert (today.conversations, today.handed_off, today.waiting) == (4, 2, 1)
    assert today.contained_share == pytest.approx(0.5)
    assert today.median_response_seconds == pytest.approx(30)


def test_nothing_to_divide_is_no_number(shop: Shop) -> None:
    today = figures.today(shop.workspace)
    assert (today.conversations, today.contained_share, today.median_response_seconds) == (0, None, None)


def test_the_last_days_have_no_holes(shop: Shop) -> None:
    talk(shop, days_ago=2)
    hand_off(talk(shop, days_ago=2), days_ago=2)
    talk(shop, days_ago=40)
    days = figures.last_days(shop.workspace)
    assert len(days) == 14
    assert days[-1].day == timezone.localdate()
    assert (days[-3].contained, days[-3].handed_off, days[-3].conversations) == (1, 1, 2)
    assert sum(day.conversations for day in days) == 2


def test_recognised_intents_count_live_turns_of_the_week(shop: Shop) -> None:
    conversation = talk(shop)
    for kind, intent, age in (("live", "track", 1), ("probe", "track", 1), ("live", "track", 9), ("live", "", 1)):
        turn = Turn.objects.create(
            workspace=shop.workspace,
            conversation=conversation if kind == "live" else None,
            kind=kind,
            status="done",
            intent=intent,
        )
        Turn.objects.filter(pk=turn.pk).update(created_at=timezone.now() - timedelta(days=age))
    assert figures.recognized_counts(shop.workspace) == {"track": 1}


def test_processes_are_alive_while_they_are_heard(shop: Shop) -> None:
    WorkerHeartbeat.objects.create(name="a", role="turns", seen_at=timezone.now())
    WorkerHeartbeat.objects.create(name="b", role="dispatcher", seen_at=timezone.now() - timedelta(minutes=5))
    alive = {part.role: part.alive for part in figures.system_status(shop.workspace).parts}
    assert alive == {"turns": True, "dispatcher": False}


def test_a_new_installation_reads_what_to_do_next(teach: Client, shop: Shop) -> None:
    page = teach.get(URL).content.decode()
    assert "What to do next" in page
    assert "Give every intent ten utterances" in page
    steps = figures.setup_steps(shop.workspace)
    assert steps.has_intents
    assert steps.has_articles
    assert not steps.has_enough_utterances
    assert not steps.has_model
    assert not steps.is_complete


def test_numbers_lead_to_the_conversations_behind_them(manage: Client, shop: Shop) -> None:
    hand_off(talk(shop))
    page = manage.get(URL).content.decode()
    day = timezone.localdate().isoformat()
    assert f'href="/console/transcripts/?from={day}&amp;outcome=handed_off"' in page
    assert 'href="/console/inbox/"' in page
