"""Signing keys of a site and attributes of customers, on their screens."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chat.actions.identities import open_session
from chat.models import ProfileAttribute, ProfileEntry, RoutingRule, SigningKey, Site
from nlu.models import AuditEntry
from tests.chat.profile.signing import sign
from tests.console.screens.shop import Shop, make_shop


def text(response) -> str:
    return response.content.decode()


def make_key(manage: Client, site: Site) -> str:
    page = text(manage.post(reverse("console:site_key_create", args=[site.pk])))
    return page.split('id="secret" tabindex="0">')[1].split("<")[0]


def test_a_key_is_shown_once_signs_and_is_revoked(manage: Client, shop: Shop) -> None:
    secret = make_key(manage, shop.site)
    key = SigningKey.objects.get()
    url = reverse("console:site_identity", args=[shop.site.pk])
    page = text(manage.get(url))
    assert secret not in page and secret[-4:] in page
    assert secret.encode() not in bytes(key.ciphertext)
    assert open_session(
        site=shop.site, token=None, locale="en", identity=sign(secret, shop.site.key)
    ).conversation.visitor.customer
    assert "1 customer has signed in" in text(manage.get(url))
    revoke = reverse("console:site_key_revoke", args=[shop.site.pk, key.pk])
    assert "the last valid key" in text(manage.get(revoke))
    manage.post(revoke)
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert AuditEntry.objects.filter(action="signing_key.revoked").count() == 1


def test_a_key_of_another_workspace_cannot_be_touched(manage: Client, shop: Shop) -> None:
    other = make_shop("elsewhere")
    make_key(manage, shop.site)
    key = SigningKey.objects.get()
    assert manage.get(reverse("console:site_identity", args=[other.site.pk])).status_code == 404
    assert manage.post(reverse("console:site_key_create", args=[other.site.pk])).status_code == 404
    assert manage.post(reverse("console:site_key_revoke", args=[other.site.pk, key.pk])).status_code == 404
    assert manage.post(reverse("console:site_key_revoke", args=[shop.site.pk, key.pk])).status_code == 302


def test_identity_is_required_only_where_there_is_a_key(manage: Client, shop: Shop) -> None:
    url = reverse("console:site_identity", args=[shop.site.pk])
    assert "Make a signing key first" in text(manage.post(url, {"identity_required": "on"}))
    shop.site.refresh_from_db()
    assert not shop.site.identity_required
    make_key(manage, shop.site)
    manage.post(url, {"identity_required": "on", "offers_to_remember": "on"})
    shop.site.refresh_from_db()
    assert shop.site.identity_required and shop.site.offers_to_remember
    manage.post(url, {})
    shop.site.refresh_from_db()
    assert not shop.site.identity_required and not shop.site.offers_to_remember


ATTRIBUTE = {
    "name": "city",
    "title_en": "City",
    "title_zh-hans": "城市",
    "kind": "text",
    "basis": "interest",
    "purpose": "Shops nearby",
    "keep_days": "30",
}


def test_an_attribute_is_listed_changed_and_deleted(manage: Client, shop: Shop) -> None:
    manage.post(reverse("console:profile_attribute_create"), ATTRIBUTE)
    attribute = ProfileAttribute.objects.get(name="city")
    assert (attribute.titles, attribute.basis, attribute.keep_days) == (
        {"en": "City", "zh-hans": "城市"},
        "interest",
        30,
    )
    edit = reverse("console:profile_attribute_edit", args=[attribute.pk])
    assert "Shops nearby" in text(manage.get(edit))
    manage.post(edit, ATTRIBUTE | {"name": "other", "keep_days": "60"})
    attribute.refresh_from_db()
    assert (attribute.name, attribute.keep_days) == ("city", 60)
    assert "City" in text(manage.get(reverse("console:profile_attributes")))
    manage.post(reverse("console:profile_attribute_delete", args=[attribute.pk]))
    assert not ProfileAttribute.objects.filter(name="city").exists()


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "City"},
        {"name": "tier"},
        {"name": "remember"},
        {"name": ""},
        {"kind": "picture"},
        {"basis": "because"},
        {"purpose": ""},
        {"keep_days": "0"},
        {"keep_days": "4000"},
    ],
)
def test_what_cannot_be_listed(manage: Client, shop: Shop, changed: dict[str, str]) -> None:
    page = text(manage.post(reverse("console:profile_attribute_create"), ATTRIBUTE | changed))
    assert "errorlist" in page or 'role="alert"' in page
    assert ProfileAttribute.objects.count() == 1
    manage.post(reverse("console:profile_attribute_create"), ATTRIBUTE)
    assert ProfileAttribute.objects.count() == 2


def test_an_attribute_of_another_workspace_cannot_be_touched(manage: Client, shop: Shop) -> None:
    other = make_shop("elsewhere")
    for name in ("edit", "delete"):
        assert manage.post(
            reverse(f"console:profile_attribute_{name}", args=[other.attribute.pk]), ATTRIBUTE
        ).status_code == (404)
        assert (
            manage.get(reverse(f"console:profile_attribute_{name}", args=[shop.attribute.pk])).status_code == 200
        )
    assert ProfileAttribute.objects.filter(pk=other.attribute.pk).exists()


@pytest.mark.parametrize(("basis", "left"), [("", 0), ("consent", 0), ("interest", 1), ("contract", 1)])
def test_a_stricter_basis_takes_what_is_stored(manage: Client, shop: Shop, basis: str, left: int) -> None:
    secret = make_key(manage, shop.site)
    identity = sign(secret, shop.site.key, attributes={"tier": "gold"}, now=timezone.now())
    open_session(site=shop.site, token=None, locale="en", identity=identity)
    assert ProfileEntry.objects.count() == 1
    form = {"kind": "text", "basis": basis, "purpose": "Quicker help", "keep_days": "365"}
    manage.post(reverse("console:profile_attribute_edit", args=[shop.attribute.pk]), form)
    assert ProfileEntry.objects.count() == left


def test_an_empty_list_teaches(manage: Client, shop: Shop) -> None:
    ProfileAttribute.objects.all().delete()
    assert "No attributes" in text(manage.get(reverse("console:profile_attributes")))


RULE = {"attribute": "tier", "values": "gold", "priority": "2", "agent": ""}


def test_a_routing_rule_is_made_changed_and_deleted(manage: Client, shop: Shop) -> None:
    manage.post(reverse("console:routing_rule_create"), RULE | {"values": "silver\nbronze"})
    rule = RoutingRule.objects.latest("pk")
    assert (rule.wanted, rule.position) == (["silver", "bronze"], 2)
    manage.post(reverse("console:routing_rule_edit", args=[rule.pk]), RULE | {"priority": "1"})
    rule.refresh_from_db()
    assert (rule.wanted, rule.priority) == (["gold"], 1)
    assert "silver" not in text(manage.get(reverse("console:routing_rules")))
    manage.post(reverse("console:routing_rule_delete", args=[rule.pk]))
    assert list(RoutingRule.objects.all()) == [shop.routing]


@pytest.mark.parametrize("changed", [{"attribute": "nothing"}, {"values": ""}, {"priority": "7"}, {"agent": "77"}])
def test_rules_that_are_refused(manage: Client, shop: Shop, changed: dict[str, str]) -> None:
    page = text(manage.post(reverse("console:routing_rule_create"), RULE | changed))
    assert "errorlist" in page or 'role="alert"' in page
    assert RoutingRule.objects.count() == 1


def test_a_rule_of_another_workspace_cannot_be_touched(manage: Client, shop: Shop) -> None:
    other = make_shop("elsewhere")
    for name in ("console:routing_rule_edit", "console:routing_rule_delete"):
        assert manage.post(reverse(name, args=[other.routing.pk]), RULE).status_code == 404
        assert manage.get(reverse(name, args=[shop.routing.pk])).status_code == 200
    assert RoutingRule.objects.filter(pk=other.routing.pk).exists()
