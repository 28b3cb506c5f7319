"""The consumer that one writes first: every message in a transaction of its own through `database_sync_to_async`.

It stores exactly what the product stores (idempotency by client_id, the next sequence, the turn), with the same
database settings, and tells the conversation's group; it masks nothing and checks nothing.
"""

from __future__ import annotations

from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.db import transaction
from django.utils import timezone

from chat.models import Conversation, Message, Turn
from chat.models.messages import Author
from chat.models.turns import TurnStatus
from chat.visitor_tokens import hash_token


class NaiveConsumer(AsyncJsonWebsocketConsumer):
    """`/naive/<token>/`."""

    channel_layer_alias = "naive"

    async def connect(self) -> None:
        """Find the visitor's conversation and join its group."""
        token = self.scope["url_route"]["kwargs"]["token"]
        self.conversation_id = await self.find(token)
        self.group = f"conversation.{self.conversation_id}"
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        """Leave the group."""
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive_json(self, content: dict[str, Any], **_: Any) -> None:
        """Store, tell the group, acknowledge."""
        data = content["data"]
        sequence = await self.store(data["client_id"], data["text"])
        posted = {"type": "message_posted", "sequence": sequence, "text": data["text"]}
        await self.channel_layer.group_send(self.group, posted)
        await self.send_json(
            {
                "type": "message.acknowledged",
                "v": 1,
                "data": {"client_id": data["client_id"], "sequence": sequence},
            }
        )

    async def message_posted(self, event: dict[str, Any]) -> None:
        """Show it."""
        await self.send_json({"type": "message.posted", "v": 1, "data": event})

    @database_sync_to_async
    def find(self, token: str) -> int:
        """The conversation's id."""
        return Conversation.objects.get(visitor__token_hash=hash_token(token)).pk

    @database_sync_to_async
    def store(self, client_id: str, text: str) -> int:
        """The product's transaction, for one message."""
        with transaction.atomic():
            conversation = Conversation.objects.select_for_update().get(pk=self.conversation_id)
            known = Message.objects.filter(conversation=conversation, client_id=client_id).first()
            if known is not None:
                return known.sequence
            now = timezone.now()
            conversation.sequence += 1
            conversation.visitor_sequence = conversation.sequence
            conversation.last_activity_at = now
            conversation.save(update_fields=["sequence", "visitor_sequence", "last_activity_at"])
            Message.objects.create(
                conversation=conversation,
                sequence=conversation.sequence,
                author=Author.VISITOR,
                text=text,
                client_id=client_id,
                created_at=now,
            )
            turn = Turn.objects.filter(
                conversation=conversation, status__in=(TurnStatus.PENDING, TurnStatus.CLAIMED)
            ).first()
            if turn is None:
                Turn.objects.create(
                    workspace_id=conversation.site.workspace_id,
                    conversation=conversation,
                    first_sequence=conversation.sequence,
                    last_sequence=conversation.sequence,
                )
            else:
                turn.last_sequence = conversation.sequence
                turn.save(update_fields=["last_sequence"])
            return conversation.sequence
