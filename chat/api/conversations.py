"""Conversations and their messages."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from chat.actions.messages import post_agent_message
from chat.api.schema import refusals, scope
from chat.api.views import ApiView, TextField
from chat.errors import Forbidden, NotFound
from chat.models import Conversation, Message
from chat.models.conversations import ConversationStatus
from chat.models.messages import MessageKind

MAX_TEXT = 4_000
MAX_CLIENT_ID = 64
PAGE = 100
MAX_PAGE = 500
# What the database's column holds; a larger number cannot be a sequence.
MAX_SEQUENCE = 2_147_483_647


class ConversationQuery(serializers.Serializer[object]):
    """What a list may be narrowed by."""

    status = serializers.ChoiceField(choices=ConversationStatus.choices, required=False)
    since = serializers.DateTimeField(required=False, help_text="Only those with something new since this time.")


class ConversationSerializer(serializers.Serializer[Conversation]):
    """A conversation without its messages."""

    uuid = serializers.UUIDField()
    site = serializers.CharField(source="site.key")
    visitor = serializers.UUIDField(source="visitor.uuid")
    status = serializers.ChoiceField(choices=ConversationStatus.choices)
    agent = serializers.CharField(source="assignee.display_name", default=None, allow_null=True)
    locale = serializers.CharField()
    sequence = serializers.IntegerField(help_text="Number of the last message.")
    last_intent = serializers.CharField()
    was_handed_off = serializers.BooleanField()
    opened_at = serializers.DateTimeField()
    last_activity_at = serializers.DateTimeField()
    waiting_since = serializers.DateTimeField(allow_null=True)
    resolved_at = serializers.DateTimeField(allow_null=True)


class MessageQuery(serializers.Serializer[object]):
    """Which messages to read."""

    after = serializers.IntegerField(required=False, min_value=0, max_value=MAX_SEQUENCE, default=0)
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MAX_PAGE, default=PAGE)
    notes = serializers.BooleanField(
        required=False, default=False, help_text="Also the notes that only staff see."
    )


class MessageSerializer(serializers.Serializer[Message]):
    """A message as it is stored: personal data already masked."""

    id = serializers.UUIDField(source="uuid")
    sequence = serializers.IntegerField()
    author = serializers.CharField(help_text="visitor, bot, agent or system.")
    agent = serializers.CharField(source="agent.display_name", default=None, allow_null=True)
    kind = serializers.ChoiceField(choices=MessageKind.choices)
    event = serializers.CharField()
    text = serializers.CharField()
    citations = serializers.ListField(child=serializers.DictField())
    quick_replies = serializers.ListField(child=serializers.CharField())
    client_id = serializers.CharField(allow_null=True)
    at = serializers.DateTimeField(source="created_at")


class MessagePage(serializers.Serializer[object]):
    """Messages in order. `after` of the next request is `next_after`; null when there are no more."""

    results = MessageSerializer(many=True)
    next_after = serializers.IntegerField(allow_null=True)


class NewMessageRequest(serializers.Serializer[object]):
    """What to say. The same `client_id` with the same text is stored once, however often it is sent."""

    text = TextField(max_length=MAX_TEXT)
    client_id = TextField(max_length=MAX_CLIENT_ID)


class ConversationsView(ApiView):
    """`GET /api/v1/conversations`."""

    required_scopes: ClassVar = {"GET": "conversations:read"}
    ordering: ClassVar = ("-last_activity_at", "-id")
    serializer_class = ConversationSerializer

    def get_queryset(self) -> QuerySet[Conversation]:
        """The workspace's conversations."""
        return conversations(self.workspace.pk)

    @extend_schema(
        operation_id="conversations_list",
        extensions=scope("conversations:read"),
        summary="List conversations",
        description="Latest activity first.",
        parameters=[ConversationQuery, OpenApiParameter("limit", int), OpenApiParameter("cursor", str)],
        responses={200: ConversationSerializer(many=True), **refusals(400, 401, 403, 429)},
    )
    def get(self, request: Request) -> Response:
        """One page."""
        query = ConversationQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        rows = self.get_queryset()
        if "status" in query.validated_data:
            rows = rows.filter(status=query.validated_data["status"])
        if "since" in query.validated_data:
            rows = rows.filter(last_activity_at__gte=query.validated_data["since"])
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class ConversationView(ApiView):
    """`GET /api/v1/conversations/<uuid>`."""

    required_scopes: ClassVar = {"GET": "conversations:read"}
    serializer_class = ConversationSerializer
    pagination_class = None

    @extend_schema(
        operation_id="conversations_read",
        extensions=scope("conversations:read"),
        summary="Read a conversation",
        responses={200: ConversationSerializer, **refusals(401, 403, 404, 429)},
    )
    def get(self, request: Request, uuid: UUID) -> Response:
        """One conversation."""
        return Response(ConversationSerializer(conversation_of(self.workspace.pk, uuid)).data)


class MessagesView(ApiView):
    """`GET` and `POST /api/v1/conversations/<uuid>/messages`."""

    required_scopes: ClassVar = {"GET": "messages:read", "POST": "messages:write"}
    serializer_class = MessageSerializer
    pagination_class = None

    @extend_schema(
        operation_id="messages_list",
        extensions=scope("messages:read"),
        summary="Read messages",
        description="In the order of their numbers, those after `after`.",
        parameters=[MessageQuery],
        responses={200: MessagePage, **refusals(400, 401, 403, 404, 429)},
    )
    def get(self, request: Request, uuid: UUID) -> Response:
        """Messages after a number."""
        conversation = conversation_of(self.workspace.pk, uuid)
        query = MessageQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        rows = conversation.messages.filter(sequence__gt=query.validated_data["after"]).select_related("agent")
        if not query.validated_data["notes"]:
            rows = rows.exclude(kind=MessageKind.NOTE)
        limit = query.validated_data["limit"]
        found = list(rows.order_by("sequence")[: limit + 1])
        more = len(found) > limit
        found = found[:limit]
        return Response(
            {
                "results": [MessageSerializer(message).data for message in found],
                "next_after": found[-1].sequence if more else None,
            }
        )

    @extend_schema(
        operation_id="messages_create",
        extensions=scope("messages:write"),
        summary="Say something as an agent",
        description="The message is said in the name of the person who made the token: an agent who has the "
        "conversation at this moment (409 `not_owner` otherwise). It is masked like every message and reaches the "
        "visitor at once. Sent again with the same `client_id` it is found, not doubled; with another text it is "
        "refused (409 `client_id_reused`).",
        request=NewMessageRequest,
        responses={201: MessageSerializer, **refusals(400, 401, 403, 404, 409, 413, 429)},
    )
    def post(self, request: Request, uuid: UUID) -> Response:
        """Store and send."""
        conversation = conversation_of(self.workspace.pk, uuid)
        body = NewMessageRequest(data=request.data)
        body.is_valid(raise_exception=True)
        person = self.token.created_by
        if person is None or not person.is_active:
            raise Forbidden(_("The person who made this token does not work here any more."))
        message = post_agent_message(
            conversation=conversation,
            actor=person,
            text=body.validated_data["text"],
            client_id=body.validated_data["client_id"],
        )
        return Response(MessageSerializer(message).data, status=status.HTTP_201_CREATED)


def conversations(workspace_id: int) -> QuerySet[Conversation]:
    """The workspace's conversations with what a serializer reads of them."""
    return Conversation.objects.filter(site__workspace_id=workspace_id).select_related(
        "site", "visitor", "assignee"
    )


def conversation_of(workspace_id: int, uuid: UUID) -> Conversation:
    """One conversation of the workspace; NotFound for an unknown one and for one of another workspace alike."""
    conversation = conversations(workspace_id).filter(uuid=uuid).first()
    if conversation is None:
        raise NotFound(_("There is no such conversation."))
    return conversation
