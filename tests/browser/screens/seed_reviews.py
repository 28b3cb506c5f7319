"""A workspace whose customers have written, for the tests of the review queue; prints two reviewers' cookies.

Turns are written as the turn worker leaves them, so that nothing waits for it.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.utils import timezone  # noqa: E402

from chat.actions.agents import ensure_agent  # noqa: E402
from chat.actions.storing import NewMessage, store_message  # noqa: E402
from chat.actions.visitors import create_visitor  # noqa: E402
from chat.models import Conversation, Site, Turn  # noqa: E402
from chat.models.turns import Filing, TurnStatus  # noqa: E402
from console.actions.staff import create_staff  # noqa: E402
from console.context import WORKSPACE_KEY  # noqa: E402
from nlu.actions.entities import create_entity_type  # noqa: E402
from nlu.actions.intents import create_intent, set_intent_titles  # noqa: E402
from nlu.actions.workspaces import create_workspace  # noqa: E402
from nlu.models import Workspace  # noqa: E402

TITLES = {
    "refund": ("Refund", "退款"),
    "track": ("Where is my order", "订单到哪了"),
    "pay": ("Ways to pay", "支付方式"),
    "engraving": ("Engraving", "刻字"),
    "opening_hours": ("Opening hours", "营业时间"),
    "complaint": ("Complaint", "投诉"),
}


def say(conversation: Conversation, author: str, text: str, **more: object) -> int:
    """One message; its sequence."""
    message = NewMessage(conversation_id=conversation.pk, author=author, text=text, opens_turn=False, **more)
    return store_message(message).message.sequence


def turn(
    conversation: Conversation,
    text: str,
    *,
    scores: tuple[float, ...],
    outcome: str = "reply",
    parts: tuple[tuple[str, int, int], ...] = (),
) -> None:
    """A message of the customer as the assistant took it, and its reply; parts: intents with their places."""
    sequence = say(conversation, "visitor", text)
    reply = say(conversation, "bot", "Open My orders to see where it is.")
    names = list(TITLES)[: len(scores)]
    spans = []
    if "Oslo" in text:
        start = text.index("Oslo")
        spans.append(
            {
                "start": start,
                "end": start + 4,
                "type": "place",
                "text": "Oslo",
                "value": "Oslo",
                "confidence": 0.9,
                "source": "model",
            }
        )
    intents = [{"name": name, "confidence": score} for name, score in zip(names, scores, strict=True)]
    Turn.objects.create(
        workspace=conversation.site.workspace,
        conversation=conversation,
        status=TurnStatus.DONE,
        first_sequence=sequence,
        last_sequence=sequence,
        reply_sequence=reply,
        parse={
            "text": text,
            "locale": "en" if text.isascii() else "zh-hans",
            "intents": intents,
            "entities": spans,
            "in_scope": outcome != "rephrase",
            "scope_score": 0.31 if outcome == "rephrase" else 0.8,
            "scope_threshold": 0.33,
            "matched_by": "model",
            "several": [
                {"name": name, "confidence": 0.91, "start": start, "end": end} for name, start, end in parts
            ],
        },
        decision={
            "kind": outcome,
            "reason": "several intents, each certain enough" if parts else "",
            "thresholds": {"confidence": 0.6, "margin": 0.1},
            "locale": "en",
            "answered": [name for name, _, _ in parts],
        },
        intent=names[0],
        confidence=scores[0],
        outcome=outcome,
        filing=Filing.NEW,
        finished_at=timezone.now(),
    )


def cookie_of(username: str, full_name: str, role: str, workspace: Workspace) -> str:
    """A reviewer who works on the workspace."""
    user = create_staff(
        username=username, password="a long enough secret 17", roles=[role], full_name=full_name, actor=None
    )
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store[WORKSPACE_KEY] = workspace.pk
    store.create()
    return str(store.session_key)


def main() -> None:
    """Everything; the first argument is the workspace's short name, a second one asks for two intents at once."""
    slug = sys.argv[1]
    workspace = create_workspace(slug=slug, name=f"Review {slug}", default_locale="en", actor=None)
    site = Site.objects.create(workspace=workspace, key=f"site-{slug}", name="Lantern Market", locale="en")
    for name, (english, chinese) in TITLES.items():
        intent = create_intent(workspace=workspace, name=name, actor=None)
        set_intent_titles(intent=intent, titles={"en": english, "zh-hans": chinese}, actor=None)
    create_entity_type(workspace=workspace, name="place", actor=None)
    agent_cookie = cookie_of(f"chief-{slug}", "Chen Jie", "supervisor", workspace)
    second = cookie_of(f"second-{slug}", "Mo Fan", "administrator", workspace)
    agent = ensure_agent(
        create_staff(username=f"li-{slug}", password="a long enough secret 17", roles=["agent"], actor=None)
    )

    with_agent = create_visitor(site=site, locale="en").conversation
    turn(with_agent, "hello there", scores=(0.97, 0.01))
    turn(with_agent, "can you write a name on the lantern", scores=(0.41, 0.4, 0.1), outcome="rephrase")
    say(with_agent, "agent", "Yes, for free: tell us the name.", agent_id=agent.pk, agent_name="Li")
    turn(create_visitor(site=site, locale="en").conversation, "send it to Oslo", scores=(0.45, 0.43, 0.05))
    turn(create_visitor(site=site, locale="zh-hans").conversation, "灯笼坏了我要赔偿", scores=(0.5, 0.2, 0.1))
    turn(create_visitor(site=site, locale="en").conversation, "where are my lanterns", scores=(0.3, 0.28, 0.2))
    turn(create_visitor(site=site, locale="en").conversation, "is it raining", scores=(0.2, 0.19, 0.18))
    if sys.argv[2:]:
        asked = create_visitor(site=site, locale="en").conversation
        turn(asked, "refund me and where is it", scores=(0.5, 0.45), parts=(("refund", 0, 9), ("track", 14, 25)))
    json.dump({"first": agent_cookie, "second": second, "name": settings.SESSION_COOKIE_NAME}, sys.stdout)


main()
