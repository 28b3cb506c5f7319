"""A shop that vouches for its customers, and visitors of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import cache

from chat.actions.identities import open_session
from chat.actions.signing_keys import create_signing_key
from chat.actions.visitors import Session
from chat.models import ProfileAttribute, Site
from nlu.actions.masking import forget_compiled_rules
from nlu.actions.workspaces import create_workspace
from nlu.models import Workspace
from tests.chat.profile.signing import sign


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


@pytest.fixture
def workspace(db) -> Workspace:
    forget_compiled_rules()
    return create_workspace(slug="shop", name="Shop", default_locale="en", actor=None)


@dataclass
class Shop:
    """A site with a key; `session` is what the browser of a signed-in customer gets."""

    site: Site
    secret: str

    def token(self, **claims: Any) -> str:
        return sign(self.secret, self.site.key, **claims)

    def session(self, *, token: str | None = None, **claims: Any) -> Session:
        return open_session(site=self.site, token=token, locale="en", identity=self.token(**claims))

    def attribute(self, name: str, basis: str = "contract", **fields: Any) -> ProfileAttribute:
        return ProfileAttribute.objects.create(workspace=self.site.workspace, name=name, basis=basis, **fields)


def make_shop(workspace: Workspace, key: str) -> Shop:
    site = Site.objects.create(workspace=workspace, key=key, name=key, locale="en")
    _key, secret = create_signing_key(site=site, actor=None)
    return Shop(site, secret)


@pytest.fixture
def shop(workspace) -> Shop:
    return make_shop(workspace, "shop")


@pytest.fixture
def other_shop(workspace) -> Shop:
    return make_shop(workspace, "other")
