"""Rules of the queue for people: made, changed, moved, deleted."""

from __future__ import annotations

from typing import Final

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from chat.access import can_use_desk
from chat.errors import InvalidInput
from chat.models import Agent, ProfileAttribute, RoutingRule
from chat.models.profiles import SEALED_KINDS
from chat.models.routing import TALK_LANGUAGE, Priority
from nlu.actions.audit import Actor, record
from nlu.models import Workspace

MOST_RULES: Final = 100


@transaction.atomic
def create_rule(
    *, workspace: Workspace, attribute: str, values: str, priority: int, agent: Agent | None, actor: Actor
) -> RoutingRule:
    """A new rule behind the others. InvalidInput, with a message for the form."""
    Workspace.objects.select_for_update().get(pk=workspace.pk)
    rules = RoutingRule.objects.filter(workspace=workspace)
    if rules.count() >= MOST_RULES:
        raise InvalidInput(_("At most %(count)d rules.") % {"count": MOST_RULES})
    last = rules.aggregate(last=Max("position"))["last"] or 0
    rule = RoutingRule(workspace=workspace, position=last + 1)
    _set(rule, attribute=attribute, values=values, priority=priority, agent=agent)
    record(actor=actor, action="routing_rule.created", target=rule, workspace=workspace, summary=_summary(rule))
    return rule


@transaction.atomic
def update_rule(
    *, rule: RoutingRule, attribute: str, values: str, priority: int, agent: Agent | None, actor: Actor
) -> RoutingRule:
    """Change what a rule goes by or does. Who waits already keeps their place. InvalidInput."""
    fresh = RoutingRule.objects.select_for_update().get(pk=rule.pk)
    _set(fresh, attribute=attribute, values=values, priority=priority, agent=agent)
    record(
        actor=actor,
        action="routing_rule.updated",
        target=fresh,
        workspace=fresh.workspace,
        summary=_summary(fresh),
    )
    return fresh


@transaction.atomic
def delete_rule(*, rule: RoutingRule, actor: Actor) -> None:
    """Take it away; who waits already keeps their place."""
    record(
        actor=actor, action="routing_rule.deleted", target=rule, workspace=rule.workspace, summary=_summary(rule)
    )
    rule.delete()


def _set(rule: RoutingRule, *, attribute: str, values: str, priority: int, agent: Agent | None) -> None:
    if attribute != TALK_LANGUAGE:
        listed = ProfileAttribute.objects.filter(workspace=rule.workspace, name=attribute).first()
        if listed is None:
            raise InvalidInput(_("List the attribute first: nothing else may be used."))
        if listed.kind in SEALED_KINDS:
            raise InvalidInput(_("Contact details are sealed; a rule cannot go by them."))
    rule.attribute, rule.values = attribute, values.strip()
    if not rule.wanted:
        raise InvalidInput(_("Give at least one value."))
    if priority not in Priority.values:
        raise InvalidInput(_("Choose a priority of the list."))
    if priority == Priority.USUAL and agent is None:
        raise InvalidInput(_("A rule gives a priority, an agent, or both."))
    if agent is not None and not can_use_desk(agent.user):
        raise InvalidInput(_("This person does not answer conversations."))
    rule.priority, rule.agent = priority, agent
    rule.save()


def _summary(rule: RoutingRule) -> str:
    return f"{rule.attribute} -> {Priority(rule.priority).name}, {rule.agent or '-'}"
