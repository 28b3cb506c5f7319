"""The web process: Daphne with our own signal handling, the demos, and (embedded) the turn worker's thread.

Daphne by itself answers SIGTERM by cutting every connection. Here a signal first stops listening, then closes
every socket with 1012 after its messages are stored, then joins the turn worker, and only then stops the server.
"""

# Daphne installs Twisted's asyncio reactor when it is imported, so it comes before anything that uses the reactor.
from daphne.server import Server, twisted_loop  # isort: skip

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from daphne.endpoints import build_endpoint_description_strings
from django.conf import settings
from twisted.internet import defer, reactor

from chat.actions.turns import release_claims
from chat.live import shut_down_sockets
from chat.live.turn_worker import Answerer, Status, TurnWorker, prepare_models
from console.asgi import application
from console.demo_shop.app import application as demo_shop
from console.processes.parent import watch_parent
from console.processes.ports import demo_backend_port, demo_shop_port, open_ports
from console.processes.websockets import use_every_close_code

logger = logging.getLogger(__name__)

PING_SECONDS: Final = 20
PONG_SECONDS: Final = 30
LARGEST_FRAME: Final = 64 * 1024
"""Above the protocol's 16 KiB, so that a frame somewhat too large gets an answer instead of a closed socket."""
REQUEST_PATIENCE: Final = 2.0
"""How long requests in progress may take to end during a shutdown, in seconds."""
JOIN_SECONDS: Final = 5.0
LOOK_SECONDS: Final = 0.05
WATCH_SECONDS: Final = 2.0

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class WebServer(Server):  # type: ignore[misc] # daphne is published without types
    """Daphne, with an orderly end."""

    def __init__(self) -> None:
        use_every_close_code()
        super().__init__(
            self.by_port,
            endpoints=[
                endpoint
                for port in open_ports()
                for endpoint in build_endpoint_description_strings(settings.BIND, port)
            ],
            signal_handlers=False,
            ping_interval=PING_SECONDS,
            ping_timeout=PONG_SECONDS,
            websocket_timeout=-1,
            websocket_max_message_size=LARGEST_FRAME,
            websocket_max_frame_size=LARGEST_FRAME,
            server_name="xiaoer",
            verbosity=0,
        )
        self.failed_to_listen = False
        self.ports: list[Any] = []

    async def by_port(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The installation on PORT; the demos, other origins on purpose, on the next ones."""
        port = (scope.get("server") or ("", settings.PORT))[1]
        if port == demo_shop_port():
            await demo_shop(scope, receive, send)
        elif port == demo_backend_port():
            # Imported when somebody calls: an installation without the demo backend never loads its framework.
            from console.processes.demo_backend import serve_demo_backend

            await serve_demo_backend(scope, receive, send, cut=self.cut_connection)
        else:
            await application(scope, receive, send)

    def cut_connection(self) -> None:
        """End the connection of the request that is being answered, without an answer."""
        task = asyncio.current_task()
        for protocol, details in list(self.connections.items()):
            if details.get("application_instance") is task:
                protocol.channel.forceAbortClient()

    def listen_success(self, port: Any) -> None:
        """Keep the port: it is what stops listening."""
        self.ports.append(port)
        super().listen_success(port)

    def listen_error(self, failure: Any) -> None:
        """A port that cannot be opened ends the process with an error; the supervisor tries again."""
        self.failed_to_listen = True
        super().listen_error(failure)

    def kill_all_applications(self) -> Any:
        """Cancel what still runs. (Daphne's own version stumbles over connections that it has already reaped.)"""
        running = [
            details["application_instance"]
            for details in self.connections.values()
            if "application_instance" in details and not details["application_instance"].done()
        ]
        for instance in running:
            instance.cancel()
        waiting = defer.Deferred.fromFuture(asyncio.gather(*running, return_exceptions=True))
        waiting.addErrback(lambda failure: None)
        return waiting

    def requests_in_progress(self) -> int:
        """HTTP requests that are being answered; sockets are not counted."""
        return sum(
            1
            for protocol, details in self.connections.items()
            if not hasattr(protocol, "handshake_deferred")
            and getattr(protocol, "application_type", "") != "websocket"
            and "disconnected" not in details
            and "application_instance" in details
            and not details["application_instance"].done()
        )

    async def stop_listening(self) -> None:
        """Refuse new connections."""
        for port in self.ports:
            stopped = defer.maybeDeferred(port.stopListening)
            await stopped.asFuture(asyncio.get_running_loop())


def prepare_alone() -> tuple[Answerer, Status]:
    """This worker is the only one: what its predecessor had in hand is its own at once."""
    release_claims()
    return prepare_models()


class WebProcess:
    """Starts the parts of the process in their order, and stops them in the opposite one."""

    def __init__(self) -> None:
        self.server = WebServer()
        self.turn_worker = None if settings.REDIS_URL else TurnWorker(prepare=prepare_alone)
        self.ending: asyncio.Task[None] | None = None
        self.exit_status = 0

    def run(self) -> int:
        """Serve until a signal; the exit status."""
        for number in (signal.SIGTERM, signal.SIGINT):
            twisted_loop.add_signal_handler(number, self.on_signal)
        reactor.callWhenRunning(self.after_start)
        watch_parent()
        self.server.run()
        return 1 if self.server.failed_to_listen else self.exit_status

    def after_start(self) -> None:
        """The sockets are open: only now load the model, which takes seconds."""
        if self.turn_worker is not None:
            self.turn_worker.start()
            twisted_loop.call_later(WATCH_SECONDS, self.watch_turn_worker, self.turn_worker)
        logger.info("web process listens on %s:%d", settings.BIND, settings.PORT)

    def watch_turn_worker(self, turn_worker: TurnWorker) -> None:
        """A turn worker that ended by itself takes the process along: the supervisor starts both again."""
        if self.ending is not None:
            return
        if turn_worker.thread.is_alive():
            twisted_loop.call_later(WATCH_SECONDS, self.watch_turn_worker, turn_worker)
            return
        logger.error("the turn worker ended by itself")
        self.exit_status = 1
        self.on_signal()

    def on_signal(self) -> None:
        """Begin to stop, once."""
        if self.ending is None:
            self.ending = twisted_loop.create_task(self.end())

    async def end(self) -> None:
        """Stop listening, store and close, join the turn worker, stop the server."""
        try:
            await self.server.stop_listening()
            if not await shut_down_sockets():
                self.exit_status = 1
            await self.requests_ended()
        except Exception:
            self.exit_status = 1
            logger.exception("the sockets could not be closed in order")
        finally:
            await self.join_turn_worker()
            self.server.stop()
        logger.info("web process stopped")

    async def requests_ended(self) -> None:
        """Until the requests in progress are answered, but not for long."""
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + REQUEST_PATIENCE
        while self.server.requests_in_progress() and loop.time() < give_up_at:
            await asyncio.sleep(LOOK_SECONDS)

    async def join_turn_worker(self) -> None:
        """A thread that is inside torch when the interpreter ends would abort the process."""
        if self.turn_worker is None:
            return
        loop = asyncio.get_running_loop()
        if not await loop.run_in_executor(None, self.turn_worker.stop, JOIN_SECONDS):
            logger.error("the turn worker did not end in time")
            self.exit_status = 1


def run_web() -> None:
    """Serve until SIGTERM or SIGINT."""
    raise SystemExit(WebProcess().run())
