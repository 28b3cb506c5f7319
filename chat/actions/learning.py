"""What a turn leaves of a customer's own words: what they said to being remembered, and what may be."""

from __future__ import annotations

from django.utils import timezone

from chat.actions.profile_entries import Fact, learn_facts, settle_consent
from chat.dialogue.decision import Decision
from chat.models import Consent, Conversation


def keep_what_was_learned(conversation: Conversation, decision: Decision) -> None:
    """In the transaction that stores the answer; nothing at all where nobody was asked."""
    if decision.agreed is None and not decision.learned:
        return
    now = timezone.now()
    visitor = conversation.visitor
    if visitor.customer is not None and not visitor.speaks_for_customer(now):
        # The site's word ended between the question and the answer: who answers is not known to be the customer.
        return
    if decision.agreed is not None:
        settle_consent(
            conversation=conversation,
            purpose=Consent.REMEMBER,
            given=decision.agreed,
            wording=decision.wording,
            locale=decision.state.locale,
        )
    if decision.learned:
        facts = [Fact(one.name, one.value, one.titles) for one in decision.learned]
        learn_facts(conversation=conversation, facts=facts, now=now)
