"""How often one token may call; the rate is the environment's API_RATE."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, ClassVar

from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from chat.models import ApiToken

if TYPE_CHECKING:  # the framework reads the settings that name this module
    from rest_framework.views import APIView


logger = logging.getLogger(__name__)


class OpenThrottle(SimpleRateThrottle):
    """Lets everybody through while the cache that counts cannot be reached: a missing count turns nobody away."""

    _warned: ClassVar[bool] = False

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Whether the call is within its rate."""
        try:
            allowed = super().allow_request(request, view)
        except (RedisError, OSError) as error:
            if not OpenThrottle._warned:
                logger.warning("calls are not counted, the cache is away: %s", type(error).__name__)
            OpenThrottle._warned = True
            return True
        OpenThrottle._warned = False
        return bool(allowed)


class TokenThrottle(OpenThrottle):
    """Counts per token; calls without one, per address."""

    scope = "token"

    def get_cache_key(self, request: Request, view: APIView) -> str:
        """The counter that the request belongs to."""
        ident = f"token-{request.auth.pk}" if isinstance(request.auth, ApiToken) else self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": ident}
