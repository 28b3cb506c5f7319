"""An installation of its own in a folder of its own.

Environment, `serve`, the ids of its parts, and how to hurt it.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.servers import Backends

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 90.0


def free_ports() -> int:
    """A port that is free together with the next two (the demo shop's and the demo backend's).

    Below the range from which the system gives ports to outgoing connections: between this look and the start of
    the server, nobody else comes across it by accident.
    """
    while True:
        port = random.randrange(20_000, 32_000, 3)
        with socket.socket() as first, socket.socket() as second, socket.socket() as third:
            try:
                for place, one in enumerate((first, second, third)):
                    one.bind(("127.0.0.1", port + place))
            except OSError:
                continue
            return port


class Stack:
    """`serve` on SQLite alone, or on the given PostgreSQL and Redis. Use as a context."""

    def __init__(self, *, backends: Backends | None = None) -> None:
        self.backends = backends
        self.folder = tempfile.TemporaryDirectory(prefix="xiaoer-chaos-")
        self.var = Path(self.folder.name)
        self.port = free_ports()
        self.process: subprocess.Popen[bytes] | None = None
        self.log = self.var / "serve.log"
        kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
        self.environment = kept | {
            "XIAOER_VAR": str(self.var),
            "PORT": str(self.port),
            "DJANGO_SETTINGS_MODULE": "console.settings",
            "PYTHONPATH": str(ROOT),
            "LOG_LEVEL": "INFO",
        }
        if backends is not None:
            self.environment |= {"DATABASE_URL": backends.database_url, "REDIS_URL": backends.redis_url}

    def __enter__(self) -> Stack:
        self.run("manage.py", "migrate", "--verbosity", "0")
        self.run("manage.py", "collectstatic", "--no-input", "--verbosity", "0")
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.folder.cleanup()

    @property
    def url(self) -> str:
        """The origin."""
        return f"127.0.0.1:{self.port}"

    def run(self, *arguments: str) -> str:
        """Run a program with the installation's environment; what it printed. Fails loudly."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stderr[-3000:]}")
        return done.stdout

    def start(self, *, until: str = "/readyz") -> None:
        """Start `serve` and wait until the page `until` answers with 200; without a model, only /healthz does."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.wait_ready(until)

    def wait_ready(self, until: str = "/readyz") -> None:
        """Until the page answers with 200."""
        give_up_at = time.monotonic() + PATIENCE
        while self.get(until)[0] != 200:
            if self.process is None or self.process.poll() is not None or time.monotonic() > give_up_at:
                raise RuntimeError(f"serve did not get ready:\n{self.log.read_text()[-4000:]}")
            time.sleep(0.2)

    def is_ready(self) -> bool:
        """One look at /readyz."""
        return self.get("/readyz")[0] == 200

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of a page; status 0 when nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()

    def parts(self) -> dict[str, dict[str, int]]:
        """What the supervisor runs now: name -> pid and number of starts."""
        state: dict[str, Any] = json.loads((self.var / "serve.json").read_text())
        return state["parts"]

    def hurt(self, part: str, number: signal.Signals) -> None:
        """Send a signal to one part."""
        os.kill(self.parts()[part]["pid"], number)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Stop everything; the exit status of `serve`."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            status = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self.process = None
        return status
