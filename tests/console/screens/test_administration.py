"""Sites, API tokens, staff, the audit list, workspaces, the command that makes accounts."""

from __future__ import annotations

from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from chat.models import Agent, ApiToken, Site
from nlu.models import AuditEntry, MaskingRule, Workspace
from tests.console.screens.conftest import signed_in
from tests.console.screens.shop import PASSWORD, Shop, make_person


def text(response) -> str:
    return response.content.decode()


SITE = {"name": "New shop", "key": "new-shop", "locale": "en", "origins": "", "enabled": "on"}


def test_a_site_is_made_and_its_page_has_the_tag(manage: Client, shop: Shop) -> None:
    form = SITE | {"origins": "HTTPS://Shop.example\nhttps://shop.example\nhttp://127.0.0.1:8001\n"}
    response = manage.post(reverse("console:site_create"), form, follow=True)
    site = Site.objects.get(key="new-shop")
    assert site.allowed_origins == ["https://shop.example", "http://127.0.0.1:8001"]
    assert "data-site=&quot;new-shop&quot;" in text(response) or 'data-site="new-shop"' in text(response)
    assert AuditEntry.objects.filter(action="site.created").count() == 1


@pytest.mark.parametrize(
    "origin", ["shop.example", "https://shop.example/path", "https://*.example", "javascript:alert(1)", "https://"]
)
def test_what_is_no_origin_is_refused(manage: Client, shop: Shop, origin: str) -> None:
    page = text(manage.post(reverse("console:site_create"), SITE | {"origins": origin}))
    assert 'role="alert"' in page
    assert not Site.objects.filter(key="new-shop").exists()


def test_a_taken_key_is_refused_and_the_key_never_changes(manage: Client, shop: Shop) -> None:
    assert "Another site has this key" in text(
        manage.post(reverse("console:site_create"), SITE | {"key": shop.site.key})
    )
    form = {"name": "Renamed", "key": "stolen", "locale": "zh-hans", "origins": "https://a.example"}
    manage.post(reverse("console:site", args=[shop.site.pk]), form)
    shop.site.refresh_from_db()
    assert (shop.site.name, shop.site.key, shop.site.enabled) == ("Renamed", "shop-key", False)


def test_a_token_is_shown_once_and_can_be_revoked(manage: Client, shop: Shop) -> None:
    response = manage.post(reverse("console:token_create"), {"name": "till", "scopes": ["parse", "articles:read"]})
    token = ApiToken.objects.get(name="till")
    secret = text(response).split('id="secret" tabindex="0">')[1].split("<")[0]
    assert len(secret) > 30
    assert token.token_hash != secret
    assert set(token.scopes.split()) == {"parse", "articles:read"}
    assert secret not in text(manage.get(reverse("console:tokens")))
    url = reverse("console:token_revoke", args=[token.pk])
    assert "Revoke “till”?" in text(manage.get(url))
    manage.post(url)
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_a_token_needs_a_name_and_known_scopes(manage: Client, shop: Shop) -> None:
    url = reverse("console:token_create")
    for form in (
        {"name": "x", "scopes": []},
        {"name": "", "scopes": ["parse"]},
        {"name": "x", "scopes": ["root"]},
    ):
        assert "errorlist" in text(manage.post(url, form))
    assert ApiToken.objects.count() == 1


def test_an_account_is_made_and_can_sign_in(manage: Client, shop: Shop) -> None:
    form = {"username": "lin", "full_name": "Lin", "email": "", "password": PASSWORD, "roles": ["agent"]}
    response = manage.post(reverse("console:staff_create"), form, follow=True)
    assert "can sign in now" in text(response)
    assert Client().login(request=response.wsgi_request, username="lin", password=PASSWORD)
    assert AuditEntry.objects.get(action="staff.created", object_id=str(User.objects.get(username="lin").pk))


def test_weak_passwords_taken_names_and_unknown_roles_are_refused(manage: Client, shop: Shop) -> None:
    url = reverse("console:staff_create")
    good = {"username": "lin", "password": PASSWORD, "roles": ["agent"]}
    assert "too short" in text(manage.post(url, good | {"password": "short"}))
    assert "has this name already" in text(manage.post(url, good | {"username": "ADMINISTRATOR"}))
    assert "errorlist" in text(manage.post(url, good | {"roles": ["king"]}))
    assert not User.objects.filter(username="lin").exists()


def test_roles_change_and_accounts_are_switched_off(manage: Client, shop: Shop) -> None:
    person = make_person("agent")
    client = signed_in(person)
    url = reverse("console:staff_edit", args=[person.pk])
    manage.post(url, {"full_name": "Lin", "email": "", "roles": ["operator"], "is_active": "on"})
    assert client.get(reverse("console:intents")).status_code == 200
    manage.post(url, {"full_name": "Lin", "email": "", "roles": ["operator"]})
    assert client.get(reverse("console:intents")).status_code == 302
    assert AuditEntry.objects.filter(action="staff.updated").count() == 2


def test_the_last_administrator_cannot_lock_everybody_out(manage: Client, administrator: User) -> None:
    url = reverse("console:staff_edit", args=[administrator.pk])
    form = {"full_name": "", "email": "", "roles": ["operator"], "is_active": "on"}
    assert "Somebody else must be an active administrator first" in text(manage.post(url, form))
    assert manage.get(url).status_code == 200
    make_person("administrator", username="second")
    assert manage.post(url, form).status_code == 302
    assert manage.get(url).status_code == 403


@pytest.mark.parametrize("by_superuser", [False, True])
def test_only_a_superuser_changes_a_superuser_s_account(shop: Shop, by_superuser: bool) -> None:
    root = make_person("administrator", username="root", superuser=True)
    other = make_person("administrator", username="other", superuser=by_superuser)
    browser = signed_in(other)
    page = text(browser.get(reverse("console:staff_edit", args=[root.pk])))
    assert (reverse("console:staff_password", args=[root.pk]) in page) is by_superuser
    assert ('name="full_name"' in page) is by_superuser
    account = {"full_name": "Root", "email": "", "roles": ["administrator"]}
    answers = [
        browser.post(reverse("console:staff_password", args=[root.pk]), {"password": "quite another horse"}),
        browser.post(reverse("console:staff_edit", args=[root.pk]), account),
    ]
    assert [one.status_code for one in answers] == [302 if by_superuser else 403] * 2
    root.refresh_from_db()
    assert root.check_password("quite another horse") is by_superuser
    assert root.is_active is not by_superuser


def test_an_agent_s_profile_and_somebody_s_password(manage: Client, shop: Shop) -> None:
    person = make_person("agent")
    manage.post(reverse("console:staff_profile", args=[person.pk]), {"display_name": "Xiao Lin", "capacity": "3"})
    agent = Agent.objects.get(user=person)
    assert (agent.display_name, agent.capacity) == ("Xiao Lin", 3)
    refused = manage.post(
        reverse("console:staff_profile", args=[person.pk]), {"display_name": "", "capacity": "0"}
    )
    assert refused.status_code == 422
    client = signed_in(person)
    url = reverse("console:staff_password", args=[person.pk])
    assert manage.post(url, {"password": "123"}).status_code == 422
    manage.post(url, {"password": "quite another 18"})
    person.refresh_from_db()
    assert person.check_password("quite another 18")
    assert client.get(reverse("console:dashboard")).status_code == 302


def test_the_staff_list_filters_and_exports(manage: Client, shop: Shop) -> None:
    make_person("agent", username="@agent")
    assert "@agent" in text(manage.get(reverse("console:staff"), {"role": "agent"}))
    assert "Nobody fits" in text(manage.get(reverse("console:staff"), {"role": "supervisor"}))
    rows = b"".join(manage.get(reverse("console:staff"), {"format": "csv"}).streaming_content).decode()
    assert "'@agent" in rows


def test_the_audit_list_filters(manage: Client, shop: Shop, administrator: User) -> None:
    manage.post(reverse("console:site_create"), SITE)
    url = reverse("console:audit")
    assert "site.created" in text(manage.get(url, {"q": "site.created", "person": str(administrator.pk)}))
    assert "Nothing fits" in text(manage.get(url, {"q": "site.created", "person": "system"}))
    assert "Nothing fits" in text(manage.get(url, {"to": "2020-01-01"}))
    assert "site.created" in text(manage.get(url, {"from": "nonsense", "kind": "nonsense"}))
    assert "site.created" in text(manage.get(url, {"from": "0001-01-01", "to": "9999-12-31"}))
    assert "site.created" in text(manage.get(url, {"from": "1970-01-01", "to": "9998-12-31"}))
    rows = b"".join(manage.get(url, {"format": "csv", "kind": "site"}).streaming_content).decode()
    assert "site.created" in rows
    assert "intent.created" not in rows


def test_a_new_workspace_masks_from_the_start_and_is_chosen(teach: Client, shop: Shop) -> None:
    form = {"name": "Bank", "slug": "bank", "default_locale": "en"}
    teach.post(reverse("console:workspace_create"), form)
    workspace = Workspace.objects.get(slug="bank")
    assert MaskingRule.objects.filter(workspace=workspace, enabled=True).count() >= 4
    assert "No intents yet" in text(teach.get(reverse("console:intents")))
    assert "has this short name" in text(teach.post(reverse("console:workspace_create"), form)) or (
        "already exists" in text(teach.post(reverse("console:workspace_create"), form))
    )
    teach.post(reverse("console:workspace_choose"), {"workspace": shop.workspace.pk})
    assert "track" in text(teach.get(reverse("console:intents")))
    assert teach.post(reverse("console:workspace_choose"), {"workspace": "999"}).status_code == 404


def test_workspace_settings(teach: Client, shop: Shop) -> None:
    url = reverse("console:workspace_settings")
    form = {"name": "Lamp", "default_locale": "en", "confirm_limit": "2", "rephrase_limit": "0"}
    teach.post(url, form)
    shop.workspace.refresh_from_db()
    assert (shop.workspace.name, shop.workspace.confirm_limit, shop.workspace.rephrase_limit) == ("Lamp", 2, 0)
    assert "errorlist" in text(teach.post(url, form | {"confirm_limit": "99"}))
    assert AuditEntry.objects.filter(action="workspace.updated").count() == 1


def test_the_command_makes_an_account(db, monkeypatch: pytest.MonkeyPatch) -> None:
    out = StringIO()
    call_command("create_staff", "wei", "--role", "operator", stdout=out, stderr=StringIO())
    person = User.objects.get(username="wei")
    assert person.check_password(out.getvalue().strip())
    assert [group.name for group in person.groups.all()] == ["operator"]
    monkeypatch.setenv("XIAOER_PASSWORD", "123")
    with pytest.raises(CommandError):
        call_command("create_staff", "min", stdout=StringIO(), stderr=StringIO())
