"""Signing in and out, passwords, language, theme, pages for errors."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.console.screens.conftest import signed_in
from tests.console.screens.shop import PASSWORD, Shop

LOGIN = "/console/sign-in/"


def test_the_right_password_opens_the_overview(shop: Shop, operator: User) -> None:
    client = Client(headers={"accept-language": "en"})
    response = client.post(LOGIN, {"username": "operator", "password": PASSWORD}, follow=True)
    assert response.redirect_chain[-1][0] == reverse("console:dashboard")
    assert "Overview" in response.content.decode()


def test_a_wrong_password_is_refused_in_the_reader_s_language(shop: Shop, operator: User) -> None:
    client = Client(headers={"accept-language": "en"})
    response = client.post(LOGIN, {"username": "operator", "password": "wrong"})
    assert response.status_code == 200
    assert "do not belong together" in response.content.decode()


def test_too_many_wrong_passwords_lock_the_name(shop: Shop, operator: User, settings) -> None:
    settings.AXES_FAILURE_LIMIT = 2
    client = Client(headers={"accept-language": "en"})
    for _attempt in range(2):
        response = client.post(LOGIN, {"username": "operator", "password": "wrong"})
    assert response.status_code == 429
    assert "Too many attempts" in response.content.decode()
    assert "after 15 min." in response.content.decode()
    response = client.post(LOGIN, {"username": "operator", "password": PASSWORD})
    assert response.status_code == 429


def test_after_signing_in_people_come_back_but_never_to_another_host(shop: Shop, operator: User) -> None:
    form = {"username": "operator", "password": PASSWORD, "next": "/console/intents/"}
    assert Client().post(LOGIN, form)["Location"] == "/console/intents/"
    form["next"] = "https://evil.example/"
    assert Client().post(LOGIN, form)["Location"] == reverse("console:dashboard")


def test_signing_out_ends_the_session(teach: Client) -> None:
    assert teach.get(reverse("console:dashboard")).status_code == 200
    teach.post(reverse("console:logout"))
    assert teach.get(reverse("console:dashboard")).status_code == 302


def test_a_password_change_signs_out_other_devices(shop: Shop, operator: User) -> None:
    here, there = signed_in(operator), signed_in(operator)
    form = {"old_password": PASSWORD, "new_password1": "quite another 18", "new_password2": "quite another 18"}
    response = here.post(reverse("console:password"), form, follow=True)
    assert "Your password is changed" in response.content.decode()
    assert here.get(reverse("console:dashboard")).status_code == 200
    assert there.get(reverse("console:dashboard")).status_code == 302


def test_a_weak_password_is_refused(shop: Shop, operator: User) -> None:
    form = {"old_password": PASSWORD, "new_password1": "12345678901", "new_password2": "12345678901"}
    response = signed_in(operator).post(reverse("console:password"), form)
    assert response.status_code == 200
    assert "errorlist" in response.content.decode()
    operator.refresh_from_db()
    assert operator.check_password(PASSWORD)


def test_the_theme_is_kept_and_can_be_given_back_to_the_system(teach: Client) -> None:
    teach.post(reverse("console:theme"), {"theme": "dark", "next": "/console/"})
    assert 'data-theme="dark"' in teach.get("/console/").content.decode()
    teach.post(reverse("console:theme"), {"theme": "auto", "next": "/console/"})
    assert "data-theme" not in teach.get("/console/").content.decode()


def test_a_theme_leads_back_to_our_own_pages_only(teach: Client) -> None:
    url = reverse("console:theme")
    assert teach.post(url, {"theme": "dark", "next": "/console/intents/"})["Location"] == "/console/intents/"
    assert "evil" not in teach.post(url, {"theme": "dark", "next": "https://evil.example/"})["Location"]


def test_the_language_of_the_page_follows_the_cookie(teach: Client) -> None:
    teach.post(reverse("console:language"), {"language": "zh-hans", "next": "/console/"})
    assert '<html lang="zh-hans"' in teach.get("/console/").content.decode()
    teach.post(reverse("console:language"), {"language": "en", "next": "/console/"})
    assert '<html lang="en"' in teach.get("/console/").content.decode()


def test_error_pages_are_ours_in_both_languages(shop: Shop, operator: User, settings) -> None:
    missing = Client(headers={"accept-language": "en"}).get("/nothing/")
    assert missing.status_code == 404
    assert "Nothing here" in missing.content.decode()
    assert '<html lang="zh-hans"' in Client(headers={"accept-language": "zh-CN"}).get("/nothing/").content.decode()
    refused = signed_in(operator).get(reverse("console:staff"))
    assert "You may not open this page" in refused.content.decode()


def test_a_form_without_its_token_gets_a_page_that_explains(shop: Shop, operator: User) -> None:
    client = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
    response = client.post(LOGIN, {"username": "operator", "password": PASSWORD})
    assert response.status_code == 403
    assert "no longer valid" in response.content.decode()


def test_pages_are_private_and_have_a_strict_policy(teach: Client) -> None:
    response = teach.get("/console/")
    assert response["Cache-Control"] == "private, no-store"
    policy = response["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
