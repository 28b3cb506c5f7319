"""Replies that name the customer, and the ones for whom nothing is known."""

from __future__ import annotations

import pytest

from chat.dialogue.decision import Catalogue, IntentEntry
from chat.dialogue.personal import personal

REPLIES = ("Hello!", "Hello, {profile.name}!", "Welcome back to {profile.city}, {profile.name}.")


def replies(profile: dict[str, str], given: tuple[str, ...] = REPLIES) -> tuple[str, ...]:
    entry = IntentEntry("greeting", "Greeting", "reply", given, (), "")
    return personal(Catalogue({"greeting": entry}, {}), profile, "en").intents["greeting"].replies


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ({}, ("Hello!",)),
        ({"city": "Oslo"}, ("Hello!",)),
        ({"name": "Wang"}, ("Hello, Wang!",)),
        ({"name": "Wang", "city": "Oslo"}, ("Hello, Wang!", "Welcome back to Oslo, Wang.")),
        (
            {"name": "{profile.city}", "city": "Oslo"},
            ("Hello, {profile.city}!", "Welcome back to Oslo, {profile.city}."),
        ),
        ({"name": "vault:0:[wa…@shop.example]"}, ("Hello, [wa…@shop.example]!",)),
    ],
)
def test_who_is_known_is_named_and_nobody_else(profile, said):
    assert replies(profile) == said


def test_a_wording_is_never_said_with_a_gap():
    assert replies({}, ("Hello, {profile.name}!",)) == ()
    assert replies({"name": "Wang"}, ("Hello!",)) == ("Hello!",)


def test_a_catalogue_without_names_stays_what_it_is():
    catalogue = Catalogue({"greeting": IntentEntry("greeting", "Greeting", "reply", ("Hello!",), (), "")}, {})
    assert personal(catalogue, {"name": "Wang"}, "en") is catalogue
