"""Tells whoever started `serve` when people can use it, and where."""

from __future__ import annotations

import http.client
import json
import threading
import time
from typing import Final, TextIO

from django.conf import settings

from console.processes.ports import demo_backend_port, demo_shop_port, demo_url

LOOK_SECONDS: Final = 0.3
COMPLAIN_AFTER: Final = 45.0
DEMO_SITE: Final = "demo-shop"


def announce_when_ready(out: TextIO) -> threading.Thread:
    """Print the links to `out` once /readyz says yes; if that takes long, print once what it waits for."""
    thread = threading.Thread(target=watch, args=(out,), name="ready-watch", daemon=True)
    thread.start()
    return thread


def watch(out: TextIO) -> None:
    """Ask until the answer is yes."""
    started = time.monotonic()
    complained = False
    while True:
        ready, missing = ask_ready()
        if ready:
            out.write(links())
            out.flush()
            return
        if not complained and time.monotonic() - started > COMPLAIN_AFTER:
            out.write(f"Still waiting for: {', '.join(missing) or 'the web process'}\n")
            out.flush()
            complained = True
        time.sleep(LOOK_SECONDS)


def ask_ready() -> tuple[bool, list[str]]:
    """Whether everything works, and the names of what does not."""
    host = "127.0.0.1" if settings.BIND == "0.0.0.0" else settings.BIND.strip("[]")  # noqa: S104 - compared, not bound
    connection = http.client.HTTPConnection(host, settings.PORT, timeout=5)
    try:
        connection.request("GET", "/readyz", headers={"Host": allowed_host()})
        response = connection.getresponse()
        checks = json.loads(response.read()).get("checks", {})
    except (OSError, http.client.HTTPException, ValueError):
        return False, []
    finally:
        connection.close()
    return response.status == 200, [name for name, good in checks.items() if not good]


def allowed_host() -> str:
    """A Host header that this installation answers to."""
    named = [host.lstrip(".") for host in settings.ALLOWED_HOSTS if host != "*"]
    return named[0] if named else "localhost"


def links() -> str:
    """Where to go now."""
    lines = ["", "Xiaoer 小二 is ready."]
    shop = demo_shop_port()
    if shop is not None:
        lines.append(f"    Demo shop:  {demo_url(shop)}/")
        lines.append(f"    Chat page:  {settings.PUBLIC_URL}/chat/{DEMO_SITE}/")
    backend = demo_backend_port()
    if backend is not None:
        lines.append(f"    Backend:    {demo_url(backend)}/   (what the demo's flows call)")
    lines.append(f"    Console:    {settings.PUBLIC_URL}/console/")
    lines.append(f"    More packs: {settings.PUBLIC_URL}/console/packs/   (a bank, travel, telecom, repairs)")
    lines += ["    Stop with Ctrl-C.", "", ""]
    return "\n".join(lines)
