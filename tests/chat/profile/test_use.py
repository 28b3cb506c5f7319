"""What of a profile reaches a turn: on a basis, while it lasts, while the site vouches, and of nobody else."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from chat.actions.messages import visitor_message
from chat.actions.profile_entries import (
    Fact,
    forget_entry,
    forget_profile,
    learn_facts,
    settle_consent,
    sweep_profiles,
)
from chat.actions.storing import store_message
from chat.actions.turns import claim_turns
from chat.actions.visitors import create_visitor
from chat.business.installed import vault_opener
from chat.errors import NotFound
from chat.models import Consent, Conversation, Customer, ProfileAttribute, ProfileEntry, Visitor
from chat.profiles import UsableProfile, usable_profiles
from nlu.models import Job, VaultEntry
from tests.chat.profile.conftest import Shop

pytestmark = [pytest.mark.django_db, pytest.mark.persistence]


def usable(session, *, after: timedelta = timedelta()) -> UsableProfile:
    found = usable_profiles([session.conversation], timezone.now() + after)
    return found.get(session.conversation.pk, UsableProfile())


def known(session, **more) -> dict[str, str]:
    return dict(usable(session, **more).profile)


def remembers(shop: Shop) -> None:
    shop.site.offers_to_remember = True
    shop.site.save()


def test_what_the_site_says_reaches_the_turn(shop):
    shop.attribute("name")
    shop.attribute("tier", "interest")
    session = shop.session(name="王芳", attributes={"tier": "gold"})
    store_message(
        visitor_message(
            conversation_id=session.conversation.pk,
            workspace_id=shop.site.workspace_id,
            client_id="c1",
            text="hello",
        )
    )
    [claim] = claim_turns(worker="w")
    assert claim.input.profile == {"name": "王芳", "tier": "gold"}
    assert (claim.input.facts, claim.input.keeping) == ({}, "off")


@pytest.mark.parametrize(
    ("basis", "consents", "stored"),
    [
        ("contract", [], True),
        ("interest", [], True),
        ("consent", ["tier"], True),
        ("consent", [], False),
        ("consent", ["name"], False),
        ("", ["tier"], False),
    ],
)
def test_nothing_is_stored_or_used_without_a_basis(shop, basis, consents, stored):
    shop.attribute("tier", basis)
    session = shop.session(attributes={"tier": "gold"}, consents=consents)
    assert ProfileEntry.objects.exists() is stored
    assert known(session) == ({"tier": "gold"} if stored else {})


def test_what_is_not_listed_is_listed_without_its_value(shop):
    session = shop.session(attributes={"tier": "gold", "Not a name": "x"})
    attribute = ProfileAttribute.objects.get()
    assert (attribute.name, attribute.basis) == ("tier", "")
    assert not ProfileEntry.objects.exists()
    ProfileAttribute.objects.update(basis="contract")
    assert known(session) == {}
    assert known(shop.session(token=session.token, attributes={"tier": "gold"})) == {"tier": "gold"}


def test_a_basis_that_is_taken_back_ends_the_use(shop):
    attribute = shop.attribute("tier")
    session = shop.session(attributes={"tier": "gold"})
    assert known(session) == {"tier": "gold"}
    attribute.basis = ""
    attribute.save()
    assert known(session) == {}
    attribute.delete()
    assert known(session) == {}


def test_an_expired_line_is_not_used_and_goes(shop):
    shop.attribute("tier", keep_days=2)
    shop.attribute("email", kind="email", keep_days=2)
    session = shop.session(attributes={"tier": "gold"}, email="wang@shop.example")
    Visitor.objects.update(identified_until=timezone.now() + timedelta(days=5))
    assert set(known(session, after=timedelta(days=1))) == {"tier", "email"}
    assert known(session, after=timedelta(days=3)) == {}
    ProfileEntry.objects.update(expires_at=timezone.now())
    assert VaultEntry.objects.exists()
    assert sweep_profiles() == 2
    assert not ProfileEntry.objects.exists()
    assert not VaultEntry.objects.exists()
    assert Job.objects.filter(task="chat.sweep_profiles").exists()


def test_the_site_vouches_for_a_browser_only_so_long(shop):
    shop.attribute("tier")
    session = shop.session(attributes={"tier": "gold"})
    assert known(session, after=timedelta(hours=11)) == {"tier": "gold"}
    assert known(session, after=timedelta(hours=13)) == {}


def test_nobody_sees_the_profile_of_another(shop, other_shop):
    shop.attribute("tier")
    mine = shop.session(sub="wang", attributes={"tier": "gold"})
    theirs = shop.session(sub="chen", attributes={"tier": "silver"})
    stranger = create_visitor(site=shop.site, locale="en")
    elsewhere = other_shop.session(sub="wang")
    assert known(mine) == {"tier": "gold"}
    assert known(theirs) == {"tier": "silver"}
    assert known(stranger) == known(elsewhere) == {}
    entry = ProfileEntry.objects.get(value="gold")
    with pytest.raises(NotFound):
        forget_entry(customer=theirs.conversation.visitor.customer, uuid=entry.uuid)
    with pytest.raises(NotFound):
        forget_entry(customer=mine.conversation.visitor.customer, uuid=uuid.uuid4())
    forget_entry(customer=mine.conversation.visitor.customer, uuid=entry.uuid)
    assert known(mine) == {} and known(theirs) == {"tier": "silver"}


def test_contact_details_are_sealed_and_opened_for_a_call_alone(shop, other_shop):
    shop.attribute("email", kind="email")
    session = shop.session(sub="wang", email="wangfang@shop.example")
    value = known(session)["email"]
    assert value == "vault:0:[wa…@shop.example]"
    assert "wangfang" not in str(ProfileEntry.objects.values())
    opened = vault_opener(shop.site.workspace_id, str(session.conversation.uuid))
    assert opened(0, "[wa…@shop.example]") == "wangfang@shop.example"
    for other in (shop.session(sub="chen"), create_visitor(site=shop.site, locale="en"), other_shop.session()):
        foreign = vault_opener(other.conversation.site.workspace_id, str(other.conversation.uuid))
        assert foreign(0, "[wa…@shop.example]") is None
    shop.session(token=session.token, sub="wang", email="new@shop.example")
    assert opened(0, "[wa…@shop.example]") is None
    assert opened(0, "[ne…@shop.example]") == "new@shop.example"
    assert VaultEntry.objects.count() == 1


@pytest.mark.parametrize("second", ["wangqiang@shop.example", "wangfang@shop.example"])
def test_addresses_that_look_alike_are_kept_apart(shop, second):
    shop.attribute("email", kind="email")
    shop.attribute("work_email", kind="email")
    session = shop.session(email="wangfang@shop.example", attributes={"work_email": second})
    opened = vault_opener(shop.site.workspace_id, str(session.conversation.uuid))

    def originals() -> dict[str, str | None]:
        return {name: opened(0, value.removeprefix("vault:0:")) for name, value in known(session).items()}

    both = {"email": "wangfang@shop.example", "work_email": second}
    assert originals() == both
    shop.session(token=session.token, email="wangfang@shop.example", attributes={"work_email": second})
    assert originals() == both
    assert sorted(known(session).values()) == ["vault:0:[wa…@shop.example 2]", "vault:0:[wa…@shop.example]"]
    shop.session(token=session.token, attributes={"work_email": None})
    assert originals() == {"email": "wangfang@shop.example"}
    assert VaultEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("kind", "stated", "value"),
    [
        ("number", "12.50", "12.50"),
        ("number", "1e400", None),
        ("number", "1E-500", None),
        ("number", "1E-20000000", None),
        ("number", "0E-20000000", None),
        ("number", "1.5E-3", "0.0015"),
        ("number", "0", "0"),
        ("number", "many", None),
        ("yes_no", "true", "yes"),
        ("yes_no", "perhaps", None),
        ("date", "2026-03-18", "2026-03-18"),
        ("date", "tomorrow", None),
        ("language", "zh-CN", "zh-hans"),
        ("language", "tlh", None),
        ("email", "no address", None),
        ("email", "[x]@shop.example", None),
        ("phone", "13800138000", "vault:0:[138…8000]"),
        ("phone", "call me", None),
        ("text", "金卡", "金卡"),
    ],
)
def test_values_must_be_of_their_kind(shop, kind, stated, value):
    shop.attribute("field", kind=kind)
    session = shop.session(attributes={"field": stated})
    assert known(session).get("field") == value


def test_a_token_changes_and_takes_back_what_it_mentions(shop):
    for name in ("tier", "city"):
        shop.attribute(name)
    session = shop.session(attributes={"tier": "gold", "city": "上海"})
    shop.session(token=session.token, attributes={"tier": "silver"})
    assert known(session) == {"tier": "silver", "city": "上海"}
    shop.session(token=session.token, attributes={"city": None})
    assert known(session) == {"tier": "silver"}


def test_an_objection_holds_against_the_site_but_not_against_a_contract(shop):
    shop.attribute("tier", "interest")
    shop.attribute("city", "consent")
    shop.attribute("number", "contract")
    stated = {"attributes": {"tier": "gold", "city": "上海", "number": "7"}, "consents": ["city"]}
    session = shop.session(**stated)
    customer = session.conversation.visitor.customer
    assert set(known(session)) == {"tier", "city", "number"}
    assert forget_profile(customer=customer) == 3
    assert known(session) == {}
    shop.session(token=session.token, **stated)
    assert known(session) == {"number": "7"}


FACTS = [Fact("booking_no", "TR1001", {"en": "booking number"}), Fact("phone", "vault:3:[phone#1]")]


def test_facts_are_kept_only_with_consent(shop):
    remembers(shop)
    session = create_visitor(site=shop.site, locale="en")
    assert usable(session).keeping == "ask"
    assert learn_facts(conversation=session.conversation, facts=FACTS, now=timezone.now()) == 0
    settle_consent(conversation=session.conversation, purpose=Consent.REMEMBER, given=True, wording="May I?")
    assert learn_facts(conversation=session.conversation, facts=FACTS, now=timezone.now()) == 2
    assert usable(session).keeping == "on"
    assert usable(session).facts == {"booking_no": "TR1001", "phone": "vault:3:[phone#1]"}
    entry = ProfileEntry.objects.get(name="booking_no")
    assert (entry.basis, entry.conversation, entry.title_in("en")) == (
        "consent",
        session.conversation,
        "booking number",
    )
    assert usable(session, after=timedelta(days=181)).facts == {}


def test_without_consent_any_more_the_facts_are_gone(shop):
    remembers(shop)
    shop.attribute("tier")
    session = shop.session(attributes={"tier": "gold"})
    conversation = session.conversation
    settle_consent(conversation=conversation, purpose=Consent.REMEMBER, given=True)
    learn_facts(conversation=conversation, facts=FACTS, now=timezone.now())
    settle_consent(conversation=conversation, purpose=Consent.REMEMBER, given=False)
    assert usable(session) == UsableProfile({"tier": "gold"}, {}, "off", {"tier": "gold"})
    assert learn_facts(conversation=conversation, facts=FACTS, now=timezone.now()) == 0
    assert ProfileEntry.objects.count() == 1


@pytest.mark.parametrize("signs_in", [False, True])
def test_consent_is_that_of_whom_the_visitor_is_by_now(shop, signs_in):
    remembers(shop)
    before = create_visitor(site=shop.site, locale="en")
    stale = Conversation.objects.select_related("visitor__customer").get(pk=before.conversation.pk)
    if signs_in:
        shop.session(token=before.token, sub="wang")
    settle_consent(conversation=stale, purpose=Consent.REMEMBER, given=True)
    assert Visitor.objects.get().customer == Customer.objects.get() == Consent.objects.get().customer
    assert Customer.objects.get().external_id == ("wang" if signs_in else "")
    assert learn_facts(conversation=stale, facts=FACTS, now=timezone.now()) == 2


def test_a_site_that_does_not_remember_uses_nothing_that_was(shop):
    remembers(shop)
    session = create_visitor(site=shop.site, locale="en")
    settle_consent(conversation=session.conversation, purpose=Consent.REMEMBER, given=True)
    learn_facts(conversation=session.conversation, facts=FACTS, now=timezone.now())
    assert usable(session).facts
    shop.site.offers_to_remember = False
    shop.site.save()
    assert usable(session) == UsableProfile()


def test_facts_go_with_the_customer_into_another_browser_but_masked_values_do_not(shop):
    remembers(shop)
    first = shop.session(sub="wang")
    settle_consent(conversation=first.conversation, purpose=Consent.REMEMBER, given=True)
    learn_facts(conversation=first.conversation, facts=FACTS, now=timezone.now())
    second = shop.session(sub="wang")
    assert usable(second).facts == {"booking_no": "TR1001"}
    assert usable(shop.session(sub="chen")).facts == {}


def test_who_signs_in_takes_along_what_they_let_us_remember(shop):
    remembers(shop)
    before = create_visitor(site=shop.site, locale="en")
    settle_consent(conversation=before.conversation, purpose=Consent.REMEMBER, given=True)
    learn_facts(conversation=before.conversation, facts=FACTS, now=timezone.now())
    after = shop.session(token=before.token, sub="wang")
    assert after.conversation == before.conversation
    assert usable(after).facts["booking_no"] == "TR1001"
    assert usable(after).keeping == "on"
    assert Customer.objects.get().external_id == "wang"


@pytest.mark.parametrize("refused", [False, True])
def test_who_refused_to_be_remembered_takes_along_nothing(shop, refused):
    remembers(shop)
    elsewhere = shop.session(sub="wang")
    settle_consent(conversation=elsewhere.conversation, purpose=Consent.REMEMBER, given=not refused)
    before = create_visitor(site=shop.site, locale="en")
    settle_consent(conversation=before.conversation, purpose=Consent.REMEMBER, given=True)
    learn_facts(conversation=before.conversation, facts=FACTS, now=timezone.now())
    shop.session(token=before.token, sub="wang")
    assert ProfileEntry.objects.count() == (0 if refused else 2)
    assert (Consent.objects.get().withdrawn_at is not None) is refused
