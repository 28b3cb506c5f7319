"""The end of everything that is kept of a person: talks, what the vault holds of them, profile, consents."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from chat.hints import ConversationHint
from chat.models import Conversation, Customer, Visitor
from chat.publish import publish_after_commit
from nlu.actions.audit import Actor, record
from nlu.actions.vault import forget_values


@dataclass(frozen=True, slots=True)
class Erasure:
    """How much went."""

    visitors: int
    conversations: int


@transaction.atomic
def erase_person(*, visitor: Visitor, actor: Actor, reason: str = "") -> Erasure:
    """Delete all that is kept of the visitor's customer, in all browsers; of the visitor where nobody is known.

    The audit list keeps that it was done, and nothing of whom. Open sockets close, and the tokens are dead.
    """
    fresh, customer = _locked(visitor)
    browsers = list(Visitor.objects.filter(customer=customer)) if customer is not None else [fresh]
    talks = list(
        # In the order in which everybody locks them.
        Conversation.objects.select_for_update(of=("self",)).filter(visitor__in=browsers).order_by("pk")
    )
    record(
        actor=actor,
        action="person.erased",
        target=fresh,
        workspace=fresh.site.workspace,
        summary=f"{fresh.site.key}: {len(talks)} conversations",
        reason=reason,
    )
    publish_after_commit([ConversationHint(str(one.uuid)) for one in talks])
    for browser in browsers:
        browser.delete()
    if customer is not None:
        erase_profile(customer)
    return Erasure(len(browsers), len(talks))


def _locked(visitor: Visitor) -> tuple[Visitor, Customer | None]:
    """The visitor and whose they are, the customer locked first: no further browser becomes theirs meanwhile."""
    while True:
        # Not so hard a lock that nothing could refer to the customer: who stores that holds the conversation.
        customer = Customer.objects.select_for_update(of=("self",), no_key=True).filter(visitors=visitor).first()
        fresh = (
            Visitor.objects.select_for_update(of=("self",)).select_related("site__workspace").get(pk=visitor.pk)
        )
        if fresh.customer_id == (customer.pk if customer is not None else None):
            return fresh, customer


def erase_profile(customer: Customer) -> None:
    """Delete the customer with lines, consents and what the vault keeps of them. The caller has a transaction."""
    forget_values(scopes=[str(customer.uuid)])
    customer.delete()
