"""A demo backend of one's own, for recorded conversations: a process on a free port, whose clock stands still."""

from __future__ import annotations

import json
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from types import TracebackType
from typing import Final, Self

from chat.errors import InvalidInput

ATTEMPTS: Final = 3
START_SECONDS: Final = 30.0
LOOK_SECONDS: Final = 0.05


class DemoBackendProcess:
    """Use as a context. `reset` places all data anew; `base_url` is where a trade's actions are called."""

    def __init__(self, *, clock: str = "") -> None:
        self.clock = clock
        self.token = secrets.token_urlsafe(16)
        self.port = _free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        for _attempt in range(ATTEMPTS):
            if self._started():
                return self
            # Somebody else may have taken the port between looking for it and listening on it.
            self.port = _free_port()
        raise InvalidInput("The demo backend does not start")

    def _started(self) -> bool:
        """Whether the process answers; False if it ended, or said nothing in time and was ended."""
        command = [sys.executable, "-m", "deploy.demo_backend", "--port", str(self.port), "--token", self.token]
        if self.clock:
            command += ["--clock", self.clock]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        give_up_at = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < give_up_at:
            try:
                self.reset()
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(LOOK_SECONDS)
            else:
                return True
        self.__exit__(None, None, None)
        return False

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(START_SECONDS)

    @property
    def pair(self) -> str:
        """`host:port`, as the egress guard allows it."""
        return f"127.0.0.1:{self.port}"

    def base_url(self, trade: str) -> str:
        """Where the trade's actions are."""
        return f"http://{self.pair}/{trade}"

    def reset(self) -> None:
        """Place the data of all trades anew."""
        request = urllib.request.Request(
            f"http://{self.pair}/demo/reset",
            data=json.dumps({}).encode(),
            method="POST",
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
            answer.read()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
