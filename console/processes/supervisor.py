"""`manage.py serve`.

Starts the parts of an installation, starts again what dies, and stops all of them in order.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final, TextIO

from django.conf import settings

from console.processes.errors import CannotServe
from console.processes.parent import SUPERVISOR_PID
from console.processes.ports import open_ports
from console.processes.ready import announce_when_ready

logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 0.1
FIRST_PAUSE: Final = 0.2
LONGEST_PAUSE: Final = 10.0
CALM_SECONDS: Final = 20.0
"""A part that lived this long is started again without a pause when it dies."""
STOP_SECONDS: Final = 8.0
PORT_PATIENCE: Final = 10.0
"""How long to wait for a port that a predecessor may still be closing."""


@dataclass(slots=True)
class Part:
    """A process under supervision."""

    name: str
    command: tuple[str, ...]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    pause: float = FIRST_PAUSE
    starts: int = 0


@dataclass(slots=True)
class Supervisor:
    """Keeps the parts running until SIGINT or SIGTERM; a second signal kills them."""

    parts: Sequence[Part]
    state_file: Path
    stopping: bool = False
    signals: int = 0
    wake: threading.Event = field(default_factory=threading.Event)

    def run(self) -> int:
        """Serve; the exit status of the command: 0 after an orderly stop, 1 when a part had to be killed."""
        signal.signal(signal.SIGINT, self.on_signal)
        signal.signal(signal.SIGTERM, self.on_signal)
        while not self.stopping:
            for part in self.parts:
                self.look_after(part)
            self.wake.wait(LOOK_SECONDS)
        return self.stop_all()

    def on_signal(self, number: int, frame: FrameType | None) -> None:
        """First: stop in order. Again: at once."""
        self.signals += 1
        self.stopping = True
        self.wake.set()

    def look_after(self, part: Part) -> None:
        """Start the part if it is to run and does not."""
        if part.process is not None:
            status = part.process.poll()
            if status is None:
                return
            self.bury(part, status)
        if time.monotonic() >= part.start_at:
            self.start(part)

    def start(self, part: Part) -> None:
        """A new process in a session of its own, so that Ctrl-C in a terminal reaches only the supervisor."""
        part.process = subprocess.Popen(
            part.command,
            env={**os.environ, SUPERVISOR_PID: str(os.getpid())},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        part.started_at = time.monotonic()
        part.starts += 1
        logger.info("%s started (pid %d)", part.name, part.process.pid)
        self.write_state()

    def bury(self, part: Part, status: int) -> None:
        """Note the end of a part, remove what it left behind, and set the time of its next start."""
        assert part.process is not None  # noqa: S101 - the caller has just polled it
        kill_group(part.process.pid)
        lived = time.monotonic() - part.started_at
        part.pause = FIRST_PAUSE if lived >= CALM_SECONDS else min(part.pause * 2, LONGEST_PAUSE)
        part.start_at = time.monotonic() + part.pause
        part.process = None
        logger.error(
            "%s ended with status %d after %.0f s; starting it again in %.1f s",
            part.name,
            status,
            lived,
            part.pause,
        )

    def stop_all(self) -> int:
        """SIGTERM to every part, a few seconds of patience, then SIGKILL."""
        alive = [part.process for part in self.parts if part.process is not None]
        for process in alive:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        asked, give_up_at = self.signals, time.monotonic() + STOP_SECONDS
        while any(process.poll() is None for process in alive):
            if self.signals > asked or time.monotonic() >= give_up_at:
                logger.error("killing what has not ended by itself")
                break
            time.sleep(LOOK_SECONDS / 2)
        orderly = all(process.poll() == 0 for process in alive)
        for process in alive:
            kill_group(process.pid)
            process.wait()
        self.state_file.unlink(missing_ok=True)
        return 0 if orderly else 1

    def write_state(self) -> None:
        """The process ids, for people and for tests that kill a part on purpose."""
        parts = {
            part.name: {"pid": part.process.pid, "starts": part.starts}
            for part in self.parts
            if part.process is not None
        }
        fresh = self.state_file.with_suffix(".new")
        fresh.write_text(json.dumps({"supervisor": os.getpid(), "parts": parts}), encoding="utf-8")
        fresh.replace(self.state_file)


def kill_group(pid: int) -> None:
    """SIGKILL to the session of a part: children of a killed worker must not live on."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def serve_everything(out: TextIO) -> int:
    """Run this installation until told to stop; `out` gets the links when it is ready.

    CannotServe if it cannot start.
    """
    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    with (settings.VAR_DIR / "serve.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotServe(f"Another `serve` already uses {settings.VAR_DIR}") from None
        for port in open_ports():
            wait_for_port(port)
        announce_when_ready(out)
        return Supervisor(parts=planned_parts(), state_file=settings.VAR_DIR / "serve.json").run()


def planned_parts() -> list[Part]:
    """Without Redis the web process answers by itself; with it, a turn worker of its own does."""
    roles = ("web", "turns", "worker") if settings.REDIS_URL else ("web", "worker")
    manage = str(settings.BASE_DIR / "manage.py")
    return [Part(role, (sys.executable, manage, "serve", "--role", role)) for role in roles]


def wait_for_port(port: int) -> None:
    """Return when the port is free; CannotServe if somebody keeps it."""
    give_up_at = time.monotonic() + PORT_PATIENCE
    while True:
        with socket.socket(socket.AF_INET6 if ":" in settings.BIND else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.BIND.strip("[]"), port))
            except OSError as error:
                if time.monotonic() >= give_up_at:
                    raise CannotServe(
                        f"Port {port} on {settings.BIND} is not free: {error.strerror}; set PORT"
                    ) from None
            else:
                return
        time.sleep(LOOK_SECONDS)
