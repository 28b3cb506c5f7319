"""Our sockets on a real Daphne, without the rest of the installation.

Prints its port; ends its sockets on SIGTERM.
"""

from __future__ import annotations

from console.processes.websockets import use_every_close_code  # isort: skip - Daphne installs its reactor first
from daphne.server import Server, twisted_loop  # isort: skip

import signal
import sys

import django

django.setup()

from chat.live import shut_down_sockets  # noqa: E402
from console.asgi import application  # noqa: E402


def main() -> None:
    """Serve on a free port until SIGTERM."""
    server = Server(
        application,
        endpoints=["tcp:port=0:interface=127.0.0.1"],
        signal_handlers=False,
        ready_callable=lambda: print(server.listening_addresses[0][1], flush=True),
        verbosity=0,
    )

    async def end() -> None:
        stored = await shut_down_sockets()
        print("stored" if stored else "not stored", flush=True)
        server.stop()

    twisted_loop.add_signal_handler(signal.SIGTERM, lambda: twisted_loop.create_task(end()))
    if "--plain" not in sys.argv:
        use_every_close_code()
    server.run()


main()
