"""The customer's socket: one visitor, one conversation."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from chat.actions.conversations import change_locale
from chat.actions.handoffs import request_person
from chat.actions.messages import visitor_message
from chat.actions.typing import announce_typing
from chat.actions.visitors import note_visit
from chat.commands import (
    VISITOR,
    Command,
    OpenSession,
    ReportCursor,
    RequestHandoff,
    ResumeMessages,
    SendMessage,
    SetTyping,
)
from chat.consumers.base import FORBIDDEN, NO_TOKEN, LiveConsumer
from chat.consumers.feed import Feed
from chat.consumers.typing_pace import TypingPace
from chat.errors import Forbidden, InvalidToken
from chat.events import SessionOpened, TypingChanged
from chat.hints import ConversationHint, Hint, MessageHint, TypingHint, conversation_group
from chat.live.reading import VisitorSession, last_visible, read_state, read_visitor_session
from chat.locales import supported_locale
from chat.models import Conversation
from chat.models.messages import Author


class VisitorConsumer(LiveConsumer):
    """`/ws/chat/<site key>/`: rights come from the token in the first frame, and from nothing else."""

    kind = "visitor"
    commands: ClassVar = VISITOR
    opening: ClassVar = OpenSession

    session: VisitorSession | None = None
    feed: Feed | None = None

    @property
    def visitor_id(self) -> int | None:
        """The visitor, once the session is open."""
        return self.session.visitor.pk if self.session is not None else None

    @property
    def token_hash(self) -> str:
        """The hash of the token that the session was opened with: another one by now ends it."""
        return self.session.visitor.token_hash if self.session is not None else ""

    def is_origin_allowed(self) -> bool:
        """The chat page is ours, so a page's Origin must be too; programs send none and have only their token."""
        given = [value for name, value in self.scope["headers"] if name.lower() == b"origin"]
        return not given or (len(given) == 1 and self.has_own_origin(given[0]))

    async def handle(self, command: Command) -> None:
        """Serve one frame of the visitor."""
        if isinstance(command, OpenSession):
            await self.open(command)
            return
        session, feed = self.session, self.feed
        if session is None or feed is None:
            await self.refuse("not_opened", "session.open comes first", getattr(command, "client_id", None))
            return
        match command:
            case SendMessage(client_id, text):
                await self.store(
                    client_id,
                    partial(
                        visitor_message,
                        conversation_id=session.ref.id,
                        workspace_id=session.ref.workspace_id,
                        client_id=client_id,
                        text=text,
                    ),
                )
            case ResumeMessages(conversation, after):
                if conversation != session.ref.uuid:
                    await self.refuse("not_found", "no such conversation")
                    return
                feed.resume(after)
            case ReportCursor(conversation, sequence):
                if conversation != session.ref.uuid:
                    await self.refuse("not_found", "no such conversation")
                    return
                feed.report(sequence)
            case SetTyping(typing):
                if self.typing_pace.lets(session.ref.uuid, typing=typing):
                    announce_typing(
                        conversation=session.ref.uuid,
                        author=Author.VISITOR,
                        typing=typing,
                        source=self.channel_name,
                    )
            case RequestHandoff(client_id):
                if not self._messages.take():
                    await self.refuse_rate(client_id)
                    return
                await self.settle()
                stored = await self.services.actors.run(
                    request_person, conversation=Conversation(pk=session.ref.id), client_id=client_id
                )
                await self.acknowledge(client_id, stored)

    async def open(self, command: OpenSession) -> None:
        """Check the token, join the conversation's group, and only then read, so that nothing falls between."""
        if self.opened:
            await self.refuse("wrong_state", "the session is open already")
            return
        readers = self.services.readers
        site_key = self.scope["url_route"]["kwargs"]["site_key"]
        try:
            session = await readers.run(read_visitor_session, site_key=site_key, token=command.token)
        except InvalidToken:
            await self.shut(NO_TOKEN)
            return
        except Forbidden:
            await self.shut(FORBIDDEN)
            return
        ref = session.ref
        locale = supported_locale(command.locale)
        if locale and locale != session.locale:
            await self.services.actors.run(change_locale, conversation=Conversation(pk=ref.id), locale=locale)
        await self.services.actors.run(note_visit, visitor=session.visitor)
        feed = Feed(ref, notes=False, threads=readers, send=self.say, shut=self.shut)
        await self.join(conversation_group(feed.name))
        state = await readers.run(read_state, ref)
        visible = await readers.run(last_visible, ref, upto=state.sequence)
        if self.closed:
            return
        self.typing_pace = TypingPace()
        self.session, self.feed = session, feed
        self.mark_open()
        await self.say(
            SessionOpened(
                conversation=feed.name,
                status=state.status,
                agent=state.agent,
                sequence=visible,
                locale=state.locale,
            )
        )
        feed.assume(state)
        feed.resume(command.cursors.get(ref.uuid, 0))
        # From here on hints reach the feed; what came since it joined is found by the replay.
        self.feeds[feed.name] = feed

    async def take_hint(self, hint: Hint) -> None:
        """Send what the visitor may see of it."""
        feed = self.feed
        if feed is None:
            return
        match hint:
            case MessageHint():
                await feed.offer(hint)
            case ConversationHint():
                feed.wake()
            case TypingHint(conversation, author, typing, source):
                if source != self.channel_name and author != Author.VISITOR:
                    await self.say(TypingChanged(conversation=conversation, author=author, typing=typing))
