"""`/api/v1/sites/<site key>/about-me`: a visitor reads and ends what is known of them, and of nobody else."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.forms.models import model_to_dict
from django.test import Client
from django.utils import timezone

from chat.actions.erasure import erase_person
from chat.actions.messages import visitor_message
from chat.actions.profile_entries import Fact, learn_facts, settle_consent
from chat.actions.signing_keys import require_identity
from chat.actions.storing import store_message
from chat.actions.visitors import create_visitor, revoke_visitor
from chat.models import Consent, Conversation, Customer, Message, ProfileEntry, Turn, Visitor
from nlu.models import AuditEntry, VaultEntry
from tests.chat.profile.conftest import Shop

pytestmark = [pytest.mark.django_db, pytest.mark.persistence]


def ask(shop: Shop, token: str | None, method: str = "get", path: str = "", body: Any = None, locale: str = "en"):
    headers = {} if token is None else {"Authorization": f"Visitor {token}"}
    return Client(headers=headers, raise_request_exception=False).generic(
        method.upper(),
        f"/api/v1/sites/{shop.site.key}/about-me{path}?locale={locale}",
        json.dumps(body) if body is not None else "",
        content_type="application/json",
    )


def somebody(shop: Shop, sub: str = "wang", **claims: Any):
    """A signed-in customer who let us remember something."""
    shop.site.offers_to_remember = True
    shop.site.save()
    session = shop.session(sub=sub, attributes={"tier": "gold"}, email=f"{sub}@shop.example", **claims)
    conversation = session.conversation
    store_message(
        visitor_message(
            conversation_id=conversation.pk,
            workspace_id=shop.site.workspace_id,
            client_id="c1",
            text="My number is 13800138000",
        )
    )
    settle_consent(conversation=conversation, purpose=Consent.REMEMBER, given=True)
    learn_facts(conversation=conversation, facts=[Fact("booking", "TR1", {"en": "Booking"})], now=timezone.now())
    return session


@pytest.fixture
def listed(shop) -> Shop:
    shop.attribute("tier", "interest", titles={"en": "Tier", "zh-hans": "等级"}, purpose="Quicker help")
    shop.attribute("email", "contract", kind="email", titles={"en": "E-mail"})
    return shop


def test_everything_is_shown_with_source_basis_and_end(listed):
    answer = ask(listed, somebody(listed).token)
    known = answer.json()
    assert answer["Cache-Control"] == "private, no-store"
    assert known["signed_in"] is True
    lines = {one["title"]: one for one in known["lines"]}
    assert {title: one["value"] for title, one in lines.items()} == {
        "Tier": "gold",
        "E-mail": "[wa…@shop.example]",
        "Booking": "TR1",
    }
    assert lines["Tier"]["purpose"] == "Quicker help"
    assert {one["basis"] for one in lines.values()} == {
        "legitimate interest",
        "needed for the contract",
        "with consent",
    }
    assert lines["Booking"]["from_chat"] and not lines["Tier"]["from_chat"]
    assert all(one["used"] and one["expires_at"] for one in lines.values())
    assert [(one["messages"], one["is_this"]) for one in known["talks"]] == [(1, True)]
    assert {one["purpose"]: one["choice"] for one in known["purposes"]} == {"remember": "given", "tier": "given"}


def test_in_the_visitors_language(listed):
    known = ask(listed, somebody(listed).token, locale="zh-hans").json()
    assert "等级" in {one["title"] for one in known["lines"]}


def test_nobody_reads_or_ends_what_is_known_of_another(listed, other_shop):
    mine, theirs = somebody(listed), somebody(listed, "chen")
    line = ProfileEntry.objects.filter(customer=mine.conversation.visitor.customer).first()
    assert ask(listed, theirs.token, "delete", f"/lines/{line.uuid}").status_code == 404
    assert ask(listed, theirs.token, "delete", f"/lines/{uuid.uuid4()}").status_code == 404
    stranger = create_visitor(site=listed.site, locale="en")
    assert ask(listed, stranger.token).json()["lines"] == []
    assert ask(listed, stranger.token, "delete", f"/lines/{line.uuid}").status_code == 404
    for token in (None, "", "x" * 43, mine.token[:-1] + "A" if mine.token[-1] != "A" else "B" * 43):
        for method, path in (("get", ""), ("delete", ""), ("delete", "/lines"), ("put", "/purposes/remember")):
            assert ask(listed, token, method, path, {"given": False}).status_code == 401
    assert ask(other_shop, mine.token).status_code == 401
    assert ask(listed, mine.token, "delete", f"/lines/{line.uuid}").status_code == 200
    assert ProfileEntry.objects.filter(pk=line.pk).count() == 0


def test_a_revoked_token_opens_nothing(listed):
    session = somebody(listed)
    assert ask(listed, session.token).status_code == 200
    revoke_visitor(visitor=session.conversation.visitor, actor=None)
    assert ask(listed, session.token).status_code == 401


def test_where_identity_is_required_a_stranger_reads_nothing(listed):
    session, stranger = somebody(listed), create_visitor(site=listed.site, locale="en")
    require_identity(site=listed.site, required=True, actor=None)
    assert ask(listed, session.token).status_code == 200
    assert ask(listed, stranger.token).status_code == 401


def test_forgetting_all_of_it_leaves_the_talks(listed):
    session = somebody(listed)
    other = somebody(listed, "chen")
    known = ask(listed, session.token, "delete", "/lines").json()
    assert known["lines"] == []
    assert len(known["talks"]) == 1
    assert {one["choice"] for one in known["purposes"]} == {"withdrawn"}
    assert len(ask(listed, other.token).json()["lines"]) == 3


@pytest.mark.parametrize("given", [True, False])
def test_consent_is_given_and_withdrawn_in_words(listed, given):
    session = somebody(listed)
    known = ask(
        listed, session.token, "put", "/purposes/remember", {"given": given, "wording": "May be remembered"}
    ).json()
    assert ("Booking" in {one["title"] for one in known["lines"]}) is given
    consent = Consent.objects.get(purpose="remember")
    assert (consent.wording, consent.locale) == ("May be remembered", "en")
    assert (consent.given_at is not None, consent.withdrawn_at is not None) == (given, not given)


@pytest.mark.parametrize(
    ("purpose", "body", "status"),
    [
        ("email", {"given": True}, 404),
        ("nothing", {"given": True}, 404),
        ("remember", {}, 400),
        ("remember", {"given": "perhaps"}, 400),
        ("remember", {"given": True, "wording": "x" * 401}, 400),
        ("remember", {"given": True}, 200),
    ],
)
def test_what_nobody_asks_for_cannot_be_agreed_to(listed, purpose, body, status):
    session = somebody(listed)
    assert ask(listed, session.token, "put", f"/purposes/{purpose}", body).status_code == status


def test_a_stranger_may_agree_and_is_then_known_by_the_browser_alone(listed):
    listed.site.offers_to_remember = True
    listed.site.save()
    stranger = create_visitor(site=listed.site, locale="en")
    known = ask(listed, stranger.token, "put", "/purposes/remember", {"given": True}).json()
    assert known["signed_in"] is False
    assert Customer.objects.get().external_id == ""


def rows_of(customer: Customer) -> list[object]:
    """Everything that is kept of a customer, as values."""
    talks = Conversation.objects.filter(visitor__customer=customer)
    return [
        model_to_dict(customer),
        [model_to_dict(one) for one in customer.visitors.all()],
        [model_to_dict(one) for one in customer.entries.all()],
        [model_to_dict(one) for one in customer.consents.all()],
        [model_to_dict(one) for one in talks],
        [model_to_dict(one) for one in Message.objects.filter(conversation__in=talks)],
        list(VaultEntry.objects.filter(scope=str(customer.uuid)).values_list("placeholder", flat=True)),
    ]


def test_erasure_takes_everything_in_every_browser_and_nothing_of_others(listed):
    session, control = somebody(listed), somebody(listed, "chen")
    second = listed.session(sub="wang")
    before = rows_of(control.conversation.visitor.customer)
    assert before[-1] == ["[ch…@shop.example]"]
    assert ask(listed, session.token, "delete").status_code == 204
    assert rows_of(control.conversation.visitor.customer) == before
    assert not Customer.objects.filter(external_id="wang").exists()
    assert not Visitor.objects.filter(pk__in=(session.conversation.visitor.pk, second.conversation.visitor.pk))
    assert ProfileEntry.objects.count() == 3
    assert Consent.objects.count() == 1
    assert Turn.objects.count() == Message.objects.count() == 1
    assert set(VaultEntry.objects.values_list("scope", flat=True)) <= {
        str(control.conversation.uuid),
        str(control.conversation.visitor.customer.uuid),
    }
    for token in (session.token, second.token):
        assert ask(listed, token).status_code == 401
    entry = AuditEntry.objects.get(action="person.erased")
    assert "wang" not in f"{entry.summary} {entry.reason}"


@pytest.mark.parametrize("signs_in", [False, True])
def test_who_signs_in_meanwhile_is_erased_with_every_browser(listed, signs_in):
    stranger = create_visitor(site=listed.site, locale="en")
    stale = Visitor.objects.select_related("customer").get(pk=stranger.conversation.visitor_id)
    other = somebody(listed)
    if signs_in:
        listed.session(token=stranger.token, sub="wang")
    erased = erase_person(visitor=stale, actor=None)
    assert (erased.visitors, Visitor.objects.count()) == ((2, 0) if signs_in else (1, 1))
    assert Customer.objects.exists() is not signs_in
    # The same person comes again as somebody new.
    again = listed.session(token=other.token, sub="wang")
    assert (again.token != other.token) is signs_in
    assert Customer.objects.count() == 1


def test_somebody_of_whom_nothing_is_known_can_be_erased_too(listed):
    stranger = create_visitor(site=listed.site, locale="en")
    other = create_visitor(site=listed.site, locale="en")
    erased = erase_person(visitor=stranger.conversation.visitor, actor=None)
    assert (erased.visitors, erased.conversations) == (1, 1)
    assert list(Visitor.objects.all()) == [other.conversation.visitor]
