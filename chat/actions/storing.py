"""The one place that stores messages: a batch in the caller's transaction, a handful of statements for all of it.

The writer calls it with everything that waits, actions with a single message. Sequence numbers are gap-free
because the conversation's row is locked until the commit, and a repeated `client_id` finds the first copy.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from chat.errors import ChatError, ClientIdReused, NotFound, NotOwner
from chat.hints import ConversationHint, Hint, InboxHint, MessageHint
from chat.models import Conversation, Message, Turn
from chat.models.conversations import ConversationStatus
from chat.models.messages import Author, MessageKind
from chat.models.turns import TurnKind, TurnStatus
from chat.posted import posted
from chat.publish import publish_after_commit
from nlu.actions.vault import KeptValue, NewEntry, keep_values


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to store; `text` is masked already, `body_hash` recognizes a resend of the same words.

    `agent_name` is what customers see of `agent_id`. `opens_turn` is False for a visitor's line that the assistant
    shall not answer. `by_owner` asks for the check that the agent has the conversation. `kept` is for the
    vault.
    """

    conversation_id: int
    author: str
    text: str
    kind: str = MessageKind.TEXT
    event: str = ""
    client_id: str | None = None
    body_hash: str = ""
    agent_id: int | None = None
    agent_name: str | None = None
    citations: Sequence[dict[str, str]] = ()
    quick_replies: Sequence[str] = ()
    opens_turn: bool = True
    by_owner: bool = False
    kept: tuple[KeptValue, ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a message: its row, and whether this call made it or a former one."""

    message: Message
    created: bool


@dataclass(slots=True)
class Ledger:
    """What changes on a conversation's row while a batch is stored."""

    id: int
    uuid: UUID
    workspace_id: int
    status: str
    assignee_id: int | None
    sequence: int
    visitor_sequence: int
    first_agent_reply_at: datetime | None
    turn_from: int = 0
    reopened: bool = False
    changed: bool = False


@lru_cache(maxsize=1)
def _hash_key(secret: str) -> bytes:
    return hashlib.sha256(b"chat.message.body:" + secret.encode()).digest()


def body_hash(*, author: str, kind: str, agent_id: int | None, text: str) -> str:
    """Keyed hash of the words as they were sent, before masking: it tells a resend from another text.

    Keyed, because a plain hash of a short text with a telephone number in it can be found by trying numbers.
    """
    given = f"{author}\x1f{kind}\x1f{agent_id or ''}\x1f{text}"
    return hmac.new(_hash_key(settings.SECRET_KEY), given.encode(), hashlib.sha256).hexdigest()


def store_messages(batch: Sequence[NewMessage]) -> list[Stored | ChatError]:
    """Store the batch in order; one outcome each. Call inside a transaction; hints go out after its commit.

    Refusals (unknown conversation, `client_id` of another text, not the owner) are returned, not raised: they
    must not undo the others. Database errors are raised and undo all.
    """
    now = timezone.now()
    ledgers = _lock_conversations({new.conversation_id for new in batch})
    known = _known_messages(batch)
    outcomes: list[Stored | ChatError] = []
    rows: list[tuple[Message, NewMessage, Ledger]] = []
    for new in batch:
        ledger = ledgers.get(new.conversation_id)
        if ledger is None:
            outcomes.append(NotFound("No such conversation"))
            continue
        first = known.get((new.conversation_id, new.client_id)) if new.client_id is not None else None
        if first is not None:
            same = hmac.compare_digest(first.body_hash, new.body_hash)
            outcomes.append(Stored(first, created=False) if same else ClientIdReused("Used for another text"))
            continue
        if new.by_owner and (ledger.status != ConversationStatus.ACTIVE or ledger.assignee_id != new.agent_id):
            outcomes.append(NotOwner("The conversation is not yours"))
            continue
        message = _next_message(new, ledger, now)
        if new.client_id is not None:
            known[new.conversation_id, new.client_id] = message
        rows.append((message, new, ledger))
        outcomes.append(Stored(message, created=True))
    if rows:
        Message.objects.bulk_create([message for message, _new, _ledger in rows])
        keep_values(
            [
                NewEntry(ledger.workspace_id, str(ledger.uuid), message.sequence, value)
                for message, new, ledger in rows
                for value in new.kept
            ]
        )
        changed = [ledger for ledger in ledgers.values() if ledger.changed]
        _save_ledgers(changed, now)
        turns_waiting = _open_turns([ledger for ledger in changed if ledger.turn_from])
        publish_after_commit(_hints(rows, changed), turns_waiting=turns_waiting)
    return outcomes


def store_message(new: NewMessage) -> Stored:
    """Store one message in a transaction; raises what `store_messages` would return."""
    with transaction.atomic():
        [outcome] = store_messages([new])
    if isinstance(outcome, ChatError):
        raise outcome
    return outcome


def _lock_conversations(ids: set[int]) -> dict[int, Ledger]:
    """The conversations' rows, locked in order of their ids so that two batches cannot wait for each other."""
    rows = (
        Conversation.objects.filter(pk__in=ids)
        .order_by("pk")
        .select_for_update(of=("self",))
        .values_list(
            "id",
            "uuid",
            "site__workspace_id",
            "status",
            "assignee_id",
            "sequence",
            "visitor_sequence",
            "first_agent_reply_at",
        )
    )
    return {row[0]: Ledger(*row) for row in rows}


def _known_messages(batch: Sequence[NewMessage]) -> dict[tuple[int, str], Message]:
    """Stored messages that carry a client_id of the batch."""
    client_ids = {new.client_id for new in batch if new.client_id is not None}
    if not client_ids:
        return {}
    found = Message.objects.filter(
        conversation_id__in={new.conversation_id for new in batch}, client_id__in=client_ids
    )
    return {(message.conversation_id, message.client_id or ""): message for message in found}


def _next_message(new: NewMessage, ledger: Ledger, now: datetime) -> Message:
    """The row with the next number; the ledger moves on."""
    ledger.sequence += 1
    ledger.changed = True
    if new.author == Author.VISITOR:
        ledger.visitor_sequence = ledger.sequence
        if ledger.status == ConversationStatus.RESOLVED:
            ledger.status = ConversationStatus.BOT
            ledger.assignee_id = None
            ledger.reopened = True
        if ledger.status == ConversationStatus.BOT and new.opens_turn and not ledger.turn_from:
            ledger.turn_from = ledger.sequence
    elif new.author == Author.AGENT and new.kind == MessageKind.TEXT and ledger.first_agent_reply_at is None:
        ledger.first_agent_reply_at = now
    return Message(
        conversation_id=ledger.id,
        sequence=ledger.sequence,
        author=new.author,
        agent_id=new.agent_id,
        kind=new.kind,
        event=new.event,
        text=new.text,
        client_id=new.client_id,
        body_hash=new.body_hash,
        citations=list(new.citations),
        quick_replies=list(new.quick_replies),
        created_at=now,
    )


_SAVE = (
    "UPDATE chat_conversation SET sequence = %s, visitor_sequence = %s, first_agent_reply_at = %s, "
    "last_activity_at = %s WHERE id = %s"
)


def _save_ledgers(ledgers: Sequence[Ledger], now: datetime) -> None:
    """Write the numbers back: one prepared statement for all rows, as Django's bulk_update is slow here."""
    adapt = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.executemany(
            _SAVE,
            [
                (one.sequence, one.visitor_sequence, adapt(one.first_agent_reply_at), adapt(now), one.id)
                for one in ledgers
            ],
        )
    reopened = [one.id for one in ledgers if one.reopened]
    if reopened:
        Conversation.objects.filter(pk__in=reopened).update(
            status=ConversationStatus.BOT, assignee=None, dialogue_state={}, resolved_at=None, waiting_since=None
        )


def _open_turns(ledgers: Sequence[Ledger]) -> bool:
    """Let each conversation's open turn cover its newest message, or open one; whether there was anything to do.

    A claimed turn stays claimed: its worker sees at the end that newer messages came.
    """
    if not ledgers:
        return False
    open_turns = dict(
        Turn.objects.filter(
            conversation_id__in=[one.id for one in ledgers],
            kind=TurnKind.LIVE,
            status__in=(TurnStatus.PENDING, TurnStatus.CLAIMED),
        )
        .order_by("pk")
        .select_for_update()
        .values_list("conversation_id", "pk")
    )
    raised = [(one.visitor_sequence, open_turns[one.id]) for one in ledgers if one.id in open_turns]
    if raised:
        with connection.cursor() as cursor:
            cursor.executemany("UPDATE chat_turn SET last_sequence = %s WHERE id = %s", raised)
    Turn.objects.bulk_create(
        Turn(
            workspace_id=one.workspace_id,
            conversation_id=one.id,
            first_sequence=one.turn_from,
            last_sequence=one.visitor_sequence,
        )
        for one in ledgers
        if one.id not in open_turns
    )
    return True


def _hints(rows: Sequence[tuple[Message, NewMessage, Ledger]], changed: Sequence[Ledger]) -> list[Hint]:
    """What to tell after the commit: each message, each reopened conversation, each line of an inbox."""
    hints: list[Hint] = []
    for message, new, ledger in rows:
        conversation = str(ledger.uuid)
        hints.append(
            MessageHint(
                conversation=conversation,
                sequence=message.sequence,
                note=message.kind == MessageKind.NOTE,
                posted=posted(message, conversation=conversation, agent=new.agent_name, previous=0),
            )
        )
    for ledger in changed:
        if ledger.reopened:
            hints.append(ConversationHint(str(ledger.uuid)))
        if ledger.reopened or ledger.status in (ConversationStatus.WAITING, ConversationStatus.ACTIVE):
            hints.append(InboxHint(ledger.workspace_id, str(ledger.uuid)))
    return hints
