"""Who may frame which site's chat page, and what its answers carry."""

from __future__ import annotations

import pytest
from django.test import Client, override_settings
from django.utils import translation

from chat.models import QuickReply, Site
from nlu.models import Intent, Workspace

PLAIN_FILES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
SHOP = "https://shop.example"
OTHER = "https://other.example:8443"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _plain_files() -> object:
    """No collected files are needed to look at headers."""
    with override_settings(STORAGES=PLAIN_FILES):
        yield


@pytest.fixture
def workspace() -> Workspace:
    """Whose sites these are."""
    return Workspace.objects.create(slug="shop", name="Shop")


def make_site(workspace: Workspace, **fields: object) -> Site:
    """A site in use that one shop may embed."""
    usual = {"key": "shop", "name": "The <shop>", "locale": "zh-hans", "origins": SHOP, "enabled": True}
    return Site.objects.create(workspace=workspace, **(usual | fields))


def directives(header: str) -> dict[str, list[str]]:
    """A policy as directive -> sources."""
    return {words[0]: words[1:] for words in (part.split() for part in header.split(";")) if words}


@pytest.mark.parametrize(
    ("origins", "enabled", "query", "status", "ancestors"),
    [
        (SHOP, True, "", 200, ["'self'", SHOP]),
        (SHOP, True, "?embed=1", 200, ["'self'", SHOP]),
        (f"{SHOP}\n{OTHER}", True, "?embed=1", 200, ["'self'", SHOP, OTHER]),
        ("", True, "?embed=1", 200, ["'none'"]),
        ("", True, "", 200, ["'none'"]),
        (SHOP, False, "?embed=1", 404, ["'none'"]),
        (SHOP, False, "", 404, ["'none'"]),
    ],
)
def test_who_may_frame_it(
    client: Client,
    workspace: Workspace,
    origins: str,
    enabled: bool,
    query: str,
    status: int,
    ancestors: list[str],
) -> None:
    """Exactly the site's origins; a page that may be framed has no X-Frame-Options, the others keep it."""
    make_site(workspace, origins=origins, enabled=enabled)
    answer = client.get(f"/chat/shop/{query}")
    assert answer.status_code == status
    assert directives(answer["Content-Security-Policy"])["frame-ancestors"] == ancestors
    assert ("X-Frame-Options" in answer) is (status == 404)


def test_unknown_site(client: Client) -> None:
    """As if switched off."""
    answer = client.get("/chat/unknown/")
    assert answer.status_code == 404
    assert directives(answer["Content-Security-Policy"])["frame-ancestors"] == ["'none'"]


def test_another_sites_origins_do_not_count(client: Client, workspace: Workspace) -> None:
    """Each site by itself."""
    make_site(workspace)
    make_site(workspace, key="other", origins=OTHER)
    policy = directives(client.get("/chat/other/")["Content-Security-Policy"])
    assert policy["frame-ancestors"] == ["'self'", OTHER]


def test_policy_is_strict(client: Client, workspace: Workspace) -> None:
    """Own scripts and styles only, sockets to this server only."""
    make_site(workspace)
    policy = directives(client.get("/chat/shop/")["Content-Security-Policy"])
    assert policy["default-src"] == ["'self'"]
    assert policy["connect-src"] == ["'self'", "ws://testserver"]
    assert policy["object-src"] == policy["base-uri"] == ["'none'"]
    assert not {"script-src", "style-src"} & set(policy)
    secure = client.get("/chat/shop/", secure=True)
    assert directives(secure["Content-Security-Policy"])["connect-src"][1] == "wss://testserver"


def test_no_cookie_and_no_cache(client: Client, workspace: Workspace) -> None:
    """The page needs no session, and no proxy keeps it."""
    make_site(workspace)
    answer = client.get("/chat/shop/")
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_it_is_read_only(client: Client, workspace: Workspace, method: str) -> None:
    """405 for whatever would change something."""
    make_site(workspace)
    assert getattr(client, method)("/chat/shop/").status_code == 405


@pytest.mark.parametrize(
    ("query", "accepted", "language"),
    [
        ("?locale=en", "zh-CN", "en"),
        ("?locale=zh-CN", "en", "zh-Hans"),
        ("?locale=zh_TW", "en", "zh-Hans"),
        ("?locale=fr", "en-GB,en;q=0.8", "en"),
        ("?locale=<script>", "zh-CN", "zh-Hans"),
        ("", "fr, en;q=0.5", "en"),
        ("", "fr", "zh-Hans"),
        ("", "", "zh-Hans"),
    ],
)
def test_language(client: Client, workspace: Workspace, query: str, accepted: str, language: str) -> None:
    """`?locale=`, then the browser, then the site's own."""
    make_site(workspace)
    answer = client.get(f"/chat/shop/{query}", headers={"Accept-Language": accepted})
    assert f'<html lang="{language}"' in answer.content.decode()
    assert answer["Content-Language"] == language


def test_staff_language_cookie_is_not_asked(client: Client, workspace: Workspace) -> None:
    """Staff who try the widget see it as customers do."""
    make_site(workspace)
    client.cookies["django_language"] = "en"
    answer = client.get("/chat/shop/", headers={"Accept-Language": "zh-CN"})
    assert answer["Content-Language"] == "zh-Hans"
    assert translation.get_language() != "xx"


@pytest.mark.parametrize(
    ("theme", "attribute"),
    [("light", ' data-theme="light"'), ("dark", ' data-theme="dark"'), ("auto", ""), ("<b>", "")],
)
def test_theme(client: Client, workspace: Workspace, theme: str, attribute: str) -> None:
    """Fixed by the address, otherwise the system's."""
    make_site(workspace)
    answer = client.get("/chat/shop/", {"theme": theme, "locale": "en"})
    assert f'<html lang="en"{attribute}>' in answer.content.decode()


def test_starters_are_what_the_greeting_offers(client: Client, workspace: Workspace) -> None:
    """At most four, in the visitor's language, of the site's own workspace, and never markup."""
    other = Workspace.objects.create(slug="other", name="Other")
    make_site(workspace)
    for owner, locale, texts in (
        (workspace, "en", ["one <b>", "two", "three", "four", "five"]),
        (workspace, "zh-hans", ["一"]),
        (other, "en", ["not ours"]),
    ):
        intent, _made = Intent.objects.get_or_create(workspace=owner, name="greeting")
        for position, text in enumerate(texts):
            QuickReply.objects.create(intent=intent, locale=locale, position=position, text=text)
    english = client.get("/chat/shop/?locale=en").content.decode()
    assert english.count('class="chip"') == 4
    assert "one &lt;b&gt;" in english
    assert "not ours" not in english
    assert "five" not in english
    assert "The &lt;shop&gt;" in english
    assert client.get("/chat/shop/?locale=zh-hans").content.decode().count('class="chip"') == 1


def test_language_link_keeps_how_the_page_is_shown(client: Client, workspace: Workspace) -> None:
    """Embedded stays embedded, dark stays dark."""
    make_site(workspace)
    page = client.get("/chat/shop/?locale=en&embed=1&theme=dark&other=x").content.decode()
    assert 'href="?locale=zh-hans&amp;embed=1&amp;theme=dark"' in page
