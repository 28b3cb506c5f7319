"""The server of the benchmark: the product's sockets and the naive ones side by side in one Daphne.

Prints one JSON line with the visitors' tokens when it listens. There is no turn worker: turns are written, not
answered, for both. Database connections are kept open, which only helps the naive consumer (the product's writer
keeps its own anyway).
"""

from __future__ import annotations

from daphne.server import Server, twisted_loop  # isort: skip

import json
import signal
import sys

import django
from django.conf import settings

settings.DATABASES["default"]["CONN_MAX_AGE"] = None
settings.CHANNEL_LAYERS["naive"] = {"BACKEND": "channels.layers.InMemoryChannelLayer"}
django.setup()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.urls import path  # noqa: E402

from chat.actions.visitors import create_visitor  # noqa: E402
from chat.models import Site  # noqa: E402
from chat.routing import websocket_urlpatterns  # noqa: E402
from console.processes.websockets import use_every_close_code  # noqa: E402
from nlu.actions.workspaces import create_workspace  # noqa: E402
from tests.bench.naive import NaiveConsumer  # noqa: E402


def main() -> None:
    """Prepare the database, listen, serve until SIGTERM."""
    port, visitors = int(sys.argv[1]), int(sys.argv[2])
    call_command("migrate", verbosity=0)
    workspace = create_workspace(slug="bench", name="Bench", default_locale="en", actor=None)
    site = Site.objects.create(workspace=workspace, key="bench", name="Bench", locale="en")
    sessions = {
        kind: [create_visitor(site=site, locale="en").token for _ in range(visitors)]
        for kind in ("product", "naive")
    }
    use_every_close_code()
    server = Server(
        ProtocolTypeRouter(
            {"websocket": URLRouter([path("naive/<token>/", NaiveConsumer.as_asgi()), *websocket_urlpatterns])}
        ),
        endpoints=[f"tcp:port={port}:interface=127.0.0.1"],
        signal_handlers=False,
        ready_callable=lambda: print(json.dumps(sessions), flush=True),
        verbosity=0,
    )
    twisted_loop.add_signal_handler(signal.SIGTERM, server.stop)
    server.run()


main()
