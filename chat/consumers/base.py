"""What both kinds of sockets share: an own dispatch, checked frames, limits, heartbeats, an orderly end.

Channels from 4.3 on runs a sweep of database connections in one shared thread before every event; three quarters
of its cost, and any slow query there stops all sockets. `dispatch` here does without: nothing on the loop's side
touches the database, and the threads that do look after their own connections.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from http.cookies import CookieError, SimpleCookie
from typing import Any, ClassVar

from channels.consumer import AsyncConsumer, get_handler_name
from channels.exceptions import StopConsumer
from django.conf import settings
from django.db import DatabaseError, InterfaceError

from chat.access import origin_of, own_origins
from chat.actions.storing import Stored
from chat.commands import Command, read_command
from chat.consumers.feed import TOO_SLOW, Feed
from chat.decoding import FrameError, decode_frame, usable_client_id
from chat.errors import Busy, ChatError
from chat.events import ERROR_CODES, Error, Event, MessageAcknowledged, encode
from chat.faults import place_of
from chat.hints import Hint
from chat.hub import InProcessLayer
from chat.limits import (
    HEARTBEAT_SECONDS,
    IN_WORK,
    MOST_BAD_FRAMES,
    MOST_REFUSALS,
    OPEN_SECONDS,
    TokenBucket,
    client_address,
)
from chat.live.services import LiveServices, live_services
from chat.live.staff import StaffSession
from chat.live.writer import Outcome
from chat.metrics import FRAMES_REFUSED, SOCKETS, SOCKETS_CLOSED

logger = logging.getLogger(__name__)

BAD_FRAMES = 4400
NO_TOKEN = 4401
FORBIDDEN = 4403
TOO_MANY = 4429

Handler = Callable[[Any], Awaitable[None]]


class LiveConsumer(AsyncConsumer):  # type: ignore[misc] # channels is published without types
    """A socket. Subclasses name their commands and handle them."""

    kind: ClassVar[str] = ""
    commands: ClassVar[Mapping[str, type[Command]]] = {}
    opening: ClassVar[type[Command]]

    scope: Mapping[str, Any]

    async def __call__(self, scope: Mapping[str, Any], receive: object, send: object) -> None:
        """Serve one connection from its handshake to its end."""
        self.services: LiveServices = live_services()
        self.loop = asyncio.get_running_loop()
        self.heartbeat_at = self.loop.time() + HEARTBEAT_SECONDS
        self.feeds: dict[str, Feed] = {}
        self.opened = False
        self.accepted = False
        self.closed = False
        self.staff: StaffSession | None = None
        self.address = ""
        self._counted = False
        self._in_work = asyncio.Semaphore(IN_WORK)
        self._last_stored: asyncio.Future[Outcome] | None = None
        self._frames = TokenBucket(settings.SOCKET_FRAMES_PER_SECOND)
        self._messages = TokenBucket(settings.SOCKET_MESSAGES_PER_SECOND)
        self._bad_frames = 0
        self._refusals = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._open_timer: asyncio.TimerHandle | None = None
        self.channel_layer: InProcessLayer | None = None
        self.channel_name = ""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._finish()

    async def dispatch(self, message: Mapping[str, Any]) -> None:
        """Channels' own without the sweep; an error in a handler ends neither the socket nor the others."""
        handler = getattr(self, get_handler_name(message), None)
        if handler is None:
            return
        try:
            await handler(message)
        except StopConsumer:
            raise
        except Exception as error:  # noqa: BLE001 - reported below; one frame must not end the socket
            # The text of the error may quote a customer: only its class and place are logged.
            logger.error("a %s socket failed at %s: %s", self.kind, message["type"], place_of(error))
            await self.refuse("busy", "try again")

    @property
    def visitor_id(self) -> int | None:
        """The visitor, once the session is open."""
        return None

    @property
    def token_hash(self) -> str:
        """The hash of the token that the session was opened with."""
        return ""

    @property
    def agent_id(self) -> int | None:
        """The agent, once the desk is open."""
        return None

    @property
    def followers(self) -> Sequence[Feed]:
        """The conversations that the socket follows."""
        return list(self.feeds.values())

    # --- the connection -----------------------------------------------------------------------------------------

    async def websocket_connect(self, message: Mapping[str, Any]) -> None:
        """Check where the page comes from and how many there are; then wait for the opening frame."""
        if self.services.sockets.refusing or not self.is_origin_allowed():
            self.closed = True
            await self.send({"type": "websocket.close", "code": FORBIDDEN})
            return
        await self.send({"type": "websocket.accept"})
        self.accepted = True
        SOCKETS.labels(self.kind).inc()
        peer = (self.scope.get("client") or ("", 0))[0]
        self.address = client_address(peer, self.headers(b"x-forwarded-for"))
        self._counted = self.services.sockets.addresses.enter(self.address)
        if not self._counted:
            await self.shut(TOO_MANY)
            return
        self.services.sockets.add(self)
        self._await_opening()
        await self.services.caretaker.start()
        await self.check_welcome()

    def _await_opening(self) -> None:
        """Close whoever does not open the socket in time, with a code that leaves the client its token."""
        self._open_timer = self.loop.call_later(OPEN_SECONDS, self._spawn_shut, TOO_SLOW)

    def _stop_open_timer(self) -> None:
        if self._open_timer is not None:
            self._open_timer.cancel()
            self._open_timer = None

    async def websocket_disconnect(self, message: Mapping[str, Any]) -> None:
        """The other side is gone."""
        self.closed = True
        raise StopConsumer

    async def check_welcome(self) -> None:
        """Close the socket if its handshake alone shows that it may not go on."""

    def is_origin_allowed(self) -> bool:
        """Whether the page that opens the socket may do so, by its Origin header."""
        raise NotImplementedError

    def has_own_origin(self, origin: bytes) -> bool:
        """Whether the Origin header's value is exactly one of ours."""
        host = next(iter(self.headers(b"host")), "")
        forwarded = next(iter(self.headers(b"x-forwarded-proto")), "") if settings.TRUSTED_PROXIES else ""
        secure = self.scope.get("scheme") == "wss" or forwarded == "https"
        given = origin.decode("latin-1")
        return bool(given) and given == origin_of(given) and given in own_origins(host=host, secure=secure)

    def headers(self, name: bytes) -> list[str]:
        """The values of a header, in order."""
        return [value.decode("latin-1") for key, value in self.scope["headers"] if key.lower() == name]

    def cookie(self, name: str) -> str:
        """A cookie's value, empty if there is none."""
        jar: SimpleCookie = SimpleCookie()
        try:
            jar.load("; ".join(self.headers(b"cookie")))
        except CookieError:
            return ""
        return jar[name].value if name in jar else ""

    async def shut(self, code: int) -> None:
        """Close the socket with a code of the protocol, once."""
        if self.closed:
            return
        self.closed = True
        SOCKETS_CLOSED.labels(str(code)).inc()
        self._end_feeds()
        try:
            await self.base_send({"type": "websocket.close", "code": code})
        except Exception as error:  # noqa: BLE001 - whatever the server has against the code, the socket must close
            logger.warning("the server cannot close with %d: %s", code, place_of(error))
            await self.base_send({"type": "websocket.close"})

    def _spawn_shut(self, code: int) -> None:
        self.spawn(self.shut(code))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something beside the dispatch; it ends with the socket."""
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._forget_task)

    def _forget_task(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("a %s socket's task failed: %s", self.kind, place_of(error))

    def _end_feeds(self) -> None:
        for feed in self.feeds.values():
            feed.end()

    def _finish(self) -> None:
        self.closed = True
        self._stop_open_timer()
        self._end_feeds()
        for task in list(self._tasks):
            task.cancel()
        self.services.sockets.remove(self)
        if self._counted:
            self.services.sockets.addresses.leave(self.address)
        if self.accepted:
            SOCKETS.labels(self.kind).dec()
        if self.channel_layer is not None:
            self.channel_layer.remove(self.channel_name)

    # --- frames -------------------------------------------------------------------------------------------------

    async def websocket_receive(self, message: Mapping[str, Any]) -> None:
        """Check one frame and handle its command. Whatever is wrong with it is answered, not raised."""
        if self.closed or not self.accepted:
            return
        try:
            text = message.get("text")
            if text is None:
                raise FrameError("bad_frame", "text frames only")
            frame = decode_frame(text)
            if not self._frames.take():
                await self.refuse_rate(usable_client_id(frame.data))
                return
            command = read_command(frame, self.commands)
        except FrameError as error:
            await self.refuse(error.code, error.detail, error.client_id)
            if error.code in {"bad_frame", "unknown_type", "too_large"}:
                self._bad_frames += 1
                if self._bad_frames >= MOST_BAD_FRAMES:
                    await self.shut(BAD_FRAMES)
            return
        client_id = getattr(command, "client_id", None)
        if isinstance(command, self.opening):
            # The client has done its part: how long the database takes is not its fault.
            self._stop_open_timer()
        try:
            await self.handle(command)
        except ChatError as error:
            await self.refuse_error(error, client_id)
        except (DatabaseError, InterfaceError) as error:
            logger.warning("a %s frame was not served: %s", self.kind, type(error).__name__)
            await self.refuse("busy", "the database is away", client_id)
        finally:
            if self._open_timer is None and not self.opened and not self.closed:
                self._await_opening()

    async def handle(self, command: Command) -> None:
        """Do what the client asks."""
        raise NotImplementedError

    async def say(self, event: Event) -> None:
        """Send an event, unless the socket is closed."""
        if not self.closed:
            await self.base_send({"type": "websocket.send", "text": encode(event)})

    async def refuse(self, code: str, detail: str, client_id: str | None = None) -> None:
        """Send an error frame."""
        FRAMES_REFUSED.labels(code).inc()
        await self.say(Error(code=code, detail=detail, client_id=client_id))

    async def refuse_error(self, error: ChatError, client_id: str | None) -> None:
        """Send an action's refusal."""
        code = error.code if error.code in ERROR_CODES else "invalid"
        await self.refuse(code, str(error), client_id)

    async def refuse_rate(self, client_id: str | None) -> None:
        """Send `rate_limited`, and close who does not stop."""
        self._refusals += 1
        if self._refusals >= MOST_REFUSALS:
            await self.shut(TOO_MANY)
            return
        await self.refuse("rate_limited", "too many frames", client_id)

    async def store(self, client_id: str, prepare: Callable[[], Any]) -> None:
        """Hand a message to the writer; its acknowledgement follows when it is committed.

        At most IN_WORK messages of a socket wait at once: further frames stay in the server's queue until one is
        done, and a socket whose queue is full is not read (`console.processes.websockets`).
        """
        if not self._messages.take():
            await self.refuse_rate(client_id)
            return
        await self._in_work.acquire()
        try:
            future = self.services.writer.submit(prepare)
        except Busy as error:
            self._in_work.release()
            await self.refuse_error(error, client_id)
            return
        self._last_stored = future
        future.add_done_callback(lambda done: self._stored(client_id, done))

    async def settle(self) -> None:
        """Wait until what this socket sent before is stored, so that its frames take effect in their order."""
        if self._last_stored is not None and not self._last_stored.done():
            await asyncio.wait([self._last_stored])

    def _stored(self, client_id: str, done: asyncio.Future[Outcome]) -> None:
        self._in_work.release()
        if not done.cancelled() and not self.closed:
            self.spawn(self.acknowledge(client_id, done.result()))

    async def acknowledge(self, client_id: str, outcome: Outcome) -> None:
        """Tell the client what became of its message."""
        if isinstance(outcome, Stored):
            await self.say(MessageAcknowledged(client_id=client_id, sequence=outcome.message.sequence))
        else:
            await self.refuse_error(outcome, client_id)

    # --- the channel layer --------------------------------------------------------------------------------------

    async def hint(self, event: Mapping[str, Hint]) -> None:
        """Something is to be read."""
        if not self.closed:
            await self.take_hint(event["hint"])

    async def take_hint(self, hint: Hint) -> None:
        """Act on a hint."""
        raise NotImplementedError

    async def join(self, group: str) -> None:
        """Receive a group's hints."""
        if self.channel_layer is not None:
            await self.channel_layer.group_add(group, self.channel_name)

    async def leave(self, group: str) -> None:
        """Receive them no more."""
        if self.channel_layer is not None:
            await self.channel_layer.group_discard(group, self.channel_name)

    async def layer_overflow(self, event: Mapping[str, Any]) -> None:
        """Hints were lost: read what was missed."""
        for feed in self.feeds.values():
            feed.wake()

    async def beat(self) -> None:
        """Send the heartbeats of everything that the socket follows."""
        for feed in self.followers:
            await feed.beat()

    def mark_open(self) -> None:
        """The opening frame was accepted."""
        self.opened = True
        self._stop_open_timer()
