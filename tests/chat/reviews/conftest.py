"""Conversations as customers leave them behind, and people who review them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import pytest
from django.contrib.auth.models import User

from chat.actions.agents import ensure_agent
from chat.actions.conversations import take_conversation
from chat.actions.finishing import finish_turns
from chat.actions.handoffs import request_handoff
from chat.actions.messages import post_agent_message, visitor_message
from chat.actions.storing import store_message
from chat.actions.turns import claim_turns
from chat.actions.visitors import create_visitor
from chat.answering import TurnAnswer
from chat.dialogue.decision import Decision
from chat.models import Conversation, Review, Site, Turn
from console.actions.staff import create_staff
from nlu.actions.intents import create_intent
from nlu.actions.workspaces import create_workspace
from nlu.models import Intent, Workspace
from nlu.types import EntitySpan, IntentScore, IntentSpan, Parse, Thresholds


@dataclass
class Desk:
    """A shop with three intents whose customers write, and are understood as a test says."""

    workspace: Workspace = field(
        default_factory=lambda: create_workspace(slug="shop", name="Shop", default_locale="en", actor=None)
    )
    numbers: itertools.count = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.answered: TurnAnswer | None = None
        self.site = Site.objects.create(workspace=self.workspace, key="shop", name="Shop", locale="en")
        self.intents: dict[str, Intent] = {
            name: create_intent(workspace=self.workspace, name=name, actor=None)
            for name in ("refund", "track", "pay")
        }

    def person(self, name: str, role: str = "supervisor", full_name: str = "") -> User:
        return create_staff(
            username=name, password="a long enough secret 17", roles=[role], full_name=full_name, actor=None
        )

    def conversation(self, *, locale: str = "en", site: Site | None = None) -> Conversation:
        return create_visitor(site=site or self.site, locale=locale).conversation

    def ask(
        self,
        text: str,
        *,
        conversation: Conversation | None = None,
        intents: tuple[tuple[str, float], ...] = (("refund", 0.9), ("track", 0.05)),
        in_scope: bool = True,
        scope_score: float = 0.8,
        stage: str = "model",
        kind: str = "reply",
        quick_replies: tuple[str, ...] = (),
        reason: str = "the intent is certain enough",
        handoff_reason: str = "",
        entities: tuple[EntitySpan, ...] = (),
        locale: str = "en",
        several: tuple[IntentSpan, ...] = (),
        answered: tuple[str, ...] | None = None,
    ) -> Turn:
        """A customer writes, and the assistant answers as told."""
        conversation = conversation or self.conversation(locale=locale)
        store_message(
            visitor_message(
                conversation_id=conversation.pk,
                workspace_id=self.workspace.pk,
                client_id=f"desk-{next(self.numbers)}",
                text=text,
            )
        )
        answers = [
            (
                claim,
                TurnAnswer(
                    turn_id=claim.input.turn_id,
                    parse=Parse(
                        text=claim.input.text,
                        locale=locale,
                        intents=tuple(IntentScore(name, confidence) for name, confidence in intents),
                        entities=entities,
                        in_scope=in_scope,
                        scope_score=scope_score,
                        scope_threshold=0.3,
                        matched_by=stage,
                        model_version="v7",
                        milliseconds=1.0,
                        several=several,
                    ),
                    passages=(),
                    decision=Decision(
                        kind=kind,
                        text="Here is how.",
                        state=claim.input.state.understood(
                            intent=intents[0][0] if intents else "", act=kind, message=claim.input.text
                        ),
                        quick_replies=quick_replies,
                        reason=reason,
                        handoff_reason=handoff_reason or ("fallback" if kind == "handoff" else ""),
                        answered=tuple(span.name for span in several) if answered is None else answered,
                    ),
                    thresholds=Thresholds(),
                    locale=locale,
                    model_version_id=None,
                    milliseconds=2.0,
                    context=claim.input.state.context(),
                ),
            )
            for claim in claim_turns(worker="desk")
        ]
        self.answered = answers[-1][1]
        finished = finish_turns(answers=answers)
        conversation.refresh_from_db()
        return next(one for one in finished if one is not None and one.conversation_id == conversation.pk)

    def agent_answers(self, turn: Turn, *texts: str, username: str = "li") -> None:
        """Somebody takes the conversation and writes."""
        conversation = turn.conversation
        assert conversation is not None
        agent = ensure_agent(User.objects.filter(username=username).first() or self.person(username, "agent"))
        conversation.refresh_from_db()
        request_handoff(conversation=conversation, reason="fallback", actor=None)
        conversation.refresh_from_db()
        take_conversation(conversation=conversation, actor=agent.user)
        for text in texts:
            post_agent_message(conversation=conversation, actor=agent.user, text=text)

    def queue(self) -> list[str]:
        """The texts that wait, in order."""
        rows = Review.objects.filter(workspace=self.workspace, status="open").order_by("-need", "-id")
        return [row.turn.parse["text"] for row in rows.select_related("turn") if row.turn is not None]


@pytest.fixture
def desk(db) -> Desk:
    return Desk()


@pytest.fixture
def supervisor(desk) -> User:
    return desk.person("chief", full_name="Chen Jie")
