"""What the OpenAPI description says beyond what is read from the code."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse

_DESCRIPTIONS = {
    400: "The request is malformed; 'fields' says where.",
    401: "No token, or an unknown or revoked one.",
    403: "The token lacks the scope, or the person it acts for may not do this.",
    404: "There is no such thing in the token's workspace.",
    409: "The state of things does not allow it; 'code' says why.",
    413: "The request is too long.",
    429: "Too many requests; the header Retry-After says when to come back.",
    503: "The assistant is not running or did not answer in time.",
}
_ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["code", "detail"],
    "properties": {
        "code": {"type": "string", "description": "A word for programs."},
        "detail": {"type": "string", "description": "A sentence for people."},
        "fields": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    },
}


def refusals(*codes: int) -> dict[int, OpenApiResponse]:
    """The documented answers of an operation for the given status codes."""
    return {code: OpenApiResponse(_ERROR, description=_DESCRIPTIONS[code]) for code in codes}


def scope(name: str) -> dict[str, str]:
    """The documented scope of an operation; a test compares it with the one that is asked for."""
    return {"x-required-scope": name}


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes ApiTokenAuthentication."""

    target_class = "chat.api.authentication.ApiTokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """A bearer token of this installation."""
        return {"type": "http", "scheme": "bearer", "description": "A token made in the console: `xo_…`."}
