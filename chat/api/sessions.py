"""`POST /api/v1/sites/<site key>/session`: who a visitor is, before the first socket."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chat.actions.identities import open_session
from chat.api.throttling import OpenThrottle
from chat.errors import Forbidden, IdentityRefused
from chat.identity import LONGEST_TOKEN
from chat.models import Site


class SessionRequest(serializers.Serializer[dict[str, str]]):
    """`token`: what an earlier call gave; `locale`: the page's language; `identity`: signed by the page's server.

    An empty `identity` says that nobody is signed in on the page; without one the page says nothing about it.
    """

    token = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, max_length=200, trim_whitespace=False
    )
    locale = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=35)
    identity = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, max_length=LONGEST_TOKEN, trim_whitespace=False
    )

    def to_internal_value(self, data: object) -> dict[str, str]:
        """Refuse what is no text: DRF would turn numbers into texts."""
        if isinstance(data, dict):
            for name in ("token", "locale", "identity"):
                if data.get(name) is not None and not isinstance(data[name], str):
                    raise serializers.ValidationError({name: ["Must be a text or null."]})
        value: dict[str, str] = super().to_internal_value(data)
        return value


class SessionResponse(serializers.Serializer[dict[str, str]]):
    """The token for the socket's first frame, and the visitor's one conversation."""

    token = serializers.CharField()
    conversation = serializers.UUIDField()


class IdentityRefusal(serializers.Serializer[dict[str, str]]):
    """Why a signed identity cannot be taken; `code` is for programs (docs/profile.md)."""

    code = serializers.CharField()
    detail = serializers.CharField()


class SessionThrottle(OpenThrottle):
    """Each address by itself, as the trusted proxies saw it."""

    scope = "session"

    def get_cache_key(self, request: Request, view: APIView) -> str:
        """What is counted together."""
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}


class SessionView(APIView):
    """Public: the site key only selects configuration. Neither cookies nor keys are looked at."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (SessionThrottle,)

    @extend_schema(
        operation_id="sessions_open",
        summary="Begin or resume a visitor's session",
        request=SessionRequest,
        responses={200: SessionResponse, 401: IdentityRefusal, 403: IdentityRefusal},
        auth=[],
    )
    def post(self, request: Request, key: str) -> Response:
        """A valid token comes back with its conversation; any other, or none, gets a new one.

        So may a signed identity: a browser that somebody else was signed in with.
        """
        site = Site.objects.filter(key=key, enabled=True).first()
        if site is None:
            return Response({"detail": "No such site."}, status=404)
        given = SessionRequest(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            session = open_session(
                site=site,
                token=given.validated_data.get("token") or None,
                locale=given.validated_data.get("locale") or "",
                identity=given.validated_data.get("identity"),
            )
        except IdentityRefused as error:
            required = error.code == "identity_required"
            refusal = Response({"code": error.code, "detail": str(error)}, status=403 if required else 401)
            refusal["Cache-Control"] = "private, no-store"
            return refusal
        except Forbidden:
            return Response({"detail": "No such site."}, status=404)
        response = Response({"token": session.token, "conversation": str(session.conversation.uuid)})
        response["Cache-Control"] = "private, no-store"
        return response
