"""What somebody refused about behaviour events, when somebody else is in the browser: over the API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from chat.actions.behaviour import opt_out
from chat.models import BehaviourChoice
from tests.chat.proactive.conftest import allow
from tests.chat.profile.conftest import Shop

pytestmark = [pytest.mark.django_db, pytest.mark.persistence]

VIEWED = {"kind": "product_viewed", "product": "tea-set"}


def post(shop: Shop, path: str, body: dict[str, Any], **headers: str) -> Any:
    url = f"/api/v1/sites/{shop.site.key}/{path}"
    client = Client(headers=headers, raise_request_exception=False)
    answer = client.post(url, json.dumps(body), content_type="application/json")
    assert answer.status_code == 200
    return answer.json()


def report(shop: Shop, token: str, *events: object, **more: object) -> Any:
    return post(shop, "behaviour", {"events": list(events), **more}, authorization=f"Bearer {token}")


def leave(shop: Shop, token: str, how: str) -> str:
    """The token of whoever is in the browser after Wang signed out, or Chen signed in."""
    identity = "" if how == "signed out" else shop.token(sub="chen")
    after = str(post(shop, "session", {"token": token, "identity": identity})["token"])
    assert after != token
    return after


HOWS = pytest.mark.parametrize("how", ["signed out", "another"])


@HOWS
def test_a_withdrawal_outlives_the_sign_out(shop, how):
    allow(shop.site)
    wang = shop.session(sub="wang").token
    assert report(shop, wang, VIEWED)["stored"] == 1
    assert report(shop, wang, consent=False)["refused"] == "withdrawn"
    after = leave(shop, wang, how)
    assert report(shop, after, VIEWED)["refused"] == "withdrawn"
    # Whoever is there now may decide anew.
    assert report(shop, after, VIEWED, consent=True)["stored"] == 1


@HOWS
def test_no_more_invitations_outlives_it_too(shop, how):
    allow(shop.site)
    session = shop.session(sub="wang")
    opt_out(visitor=session.conversation.visitor)
    after = leave(shop, session.token, how)
    assert report(shop, after, VIEWED)["refused"] == "opted_out"


@HOWS
def test_a_consent_is_one_persons_own(shop, how):
    allow(shop.site, basis="consent")
    wang = shop.session(sub="wang").token
    assert report(shop, wang, VIEWED, consent=True)["stored"] == 1
    after = leave(shop, wang, how)
    assert report(shop, after, VIEWED)["refused"] == "no_consent"
    assert BehaviourChoice.objects.count() == 1


@HOWS
def test_who_refused_nothing_leaves_nothing(shop, how):
    allow(shop.site)
    wang = shop.session(sub="wang").token
    after = leave(shop, wang, how)
    assert report(shop, after, VIEWED)["stored"] == 1
