"""What the widget's frame tells of the page around it, and what becomes of an invitation.

Both are for the chat page alone: a visitor's token is the only right, it comes in a header, and a request that
names another origin than ours is refused. A browser that asks not to be tracked is taken at its word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chat.access import own_origins
from chat.actions.behaviour import NewEvent, give_consent, masked, take_events, withdraw_consent
from chat.actions.invitations import (
    Offer,
    accept_invitation,
    dismiss_invitation,
    offer_invitation,
    show_invitation,
)
from chat.actions.visitors import find_conversation
from chat.api.schema import refusals
from chat.api.throttling import OpenThrottle
from chat.behaviour import Refusal, policy_in_force, refusal_of
from chat.errors import ClientIdReused, InvalidInput, InvalidToken, InvalidTransition, NotFound
from chat.invitation_facts import Place
from chat.locales import supported_locale
from chat.models import BehaviourChoice, Conversation, Site
from chat.models.behaviour import BehaviourKind
from chat.proactive.reader import QUICK_REPLY_LENGTH, read_money, read_page
from chat.visitor_tokens import hash_token, looks_like_token

MOST_EVENTS: Final = 20
LONGEST_SECONDS: Final = 86_400
PRODUCT_LENGTH: Final = 64
EVENT_FIELDS: Final = frozenset({"kind", "page", "product", "value", "currency"})
REPORT_FIELDS: Final = frozenset({"events", "page", "seconds", "panel_open", "locale", "consent"})
NEEDS_PRODUCT: Final = frozenset({BehaviourKind.PRODUCT_VIEWED})
NEEDS_VALUE: Final = frozenset({BehaviourKind.CART_CHANGED})
ANSWERS: Final = ("shown", "accepted", "dismissed", "opted_out")


class BehaviourThrottle(OpenThrottle):
    """Each visitor by itself, as one's page reports; calls without a token by address."""

    scope = "behaviour"

    def get_cache_key(self, request: Request, view: APIView) -> str:
        """What is counted together."""
        token = bearer(request)
        ident = hash_token(token)[:32] if token else self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": ident}


class BehaviourAddressThrottle(OpenThrottle):
    """Each address, whatever tokens it sends."""

    scope = "session"

    def get_cache_key(self, request: Request, view: APIView) -> str:
        """What is counted together."""
        return self.cache_format % {"scope": "behaviour-address", "ident": self.get_ident(request)}


@dataclass(frozen=True, slots=True)
class Report:
    """A checked request."""

    events: tuple[NewEvent, ...]
    place: Place
    consent: bool | None


class InvitationShown(serializers.Serializer[dict[str, Any]]):
    """An invitation as the page shows it."""

    id = serializers.UUIDField()
    text = serializers.CharField()
    quick_replies = serializers.ListField(child=serializers.CharField())


class ReportAnswer(serializers.Serializer[dict[str, Any]]):
    """How many events were stored, why none may be, an invitation, and when to ask again (seconds)."""

    stored = serializers.IntegerField()
    refused = serializers.CharField(allow_blank=True)
    invitation = InvitationShown(allow_null=True)
    ask_again = serializers.IntegerField(allow_null=True)


class InvitationAnswer(serializers.Serializer[dict[str, Any]]):
    """`answer`: shown, accepted, dismissed or opted_out. `reply`: the quick reply that was tapped to accept."""

    answer = serializers.ChoiceField(choices=ANSWERS)
    reply = serializers.CharField(required=False, allow_blank=True, max_length=QUICK_REPLY_LENGTH)


class InvitationResult(serializers.Serializer[dict[str, Any]]):
    """`begun`: the flow begins in the conversation."""

    begun = serializers.BooleanField()


def bearer(request: Request) -> str:
    """The visitor's token of the Authorization header; empty if there is none that could be one."""
    keyword, _space, token = request.headers.get("Authorization", "").partition(" ")
    return token if keyword.lower() == "bearer" and looks_like_token(token) else ""


def says_no(request: Request) -> bool:
    """Whether the browser sends Global Privacy Control or Do Not Track."""
    return "1" in (request.headers.get("Sec-GPC"), request.headers.get("DNT"))


class VisitorView(APIView):
    """A page of ours speaks for a visitor: own origin, visitor's token. Cookies and keys are not looked at."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (BehaviourThrottle, BehaviourAddressThrottle)

    def conversation(self, request: Request, key: str) -> Conversation:
        """The visitor's conversation; 403 for another origin, 404 for another site, 401 for no good token."""
        origin = request.headers.get("Origin")
        if origin is not None and origin not in own_origins(host=request.get_host(), secure=request.is_secure()):
            raise exceptions.PermissionDenied(_("Only the chat page may ask this."))
        site = Site.objects.filter(key=key, enabled=True).select_related("workspace").first()
        if site is None:
            raise exceptions.NotFound("No such site.")
        try:
            return find_conversation(site=site, token=bearer(request))
        except InvalidToken:
            raise NotAVisitor(_("Unknown token.")) from None


class NotAVisitor(exceptions.APIException):
    """401: the page should get itself an identity."""

    status_code = 401
    default_code = "token"


class BehaviourView(VisitorView):
    """`POST /api/v1/sites/<site key>/behaviour`."""

    @extend_schema(
        operation_id="behaviour_report",
        summary="Report what happened on the page around the widget",
        request=OpenApiTypes.OBJECT,
        responses={200: ReportAnswer, **refusals(400, 401, 403, 404, 429)},
        auth=[],
    )
    def post(self, request: Request, key: str) -> Response:
        """Store the events where that is allowed, and let the rules decide about an invitation."""
        conversation = self.conversation(request, key)
        report = read_report(request.data, default_locale=conversation.locale)
        visitor, site = conversation.visitor, conversation.site
        stored, offer = 0, Offer()
        if report.consent is not None:
            decide_consent = give_consent if report.consent else withdraw_consent
            decide_consent(visitor=visitor)
        choice = BehaviourChoice.objects.filter(visitor=visitor).first()
        refusal: Refusal = "signal" if says_no(request) else refusal_of(policy_in_force(site.pk), choice)
        if not refusal:
            take_events(visitor=visitor, events=report.events, workspace_id=site.workspace_id)
            stored = len(report.events)
            place = Place(
                page=masked(site.workspace_id, "page", report.place.page),
                seconds=report.place.seconds,
                locale=report.place.locale,
                panel_open=report.place.panel_open,
            )
            offer = offer_invitation(conversation=conversation, place=place, refusal=refusal)
        return private(
            {
                "stored": stored,
                "refused": refusal,
                "invitation": shown(offer),
                "ask_again": offer.ask_again,
            }
        )


class InvitationView(VisitorView):
    """`POST /api/v1/sites/<site key>/invitations/<id>`."""

    @extend_schema(
        operation_id="invitations_answer",
        summary="Say what became of an invitation",
        request=InvitationAnswer,
        responses={200: InvitationResult, **refusals(400, 401, 403, 404, 429)},
        auth=[],
    )
    def post(self, request: Request, key: str, uuid: UUID) -> Response:
        """409 where that is not possible (any more): a page shows an invitation only if it may say `shown`."""
        conversation = self.conversation(request, key)
        given = InvitationAnswer(data=request.data)
        given.is_valid(raise_exception=True)
        begun = False
        try:
            match given.validated_data["answer"]:
                case "shown":
                    show_invitation(conversation=conversation, uuid=uuid)
                case "accepted":
                    reply = given.validated_data.get("reply", "")
                    begun = accept_invitation(conversation=conversation, uuid=uuid, reply=reply)
                case answer:
                    dismiss_invitation(conversation=conversation, uuid=uuid, for_good=answer == "opted_out")
        except NotFound:
            raise exceptions.NotFound("No such invitation.") from None
        except InvalidInput as error:
            raise refuse("reply", str(error)) from None
        except (InvalidTransition, ClientIdReused) as error:
            return Response({"detail": str(error)}, status=409)
        return private({"begun": begun})


def private(data: dict[str, Any]) -> Response:
    """An answer that nobody else may see."""
    response = Response(data)
    response["Cache-Control"] = "private, no-store"
    return response


def shown(offer: Offer) -> dict[str, Any] | None:
    """The invitation as the page gets it."""
    if offer.invitation is None or offer.words is None:
        return None
    return {
        "id": str(offer.invitation.uuid),
        "text": offer.words.text,
        "quick_replies": list(offer.words.quick_replies),
    }


def refuse(place: str, what: str) -> exceptions.ValidationError:
    """A 400 that names the place."""
    return exceptions.ValidationError({place: [what]})


def read_report(data: object, *, default_locale: str) -> Report:
    """Check a request from outside; a ValidationError names what is wrong."""
    if not isinstance(data, Mapping):
        raise refuse("report", "An object is wanted.")
    unknown = sorted(str(name) for name in data.keys() - REPORT_FIELDS)
    if unknown:
        raise refuse(unknown[0][:60], "Unknown field.")
    seconds, panel_open, consent = data.get("seconds", 0), data.get("panel_open", False), data.get("consent")
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 <= seconds <= LONGEST_SECONDS:
        raise refuse("seconds", f"A whole number from 0 to {LONGEST_SECONDS} is wanted.")
    if not isinstance(panel_open, bool):
        raise refuse("panel_open", "true or false is wanted.")
    if consent is not None and not isinstance(consent, bool):
        raise refuse("consent", "true, false or null is wanted.")
    locale = data.get("locale") or ""
    if not isinstance(locale, str) or len(locale) > 35:
        raise refuse("locale", "A language tag is wanted.")
    events = data.get("events", [])
    if not isinstance(events, list) or len(events) > MOST_EVENTS:
        raise refuse("events", f"A list of at most {MOST_EVENTS} events is wanted.")
    page = _page(data.get("page", "/"), "page")
    place = Place(
        page=page, seconds=seconds, locale=supported_locale(locale) or default_locale, panel_open=panel_open
    )
    read = tuple(read_event(one, f"events[{number}]", page) for number, one in enumerate(events))
    return Report(events=read, place=place, consent=consent)


def read_event(data: object, place: str, page: str) -> NewEvent:
    """One event; its page is that of the report unless it says another."""
    if not isinstance(data, Mapping):
        raise refuse(place, "An object is wanted.")
    unknown = sorted(str(name) for name in data.keys() - EVENT_FIELDS)
    if unknown:
        raise refuse(f"{place}.{unknown[0][:60]}", "Unknown field.")
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in BehaviourKind.values:
        raise refuse(f"{place}.kind", f"One of {', '.join(BehaviourKind.values)} is wanted.")
    product = data.get("product")
    if isinstance(product, int) and not isinstance(product, bool):
        product = str(product)
    if product is not None and (
        not isinstance(product, str) or not 0 < len(product) <= PRODUCT_LENGTH or not product.isprintable()
    ):
        raise refuse(f"{place}.product", f"A product's id of at most {PRODUCT_LENGTH} characters is wanted.")
    if kind in NEEDS_PRODUCT and not product:
        raise refuse(f"{place}.product", "It is wanted here.")
    value = None
    if data.get("value") is not None or kind in NEEDS_VALUE:
        try:
            value = read_money(data.get("value"), data.get("currency"))
        except InvalidInput as error:
            raise refuse(f"{place}.value", str(error)) from None
    return NewEvent(
        kind=BehaviourKind(kind),
        page=_page(data["page"], f"{place}.page") if data.get("page") is not None else page,
        product=product or "",
        value=value,
    )


def _page(value: object, place: str) -> str:
    try:
        return read_page(value)
    except InvalidInput as error:
        raise refuse(place, str(error)) from None
