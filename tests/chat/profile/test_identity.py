"""Signed identities: what is taken, and everything that is not, by its code. No database."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chat.errors import IdentityRefused
from chat.identity import LIFE_SECONDS, VerifyingKey, read_identity
from tests.chat.profile.signing import claims, sign

NOW = datetime(2026, 3, 18, 14, 30, tzinfo=UTC)
SECRET = "xis_a-key-of-the-tests-own-0123456789abcdef"
OTHER = "xis_the-key-of-another-site-0123456789abcdef"
KEYS = (VerifyingKey("first", SECRET), VerifyingKey("second", SECRET + "-older"))


def read(token: str, keys: tuple[VerifyingKey, ...] = KEYS):
    return read_identity(token, keys=keys, site_key="shop", now=NOW)


def code_of(token: str, keys: tuple[VerifyingKey, ...] = KEYS) -> str:
    with pytest.raises(IdentityRefused) as refused:
        read(token, keys)
    return refused.value.code


def encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def hand_made(header: dict[str, Any], body: dict[str, Any], secret: str = SECRET) -> str:
    """A token that no library would make."""
    text = f"{encoded(header)}.{encoded(body)}"
    signature = hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def test_a_good_token_says_who_it_is():
    read_one = read(
        sign(
            SECRET,
            now=NOW,
            name="王芳",
            email="wang@shop.example",
            attributes={"tier": "gold", "points": 120, "vip": True, "old": None},
            consents=["tier"],
        )
    )
    assert read_one.customer == "customer-1"
    assert read_one.key == "first"
    assert read_one.attributes == {
        "tier": "gold",
        "points": "120",
        "vip": "true",
        "old": None,
        "name": "王芳",
        "email": "wang@shop.example",
    }
    assert read_one.consents == ("tier",)
    assert "wang" not in repr(read_one)


def test_every_valid_key_is_taken_and_kid_chooses_one():
    older = SECRET + "-older"
    assert read(sign(older, now=NOW)).key == "second"
    assert read(sign(older, now=NOW, headers={"kid": "second"})).key == "second"
    assert code_of(sign(older, now=NOW, headers={"kid": "first"})) == "identity_signature"
    assert code_of(sign(older, now=NOW), KEYS[:1]) == "identity_signature"


def test_without_a_key_of_the_site_nobody_is_anybody():
    token = sign(SECRET, now=NOW)
    assert code_of(token, ()) == "identity_no_key"
    assert read(token).customer == "customer-1"


def test_a_changed_letter_is_found():
    head, body, signature = sign(SECRET, now=NOW).split(".")
    flipped = ("A" if body[10] != "A" else "B") + body[11:]
    assert code_of(f"{head}.{body[:10]}{flipped}.{signature}") in ("identity_signature", "identity_malformed")
    assert code_of(f"{head}.{body}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}") == "identity_signature"
    assert code_of(f"{head}.{body}.") == "identity_signature"


def test_a_key_of_another_site_signs_nothing_here():
    assert code_of(sign(OTHER, now=NOW)) == "identity_signature"


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "NONE", "HS384", "HS512", "RS256", "ES256", "EdDSA", "", "hs256"]
)
def test_one_algorithm_alone(algorithm):
    made = hand_made({"alg": algorithm, "typ": "JWT"}, claims(now=NOW))
    assert code_of(made) == "identity_algorithm"
    unsigned = made.rsplit(".", 1)[0] + "."
    assert code_of(unsigned) == "identity_algorithm"
    assert read(hand_made({"alg": "HS256", "typ": "JWT"}, claims(now=NOW))).customer == "customer-1"


@pytest.mark.parametrize(
    "token",
    ["", "x", "a.b", "a.b.c", "...", "ey.ey.ey", "null", "customer-1", "x" * 5_000, "a.b.c.d", "\x00.\x00.\x00"],
)
def test_what_is_no_token(token):
    assert code_of(token) == "identity_malformed"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"aud": "other"}, "identity_site"),
        ({"aud": ["shop"]}, "identity_site"),
        ({"aud": ["shop", "other"]}, "identity_site"),
        ({"aud": None}, "identity_site"),
        ({"exp": None}, "identity_claims"),
        ({"exp": "2099-01-01"}, "identity_claims"),
        ({"exp": "99999999999"}, "identity_claims"),
        ({"exp": True}, "identity_claims"),
        ({"exp": 1e300}, "identity_claims"),
        ({"exp": int(NOW.timestamp()) - 31}, "identity_expired"),
        ({"exp": 0}, "identity_expired"),
        ({"exp": int((NOW + timedelta(seconds=LIFE_SECONDS + 60)).timestamp())}, "identity_too_long"),
        ({"exp": 10**18}, "identity_too_long"),
        ({"nbf": int(NOW.timestamp()) + 120}, "identity_claims"),
        ({"nbf": "soon"}, "identity_claims"),
        ({"sub": None}, "identity_claims"),
        ({"sub": ""}, "identity_claims"),
        ({"sub": " "}, "identity_claims"),
        ({"sub": "a\nb"}, "identity_claims"),
        ({"sub": 7}, "identity_claims"),
        ({"sub": ["customer-1"]}, "identity_claims"),
        ({"sub": {"$ne": ""}}, "identity_claims"),
        ({"sub": "x" * 121}, "identity_claims"),
        ({"jti": None}, "identity_claims"),
        ({"jti": "short"}, "identity_claims"),
        ({"jti": 12345678}, "identity_claims"),
        ({"attributes": ["tier"]}, "identity_claims"),
        ({"attributes": {"tier": {"a": 1}}}, "identity_claims"),
        ({"attributes": {"tier": "x" * 301}}, "identity_claims"),
        ({"attributes": {f"a{n}": "1" for n in range(41)}}, "identity_claims"),
        ({"name": ["王芳"]}, "identity_claims"),
        ({"name": "a\x00b"}, "identity_claims"),
        ({"consents": "tier"}, "identity_claims"),
        ({"consents": [1]}, "identity_claims"),
    ],
)
def test_claims_that_are_refused(changed, code):
    token = hand_made({"alg": "HS256", "typ": "JWT"}, claims(now=NOW, **changed))
    assert code_of(token) == code
    assert read(hand_made({"alg": "HS256", "typ": "JWT"}, claims(now=NOW))).customer == "customer-1"


@pytest.mark.parametrize("seconds", [-29, 0, 1, LIFE_SECONDS, LIFE_SECONDS + 29])
def test_clocks_may_differ_a_little(seconds):
    until = int((NOW + timedelta(seconds=seconds)).timestamp())
    assert read(sign(SECRET, now=NOW, exp=until)).customer == "customer-1"
