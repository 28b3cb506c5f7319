"""The acts on a conversation, without sockets: who may, what is written, what is refused."""

from __future__ import annotations

import threading

import pytest
from django.contrib.auth.models import User
from django.db import connection

from chat.actions.agents import ensure_agent
from chat.actions.conversations import change_locale, resolve_conversation, return_to_bot, take_conversation
from chat.actions.handoffs import request_handoff, request_person
from chat.actions.identities import open_session
from chat.actions.messages import add_note, post_agent_message, post_bot_reply, visitor_message
from chat.actions.storing import store_message
from chat.actions.visitors import create_visitor, find_conversation, revoke_visitor
from chat.errors import (
    AlreadyTaken,
    ClientIdReused,
    Forbidden,
    InvalidToken,
    InvalidTransition,
    NotOwner,
    StaleTurn,
)
from chat.models import Agent, Conversation, Handoff, Message, Turn, Visitor
from chat.models.conversations import ConversationStatus
from chat.visitor_tokens import hash_token
from nlu.models import AuditEntry

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.persistence]


@pytest.fixture
def lin(make_user) -> User:
    user = make_user("lin", "agent", first_name="Lin")
    ensure_agent(user)
    return user


@pytest.fixture
def sam(make_user) -> User:
    user = make_user("sam", "agent", first_name="Sam")
    ensure_agent(user)
    return user


def says(session, text: str, client_id: str | None = None) -> Message:
    return store_message(
        visitor_message(
            conversation_id=session.conversation.pk,
            workspace_id=session.conversation.site.workspace_id,
            client_id=client_id or text.replace(" ", "-"),
            text=text,
        )
    ).message


def now(session) -> Conversation:
    return Conversation.objects.get(pk=session.conversation.pk)


def events(session) -> list[str]:
    return list(session.conversation.messages.filter(kind="event").values_list("event", flat=True))


class TestBotReply:
    def test_is_posted_while_the_assistant_has_it_and_nothing_newer_came(self, visitor):
        says(visitor, "hello")
        reply = post_bot_reply(turn=Turn.objects.get(), text="Good day")
        assert (reply.sequence, reply.author, reply.text) == (2, "bot", "Good day")

    def test_is_stale_after_a_newer_message(self, visitor):
        says(visitor, "hello")
        turn = Turn.objects.get()
        says(visitor, "I mean goodbye")
        with pytest.raises(StaleTurn):
            post_bot_reply(turn=turn, text="Good day")
        assert not Message.objects.filter(author="bot").exists()

    def test_is_posted_the_second_time_whatever_came(self, visitor):
        says(visitor, "hello")
        Turn.objects.update(superseded_count=1)
        turn = Turn.objects.get()
        says(visitor, "I mean goodbye")
        assert post_bot_reply(turn=turn, text="Good day").sequence == 3

    def test_is_refused_once_a_person_has_it(self, visitor, lin):
        says(visitor, "hello")
        turn = Turn.objects.get()
        take_conversation(conversation=visitor.conversation, actor=lin)
        with pytest.raises(NotOwner):
            post_bot_reply(turn=turn, text="Good day")
        return_to_bot(conversation=visitor.conversation, actor=lin)
        assert post_bot_reply(turn=turn, text="Good day").text == "Good day"

    def test_of_one_turn_is_posted_once(self, visitor):
        says(visitor, "hello")
        turn = Turn.objects.get()
        first = post_bot_reply(turn=turn, text="Good day")
        assert post_bot_reply(turn=turn, text="Good day, again").pk == first.pk
        assert Message.objects.filter(author="bot").count() == 1


class TestTaking:
    def test_gives_the_conversation_to_the_agent(self, visitor, lin):
        request_handoff(conversation=visitor.conversation, reason="visitor", actor=None)
        fresh = take_conversation(conversation=visitor.conversation, actor=lin)
        assert (fresh.status, fresh.assignee.user_id, fresh.waiting_since) == ("active", lin.pk, None)
        handoff = Handoff.objects.get()
        assert (handoff.reason, handoff.accepted_by.user_id) == ("visitor", lin.pk)
        assert events(visitor) == ["handoff_requested", "agent_joined"]
        entry = AuditEntry.objects.get(action="conversation.taken")
        assert (entry.actor, entry.workspace) == (lin, visitor.conversation.site.workspace)

    def test_names_who_was_quicker(self, visitor, lin, sam):
        take_conversation(conversation=visitor.conversation, actor=lin)
        with pytest.raises(AlreadyTaken, match="Lin"):
            take_conversation(conversation=visitor.conversation, actor=sam)
        # Its own agent may press the button twice.
        take_conversation(conversation=visitor.conversation, actor=lin)
        assert events(visitor) == ["agent_joined"]

    def test_twenty_times_at_once_has_one_winner_each(self, site, lin, sam):
        Agent.objects.update(capacity=100)
        for _ in range(20):
            session = create_visitor(site=site, locale="en")
            outcomes: list[str] = []
            barrier = threading.Barrier(2)

            def take(user: User, session=session, outcomes=outcomes, barrier=barrier) -> None:
                barrier.wait(5)
                try:
                    take_conversation(conversation=session.conversation, actor=user)
                    outcomes.append("taken")
                except AlreadyTaken:
                    outcomes.append("too late")
                finally:
                    connection.close()

            threads = [threading.Thread(target=take, args=(user,)) for user in (lin, sam)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert sorted(outcomes) == ["taken", "too late"]
            assert events(session) == ["agent_joined"]

    def test_is_for_desks_only(self, visitor, lin, make_user):
        with pytest.raises(Forbidden):
            take_conversation(conversation=visitor.conversation, actor=make_user("olga", "operator"))
        with pytest.raises(Forbidden):
            take_conversation(conversation=visitor.conversation, actor=None)
        take_conversation(conversation=visitor.conversation, actor=lin)

    def test_from_the_assistant_is_a_handoff_of_its_own(self, visitor, lin):
        take_conversation(conversation=visitor.conversation, actor=lin)
        assert Handoff.objects.get().reason == "agent"
        assert now(visitor).was_handed_off


class TestWriting:
    def test_is_for_whoever_has_it(self, visitor, lin, sam):
        with pytest.raises(NotOwner):
            post_agent_message(conversation=visitor.conversation, actor=lin, text="Good day")
        take_conversation(conversation=visitor.conversation, actor=lin)
        assert post_agent_message(conversation=visitor.conversation, actor=lin, text="Good day").author == "agent"
        with pytest.raises(NotOwner):
            post_agent_message(conversation=visitor.conversation, actor=sam, text="Me too")
        with pytest.raises(Forbidden):
            post_agent_message(conversation=visitor.conversation, actor=None, text="Nobody")

    def test_a_profile_without_the_role_says_nothing(self, visitor, lin):
        request_handoff(conversation=visitor.conversation, reason="visitor", actor=None)
        take_conversation(conversation=visitor.conversation, actor=lin)
        for say in (post_agent_message, add_note):
            say(conversation=visitor.conversation, actor=lin, text="Good day")
        lin.groups.clear()
        for say in (post_agent_message, add_note):
            with pytest.raises(Forbidden):
                say(conversation=visitor.conversation, actor=lin, text="One more thing")
        assert Message.objects.filter(text="Good day").count() == 2
        assert not Message.objects.filter(text="One more thing").exists()

    def test_first_reply_is_remembered_and_notes_are_none(self, visitor, lin):
        take_conversation(conversation=visitor.conversation, actor=lin)
        add_note(conversation=visitor.conversation, actor=lin, text="Angry")
        assert now(visitor).first_agent_reply_at is None
        post_agent_message(conversation=visitor.conversation, actor=lin, text="Good day")
        first = now(visitor).first_agent_reply_at
        post_agent_message(conversation=visitor.conversation, actor=lin, text="Still there?")
        assert now(visitor).first_agent_reply_at == first

    def test_masks_what_is_personal_whoever_writes_it(self, visitor, lin):
        take_conversation(conversation=visitor.conversation, actor=lin)
        reply = post_agent_message(conversation=visitor.conversation, actor=lin, text="Is it 13812345678?")
        note = add_note(conversation=visitor.conversation, actor=lin, text="Number 13812345678")
        line = says(visitor, "It is 13812345678", client_id="n")
        for message in (reply, note, line):
            assert "13812345678" not in message.text
            assert "[" in message.text

    def test_same_id_means_same_words_by_the_same_person(self, visitor, lin):
        take_conversation(conversation=visitor.conversation, actor=lin)
        says(visitor, "hello", client_id="x")
        with pytest.raises(ClientIdReused):
            post_agent_message(conversation=visitor.conversation, actor=lin, text="hello", client_id="x")
        assert says(visitor, "hello", client_id="x").sequence == 2


class TestHandingOver:
    def test_puts_into_the_queue_and_tells_in_the_visitors_language(self, site):
        session = create_visitor(site=site, locale="zh-hans")
        fresh = request_handoff(conversation=session.conversation, reason="fallback", actor=None)
        assert (fresh.status, fresh.was_handed_off) == ("waiting", True)
        assert fresh.waiting_since is not None
        assert events(session) == ["handoff_requested"]
        assert Handoff.objects.get().reason == "fallback"

    def test_twice_is_once(self, visitor):
        request_handoff(conversation=visitor.conversation, reason="visitor", actor=None)
        request_handoff(conversation=visitor.conversation, reason="fallback", actor=None)
        assert Handoff.objects.count() == 1
        assert events(visitor) == ["handoff_requested"]

    def test_of_a_resolved_conversation_is_refused_until_it_is_reopened(self, visitor, lin):
        resolve_conversation(conversation=visitor.conversation, actor=lin)
        with pytest.raises(InvalidTransition):
            request_handoff(conversation=visitor.conversation, reason="visitor", actor=None)
        request_person(conversation=visitor.conversation, client_id="p")
        assert now(visitor).status == ConversationStatus.WAITING

    def test_asking_for_a_person_opens_no_turn(self, visitor):
        request_person(conversation=visitor.conversation, client_id="p")
        request_person(conversation=visitor.conversation, client_id="p")
        assert not Turn.objects.exists()
        assert list(Message.objects.values_list("author", flat=True)) == ["visitor", "system"]

    def test_asking_again_while_waiting_is_a_line_and_no_more(self, visitor):
        request_person(conversation=visitor.conversation, client_id="p")
        request_person(conversation=visitor.conversation, client_id="q")
        assert Handoff.objects.count() == 1
        assert Message.objects.filter(author="visitor").count() == 2


class TestEnding:
    def test_returning_forgets_the_flow_and_ends_the_handoff(self, visitor, lin):
        take_conversation(conversation=visitor.conversation, actor=lin)
        Conversation.objects.update(dialogue_state={"active": "x"})
        fresh = return_to_bot(conversation=visitor.conversation, actor=lin)
        assert (fresh.status, fresh.assignee, fresh.dialogue_state) == ("bot", None, {})
        assert Handoff.objects.get().ended_at is not None
        assert events(visitor) == ["agent_joined", "returned_to_bot"]
        says(visitor, "hello")
        assert Turn.objects.count() == 1

    def test_another_agents_conversation_is_not_ended(self, visitor, lin, sam, make_user):
        take_conversation(conversation=visitor.conversation, actor=lin)
        for act in (return_to_bot, resolve_conversation):
            with pytest.raises(NotOwner):
                act(conversation=visitor.conversation, actor=sam)
        resolve_conversation(conversation=visitor.conversation, actor=make_user("kim", "supervisor"))
        assert now(visitor).status == ConversationStatus.RESOLVED

    def test_resolved_is_reopened_by_the_visitor_or_taken_by_an_agent(self, visitor, lin):
        resolve_conversation(conversation=visitor.conversation, actor=lin)
        with pytest.raises(InvalidTransition):
            resolve_conversation(conversation=visitor.conversation, actor=lin)
        says(visitor, "one more thing")
        assert now(visitor).status == ConversationStatus.BOT
        resolve_conversation(conversation=visitor.conversation, actor=lin)
        take_conversation(conversation=visitor.conversation, actor=lin)
        assert now(visitor).status == ConversationStatus.ACTIVE


class TestVisitors:
    def test_token_is_stored_as_a_hash_only(self, visitor):
        row = Visitor.objects.get()
        assert row.token_hash == hash_token(visitor.token)
        assert visitor.token not in str(Visitor.objects.values())

    def test_valid_token_comes_back_and_any_other_gets_a_new_identity(self, site, other_site, visitor):
        assert open_session(site=site, token=visitor.token, locale="en").conversation == visitor.conversation
        for token in (None, "", "x", visitor.token[:-1], "A" * 43, 5, ["x"], {"a": 1}):
            fresh = open_session(site=site, token=token, locale="en")
            assert fresh.conversation != visitor.conversation
        assert open_session(site=other_site, token=visitor.token, locale="en").token != visitor.token

    def test_revoked_token_finds_nothing(self, site, visitor, make_user):
        assert find_conversation(site=site, token=visitor.token) == visitor.conversation
        revoke_visitor(visitor=visitor.conversation.visitor, actor=make_user("kim", "supervisor"))
        with pytest.raises(InvalidToken):
            find_conversation(site=site, token=visitor.token)
        assert AuditEntry.objects.filter(action="visitor.revoked").count() == 1

    def test_site_that_is_off_gives_no_session(self, site):
        site.enabled = False
        with pytest.raises(Forbidden):
            open_session(site=site, token=None, locale="en")

    def test_language_is_one_of_ours(self, site):
        assert create_visitor(site=site, locale="zh-CN").conversation.locale == "zh-hans"
        assert create_visitor(site=site, locale="fr").conversation.locale == "en"
        session = create_visitor(site=site, locale="")
        change_locale(conversation=session.conversation, locale="zh-hans")
        assert Visitor.objects.get(pk=session.conversation.visitor_id).locale == "zh-hans"


class TestAgents:
    def test_profile_is_made_once_for_desk_roles_only(self, make_user):
        user = make_user("kim", "supervisor", first_name="Kim", last_name="Park")
        assert ensure_agent(user).pk == ensure_agent(user).pk
        assert Agent.objects.get().display_name == "Kim Park"
        with pytest.raises(Forbidden):
            ensure_agent(make_user("olga", "operator"))
