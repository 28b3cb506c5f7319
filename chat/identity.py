"""Reading the token with which a site says who its customer is: a JWT, HS256, short-lived, used once.

Claims: `sub` (the site's own id of the customer), `aud` (the site's key), `exp` (at most ten minutes ahead), `jti`
(another one in every token); beside them `name`, `email`, `phone`, `locale`, further `attributes` (a flat object)
and `consents` (names of attributes that the customer agreed to at the site). There is no unsigned form.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import jwt

from chat.errors import IdentityRefused

ALGORITHM: Final = "HS256"
LONGEST_TOKEN: Final = 4_000
LIFE_SECONDS: Final = 600
"""How far ahead a token may end."""
LEEWAY_SECONDS: Final = 30
"""How much the clocks of two servers may differ."""
LONGEST_ID: Final = 120
SHORTEST_JTI: Final = 8
LONGEST_JTI: Final = 120
MOST_ATTRIBUTES: Final = 40
LONGEST_VALUE: Final = 300
STANDARD: Final = ("name", "email", "phone", "locale")


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A key that the site may sign with; `id` is the token's `kid`."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a site says its customer is. `attributes` are texts; None takes one back. `key` is the id of the key."""

    customer: str
    jti: str
    expires: datetime
    key: str
    attributes: Mapping[str, str | None] = field(default_factory=dict, repr=False)
    consents: tuple[str, ...] = ()

    @property
    def jti_hash(self) -> str:
        """What is kept of the token."""
        return hashlib.sha256(self.jti.encode()).hexdigest()


def read_identity(token: str, *, keys: Sequence[VerifyingKey], site_key: str, now: datetime) -> Identity:
    """The identity that a token of this site states. IdentityRefused, whose code says what is wrong."""
    if not keys:
        raise IdentityRefused("identity_no_key", "The site has no signing key")
    if len(token) > LONGEST_TOKEN:
        raise IdentityRefused("identity_malformed", "The token is too long")
    key_id, claims = _verified(token, keys)
    if claims.get("aud") != site_key:
        raise IdentityRefused("identity_site", "aud must be the key of this site")
    expires = _expiry(claims, now)
    return Identity(
        customer=_text(claims, "sub", 1, LONGEST_ID),
        jti=_text(claims, "jti", SHORTEST_JTI, LONGEST_JTI),
        expires=expires,
        key=key_id,
        attributes=_attributes(claims),
        consents=_consents(claims),
    )


def _verified(token: str, keys: Sequence[VerifyingKey]) -> tuple[str, Mapping[str, Any]]:
    """The claims, if one of the keys signed them, and which."""
    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError:
        raise IdentityRefused("identity_malformed", "This is no JWT") from None
    if header.get("alg") != ALGORITHM:
        raise IdentityRefused("identity_algorithm", "Sign with HS256")
    kid = header.get("kid")
    for key in keys:
        if kid is not None and kid != key.id:
            continue
        try:
            claims = jwt.decode(
                token,
                key.secret,
                algorithms=[ALGORITHM],
                # The signature alone: the claims are checked below, in one place and by one clock.
                options={
                    "verify_signature": True,
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                    "verify_aud": False,
                    "verify_iss": False,
                    "verify_sub": False,
                    "verify_jti": False,
                },
            )
        except jwt.InvalidSignatureError:
            continue
        except jwt.InvalidTokenError:
            raise IdentityRefused("identity_malformed", "This is no JWT") from None
        return key.id, claims
    raise IdentityRefused("identity_signature", "No key of this site has signed it")


def _expiry(claims: Mapping[str, Any], now: datetime) -> datetime:
    until = claims.get("exp")
    if isinstance(until, bool) or not isinstance(until, int):
        raise IdentityRefused("identity_claims", "exp must be a whole number of seconds")
    seconds = now.timestamp()
    if until <= seconds - LEEWAY_SECONDS:
        raise IdentityRefused("identity_expired", "The token has expired")
    if until > seconds + LIFE_SECONDS + LEEWAY_SECONDS:
        raise IdentityRefused("identity_too_long", f"exp may be {LIFE_SECONDS} seconds ahead at most")
    begins = claims.get("nbf", 0)
    if isinstance(begins, bool) or not isinstance(begins, int | float) or begins > seconds + LEEWAY_SECONDS:
        raise IdentityRefused("identity_claims", "nbf is in the future, or no time")
    return datetime.fromtimestamp(until, tz=UTC)


def _text(claims: Mapping[str, Any], name: str, shortest: int, longest: int) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not shortest <= len(value) <= longest or not value.isprintable():
        raise IdentityRefused("identity_claims", f"{name} must be a text of {shortest} to {longest} characters")
    if value != value.strip():
        raise IdentityRefused("identity_claims", f"{name} must have no blanks around it")
    return value


def _attributes(claims: Mapping[str, Any]) -> dict[str, str | None]:
    further = claims.get("attributes", {})
    if not isinstance(further, dict) or len(further) > MOST_ATTRIBUTES:
        raise IdentityRefused("identity_claims", f"attributes must be an object of at most {MOST_ATTRIBUTES}")
    stated = {**further, **{name: claims[name] for name in STANDARD if name in claims}}
    return {name: _value(name, value) for name, value in stated.items()}


def _value(name: str, value: object) -> str | None:
    """An attribute's value as a text; None takes it back."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        value = str(value)
    if not isinstance(value, str) or len(value) > LONGEST_VALUE or not value.isprintable():
        raise IdentityRefused(
            "identity_claims", f"{name[:40]} must be a text of at most {LONGEST_VALUE} characters, or a number"
        )
    return value.strip() or None


def _consents(claims: Mapping[str, Any]) -> tuple[str, ...]:
    names = claims.get("consents", [])
    if (
        not isinstance(names, list)
        or len(names) > MOST_ATTRIBUTES
        or not all(isinstance(one, str) for one in names)
    ):
        raise IdentityRefused("identity_claims", "consents must be a list of names")
    return tuple(names)
