"""`/api/v1/sites/<site key>/about-me`: what is known of a visitor, for themselves, with their token alone."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from django.utils.translation import override
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chat.about_me import AboutMe, about_visitor
from chat.actions.erasure import erase_person
from chat.actions.profile_entries import forget_entry, forget_profile, settle_consent
from chat.actions.visitors import find_conversation
from chat.api.schema import refusals
from chat.api.sessions import SessionThrottle
from chat.errors import InvalidToken, NotFound
from chat.locales import supported_locale
from chat.models import Conversation, Site
from chat.models.profiles import ProfileSource

KEYWORD = "Visitor"


class LineSerializer(serializers.Serializer[object]):
    """One thing known."""

    id = serializers.UUIDField(source="uuid")
    title = serializers.CharField()
    value = serializers.CharField()
    origin = serializers.SerializerMethodField()
    basis = serializers.SerializerMethodField()
    purpose = serializers.CharField()
    learned_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    used = serializers.BooleanField()
    from_chat = serializers.SerializerMethodField()

    def get_origin(self, line: object) -> str:
        """In words."""
        return str(line.source.label)  # type: ignore[attr-defined]

    def get_basis(self, line: object) -> str:
        """In words."""
        return str(line.basis.label)  # type: ignore[attr-defined]

    def get_from_chat(self, line: object) -> bool:
        """Whether it was said in the chat, or comes from the site."""
        return bool(line.source == ProfileSource.CHAT)  # type: ignore[attr-defined]


class PurposeSerializer(serializers.Serializer[object]):
    """Something that is the visitor's to allow."""

    purpose = serializers.CharField()
    title = serializers.CharField()
    explanation = serializers.CharField()
    choice = serializers.CharField()


class TalkSerializer(serializers.Serializer[object]):
    """A conversation."""

    id = serializers.UUIDField(source="uuid")
    opened_at = serializers.DateTimeField()
    last_activity_at = serializers.DateTimeField()
    messages = serializers.IntegerField()
    status = serializers.CharField()
    is_this = serializers.BooleanField()


class AboutMeSerializer(serializers.Serializer[AboutMe]):
    """Everything that is known."""

    signed_in = serializers.BooleanField()
    lines = LineSerializer(many=True)
    purposes = PurposeSerializer(many=True)
    talks = TalkSerializer(many=True)


class Choice(serializers.Serializer[object]):
    """Yes or no, and the words that stood beside it."""

    given = serializers.BooleanField()
    wording = serializers.CharField(required=False, allow_blank=True, max_length=400, default="")


class VisitorView(APIView):
    """A visitor's own page. Rights come from `Authorization: Visitor <token>` and from nothing else."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (SessionThrottle,)
    conversation: Conversation
    locale: str

    def handle(self, request: Request, key: str) -> Response | None:
        """Find out whose page it is; the refusal, or None."""
        site = Site.objects.filter(key=key, enabled=True).first()
        if site is None:
            return _private(Response({"detail": "No such site."}, status=404))
        keyword, _space, token = request.headers.get("Authorization", "").partition(" ")
        try:
            if keyword != KEYWORD:
                raise InvalidToken("No token")
            self.conversation = find_conversation(site=site, token=token.strip())
        except InvalidToken:
            refusal = Response({"code": "token", "detail": "No valid token."}, status=401)
            refusal["WWW-Authenticate"] = KEYWORD
            return _private(refusal)
        visitor = self.conversation.visitor
        if visitor.customer is not None and not visitor.speaks_for_customer(timezone.now()):
            # What is known is the customer's, in all their browsers: an old word of the site's does not open it.
            return _private(
                Response({"code": "identity_required", "detail": "Sign in on the site again."}, status=403)
            )
        self.locale = supported_locale(request.query_params.get("locale", "")) or self.conversation.locale
        return None

    def everything(self) -> Response:
        """What is known now."""
        with override(self.locale):
            return _private(Response(AboutMeSerializer(about_visitor(self.conversation, self.locale)).data))


class AboutMeView(VisitorView):
    """Everything that is known, and its end."""

    @extend_schema(
        operation_id="about_me_read",
        summary="What is known of this visitor",
        responses={200: AboutMeSerializer, **refusals(401, 403, 404, 429)},
        auth=[],
    )
    def get(self, request: Request, key: str) -> Response:
        """Read."""
        return self.handle(request, key) or self.everything()

    @extend_schema(
        operation_id="about_me_erase",
        summary="Erase this person",
        responses={204: None, **refusals(401, 403, 404, 429)},
        auth=[],
    )
    def delete(self, request: Request, key: str) -> Response:
        """Delete the talks, the profile, everything. The token is worthless afterwards."""
        refusal = self.handle(request, key)
        if refusal is None:
            erase_person(visitor=self.conversation.visitor, actor=None, reason="at the person's own wish")
        return refusal or _private(Response(status=204))


class LinesView(VisitorView):
    """All lines at once."""

    @extend_schema(
        operation_id="about_me_forget",
        summary="Forget everything that is known, but not the talks",
        responses={200: AboutMeSerializer, **refusals(401, 403, 404, 429)},
        auth=[],
    )
    def delete(self, request: Request, key: str) -> Response:
        """Delete them."""
        refusal = self.handle(request, key)
        if refusal is None and self.conversation.visitor.customer is not None:
            forget_profile(customer=self.conversation.visitor.customer)
        return refusal or self.everything()


class LineView(VisitorView):
    """One line."""

    @extend_schema(
        operation_id="about_me_forget_line",
        summary="Forget one thing",
        responses={200: AboutMeSerializer, **refusals(401, 403, 404, 429)},
        auth=[],
    )
    def delete(self, request: Request, key: str, uuid: UUID) -> Response:
        """Delete it; 404 if it is not the visitor's."""
        refusal = self.handle(request, key)
        if refusal is not None:
            return refusal
        customer = self.conversation.visitor.customer
        try:
            if customer is None:
                raise NotFound("No such line")
            forget_entry(customer=customer, uuid=uuid)
        except NotFound:
            return _private(Response({"detail": "No such line."}, status=404))
        return self.everything()


class PurposeView(VisitorView):
    """A consent."""

    @extend_schema(
        operation_id="about_me_choose",
        summary="Agree to a purpose, or withdraw",
        request=Choice,
        responses={200: AboutMeSerializer, **refusals(401, 403, 404, 429)},
        auth=[],
    )
    def put(self, request: Request, key: str, purpose: str) -> Response:
        """Write it down; 404 for a purpose that nobody asks for."""
        refusal = self.handle(request, key)
        if refusal is not None:
            return refusal
        given = Choice(data=request.data)
        given.is_valid(raise_exception=True)
        asked = {one.purpose for one in about_visitor(self.conversation, self.locale).purposes}
        if purpose not in asked:
            return _private(Response({"detail": "No such purpose."}, status=404))
        settle_consent(
            conversation=self.conversation,
            purpose=purpose,
            given=given.validated_data["given"],
            wording=given.validated_data["wording"],
            locale=self.locale,
        )
        return self.everything()


def _private(response: Response) -> Response:
    response["Cache-Control"] = "private, no-store"
    return response
