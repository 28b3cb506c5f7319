"""PostgreSQL and Redis of a test's own: started on free ports from the machine's programs, gone afterwards.

PostgreSQL refuses to run as root, so as root its programs run as the user `postgres`, who then owns the data
folder.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

START_SECONDS = 60.0


class MissingProgram(Exception):
    """A server's program is not on this machine; the message names the Debian package."""


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def find_program(name: str, *, package: str) -> str:
    """The path of a server's program. Debian keeps PostgreSQL's own ones out of PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    found = str(versions[0]) if versions else shutil.which(name)
    if found is None:
        raise MissingProgram(f"{name} is missing (on Debian: apt install {package})")
    return found


class PostgreSQL:
    """A cluster in a folder of its own, durable as in production or (where nothing is measured) quick."""

    def __init__(self, folder: Path, *, durable: bool) -> None:
        self.durable = durable
        self.folder = folder / "postgresql"
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.owner = pwd.getpwnam("postgres") if os.geteuid() == 0 else None

    @property
    def url(self) -> str:
        """What DATABASE_URL is set to; tests make their own databases beside this one."""
        return f"postgresql://xiaoer:xiaoer@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Make the cluster at the first call, start it, wait until it answers."""
        if not self.folder.exists():
            self.folder.mkdir(mode=0o700)
            if self.owner is not None:
                os.chown(self.folder, self.owner.pw_uid, self.owner.pw_gid)
            password = self.folder.parent / "postgresql-password"
            password.write_text("xiaoer")
            self._run(
                find_program("initdb", package="postgresql"),
                *("-D", str(self.folder), "-U", "xiaoer", "--auth=scram-sha-256", f"--pwfile={password}"),
                *("--encoding=UTF8", "--locale=C.UTF-8"),
            )
        self.process = subprocess.Popen(
            [
                find_program("postgres", package="postgresql"),
                *("-D", str(self.folder), "-p", str(self.port), "-h", "127.0.0.1", "-k", ""),
                *("-c", "max_connections=200"),
                *(() if self.durable else ("-c", "fsync=off", "-c", "full_page_writes=off")),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=self.owner.pw_uid if self.owner else None,
            group=self.owner.pw_gid if self.owner else None,
            extra_groups=[] if self.owner else None,
            start_new_session=True,
        )
        ready = find_program("pg_isready", package="postgresql")
        wait_until(
            lambda: (
                subprocess.run(
                    [ready, "-q", "-h", "127.0.0.1", "-p", str(self.port), "-t", "1"], check=False
                ).returncode
                == 0
            ),
            "PostgreSQL",
            self.process,
        )

    def stop(self) -> None:
        """End it at once, without waiting for its clients."""
        end(self.process, signal.SIGINT)

    def kill(self) -> None:
        """As a power cut would."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def _run(self, *command: str) -> None:
        subprocess.run(
            command,
            check=True,
            stdout=subprocess.DEVNULL,
            user=self.owner.pw_uid if self.owner else None,
            group=self.owner.pw_gid if self.owner else None,
            extra_groups=[] if self.owner else None,
        )


class Redis:
    """A server that keeps nothing on disk: stopped and started again it is empty."""

    def __init__(self) -> None:
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What REDIS_URL is set to."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it and wait until it listens."""
        self.process = subprocess.Popen(
            [
                find_program("redis-server", package="redis-server"),
                *("--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"),
            ],
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_until(self._listens, "Redis", self.process)

    def stop(self) -> None:
        """End it; what it held is gone."""
        end(self.process, signal.SIGKILL)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class Backends:
    """Both servers, as a context.

    Without `durable` PostgreSQL survives its own death but not that of the machine.
    """

    def __init__(self, *, durable: bool = True) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="xiaoer-servers-", ignore_cleanup_errors=True)
        folder = Path(self._folder.name)
        # The user postgres must be able to reach its folder.
        folder.chmod(0o755)
        self.postgresql = PostgreSQL(folder, durable=durable)
        self.redis = Redis()

    @property
    def database_url(self) -> str:
        """For DATABASE_URL."""
        return self.postgresql.url

    @property
    def redis_url(self) -> str:
        """For REDIS_URL."""
        return self.redis.url

    def flush_redis(self) -> None:
        """Empty Redis while it runs."""
        with socket.create_connection(("127.0.0.1", self.redis.port), timeout=5) as connection:
            connection.sendall(b"FLUSHALL\r\n")
            answer = connection.recv(64)
        if not answer.startswith(b"+OK"):
            raise RuntimeError(f"Redis answered {answer!r}")

    def restart_redis(self) -> None:
        """Redis dies and comes back empty."""
        self.redis.stop()
        self.redis.start()

    def restart_postgresql(self) -> None:
        """PostgreSQL dies as in a power cut and comes back with what it had committed."""
        self.postgresql.kill()
        self.postgresql.start()

    def __enter__(self) -> Backends:
        try:
            self.postgresql.start()
            self.redis.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.redis.stop()
        self.postgresql.stop()
        self._folder.cleanup()


def wait_until(ready: Callable[[], bool], name: str, process: subprocess.Popen[bytes]) -> None:
    """Call `ready` until it is true; fails if the program ends or a minute is not enough."""
    give_up_at = time.monotonic() + START_SECONDS
    while not ready():
        if process.poll() is not None:
            raise RuntimeError(f"{name} ended with status {process.returncode} while starting")
        if time.monotonic() > give_up_at:
            raise RuntimeError(f"{name} does not answer")
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.05)


def end(process: subprocess.Popen[bytes] | None, number: signal.Signals) -> None:
    """Send a signal and wait; SIGKILL if that is not enough."""
    if process is None or process.poll() is not None:
        return
    process.send_signal(number)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
