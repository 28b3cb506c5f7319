"""Rules with their figures, the people behind a figure, and what a made-up visitor would see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from chat.behaviour import policy_in_force
from chat.invitation_facts import caps_of, rules_of_site
from chat.models import Invitation, InvitationRule, Site
from chat.proactive.reader import read_words
from chat.proactive.rules import Caps, Happened, Money, Reason, Rule, Situation, decide
from console.invitation_words import reason_text
from nlu.models import Workspace

STEPS: Final = ("shown", "accepted", "dismissed", "completed")


def rules_with_figures(workspace: Workspace, *, query: str = "", only: str = "") -> QuerySet[InvitationRule]:
    """The rules, the highest priority first, each with how often it was `shown`, `accepted` and so on."""
    rules = InvitationRule.objects.filter(workspace=workspace).select_related("flow", "site")
    if query:
        # Words are looked for here: in a column of JSON, SQLite has Chinese letters escaped.
        wanted = query.casefold()
        fitting = [rule.pk for rule in rules if wanted in _searched(rule).casefold()]
        rules = rules.filter(pk__in=fitting)
    if only:
        rules = rules.filter(is_on=only == "on")
    counts = {step: Count("invitations", filter=Q(**{f"invitations__{step}_at__isnull": False})) for step in STEPS}
    return rules.annotate(**counts).order_by("-priority", "pk")


def _searched(rule: InvitationRule) -> str:
    """What a rule is found by: its name, its flow's, and its words in every language."""
    words = read_words(rule.texts).values()
    said = [part for one in words for part in (one.text, *one.quick_replies)]
    return "\n".join([rule.name, rule.flow.name if rule.flow is not None else "", *said])


def people_of(rule: InvitationRule, step: str) -> QuerySet[Invitation]:
    """The invitations that came as far as `step`, newest first."""
    rows = rule.invitations.filter(**{f"{step}_at__isnull": False})
    return rows.select_related("visitor", "conversation").order_by(f"-{step}_at", "-pk")


@dataclass(frozen=True, slots=True)
class Tried:
    """A rule under trial: whether it invites, and if not, why."""

    rule: Rule
    fires: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RulesTrial:
    """What was tried. `is_live`: the site takes events, so that this would really happen."""

    tried: tuple[Tried, ...]
    is_live: bool

    @property
    def chosen(self) -> Rule | None:
        """The rule that invites."""
        return next((one.rule for one in self.tried if one.fires), None)


@dataclass(frozen=True, slots=True)
class MadeUpVisitor:
    """What a person types to try the rules with."""

    site: Site
    page: str
    seconds: int
    event: str
    amount: Decimal | None
    currency: str
    locale: str
    returning: bool


def try_rules(made_up: MadeUpVisitor) -> RulesTrial:
    """Let all rules of the site decide, those that are off as well, about somebody who has seen nothing yet."""
    now = timezone.localtime()
    value = Money(made_up.amount, made_up.currency) if made_up.amount is not None else None
    events = []
    if made_up.event:
        events.append(Happened(made_up.event, now, made_up.page, value=value))
    if value is not None:
        events.append(Happened("cart_changed", now, made_up.page, value=value))
    situation = Situation(
        now=now,
        page=made_up.page,
        locale=made_up.locale,
        seconds=made_up.seconds,
        events=tuple(events),
        first_seen=now - timedelta(days=1) if made_up.returning else now,
    )
    policy = policy_in_force(made_up.site.pk)
    rules = rules_of_site(workspace_id=made_up.site.workspace_id, site_id=made_up.site.pk, switched_on=False)
    outcome = decide(rules, situation, caps_of(policy) if policy is not None else Caps())
    tried = tuple(
        Tried(verdict.rule, verdict.fires, tuple(reason_text(reason) for reason in told(verdict.reasons)))
        for verdict in outcome.verdicts
    )
    return RulesTrial(tried, policy is not None)


def told(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """A rule that is off for other reasons too is told as off first, with the rest after it."""
    return tuple(sorted(reasons, key=lambda reason: reason.code != "off"))
