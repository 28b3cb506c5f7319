"""The staff's socket: the inbox, and every conversation that is on screen."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db import DatabaseError, InterfaceError

from chat.access import can_use_desk
from chat.actions.agents import ensure_agent
from chat.actions.conversations import resolve_conversation, return_to_bot, take_conversation
from chat.actions.messages import agent_message, note
from chat.actions.typing import announce_typing
from chat.commands import (
    DESK,
    AddNote,
    Command,
    OpenDesk,
    ReportCursor,
    ResolveConversation,
    ResumeMessages,
    ReturnConversation,
    SendReply,
    SetDeskTyping,
    TakeConversation,
    UnwatchConversation,
    WatchConversation,
)
from chat.consumers.base import FORBIDDEN, LiveConsumer
from chat.consumers.feed import RESTARTING, Feed
from chat.consumers.typing_pace import TypingPace
from chat.errors import Forbidden, NotFound
from chat.events import DeskOpened, InboxChanged, TypingChanged
from chat.hints import (
    AgentHint,
    ConversationHint,
    Hint,
    InboxHint,
    MessageHint,
    TypingHint,
    agent_group,
    conversation_group,
    inbox_group,
)
from chat.limits import MOST_WATCHED
from chat.live.reading import (
    ConversationRef,
    InboxLine,
    may_open,
    read_desk_counts,
    read_ref,
    read_workspace_ids,
)
from chat.live.staff import read_staff_session
from chat.models import Agent, Conversation
from chat.models.messages import Author


class DeskConsumer(LiveConsumer):
    """`/ws/desk/`: the session cookie of a desk user, from our own pages only."""

    kind = "desk"
    commands: ClassVar = DESK
    opening: ClassVar = OpenDesk

    agent: Agent | None = None

    @property
    def agent_id(self) -> int | None:
        """The agent, once the desk is open."""
        return self.agent.pk if self.agent is not None else None

    def is_origin_allowed(self) -> bool:
        """Exactly one Origin header, exactly ours: a cookie comes along from any page."""
        given = [value for name, value in self.scope["headers"] if name.lower() == b"origin"]
        return len(given) == 1 and self.has_own_origin(given[0])

    async def check_welcome(self) -> None:
        """Somebody with a desk role must be signed in."""
        self.typing_pace = TypingPace()
        self._inbox: dict[str, asyncio.Future[InboxLine | None]] = {}
        self._acted_on: set[UUID] = set()
        self.staff = await self.services.readers.run(read_staff_session, self.cookie(settings.SESSION_COOKIE_NAME))
        if self.staff is None:
            await self.shut(FORBIDDEN)

    async def handle(self, command: Command) -> None:
        """Serve one frame of a staff member."""
        if isinstance(command, OpenDesk):
            await self.open(command)
            return
        agent = self.agent
        if agent is None:
            await self.refuse("not_opened", "desk.open comes first", getattr(command, "client_id", None))
            return
        match command:
            case WatchConversation(conversation, after):
                await self.watch(conversation, after)
            case UnwatchConversation(conversation):
                await self.unwatch(conversation)
            case ResumeMessages(conversation, after):
                self.watched(conversation).resume(after)
            case ReportCursor(conversation, sequence):
                self.watched(conversation).report(sequence)
            case SendReply(conversation, client_id, text):
                await self.write(agent_message, conversation, agent, client_id, text)
            case AddNote(conversation, client_id, text):
                await self.write(note, conversation, agent, client_id, text)
            case TakeConversation(conversation):
                await self.act(take_conversation, conversation)
            case ReturnConversation(conversation):
                await self.act(return_to_bot, conversation)
            case ResolveConversation(conversation):
                await self.act(resolve_conversation, conversation)
            case SetDeskTyping(conversation, typing):
                self.type(agent, conversation, typing=typing)

    async def open(self, command: OpenDesk) -> None:
        """Make sure of the profile, join the groups, then read."""
        if self.opened or self.staff is None:
            await self.refuse("wrong_state", "the desk is open already")
            return
        try:
            agent = await self.services.actors.run(open_profile, self.staff.user_id)
        except Forbidden:
            await self.shut(FORBIDDEN)
            return
        await self.join(agent_group(agent.pk))
        await self.join_inboxes()
        if self.closed:
            return
        self.agent = agent
        self.mark_open()
        try:
            await self.say_counts()
            await self.watch_all(command.cursors)
        except (DatabaseError, InterfaceError):
            # A page that believes to follow what it does not would stay silent for good: it shall come again.
            await self.shut(RESTARTING)

    async def watch_all(self, cursors: Mapping[UUID, int]) -> None:
        """Follow what the page followed before; what is gone meanwhile is refused one by one."""
        for conversation, after in cursors.items():
            try:
                await self.watch(conversation, after)
            except NotFound as error:
                await self.refuse_error(error, None)

    async def join_inboxes(self) -> None:
        """Hear of every workspace's inbox: for now all desks serve all sites."""
        for workspace_id in await self.services.readers.run(read_workspace_ids):
            await self.join(inbox_group(workspace_id))

    async def say_counts(self) -> None:
        """How many wait, how many the agent has: the page reads its lists anew on this."""
        if self.agent is None:
            return
        counts = await self.services.readers.run(read_desk_counts, [self.agent.pk])
        mine = counts[self.agent.pk]
        await self.say(DeskOpened(agent=self.agent.display_name, waiting=mine.waiting, mine=mine.mine))

    async def watch(self, conversation: UUID, after: int) -> None:
        """Follow a conversation from a sequence on; watching it again replays from the new one."""
        feed = self.feeds.get(str(conversation))
        if feed is None:
            if len(self.feeds) >= MOST_WATCHED:
                await self.refuse("invalid", f"at most {MOST_WATCHED} conversations at once")
                return
            ref = await self.ref_of(conversation)
            feed = Feed(
                ref,
                notes=True,
                threads=self.services.readers,
                send=self.say,
                shut=self.shut,
                may_read=partial(self.may_read, ref),
                lost=self.lose,
            )
            await self.join(conversation_group(feed.name))
            self.feeds[feed.name] = feed
        feed.resume(after)

    async def unwatch(self, conversation: UUID) -> None:
        """Stop following; nothing happens if it was not followed."""
        feed = self.feeds.pop(str(conversation), None)
        if feed is not None:
            feed.end()
            await self.leave(conversation_group(feed.name))

    async def may_read(self, ref: ConversationRef) -> bool:
        """Whether the user may go on following a conversation that changed hands; what one did oneself, yes."""
        if self.staff is None:
            return False
        if ref.uuid in self._acted_on:
            return True
        return await self.services.readers.run(may_open, ref, user_id=self.staff.user_id)

    async def lose(self, feed: Feed) -> None:
        """Follow no longer what the user may not read any more."""
        if self.feeds.get(feed.name) is feed:
            del self.feeds[feed.name]
            await self.leave(conversation_group(feed.name))

    def watched(self, conversation: UUID) -> Feed:
        """The feed of a followed conversation. NotFound if it is not followed."""
        feed = self.feeds.get(str(conversation))
        if feed is None:
            raise NotFound("The conversation is not watched")
        return feed

    async def ref_of(self, conversation: UUID) -> ConversationRef:
        """The conversation's row, from what is followed or from the database.

        NotFound if the user may not open it.
        """
        feed = self.feeds.get(str(conversation))
        if feed is not None:
            return feed.ref
        if self.staff is None:
            raise NotFound("No such conversation")
        return await self.services.readers.run(read_ref, conversation=conversation, user_id=self.staff.user_id)

    async def write(self, prepare: Any, conversation: UUID, agent: Agent, client_id: str, text: str) -> None:
        """Hand a reply or a note to the writer, which checks whose conversation it is when it stores it."""
        ref = await self.ref_of(conversation)
        await self.store(
            client_id,
            partial(
                prepare,
                conversation_id=ref.id,
                workspace_id=ref.workspace_id,
                agent=agent,
                client_id=client_id,
                text=text,
            ),
        )

    async def act(self, action: Any, conversation: UUID) -> None:
        """Have an action done in a thread; everybody, this desk included, learns of it by its hints."""
        ref = await self.ref_of(conversation)
        if self.staff is None:
            return
        await self.settle()
        is_first = conversation not in self._acted_on
        # Before the act: its hint may come before its end.
        self._acted_on.add(conversation)
        try:
            await self.services.actors.run(act_as, self.staff.user_id, action, ref.id)
        except BaseException:
            if is_first:
                self._acted_on.discard(conversation)
            raise

    def type(self, agent: Agent, conversation: UUID, *, typing: bool) -> None:
        """Pass typing on, only from the one whom the visitor talks with."""
        state = self.watched(conversation).state
        if state is None or state.assignee_id != agent.pk:
            return
        if self.typing_pace.lets(conversation, typing=typing):
            announce_typing(
                conversation=conversation, author=Author.AGENT, typing=typing, source=self.channel_name
            )

    async def take_hint(self, hint: Hint) -> None:
        """Send what a desk sees of it."""
        match hint:
            case MessageHint(conversation):
                if (feed := self.feeds.get(conversation)) is not None:
                    await feed.offer(hint)
            case ConversationHint(conversation):
                if (feed := self.feeds.get(conversation)) is not None:
                    feed.wake()
            case InboxHint(_workspace_id, conversation):
                self.tell_inbox(conversation)
            case TypingHint(conversation, author, typing, source):
                if source != self.channel_name:
                    await self.say(TypingChanged(conversation=conversation, author=author, typing=typing))
            case AgentHint():
                self.services.caretaker.check_soon()

    def tell_inbox(self, conversation: str) -> None:
        """Have the inbox's line sent, once for all hints that come before it is read."""
        future = self.services.inbox.ask(conversation)
        if self._inbox.get(conversation) is not future:
            self._inbox[conversation] = future
            self.spawn(self._send_inbox(conversation, future))

    async def _send_inbox(self, conversation: str, future: asyncio.Future[InboxLine | None]) -> None:
        line = await asyncio.shield(future)
        if self._inbox.get(conversation) is future:
            del self._inbox[conversation]
        if line is not None:
            await self.say(
                InboxChanged(
                    conversation=conversation,
                    status=line.status,
                    assignee=line.assignee_id,
                    waiting=line.waiting,
                )
            )

    async def layer_overflow(self, event: Mapping[str, Any]) -> None:
        """Hints were lost: read what was missed, the inbox as well."""
        await super().layer_overflow(event)
        await self.say_counts()

    async def beat(self) -> None:
        """Heartbeats of the conversations, and the counts, so that a lost inbox change is healed."""
        await super().beat()
        self.spawn(self._beat_inbox())

    async def _beat_inbox(self) -> None:
        await self.join_inboxes()
        await self.say_counts()


def open_profile(user_id: int) -> Agent:
    """The agent of a user. Forbidden if the role has gone."""
    user = User.objects.filter(pk=user_id).first()
    if user is None or not can_use_desk(user):
        raise Forbidden("The role does not answer conversations")
    return ensure_agent(user)


def act_as(user_id: int, action: Any, conversation_id: int) -> None:
    """Call an action as a user, with the rights that the user has now."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise Forbidden("Signed out")
    action(conversation=Conversation(pk=conversation_id), actor=user)
