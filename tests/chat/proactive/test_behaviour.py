"""Behaviour events: what is stored, of whom, for how long, and everything that is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from chat.actions.behaviour import MOST_KEPT, forget_behaviour, forget_expired, opt_out, save_policy
from chat.actions.visitors import create_visitor, revoke_visitor
from chat.api.behaviour import BehaviourThrottle
from chat.behaviour import recent_events
from chat.errors import InvalidInput
from chat.models import BehaviourChoice, BehaviourEvent, BehaviourPolicy, Invitation, Site
from nlu.models import AuditEntry, Job
from tests.chat.proactive.conftest import FAILED, Page, allow

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.persistence]

CART = {"kind": "cart_changed", "value": 59.9, "currency": "CNY"}
PRODUCT = {"kind": "product_viewed", "product": "tea-set"}


def test_events_are_stored_with_their_values(policy, page, visitor):
    answer = page.report(PRODUCT, CART, {"kind": "page_viewed", "page": "/zh/?q=secret#x"})
    assert answer.status_code == 200
    assert answer.json() == {"stored": 3, "refused": "", "invitation": None, "ask_again": None}
    assert answer["Cache-Control"] == "private, no-store"
    seen = list(recent_events(visitor.conversation.visitor))
    assert [(one.kind, one.page, one.product, str(one.value or "")) for one in seen] == [
        ("page_viewed", "/zh/", "", ""),
        ("cart_changed", "/checkout/", "", "59.90 CNY"),
        ("product_viewed", "/checkout/", "tea-set", ""),
    ]


def test_what_is_personal_in_a_path_is_masked(policy, page):
    page.report({"kind": "page_viewed", "page": "/account/13800138000/"}, {**PRODUCT, "product": "a@example.com"})
    stored = " ".join(f"{one.page} {one.product}" for one in BehaviourEvent.objects.all())
    assert "13800138000" not in stored
    assert "example.com" not in stored
    assert "/account/[" in stored


def test_an_encoded_path_is_masked_as_the_plain_one(policy, page):
    page.report({"kind": "page_viewed", "page": "/account/wang%40example.com/%E8%AE%A2%E5%8D%95/"})
    stored = BehaviourEvent.objects.get().page
    assert "example.com" not in stored
    assert stored.endswith("/订单/")


def test_asking_for_consent_from_now_on_deletes_what_was_kept_without(site, page, visitor):
    allow(site)
    agreed = Page(create_visitor(site=site, locale="en"))
    page.report(PRODUCT)
    agreed.report(PRODUCT, consent=True)
    allow(site, basis="consent")
    assert [one.visitor_id for one in BehaviourEvent.objects.all()] == [agreed.session.conversation.visitor_id]
    # Another wording of the same basis deletes nothing.
    allow(site, basis="consent", basis_note="Asked by the banner")
    assert BehaviourEvent.objects.count() == 1


def test_nothing_is_stored_where_no_lawful_basis_is_recorded(site, page):
    assert page.report(PRODUCT).json() == {"stored": 0, "refused": "off", "invitation": None, "ask_again": None}
    assert not BehaviourEvent.objects.exists()
    allow(site)
    assert page.report(PRODUCT).json()["stored"] == 1
    # Switching off ends it, and deletes what is there.
    allow(site, is_on=False)
    assert page.report(PRODUCT).json()["refused"] == "off"
    assert not BehaviourEvent.objects.exists()


@pytest.mark.parametrize(
    "change", [{"basis": ""}, {"basis_note": "  "}, {"basis": "because"}, {"kept_days": 0}, {"kept_days": 999}]
)
def test_a_policy_without_a_basis_is_refused(site, change):
    assert allow(site).is_on
    with pytest.raises(InvalidInput):
        allow(site, **change)
    policy = BehaviourPolicy(site=Site.objects.create(workspace=site.workspace, key="b", name="B"), is_on=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        policy.save()


def test_the_basis_is_recorded_with_who_and_when(site, django_user_model):
    boss = django_user_model.objects.create_user("boss")
    fields = {
        "basis": "contract",
        "basis_note": "Terms 4",
        "kept_days": 9,
        "invitations_a_day": 1,
        "quiet_hours": 1,
    }
    policy = save_policy(site=site, is_on=True, actor=boss, **fields)
    assert policy.recorded_by == boss
    assert timezone.now() - policy.recorded_at < timedelta(minutes=1)
    recorded = policy.recorded_at
    # Other numbers record no basis anew; another basis does.
    assert save_policy(site=site, is_on=True, actor=None, **fields | {"kept_days": 8}).recorded_at == recorded
    assert save_policy(site=site, is_on=True, actor=None, **fields | {"basis": "consent"}).recorded_by is None
    assert AuditEntry.objects.filter(action="behaviour.policy_saved").count() == 3


@pytest.mark.parametrize("headers", [{"sec-gpc": "1"}, {"dnt": "1"}], ids=str)
def test_a_browser_that_says_no_is_taken_at_its_word(policy, rule, visitor, headers):
    answer = Page(visitor, **headers).report(FAILED)
    assert answer.json() == {"stored": 0, "refused": "signal", "invitation": None, "ask_again": None}
    assert not BehaviourEvent.objects.exists()
    kept = Page(visitor, **dict.fromkeys(headers, "0")).report(FAILED).json()
    assert kept["stored"] == 1
    assert kept["invitation"]


def test_with_consent_as_the_basis_each_visitor_gives_it_first(site, page, visitor):
    allow(site, basis="consent")
    assert page.report(PRODUCT).json()["refused"] == "no_consent"
    assert page.report(PRODUCT, consent=True).json()["stored"] == 1
    assert page.report(PRODUCT).json()["stored"] == 1
    # Withdrawing is as easy, and takes along what was kept.
    assert page.report(consent=False).json()["refused"] == "withdrawn"
    assert not BehaviourEvent.objects.exists()
    assert page.report(PRODUCT).json()["refused"] == "withdrawn"
    assert list(recent_events(visitor.conversation.visitor)) == []
    assert page.report(PRODUCT, consent=True).json()["stored"] == 1


def test_an_objection_counts_whatever_the_basis(policy, page):
    assert page.report(PRODUCT).json()["stored"] == 1
    assert page.report(PRODUCT, consent=False).json() == {
        "stored": 0,
        "refused": "withdrawn",
        "invitation": None,
        "ask_again": None,
    }
    assert not BehaviourEvent.objects.exists()


def test_an_objection_takes_the_pages_from_invitations_too(policy, rule, page):
    page.invited(FAILED)
    assert Invitation.objects.get().page == "/checkout/"
    page.report(consent=False)
    assert Invitation.objects.get().page == ""


def test_opting_out_outlives_the_consent_of_a_page(policy, rule, page, visitor):
    page.report(PRODUCT)
    opt_out(visitor=visitor.conversation.visitor)
    assert not BehaviourEvent.objects.exists()
    assert page.report(FAILED, consent=True).json() == {
        "stored": 0,
        "refused": "opted_out",
        "invitation": None,
        "ask_again": None,
    }


def test_events_are_forgotten_when_their_time_is_over(policy, page, visitor):
    page.report(PRODUCT, CART)
    job = Job.objects.get(task="chat.forget_behaviour")
    old = BehaviourEvent.objects.first()
    BehaviourEvent.objects.filter(pk=old.pk).update(expires_at=timezone.now())
    assert len(list(recent_events(visitor.conversation.visitor))) == 1
    assert forget_expired() == 1
    assert not BehaviourEvent.objects.filter(pk=old.pk).exists()
    assert BehaviourEvent.objects.count() == 1
    # One job waits for the next look, however many events come.
    page.report(PRODUCT)
    assert list(Job.objects.filter(task="chat.forget_behaviour")) == [job]
    kept = BehaviourEvent.objects.latest("pk")
    assert timedelta(days=29) < kept.expires_at - timezone.now() <= timedelta(days=30)


def test_a_visitor_has_room_for_so_many(policy, page):
    for _request in range(MOST_KEPT // 20 + 1):
        assert page.report(*[PRODUCT] * 20).status_code == 200
    assert BehaviourEvent.objects.count() == MOST_KEPT


def test_erasing_takes_the_visitors_rows_and_nobody_elses(site, policy, rule, page, visitor):
    other = Page(create_visitor(site=site, locale="en"))
    for one in (page, other):
        assert one.invited(FAILED)
    before = list(BehaviourEvent.objects.filter(visitor=other.session.conversation.visitor).values())
    assert forget_behaviour(visitor=visitor.conversation.visitor) == 2
    assert list(BehaviourEvent.objects.values()) == before
    assert Invitation.objects.get().visitor == other.session.conversation.visitor
    opt_out(visitor=other.session.conversation.visitor)
    other.session.conversation.visitor.delete()
    assert not BehaviourEvent.objects.exists()
    assert not Invitation.objects.exists()
    assert not BehaviourChoice.objects.exists()


HOSTILE = [
    [],
    "null",
    "7",
    '"x"',
    "[[[",
    b"\xff\xfe",
    "[" * 5000,
    {"events": {}},
    {"events": "x"},
    {"events": [PRODUCT] * 21},
    {"events": [None]},
    {"events": [7]},
    {"events": [[]]},
    {"events": [{}]},
    {"events": [{"kind": "password_typed"}]},
    {"events": [{"kind": ["page_viewed"]}]},
    {"events": [{"kind": "page_viewed", "name": "Wang"}]},
    {"events": [{"kind": "page_viewed", "page": "javascript:alert(1)"}]},
    {"events": [{"kind": "page_viewed", "page": "/\u0000"}]},
    {"events": [{"kind": "page_viewed", "page": ["/"]}]},
    {"events": [{"kind": "product_viewed"}]},
    {"events": [{"kind": "product_viewed", "product": ""}]},
    {"events": [{"kind": "product_viewed", "product": "x" * 65}]},
    {"events": [{"kind": "product_viewed", "product": {"$ne": 1}}]},
    {"events": [{"kind": "product_viewed", "product": True}]},
    {"events": [{"kind": "cart_changed"}]},
    {"events": [{"kind": "cart_changed", "value": 1}]},
    {"events": [{"kind": "cart_changed", "value": -1, "currency": "CNY"}]},
    {"events": [{"kind": "cart_changed", "value": "1e400", "currency": "CNY"}]},
    '{"events": [{"kind": "cart_changed", "value": NaN, "currency": "CNY"}]}',
    {"events": [{"kind": "cart_changed", "value": 1, "currency": "yuan"}]},
    {"page": "x"},
    {"page": 7},
    {"page": None},
    {"seconds": -1},
    {"seconds": 1.5},
    {"seconds": "9"},
    {"seconds": True},
    {"seconds": 10**9},
    {"panel_open": "no"},
    {"consent": "yes"},
    {"consent": 1},
    {"locale": 7},
    {"locale": "e" * 40},
    {"visitor": 1},
    {"__proto__": {}},
]


@pytest.mark.parametrize("body", HOSTILE, ids=lambda body: repr(body)[:70])
def test_hostile_reports_are_refused_whole(policy, page, body):
    answer = page.post("behaviour", body)
    assert answer.status_code == 400, answer.content
    assert not BehaviourEvent.objects.exists()
    if isinstance(body, dict) and isinstance(body.get("events"), list):
        good = page.post("behaviour", {"events": [PRODUCT]})
        assert good.json()["stored"] == 1


def test_too_much_is_refused(policy, page):
    assert page.post("behaviour", '"' + "x" * 70_000 + '"').status_code == 413


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "ü" * 43, "x" * 5000])
def test_only_a_visitors_token_of_the_site_counts(policy, page, site, visitor, token):
    stranger = Page(visitor)
    stranger.headers["authorization"] = f"Bearer {token}".encode().decode("latin-1")
    assert stranger.report(PRODUCT).status_code == 401
    assert page.report(PRODUCT).status_code == 200


def test_tokens_of_other_sites_and_revoked_ones(policy, page, site, visitor):
    Site.objects.create(workspace=site.workspace, key="other", name="Other", locale="en")
    assert Page(visitor, key="other").report(PRODUCT).status_code == 401
    assert Page(visitor, key="nowhere").report(PRODUCT).status_code == 404
    assert page.report(PRODUCT).status_code == 200
    revoke_visitor(visitor=visitor.conversation.visitor, actor=None)
    assert page.report(PRODUCT).status_code == 401
    Site.objects.update(enabled=False)
    assert page.report(PRODUCT).status_code == 404


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://testserver", 200),
        ("https://shop.example", 403),
        ("null", 403),
        ("http://testserver.evil.example", 403),
        ("http://testserver:81", 403),
    ],
)
def test_only_our_own_pages_may_ask(policy, visitor, origin, status):
    answer = Page(visitor, origin=origin).report(PRODUCT)
    assert answer.status_code == status
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_only_json_by_post(policy, page):
    client = Client(headers=page.headers)
    assert client.get("/api/v1/sites/shop/behaviour").status_code == 405
    assert client.post("/api/v1/sites/shop/behaviour", {"page": "/"}).status_code == 415


def test_each_visitor_has_a_rate(policy, page, site, monkeypatch):
    rates = {"behaviour": "3/min", "session": "100/min"}
    monkeypatch.setattr(BehaviourThrottle, "THROTTLE_RATES", rates)
    assert [page.report(PRODUCT).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert BehaviourEvent.objects.count() == 3
    assert Page(create_visitor(site=site, locale="en")).report(PRODUCT).status_code == 200
