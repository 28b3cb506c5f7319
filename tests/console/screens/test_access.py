"""Every address of the project against every role. An address without a line here fails the suite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from console.permissions import PERMISSIONS, ROLES
from tests.console.screens.access_table import ELSEWHERE, OPEN, POSTED, SCREENS, address
from tests.console.screens.conftest import signed_in
from tests.console.screens.shop import Shop, make_person, make_shop


def routes(patterns: list[URLPattern | URLResolver], namespaces: tuple[str, ...] = ()) -> Iterator[str]:
    """The full names of all addresses."""
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield ":".join([*namespaces, pattern.name or str(pattern.pattern)])
        else:
            inner = (*namespaces, pattern.namespace) if pattern.namespace else namespaces
            yield from routes(pattern.url_patterns, inner)


def ask(client: Client, name: str, url: str) -> int:
    response = client.post(url) if name in POSTED else client.get(url)
    return response.status_code


def test_every_address_has_a_line() -> None:
    known = {f"console:{name}" for name in (*SCREENS, *OPEN)} | ELSEWHERE
    found = {name for name in routes(get_resolver().url_patterns) if not name.startswith("admin:")}
    assert found == known


def test_every_screen_declares_the_permission_of_the_table() -> None:
    console = next(p for p in get_resolver().url_patterns if getattr(p, "namespace", "") == "console")
    assert isinstance(console, URLResolver)
    declared = {
        pattern.name: getattr(pattern.callback, "permission", None)
        for pattern in console.url_patterns
        if isinstance(pattern, URLPattern) and pattern.name not in OPEN
    }
    assert declared == SCREENS


@pytest.mark.parametrize("name", SCREENS)
def test_roles_at_every_screen(name: str, shop: Shop) -> None:
    url = address(name, shop)
    anonymous = Client()
    response = anonymous.post(url) if name in POSTED else anonymous.get(url)
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("console:login"))
    assert ask(signed_in(make_person("")), name, url) == 403
    for role in ROLES:
        status = ask(signed_in(make_person(role)), name, url)
        if role in PERMISSIONS[SCREENS[name]]:
            assert status in {200, 302, 404, 422}, role
        else:
            assert status == 403, role
    assert ask(signed_in(make_person("", username="root", superuser=True)), name, url) in {200, 302, 404, 422}


@pytest.mark.parametrize("name", OPEN)
def test_open_addresses(name: str, shop: Shop) -> None:
    assert ask(Client(), name, address(name, shop)) == OPEN[name]


@pytest.mark.parametrize("name", sorted(POSTED & set(SCREENS)))
def test_what_changes_something_is_never_done_by_get(name: str, shop: Shop) -> None:
    client = signed_in(make_person("", username="root", superuser=True))
    assert client.get(address(name, shop)).status_code == 405


def test_objects_of_another_workspace_are_not_there(shop: Shop) -> None:
    other = make_shop("other")
    client = signed_in(make_person("administrator"))
    names = [
        name
        for name in SCREENS
        if name.startswith(
            (
                "intent",
                "utterance",
                "entity",
                "article",
                "masking",
                "connection",
                "invitation",
                "flow",
                "evaluation",
                "training",
                "site",
                "token",
            )
        )
        and address(name, shop) != address(name, other)
    ]
    assert len(names) > 20
    for name in names:
        # The first workspace is the current one; the other's objects must look as if they did not exist.
        assert ask(client, name, address(name, other)) == 404, name
    for name in ("intent", "article", "entity_type", "site"):
        assert ask(client, name, address(name, shop)) == 200, name


def test_an_account_that_is_switched_off_is_out_at_once(shop: Shop) -> None:
    person = make_person("administrator")
    client = signed_in(person)
    assert client.get(reverse("console:staff")).status_code == 200
    person.is_active = False
    person.save()
    assert client.get(reverse("console:staff")).status_code == 302


def test_only_superusers_enter_the_back_office(shop: Shop) -> None:
    url = reverse("admin:index")
    assert Client().get(url).status_code == 302
    person = make_person("administrator")
    person.is_staff = True
    person.save()
    assert signed_in(person).get(url, follow=True).status_code == 403
    root = signed_in(make_person("", username="root", superuser=True))
    assert root.get(url).status_code == 200
    assert root.get(reverse("admin:nlu_auditentry_changelist")).status_code == 200
    assert root.post(reverse("admin:nlu_auditentry_add")).status_code == 403


def test_a_fragment_request_of_somebody_signed_out_moves_the_whole_page(shop: Shop) -> None:
    response = Client().get(
        reverse("console:intents"),
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/console/intents/?q=a"},
    )
    assert response["HX-Redirect"] == "/console/sign-in/?next=/console/intents/%3Fq%3Da"


def test_without_a_workspace_people_are_led_to_make_one(db) -> None:
    response = signed_in(make_person("operator")).get(reverse("console:intents"))
    assert response["Location"] == reverse("console:workspace_create")
    response = signed_in(make_person("supervisor")).get(reverse("console:dashboard"))
    assert response.status_code == 200
    assert "No workspace yet" in response.content.decode()
