"""Conversations as they come about: written, understood, answered and handed over by the product's own actions."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from django.contrib.auth.models import Group, User

from chat.actions.agents import ensure_agent
from chat.actions.conversations import take_conversation
from chat.actions.finishing import finish_turns
from chat.actions.handoffs import request_handoff
from chat.actions.messages import add_note, post_agent_message, visitor_message
from chat.actions.storing import store_message
from chat.actions.turns import claim_turns
from chat.actions.visitors import create_visitor
from chat.answering import TurnAnswer
from chat.dialogue.decision import Decision
from chat.models import Agent, Conversation, Message, Site, Turn
from nlu.actions.workspaces import create_workspace
from nlu.models import Workspace
from nlu.types import EntitySpan, IntentScore, Parse, PassageHit, Thresholds

PASSWORD = "correct horse battery"


@dataclass
class Scene:
    """A shop with one site; staff and conversations are made as a test asks for them."""

    workspace: Workspace = field(
        default_factory=lambda: create_workspace(slug="shop", name="Shop", default_locale="en", actor=None)
    )
    numbers: itertools.count = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.site = Site.objects.create(workspace=self.workspace, key="shop", name="Shop", locale="en")

    def user(self, name: str, *roles: str) -> User:
        user = User.objects.create_user(name, password=PASSWORD)
        for role in roles:
            user.groups.add(Group.objects.get_or_create(name=role)[0])
        return user

    def agent(self, name: str, role: str = "agent") -> Agent:
        return ensure_agent(self.user(name, role))

    def conversation(self, *, site: Site | None = None, locale: str = "en") -> Conversation:
        return create_visitor(site=site or self.site, locale=locale).conversation

    def write(self, conversation: Conversation, text: str) -> Message:
        message = store_message(
            visitor_message(
                conversation_id=conversation.pk,
                workspace_id=conversation.site.workspace_id,
                client_id=f"scene-{next(self.numbers)}",
                text=text,
            )
        ).message
        conversation.refresh_from_db()
        return message

    def answer(
        self,
        conversation: Conversation,
        *,
        intent: str = "return_item",
        kind: str = "reply",
        reason: str = "the intent is certain enough",
        entities: tuple[EntitySpan, ...] = (),
        passages: tuple[PassageHit, ...] = (),
        text: str = "Here is how.",
    ) -> Turn:
        """Have every open turn answered in the same way, as a turn worker does."""
        finished = finish_turns(
            answers=[
                (
                    claim,
                    TurnAnswer(
                        turn_id=claim.input.turn_id,
                        parse=Parse(
                            text=claim.input.text,
                            locale="en",
                            intents=(IntentScore(intent, 0.91), IntentScore("track_order", 0.06)),
                            entities=entities,
                            in_scope=True,
                            scope_score=0.83,
                            scope_threshold=0.3,
                            matched_by="model",
                            model_version="v7",
                            milliseconds=1.5,
                        ),
                        passages=passages,
                        decision=Decision(
                            kind=kind,
                            text=text,
                            state=claim.input.state.understood(intent=intent, act=kind, message=claim.input.text),
                            intent=intent,
                            handoff_reason="fallback" if kind == "handoff" else "",
                            certainty=0.88,
                            log_intent=-0.09,
                            log_reply=-0.2,
                            reason=reason,
                        ),
                        thresholds=Thresholds(),
                        locale="en",
                        model_version_id=None,
                        milliseconds=4.2,
                    ),
                )
                for claim in claim_turns(worker="scene")
            ]
        )
        conversation.refresh_from_db()
        return next(one for one in finished if one is not None and one.conversation_id == conversation.pk)

    def ask_for_person(self, conversation: Conversation) -> None:
        request_handoff(conversation=conversation, reason="visitor", actor=None)
        conversation.refresh_from_db()

    def take(self, conversation: Conversation, agent: Agent) -> None:
        take_conversation(conversation=conversation, actor=agent.user)
        conversation.refresh_from_db()

    def reply(self, conversation: Conversation, agent: Agent, text: str) -> Message:
        return post_agent_message(conversation=conversation, actor=agent.user, text=text)

    def note(self, conversation: Conversation, agent: Agent, text: str) -> Message:
        return add_note(conversation=conversation, actor=agent.user, text=text)


def entity(text: str, needle: str, kind: str, source: str = "pattern", value: str = "") -> EntitySpan:
    start = text.index(needle)
    return EntitySpan(start, start + len(needle), kind, needle, value or needle, 0.97, source)


def passage(title: str, relevance: float) -> PassageHit:
    return PassageHit(1, 1, "returns", title, f"{title}: thirty days.", "en", 7.5, relevance)
