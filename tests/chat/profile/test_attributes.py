"""What changing a listed attribute does to what is stored under it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from chat.actions.profile_attributes import list_attributes, update_attribute
from chat.actions.profile_entries import forget_entry, settle_consent
from chat.models import Consent, ProfileAttribute, ProfileEntry
from nlu.models import VaultEntry

pytestmark = [pytest.mark.django_db, pytest.mark.persistence]


def change(attribute: ProfileAttribute, **fields: Any) -> None:
    stated = {
        "titles": {},
        "kind": attribute.kind,
        "basis": attribute.basis,
        "purpose": "To help",
        "keep_days": 365,
    }
    update_attribute(attribute=attribute, **{**stated, **fields}, actor=None)


@pytest.mark.parametrize(("basis", "objects"), [("interest", True), ("contract", False)])
def test_what_is_stored_follows_the_basis(shop, basis, objects):
    attribute = shop.attribute("tier", "contract")
    session = shop.session(attributes={"tier": "gold"})
    change(attribute, basis=basis)
    entry = ProfileEntry.objects.get()
    assert entry.basis == basis
    forget_entry(customer=entry.customer, uuid=entry.uuid)
    assert Consent.objects.filter(purpose="tier", withdrawn_at__isnull=False).exists() is objects
    shop.session(token=session.token, attributes={"tier": "gold"})
    assert ProfileEntry.objects.exists() is not objects


@pytest.mark.parametrize(("name", "made"), [("remember", 0), ("Not a name", 0), ("tier", 1)])
def test_what_a_flow_asks_for_is_listed_if_it_can_be(shop, name, made):
    assert list_attributes(workspace=shop.site.workspace, names={name: {"en": "It"}}) == made
    assert ProfileAttribute.objects.count() == made


@pytest.mark.parametrize(("name", "settled"), [("remember", False), ("tier", True)])
@pytest.mark.parametrize("is_listed", [False, True])
def test_a_site_does_not_say_that_we_may_remember(shop, name, settled, is_listed):
    if is_listed:
        shop.attribute(name, "consent")
    session = shop.session(attributes={name: "yes"}, consents=[name])
    if not is_listed:
        assert ProfileAttribute.objects.filter(name=name).exists() is settled
    shop.session(token=session.token, attributes={name: "yes"}, consents=[name])
    assert Consent.objects.filter(purpose=name).exists() is settled
    assert ProfileEntry.objects.exists() is (settled and is_listed)


def test_withdrawing_takes_what_a_contract_needs_no_longer(shop):
    attribute = shop.attribute("tier", "contract")
    session = shop.session(attributes={"tier": "gold"})
    settle_consent(conversation=session.conversation, purpose="tier", given=False)
    assert ProfileEntry.objects.exists()
    change(attribute, basis="interest")
    assert not ProfileEntry.objects.exists()


def test_it_goes_only_of_those_who_objected(shop):
    attribute = shop.attribute("email", "contract", kind="email")
    objecting = shop.session(sub="wang", email="wang@shop.example")
    shop.session(sub="chen", email="chen@shop.example")
    settle_consent(conversation=objecting.conversation, purpose="email", given=False)
    change(attribute, basis="interest")
    assert [one.customer.external_id for one in ProfileEntry.objects.all()] == ["chen"]
    assert VaultEntry.objects.count() == 1


@pytest.mark.parametrize(("days", "kept"), [(2, 2), (30, 30), (400, 30)])
def test_kept_no_longer_than_is_said_now_or_was_said_then(shop, days, kept):
    attribute = shop.attribute("tier", keep_days=30)
    other = shop.attribute("city", keep_days=30)
    shop.session(attributes={"tier": "gold", "city": "Beijing"})
    change(attribute, keep_days=days)
    entry = ProfileEntry.objects.get(name="tier")
    assert entry.expires_at - entry.learned_at == timedelta(days=kept)
    assert ProfileEntry.objects.get(name=other.name).expires_at > timezone.now() + timedelta(days=29)
