"""The supervisor: what dies is started again, what is told to stop stops, what does not listen is killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path

import pytest

from console.processes import supervisor as supervision
from console.processes.errors import CannotServe
from console.processes.supervisor import Part, Supervisor, planned_parts, wait_for_port

PATIENCE = 20.0

OBEDIENT = "import signal, sys; signal.signal(signal.SIGTERM, lambda *a: sys.exit(0)); print('up', flush=True)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True)"
FOREVER = "; signal.pause()"


def part(name: str, script: str, ready: object = None) -> Part:
    return Part(name, (sys.executable, "-c", script))


def until(condition) -> None:
    """Give other processes the time that they need."""
    ticker = threading.Event()
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        ticker.wait(0.02)


def touching(path, script: str) -> str:
    """A script that says that its handlers are in place by making a file."""
    return f"{script}; open({str(path)!r}, 'a').write('x'){FOREVER}"


@pytest.fixture
def state_file(tmp_path):
    return tmp_path / "serve.json"


def test_a_part_that_dies_is_started_again_after_a_pause(state_file, tmp_path):
    mark = tmp_path / "up"
    web = part("web", touching(mark, OBEDIENT))
    watcher = Supervisor(parts=[web], state_file=state_file)
    watcher.look_after(web)
    until(mark.exists)
    first = web.process.pid
    os.kill(first, signal.SIGKILL)
    until(lambda: web.process.poll() is not None)
    watcher.look_after(web)
    assert web.process is None
    until(lambda: watcher.look_after(web) or web.process is not None)
    assert web.process.pid != first
    assert web.starts == 2
    until(lambda: len(mark.read_text()) == 2)
    assert watcher.stop_all() == 0


def test_a_part_that_dies_at_once_is_started_more_and_more_slowly(state_file):
    broken = part("broken", "raise SystemExit(3)")
    watcher = Supervisor(parts=[broken], state_file=state_file)
    pauses = []
    for _ in range(3):
        broken.start_at = 0.0
        watcher.look_after(broken)
        until(lambda: broken.process.poll() is not None)
        watcher.bury(broken, 3)
        pauses.append(broken.pause)
    assert pauses[0] < pauses[1] < pauses[2] <= supervision.LONGEST_PAUSE


def test_the_state_file_names_what_runs_and_is_gone_afterwards(state_file, tmp_path):
    mark = tmp_path / "up"
    web = part("web", touching(mark, OBEDIENT))
    watcher = Supervisor(parts=[web], state_file=state_file)
    watcher.look_after(web)
    assert json.loads(state_file.read_text()) == {
        "supervisor": os.getpid(),
        "parts": {"web": {"pid": web.process.pid, "starts": 1}},
    }
    until(mark.exists)
    watcher.stop_all()
    assert not state_file.exists()


def test_parts_that_obey_make_an_orderly_stop(state_file, tmp_path):
    parts = [part(name, touching(tmp_path / name, OBEDIENT)) for name in ("web", "worker")]
    watcher = Supervisor(parts=parts, state_file=state_file)
    for one in parts:
        watcher.look_after(one)
        until((tmp_path / one.name).exists)
    assert watcher.stop_all() == 0


def test_a_part_that_does_not_obey_is_killed(state_file, tmp_path, monkeypatch):
    monkeypatch.setattr(supervision, "STOP_SECONDS", 0.2)
    mark = tmp_path / "up"
    web = part("web", touching(mark, STUBBORN))
    watcher = Supervisor(parts=[web], state_file=state_file)
    watcher.look_after(web)
    until(mark.exists)
    assert watcher.stop_all() == 1
    assert web.process.poll() == -signal.SIGKILL


def test_a_second_signal_does_not_wait(state_file, tmp_path):
    mark = tmp_path / "up"
    web = part("web", touching(mark, STUBBORN))
    watcher = Supervisor(parts=[web], state_file=state_file)
    watcher.look_after(web)
    until(mark.exists)
    impatient = threading.Timer(0.3, watcher.on_signal, (signal.SIGINT, None))
    impatient.start()
    started = time.monotonic()
    assert watcher.stop_all() == 1
    assert time.monotonic() - started < supervision.STOP_SECONDS / 2
    impatient.join()


def test_the_children_of_a_part_that_dies_do_not_live_on(state_file, tmp_path):
    mark = tmp_path / "child"
    script = (
        "import os, signal, subprocess, sys; "
        f"child = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()']); "
        f"open({str(mark)!r}, 'w').write(str(child.pid)); os.kill(os.getpid(), signal.SIGKILL)"
    )
    web = part("web", script)
    watcher = Supervisor(parts=[web], state_file=state_file)
    watcher.look_after(web)
    until(lambda: web.process.poll() is not None)
    child = int(mark.read_text())
    assert is_running(child)
    watcher.look_after(web)
    until(lambda: not is_running(child))


def is_running(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_port_that_somebody_keeps_is_named(monkeypatch):
    monkeypatch.setattr(supervision, "PORT_PATIENCE", 0.1)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotServe, match=str(port)):
            wait_for_port(port)
    wait_for_port(port)


def test_a_larger_installation_has_a_turn_worker_of_its_own(settings):
    settings.REDIS_URL = ""
    assert [one.name for one in planned_parts()] == ["web", "worker"]
    settings.REDIS_URL = "redis://localhost/0"
    assert [one.name for one in planned_parts()] == ["web", "turns", "worker"]
