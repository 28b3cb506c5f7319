"""The demo shop's site trusts the demo shop, once and as long as staff let it."""

from __future__ import annotations

import pytest
from django.conf import settings

from chat.actions.demo_customers import trust_demo_shop
from chat.actions.identities import open_session
from chat.actions.profile_attributes import update_attribute
from chat.actions.signing_keys import revoke_signing_key
from chat.errors import IdentityRefused
from chat.models import ProfileAttribute, SigningKey, Site
from console.demo_shop.pages import SITE_KEY
from console.demo_shop.shoppers import SHOPPERS, signed_identity
from nlu.actions.workspaces import create_workspace

pytestmark = [pytest.mark.django_db, pytest.mark.persistence]


@pytest.fixture
def site() -> Site:
    workspace = create_workspace(slug="default", name="Shop", default_locale="zh-hans", actor=None)
    return Site.objects.create(workspace=workspace, key=SITE_KEY, name="Shop", locale="zh-hans")


def trust(site: Site) -> None:
    trust_demo_shop(site=site, text=settings.DEMO_SHOP_KEY)


def sign_in(site: Site):
    token = signed_identity(SHOPPERS[0], "zh", SITE_KEY)
    return open_session(site=site, token=None, locale="zh-hans", identity=token).conversation.visitor.customer


def test_who_is_signed_in_there_is_known_here(site):
    trust(site)
    customer = sign_in(site)
    assert customer.external_id == SHOPPERS[0].number
    assert set(customer.entries.values_list("name", flat=True)) == {"name", "email", "tier"}
    site.refresh_from_db()
    assert site.offers_to_remember


def test_once_is_enough_and_what_staff_change_stays(site):
    trust(site)
    attribute = ProfileAttribute.objects.get(name="tier")
    update_attribute(attribute=attribute, titles={}, kind="text", basis="", purpose="", keep_days=30, actor=None)
    trust(site)
    assert SigningKey.objects.count() == 1
    assert "tier" not in sign_in(site).entries.values_list("name", flat=True)
    revoke_signing_key(key=SigningKey.objects.get(), actor=None)
    trust(site)
    with pytest.raises(IdentityRefused):
        sign_in(site)
