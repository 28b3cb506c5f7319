"""The rules by which visitors are invited: created, changed, switched and deleted by operators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from chat.errors import InvalidInput
from chat.models import Flow, InvitationRule, Site
from chat.proactive.reader import read_conditions, read_words, write_conditions, write_words
from chat.proactive.rules import Conditions, Words
from nlu.actions.audit import Actor, record
from nlu.models import Workspace

NAME_LENGTH: Final = 80
MOST_RULES: Final = 50


@dataclass(frozen=True, slots=True)
class RuleContent:
    """Everything that an operator decides about a rule, but whether it is on."""

    name: str
    conditions: Conditions
    words: Mapping[str, Words]
    flow: Flow | None
    site: Site | None = None
    priority: int = 10
    most_ever: int = 1


@transaction.atomic
def create_rule(*, workspace: Workspace, content: RuleContent, is_on: bool = True, actor: Actor) -> InvitationRule:
    """A new rule. InvalidInput, with a message for the form."""
    if InvitationRule.objects.filter(workspace=workspace).count() >= MOST_RULES:
        raise InvalidInput(_("At most %(count)d rules.") % {"count": MOST_RULES})
    rule = _fill(InvitationRule(workspace=workspace, is_on=is_on), content)
    rule.save()
    record(
        actor=actor,
        action="invitation_rule.created",
        target=rule,
        workspace=workspace,
        summary=content.name.strip(),
    )
    return rule


@transaction.atomic
def update_rule(*, rule: InvitationRule, content: RuleContent, actor: Actor) -> InvitationRule:
    """Replace what the rule says; it holds from the next event on."""
    fresh = InvitationRule.objects.select_for_update().get(pk=rule.pk)
    _fill(fresh, content)
    fresh.save()
    record(
        actor=actor, action="invitation_rule.updated", target=fresh, workspace=fresh.workspace, summary=fresh.name
    )
    return fresh


@transaction.atomic
def switch_rule(*, rule: InvitationRule, on: bool, actor: Actor) -> InvitationRule:
    """Take a rule into use, or out of it."""
    fresh = InvitationRule.objects.select_for_update().get(pk=rule.pk)
    if fresh.is_on != on:
        fresh.is_on = on
        fresh.save(update_fields=["is_on"])
        action = "invitation_rule.switched_on" if on else "invitation_rule.switched_off"
        record(actor=actor, action=action, target=fresh, workspace=fresh.workspace, summary=fresh.name)
    return fresh


@transaction.atomic
def delete_rule(*, rule: InvitationRule, actor: Actor) -> None:
    """Delete a rule with its figures."""
    record(actor=actor, action="invitation_rule.deleted", target=rule, workspace=rule.workspace, summary=rule.name)
    rule.delete()


def _fill(rule: InvitationRule, content: RuleContent) -> InvitationRule:
    """Check everything again, whatever form it came from, and put it into the row."""
    name = content.name.strip()
    if not name or len(name) > NAME_LENGTH:
        raise InvalidInput(_("A name of at most %(count)d characters is wanted.") % {"count": NAME_LENGTH})
    taken = InvitationRule.objects.filter(workspace=rule.workspace, name=name).exclude(pk=rule.pk)
    if taken.exists():
        raise InvalidInput(_("There is a rule of this name already."))
    if not 0 <= content.priority <= 100:
        raise InvalidInput(_("The priority is a number from 0 to 100."))
    if not 1 <= content.most_ever <= 20:
        raise InvalidInput(_("A visitor may see an invitation 1 to 20 times."))
    for other in (content.flow, content.site):
        if other is not None and other.workspace_id != rule.workspace_id:
            raise InvalidInput(_("That belongs to another workspace."))
    rule.name = name
    rule.conditions = write_conditions(content.conditions)
    rule.texts = write_words(content.words)
    read_conditions(rule.conditions)
    read_words(rule.texts)
    rule.flow = content.flow
    rule.site = content.site
    rule.priority = content.priority
    rule.most_ever = content.most_ever
    return rule
