"""Who calls, and whether the token's scopes allow it. A view that names no scope is closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from chat.actions.api_tokens import find_token, note_use
from chat.models import ApiToken

if TYPE_CHECKING:  # the framework reads the settings that name this module
    from rest_framework.views import APIView

KEYWORD = "Bearer"


class ApiTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer xo_...`. Cookies of the console lend no rights here."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, ApiToken] | None:
        """The token as `request.auth`; None without the header; AuthenticationFailed otherwise."""
        header = request.headers.get("Authorization", "")
        if not header:
            return None
        keyword, _space, secret = header.partition(" ")
        token = find_token(secret.strip()) if keyword.lower() == KEYWORD.lower() else None
        if token is None:
            raise AuthenticationFailed(_("Unknown or revoked token."))
        note_use(token=token)
        return AnonymousUser(), token

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return KEYWORD


class HasScope(BasePermission):
    """The view's `required_scopes` names the scope of each method; a method without one is forbidden."""

    message = _("The token does not have the scope for this.")

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether the token has the scope that the view asks for this method."""
        required: Mapping[str, str] = getattr(view, "required_scopes", {})
        method = "GET" if request.method in {"HEAD", "OPTIONS"} else request.method or ""
        scope = required.get(method, "")
        token = request.auth
        return isinstance(token, ApiToken) and bool(scope) and scope in token.scopes.split()
