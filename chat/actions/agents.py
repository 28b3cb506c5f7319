"""Profiles of those who answer."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from chat.access import can_use_desk
from chat.errors import Forbidden, InvalidInput
from chat.hints import AgentHint
from chat.models import Agent
from chat.publish import publish_after_commit
from nlu.actions.audit import Actor, record


@transaction.atomic
def ensure_agent(user: User) -> Agent:
    """The user's profile, made at first use with the user's name. Forbidden without a desk role."""
    if not can_use_desk(user):
        raise Forbidden("The role does not answer conversations")
    agent, _created = Agent.objects.get_or_create(
        user=user, defaults={"display_name": (user.get_full_name() or user.get_username())[:80]}
    )
    return agent


@transaction.atomic
def update_agent(*, agent: Agent, display_name: str, capacity: int, actor: Actor) -> Agent:
    """Change the name that customers see, and how many conversations the agent takes at once (at least one)."""
    if not display_name.strip() or capacity < 1:
        raise InvalidInput(_("An agent has a name and takes at least one conversation."))
    agent = Agent.objects.select_for_update().get(pk=agent.pk)
    agent.display_name = display_name.strip()
    agent.capacity = capacity
    agent.save(update_fields=["display_name", "capacity"])
    record(actor=actor, action="agent.updated", target=agent, summary=f"{agent.display_name}, {capacity}")
    return agent


def announce_rights(*, user: User) -> None:
    """Have the user's open sockets checked at once, after a change of role, password or activity.

    They are checked every few seconds anyway; this is for who watches the screen of somebody just switched off.
    """
    agent = Agent.objects.filter(user=user).first()
    if agent is not None:
        publish_after_commit([AgentHint(agent.pk)])
