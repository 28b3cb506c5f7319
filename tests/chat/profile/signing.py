"""What a site's server does: signs who is signed in there."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any

import jwt
from django.utils import timezone

_numbers = itertools.count(1)


def claims(site_key: str = "shop", *, now: datetime | None = None, **more: Any) -> dict[str, Any]:
    """Good claims of a customer; None leaves one out."""
    ends = (now or timezone.now()) + timedelta(minutes=5)
    stated = {
        "sub": "customer-1",
        "aud": site_key,
        "exp": int(ends.timestamp()),
        "jti": f"token-number-{next(_numbers):06}",
        **more,
    }
    return {name: value for name, value in stated.items() if value is not None}


def sign(
    secret: str,
    site_key: str = "shop",
    *,
    algorithm: str = "HS256",
    headers: dict[str, Any] | None = None,
    **more: Any,
) -> str:
    """A token with good claims, but for those given."""
    return jwt.encode(claims(site_key, **more), secret, algorithm=algorithm, headers=headers)
