"""`POST /api/v1/sites/<site key>/session` with a signed identity: whose talk a browser gets to see."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from chat.actions.profile_entries import SWEEP_TASK, sweep_profiles
from chat.actions.signing_keys import create_signing_key, require_identity, revoke_signing_key
from chat.actions.visitors import create_visitor, find_conversation
from chat.errors import InvalidInput, InvalidToken
from chat.live.reading import read_valid_visitors, read_visitor_session
from chat.models import Conversation, Customer, SigningKey, UsedIdentity, Visitor
from nlu.models import AuditEntry, Job
from tests.chat.profile.conftest import Shop, make_shop
from tests.chat.profile.signing import sign

pytestmark = [pytest.mark.django_db, pytest.mark.persistence]


def post(shop: Shop, **body: Any):
    url = f"/api/v1/sites/{shop.site.key}/session"
    return Client(raise_request_exception=False).post(url, json.dumps(body), content_type="application/json")


def test_a_signed_in_customer_gets_a_visitor_of_their_own(shop):
    answer = post(shop, identity=shop.token(sub="wang"))
    assert answer.status_code == 200
    visitor = Visitor.objects.get()
    assert visitor.customer == Customer.objects.get(site=shop.site, external_id="wang")
    assert visitor.is_identified(timezone.now())
    assert not visitor.is_identified(timezone.now() + timedelta(hours=13))
    assert SigningKey.objects.get().last_used_at is not None


def test_who_was_anonymous_keeps_the_talk_under_another_token(shop):
    before = create_visitor(site=shop.site, locale="en")
    answer = post(shop, token=before.token, identity=shop.token()).json()
    assert answer["conversation"] == str(before.conversation.uuid)
    assert answer["token"] != before.token
    with pytest.raises(InvalidToken):
        find_conversation(site=shop.site, token=before.token)
    assert find_conversation(site=shop.site, token=answer["token"]) == before.conversation


def test_the_same_customer_again_keeps_everything(shop):
    first = post(shop, identity=shop.token(sub="wang")).json()
    again = post(shop, token=first["token"], identity=shop.token(sub="wang")).json()
    assert again == first
    assert Customer.objects.count() == Visitor.objects.count() == 1


def test_another_customer_in_the_same_browser_sees_nothing_of_the_first(shop):
    first = post(shop, identity=shop.token(sub="wang")).json()
    second = post(shop, token=first["token"], identity=shop.token(sub="chen")).json()
    assert second["conversation"] != first["conversation"]
    assert second["token"] != first["token"]
    assert {one.external_id for one in Customer.objects.all()} == {"wang", "chen"}


def test_who_signs_out_is_nobody(shop):
    first = post(shop, identity=shop.token(sub="wang")).json()
    after = post(shop, token=first["token"], identity="").json()
    assert after["conversation"] != first["conversation"]
    assert Conversation.objects.get(uuid=after["conversation"]).visitor.customer is None
    again = post(shop, token=after["token"], identity="").json()
    assert again == after


def test_one_customer_in_two_browsers(shop):
    first, second = shop.session(sub="wang"), shop.session(sub="wang")
    assert first.conversation != second.conversation
    assert first.conversation.visitor.customer == second.conversation.visitor.customer


def test_a_token_is_used_once(shop):
    token = shop.token(sub="wang")
    first = post(shop, identity=token).json()
    stolen = post(shop, identity=token)
    assert (stolen.status_code, stolen.json()["code"]) == (401, "identity_replayed")
    other = create_visitor(site=shop.site, locale="en")
    assert post(shop, token=other.token, identity=token).json()["code"] == "identity_replayed"
    assert find_conversation(site=shop.site, token=other.token) == other.conversation
    again = post(shop, token=first["token"], identity=token)
    assert again.json() == first
    assert Visitor.objects.count() == 2


def test_a_token_of_another_site_is_nothing_here(shop, other_shop):
    answer = post(shop, identity=other_shop.token(sub="wang"))
    assert (answer.status_code, answer.json()["code"]) == (401, "identity_signature")
    meant_for_us = sign(other_shop.secret, shop.site.key, sub="wang")
    assert post(shop, identity=meant_for_us).json()["code"] == "identity_signature"
    meant_for_them = sign(shop.secret, other_shop.site.key, sub="wang")
    assert post(shop, identity=meant_for_them).json()["code"] == "identity_site"
    assert not Visitor.objects.exists()
    assert post(other_shop, identity=other_shop.token(sub="wang")).status_code == 200


def test_the_same_id_at_two_sites_is_two_customers(shop, other_shop):
    here, there = shop.session(sub="wang"), other_shop.session(sub="wang")
    assert here.conversation.visitor.customer != there.conversation.visitor.customer


@pytest.mark.parametrize("value", [7, True, [], {}, ["x"], {"sub": "wang"}, "x" * 4_001])
def test_an_identity_that_is_no_text(shop, value):
    assert post(shop, identity=value).status_code == 400
    assert not Visitor.objects.exists()
    assert post(shop, identity=None).status_code == 200


def test_nothing_of_a_refused_token_is_left(shop):
    shop.attribute("name")
    refused = post(shop, identity=shop.token(name="Wang", exp=1))
    assert (refused.status_code, refused.json()["code"]) == (401, "identity_expired")
    assert not Customer.objects.exists()
    assert not UsedIdentity.objects.exists()
    assert refused["Cache-Control"] == "private, no-store"


def test_a_revoked_key_signs_nothing(shop):
    old = SigningKey.objects.get()
    _new, secret = create_signing_key(site=shop.site, actor=None)
    assert post(shop, identity=shop.token()).status_code == 200
    revoke_signing_key(key=old, actor=None)
    assert post(shop, identity=shop.token()).json()["code"] == "identity_signature"
    assert post(shop, identity=sign(secret)).status_code == 200
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {
        "signing_key.created",
        "signing_key.revoked",
    }
    assert secret not in " ".join(AuditEntry.objects.values_list("summary", flat=True))


def test_at_most_three_keys(shop):
    for _more in range(2):
        create_signing_key(site=shop.site, actor=None)
    with pytest.raises(InvalidInput):
        create_signing_key(site=shop.site, actor=None)
    revoke_signing_key(key=SigningKey.objects.first(), actor=None)
    create_signing_key(site=shop.site, actor=None)


def test_a_site_for_signed_in_customers_alone(shop):
    anonymous = create_visitor(site=shop.site, locale="en")
    signed = shop.session(sub="wang")
    require_identity(site=shop.site, required=True, actor=None)
    for body in ({}, {"token": anonymous.token}, {"identity": ""}):
        answer = post(shop, **body)
        assert (answer.status_code, answer.json()["code"]) == (403, "identity_required")
    assert post(shop, token=signed.token).json()["token"] == signed.token
    assert post(shop, token=anonymous.token, identity=shop.token(sub="chen")).status_code == 200
    with pytest.raises(InvalidToken):
        read_visitor_session(site_key="shop", token=anonymous.token)
    assert read_visitor_session(site_key="shop", token=signed.token).visitor == signed.conversation.visitor
    for body in ({"token": signed.token, "identity": ""}, {"token": signed.token}):
        answer = post(shop, **body)
        assert (answer.status_code, answer.json()["code"]) == (403, "identity_required")


def test_where_it_is_required_an_old_word_counts_no_longer(shop):
    signed = shop.session(sub="wang")
    visitor = signed.conversation.visitor
    shop.site = require_identity(site=shop.site, required=True, actor=None)
    assert read_valid_visitors([visitor.pk])[visitor.pk].site_enabled
    Visitor.objects.update(identified_until=timezone.now() - timedelta(seconds=1))
    assert read_valid_visitors([visitor.pk]) == {}
    assert post(shop, token=signed.token).json()["code"] == "identity_required"
    with pytest.raises(InvalidToken):
        find_conversation(site=shop.site, token=signed.token)
    shop.site = require_identity(site=shop.site, required=False, actor=None)
    assert find_conversation(site=shop.site, token=signed.token) == signed.conversation
    assert post(shop, token=signed.token).json()["token"] == signed.token


def test_a_used_token_goes_when_its_time_is_over_even_where_nothing_is_stored(shop):
    create_visitor(site=shop.site, locale="en")
    assert not Job.objects.filter(task=SWEEP_TASK).exists()
    post(shop, identity=shop.token(sub="wang"))
    assert Job.objects.filter(task=SWEEP_TASK).count() == 1
    assert sweep_profiles() == 0
    assert UsedIdentity.objects.count() == 1
    UsedIdentity.objects.update(expires_at=timezone.now() - timedelta(hours=1))
    assert sweep_profiles() == 0
    assert not UsedIdentity.objects.exists()


def test_it_cannot_be_required_without_a_key(workspace):
    shop = make_shop(workspace, "shop")
    revoke_signing_key(key=SigningKey.objects.get(), actor=None)
    with pytest.raises(InvalidInput):
        require_identity(site=shop.site, required=True, actor=None)
    create_signing_key(site=shop.site, actor=None)
    assert require_identity(site=shop.site, required=True, actor=None).identity_required
