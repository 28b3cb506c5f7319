"""Who may call: live tokens with the right scope, at the allowed rate."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from chat.actions.api_tokens import create_token, find_token, revoke_token
from chat.api.throttling import TokenThrottle
from chat.errors import InvalidInput
from chat.models import ApiToken, Conversation
from nlu.models import AuditEntry, Workspace

pytestmark = [pytest.mark.django_db, pytest.mark.persistence]


def test_the_secret_is_stored_nowhere(workspace: Workspace, agent: User) -> None:
    token, secret = create_token(workspace=workspace, name=" CRM ", scopes=["parse"], actor=agent)
    assert secret.startswith("xo_")
    assert len(secret) > 40
    row = str(ApiToken.objects.filter(pk=token.pk).values().get())
    assert secret not in row
    assert secret[3:] not in row
    assert (token.name, token.scopes, token.created_by) == ("CRM", "parse", agent)
    assert AuditEntry.objects.get(action="api_token.created").actor == agent
    assert create_token(workspace=workspace, name="CRM", scopes=["parse"], actor=agent).secret != secret


@pytest.mark.parametrize(
    ("name", "scopes"), [("", ["parse"]), ("x" * 81, ["parse"]), ("crm", []), ("crm", ["parse", "everything"])]
)
def test_a_token_needs_a_name_and_known_scopes(workspace: Workspace, name: str, scopes: list[str]) -> None:
    with pytest.raises(InvalidInput):
        create_token(workspace=workspace, name=name, scopes=scopes, actor=None)


def test_revoking_ends_it_at_once(api, workspace: Workspace, agent: User) -> None:
    assert api.get("articles").status_code == 200
    token = find_token(api.secret)
    assert token is not None
    revoked = revoke_token(token=token, actor=agent)
    assert api.get("articles").status_code == 401
    again = revoke_token(token=token, actor=agent)
    assert again.revoked_at == revoked.revoked_at
    assert AuditEntry.objects.filter(action="api_token.revoked").count() == 1


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer xo_",
        "Bearer xo_wrong",
        "Bearer null",
        "Bearer 0",
        "Bearer xo_" + "a" * 5000,
        "Token SECRET",
        "Basic SECRET",
        "SECRET",
        "Bearer SECRETx",
        "Bearer SECRET SECRET",
        "Bearer xo_\u00e9",
    ],
)
def test_anything_but_the_token_is_refused_alike(api, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header.replace("SECRET", api.secret)}
    response = Client().get("/api/v1/articles", headers=headers)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.json()["code"] in {"authentication_failed", "not_authenticated"}


def test_a_console_cookie_lends_no_rights(api) -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    assert client.get("/api/v1/articles").status_code == 401
    assert client.get("/api/v1/articles", headers=api.headers).status_code == 200


OPERATIONS = [
    ("articles:read", "get", "articles", 200),
    ("articles:read", "get", "articles/return-item", 200),
    ("conversations:read", "get", "conversations", 200),
    ("conversations:read", "get", "conversations/UUID", 200),
    ("messages:read", "get", "conversations/UUID/messages", 200),
    ("messages:write", "post", "conversations/UUID/messages", 201),
    ("parse", "post", "parse", 503),
]


@pytest.mark.parametrize(("scope", "method", "path", "status"), OPERATIONS)
def test_each_operation_needs_its_scope(
    make_api, taken: Conversation, scope: str, method: str, path: str, status: int
) -> None:
    path = path.replace("UUID", str(taken.uuid))
    arguments = [{"text": "hello", "client_id": "c1"}] if method == "post" else []
    with_scope = getattr(make_api(scope), method)(path, *arguments)
    assert with_scope.status_code == status, with_scope.content
    others = [other for other in ApiToken.SCOPES if other != scope]
    without = getattr(make_api(*others), method)(path, *arguments)
    assert without.status_code == 403
    assert without.json()["code"] == "permission_denied"


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
@pytest.mark.parametrize("path", sorted({path for _, _, path, _ in OPERATIONS}))
def test_other_methods_do_not_exist(api, taken: Conversation, method: str, path: str) -> None:
    path = path.replace("UUID", str(taken.uuid))
    response = getattr(api.client, method)(f"/api/v1/{path}", headers=api.headers)
    assert response.status_code in {403, 405}


def test_the_last_use_is_written_once_a_minute(api, django_assert_num_queries) -> None:
    api.get("articles")
    token = find_token(api.secret)
    assert token is not None
    first = token.last_used_at
    assert first is not None
    api.get("articles")
    token.refresh_from_db()
    assert token.last_used_at == first
    ApiToken.objects.filter(pk=token.pk).update(last_used_at=timezone.now() - timedelta(seconds=61))
    api.get("articles")
    token.refresh_from_db()
    assert token.last_used_at >= first


def test_each_token_has_its_own_rate(make_api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TokenThrottle, "THROTTLE_RATES", {"token": "2/min"})
    first, second = make_api(), make_api()
    assert [first.get("articles").status_code for _ in range(3)] == [200, 200, 429]
    refused = first.get("articles")
    assert refused.json()["code"] == "throttled"
    assert int(refused.headers["Retry-After"]) > 0
    assert second.get("articles").status_code == 200


def test_tokens_work_while_the_cache_is_away(make_api, monkeypatch: pytest.MonkeyPatch, settings) -> None:
    monkeypatch.setattr(TokenThrottle, "THROTTLE_RATES", {"token": "2/min"})
    away = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": away}
    caller = make_api()
    assert [caller.get("articles").status_code for _ in range(3)] == [200, 200, 200]


def test_answers_are_never_cached(api) -> None:
    assert "no-store" in api.get("articles").headers["Cache-Control"]
