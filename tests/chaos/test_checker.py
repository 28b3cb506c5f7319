"""The checker finds each kind of loss, so that a clean verdict means something."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.chaos.checker import StoredConversation, StoredMessage, StoredTurn, check
from tests.chaos.ledger import Ledger


def message(
    sequence: int, author: str = "visitor", *, kind: str = "text", event: str = "", text: str = ""
) -> StoredMessage:
    client_id = f"turn:{sequence}" if author == "bot" else f"c{sequence}" if kind == "text" else None
    return StoredMessage(sequence, author, kind, event, client_id, text or f"text {sequence}")


GOOD = StoredConversation(
    uuid="a",
    sequence=6,
    messages=(
        message(1),
        message(2, "bot"),
        message(3),
        message(4, "system", kind="event", event="handoff_requested"),
        message(5),
        message(6, "system", kind="event", event="returned_to_bot"),
    ),
    turns=(StoredTurn(1, 1, "done", 2, "t1"), StoredTurn(3, 3, "done", None, "t2")),
)


@pytest.fixture
def ledger() -> Ledger:
    book = Ledger()
    for sequence in (1, 3, 5):
        book.note_sent(client_id=f"c{sequence}", conversation="a", text=f"text {sequence}", by="visitor0", now=0.0)
        book.note_acknowledged(client_id=f"c{sequence}", sequence=sequence, now=1.0)
    book.seen["visitor0", "a"] = [1, 2, 3, 4, 5, 6]
    return book


def without(conversation: StoredConversation, *sequences: int) -> StoredConversation:
    kept = tuple(one for one in conversation.messages if one.sequence not in sequences)
    return replace(conversation, messages=kept)


def test_a_good_run_is_clean(ledger):
    verdict = check(ledger, [GOOD])
    assert verdict.clean
    assert verdict.counts["acknowledged"] == 3


def test_an_acknowledged_message_that_is_not_there_is_lost_and_a_gap(ledger):
    verdict = check(ledger, [without(GOOD, 3)])
    assert verdict.lost == ["c3"]
    assert verdict.gaps


def test_a_message_stored_twice_is_doubled(ledger):
    twice = replace(GOOD, sequence=7, messages=(*GOOD.messages, replace(message(3), sequence=7)))
    assert check(ledger, [twice]).doubled == ["c3"]


def test_other_words_than_the_acknowledged_ones_are_found(ledger):
    changed = replace(GOOD, messages=(replace(message(1), text="else"), *GOOD.messages[1:]))
    assert check(ledger, [changed]).disagreements


def test_a_message_that_no_finished_turn_covers_is_unanswered(ledger):
    pending = replace(GOOD, turns=(GOOD.turns[0], replace(GOOD.turns[1], status="pending")))
    assert check(ledger, [pending]).unanswered == ["a/3"]
    assert check(ledger, [replace(GOOD, turns=GOOD.turns[:1])]).unanswered == ["a/3"]


def test_a_message_to_people_needs_no_turn_but_the_next_one_to_the_assistant_does(ledger):
    more = replace(GOOD, sequence=7, messages=(*GOOD.messages, message(7)))
    ledger.seen["visitor0", "a"].append(7)
    assert check(ledger, [more]).unanswered == ["a/7"]


def test_a_message_that_two_turns_answered_is_doubled(ledger):
    twice = replace(GOOD, turns=(*GOOD.turns, StoredTurn(1, 3, "done", None, "t3")))
    assert any("answered twice" in line for line in check(ledger, [twice]).doubled)


def test_a_reply_that_is_gone_is_lost(ledger):
    assert "reply of turn t1" in check(ledger, [without(GOOD, 2)]).lost


def test_a_message_that_its_reader_never_saw_is_found(ledger):
    ledger.seen["visitor0", "a"] = [1, 2, 3, 5, 6]
    assert check(ledger, [GOOD]).unseen


def test_an_agent_must_have_seen_what_it_took_and_nothing_else(ledger):
    ledger.seen["agent1", "a"] = [1, 2]
    assert check(ledger, [GOOD]).clean
    assert check(ledger, [replace(GOOD, participants=frozenset({"agent1"}))]).unseen


def test_a_reader_who_saw_something_twice_is_found(ledger):
    ledger.seen["visitor0", "a"].append(6)
    assert check(ledger, [GOOD]).doubled


def test_a_message_that_never_went_through_is_unfinished(ledger):
    ledger.note_sent(client_id="c9", conversation="a", text="x", by="visitor0", now=0.0)
    assert check(ledger, [GOOD]).unfinished


def test_a_refused_message_that_is_stored_is_found(ledger):
    ledger.note_sent(client_id="c2x", conversation="a", text="x", by="agent0", now=0.0)
    ledger.note_refused(client_id="c2x", code="not_owner")
    assert check(ledger, [GOOD]).clean
    stored = replace(
        GOOD, sequence=7, messages=(*GOOD.messages, replace(message(7), client_id="c2x", author="agent"))
    )
    assert check(ledger, [stored]).disagreements


def test_two_acknowledgements_that_differ_are_found(ledger):
    ledger.note_acknowledged(client_id="c1", sequence=2, now=2.0)
    assert check(ledger, [GOOD]).disagreements
