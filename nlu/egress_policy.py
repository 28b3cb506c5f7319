"""What the installation lets requests to configured addresses reach: the setting EGRESS_ALLOW, read once."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings

from nlu.egress.types import EgressPolicy


def installed_policy() -> EgressPolicy:
    """Public addresses, and the private `host:port` pairs that the administrator allowed."""
    return _policy(tuple(settings.EGRESS_ALLOW))


@lru_cache(maxsize=4)
def _policy(pairs: tuple[str, ...]) -> EgressPolicy:
    return EgressPolicy.allowing(pairs)
