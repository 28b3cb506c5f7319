"""`POST /api/v1/sites/<site key>/session`.

Whatever is sent, an identity or a clear refusal, never an error of ours.
"""

from __future__ import annotations

import json

import pytest
from django.core.cache import cache
from django.test import Client

from chat.api.sessions import SessionThrottle
from chat.models import Conversation, Site, Visitor
from tests.chat.transport.conftest import sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.persistence]

URL = "/api/v1/sites/shop/session"


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


def post(body: object, url: str = URL, **headers: str):
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return Client(headers=headers, raise_request_exception=False).post(url, text, content_type="application/json")


def test_new_visitor_gets_a_token_and_a_conversation(site):
    answer = post({})
    assert answer.status_code == 200
    assert answer.json()["conversation"] == str(Conversation.objects.get().uuid)
    assert len(answer.json()["token"]) == 43
    assert answer["Cache-Control"] == "private, no-store"


def test_token_comes_back_with_its_conversation(visitor):
    answer = post({"token": visitor.token, "locale": "en"})
    assert answer.json() == {"token": visitor.token, "conversation": str(visitor.conversation.uuid)}
    assert Visitor.objects.count() == 1


def test_token_of_another_site_gets_a_new_identity(visitor, other_site):
    answer = post({"token": visitor.token}, "/api/v1/sites/other/session")
    assert answer.status_code == 200
    assert answer.json()["token"] != visitor.token
    assert answer.json()["conversation"] != str(visitor.conversation.uuid)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"token": None}, 200),
        ({"token": ""}, 200),
        ({"token": "unknown"}, 200),
        ({"locale": None}, 200),
        ({"locale": "xx"}, 200),
        ({"locale": "zh-CN"}, 200),
        ({"token": 7}, 400),
        ({"token": True}, 400),
        ({"token": []}, 400),
        ({"token": ["a"]}, 400),
        ({"token": {}}, 400),
        ({"token": "a" * 300}, 400),
        ({"token": "a\x00b"}, 400),
        ({"locale": 7}, 400),
        ({"locale": ["en"]}, 400),
        ({"locale": {"a": 1}}, 400),
        ({"locale": "e" * 40}, 400),
        ([], 400),
        ("null", 400),
        ("[[[", 400),
        ("", 200),
        (b"\xff\xfe", 400),
        ('"text"', 400),
        ("7", 400),
        ("[" * 5000, 400),
    ],
)
def test_whatever_is_sent_is_answered(site, body, status):
    assert post(body).status_code == status


def test_unknown_and_disabled_sites_look_the_same(site):
    assert post({}).status_code == 200
    unknown = post({}, "/api/v1/sites/nowhere/session")
    Site.objects.update(enabled=False)
    disabled = post({})
    assert (unknown.status_code, unknown.content) == (disabled.status_code, disabled.content)
    assert disabled.status_code == 404


def test_only_post_and_only_json(site):
    client = Client()
    assert client.get(URL).status_code == 405
    assert client.post(URL, {"token": "x"}).status_code == 415
    assert client.options(URL).headers.get("Access-Control-Allow-Origin") is None
    assert post({}, origin="https://evil.example").headers.get("Access-Control-Allow-Origin") is None


def test_cookies_count_for_nothing(site, make_user):
    client = Client(enforce_csrf_checks=True)
    client.cookies["sessionid"] = sign_in(make_user("lin", "agent"))
    assert client.post(URL, "{}", content_type="application/json").status_code == 200


def test_too_many_from_one_address_are_refused(site, monkeypatch):
    monkeypatch.setattr(SessionThrottle, "THROTTLE_RATES", {"session": "3/min"})
    assert [post({}).status_code for _ in range(4)] == [200, 200, 200, 429]
    other = Client(REMOTE_ADDR="192.0.2.7")
    assert other.post(URL, "{}", content_type="application/json").status_code == 200
    # Nobody stands in front, so nobody is believed about addresses.
    assert post({}, x_forwarded_for="192.0.2.8").status_code == 429


def test_nobody_is_turned_away_while_the_cache_is_away(site, settings, monkeypatch, caplog):
    monkeypatch.setattr(SessionThrottle, "THROTTLE_RATES", {"session": "3/min"})
    counting = settings.CACHES
    # Nobody listens on this port.
    away = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": away}
    assert [post({}).status_code for _ in range(5)] == [200] * 5
    assert [record.levelname for record in caplog.records if "ConnectionError" in record.message] == ["WARNING"]
    settings.CACHES = counting
    assert [post({}).status_code for _ in range(4)] == [200, 200, 200, 429]
