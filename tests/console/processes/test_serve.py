"""`manage.py serve` as people start it: ready, used, hurt, stopped."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from urllib.request import urlopen

import pytest
from websockets.asyncio.client import connect

from console.settings import derived_secret
from tests.chaos.stack import ROOT, Stack

pytestmark = [pytest.mark.processes, pytest.mark.timeout(240)]

PATIENCE = 60.0


@pytest.fixture(scope="module")
def trained():
    """An installation with a small trained workspace, not yet started."""
    with Stack() as stack:
        seed = json.loads(stack.run("-m", "tests.chaos.seed", "2", "1"))
        yield stack, seed


@pytest.fixture
def running(trained):
    """The installation, ready; it goes on running for the next test unless this one stops it."""
    stack, seed = trained
    if stack.process is None:
        stack.start()
    stack.wait_ready()
    return stack, seed


def until(condition) -> None:
    """Give other processes the time that they need."""
    ticker = threading.Event()
    give_up_at = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up_at
        ticker.wait(0.05)


async def ask(stack, seed, text: str, client_id: str) -> list[dict]:
    """Send a message as the first visitor; all frames until the assistant's next reply."""
    visitor = seed["visitors"][0]
    frames = []
    async with asyncio.timeout(PATIENCE), connect(f"ws://{stack.url}/ws/chat/{seed['site']}/") as socket:
        opening = {"token": visitor["token"], "cursors": {visitor["conversation"]: 10_000}}
        await socket.send(json.dumps({"type": "session.open", "v": 1, "data": opening}))
        await socket.send(
            json.dumps({"type": "message.send", "v": 1, "data": {"client_id": client_id, "text": text}})
        )
        async for frame in socket:
            frames.append(json.loads(frame))
            if frames[-1]["type"] == "message.posted" and frames[-1]["data"]["author"] == "bot":
                return frames
    raise AssertionError("the socket was closed before the assistant replied")


@pytest.mark.parametrize("part", ["web", "worker"])
def test_a_killed_part_comes_back_and_is_ready_again(running, part):
    stack, seed = running
    before = stack.parts()
    stack.hurt(part, signal.SIGKILL)
    until(lambda: stack.parts().get(part, before[part])["pid"] != before[part]["pid"])
    stack.wait_ready()
    frames = asyncio.run(ask(stack, seed, "hello there", f"after-{part}"))
    assert frames[-1]["data"]["text"] == "An answer about greeting."


def test_a_second_serve_on_the_same_data_is_refused(running):
    stack, _ = running
    second = subprocess.run(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        env=stack.environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert second.returncode == 1
    assert "Another `serve` already uses" in second.stderr
    assert len(second.stderr.strip().splitlines()) == 1
    assert stack.is_ready()


def test_the_demo_shop_is_another_origin(running):
    stack, _ = running
    status, _ = stack.get("/en/")
    assert status == 404
    with urlopen(f"http://127.0.0.1:{stack.port + 1}/en/", timeout=10) as response:
        assert response.status == 200
        assert "/widget.js" in response.read().decode()


def backend_request(stack, path: str, *, token: str | None = None, body: dict | None = None):
    """Status and JSON of one request to the demo backend, by the token of this installation."""
    secret = (stack.var / "secret_key").read_text()
    sent = derived_secret(secret, "demo backend") if token is None else token
    connection = http.client.HTTPConnection("127.0.0.1", stack.port + 2, timeout=10)
    try:
        headers = {"Authorization": f"Bearer {sent}", "Content-Type": "application/json"}
        method = "GET" if body is None else "POST"
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def test_the_demo_backend_answers_whoever_has_the_token(running):
    stack, _ = running
    order = "/ecommerce/orders/LM20260318001234"
    status, answer = backend_request(stack, order)
    assert (status, answer["status"]) == (200, "shipped")
    assert backend_request(stack, order, token="wrong")[0] == 401
    with urlopen(f"http://127.0.0.1:{stack.port + 2}/", timeout=10) as response:
        assert "<h2>ecommerce</h2>" in response.read().decode()
    assert stack.get(order)[0] == 404
    until(lambda: f"http://127.0.0.1:{stack.port + 2}/" in stack.log.read_text())


def test_a_dropped_connection_of_the_demo_backend_has_no_answer_and_harms_nothing(running):
    stack, _ = running
    path = "/ecommerce/orders/LM20260318001234/refund"
    assert backend_request(stack, "/demo/fault", body={"path": path, "kind": "drop"})[0] == 201
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        backend_request(stack, path)
    assert backend_request(stack, path)[0] == 200
    assert stack.is_ready()


def test_the_links_are_announced_once_ready(running):
    stack, _ = running
    until(lambda: "Stop with Ctrl-C." in stack.log.read_text())
    assert f"http://127.0.0.1:{stack.port}/console/" in stack.log.read_text()


def test_serve_on_an_unprepared_database_says_what_to_do(tmp_path):
    done = subprocess.run(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        env=os.environ | {"XIAOER_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 1
    assert "migrate" in done.stderr


def test_a_web_process_of_a_larger_installation_loads_no_torch():
    script = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'console.settings'; "
        "import django; django.setup(); import console.processes.web; "
        "print(sorted({'torch', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=os.environ | {"REDIS_URL": "redis://127.0.0.1:1/0"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_a_question_is_answered_and_sigterm_ends_everything_in_order(running):
    stack, seed = running
    frames = asyncio.run(ask(stack, seed, "where is my order", "c1"))
    assert frames[-1]["data"]["text"] == "An answer about order_status."
    parts = stack.parts()
    started = time.monotonic()
    assert stack.stop(signal.SIGTERM) == 0
    assert time.monotonic() - started < 12
    for part in parts.values():
        with pytest.raises(ProcessLookupError):
            os.kill(part["pid"], 0)


def test_ctrl_c_ends_everything_in_order(running):
    stack, _ = running
    assert stack.stop(signal.SIGINT) == 0


def test_parts_end_when_their_supervisor_is_killed(running):
    stack, _ = running
    parts = stack.parts()
    stack.process.kill()
    stack.process.wait()
    stack.process = None

    def gone() -> bool:
        for part in parts.values():
            try:
                os.kill(part["pid"], 0)
            except ProcessLookupError:
                continue
            return False
        return True

    until(gone)
