"""Which placeholders of a conversation's messages have an original in the vault, and the end of those originals.

The ground floor knows a conversation only as a scope, its uuid.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models.signals import post_delete
from django.dispatch import receiver

from chat.models import Conversation, FlowTrial, Message
from nlu.actions.vault import forget_values
from nlu.models import VaultEntry


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a message's text; `entry` is the row that keeps what a placeholder stands for."""

    text: str
    entry: VaultEntry | None = None


def kept_of(conversation: Conversation) -> list[VaultEntry]:
    """What the vault keeps of the conversation, without opening anything."""
    return list(
        VaultEntry.objects.filter(workspace_id=conversation.site.workspace_id, scope=str(conversation.uuid)).defer(
            "ciphertext"
        )
    )


def pieces_of(messages: Iterable[Message], entries: Iterable[VaultEntry]) -> Mapping[int, tuple[Piece, ...]]:
    """Sequence -> the text cut at its kept placeholders, for the messages that have some."""
    by_message: dict[int, dict[str, VaultEntry]] = {}
    for entry in entries:
        by_message.setdefault(entry.item, {})[entry.placeholder] = entry
    return {
        message.sequence: tuple(_cut(message.text, by_message[message.sequence]))
        for message in messages
        if message.sequence in by_message
    }


def _cut(text: str, entries: Mapping[str, VaultEntry]) -> Iterable[Piece]:
    while text:
        found = [(text.find(placeholder), placeholder) for placeholder in entries if placeholder in text]
        if not found:
            yield Piece(text)
            return
        start, placeholder = min(found)
        if start:
            yield Piece(text[:start])
        yield Piece(placeholder, entries[placeholder])
        text = text[start + len(placeholder) :]


@receiver(post_delete, sender=Conversation, dispatch_uid="chat.kept_values")
def forget_with_the_conversation(sender: type[Conversation], instance: Conversation, **_: object) -> None:
    """However a conversation goes (with its site, its visitor), what was kept of it goes with it."""
    forget_values(scopes=[str(instance.uuid)])


@receiver(post_delete, sender=FlowTrial, dispatch_uid="chat.kept_values.trials")
def forget_with_the_trial(sender: type[FlowTrial], instance: FlowTrial, **_: object) -> None:
    """So it is with a talk in which staff tried a flow out."""
    forget_values(scopes=[str(instance.uuid)])
