"""`python -m deploy.demo_backend --port N --token T [--clock ISO8601]`: the backend alone, for tests and trials.

With a clock it stands still at that moment, so that data placed relative to today is always the same.
"""

from __future__ import annotations

import argparse
from datetime import datetime

from daphne.endpoints import build_endpoint_description_strings
from daphne.server import Server

from deploy.demo_backend.app import create_app


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(prog="deploy.demo_backend", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--clock", default="", help="a moment at which the backend's clock stands still")
    options = parser.parse_args()
    still = datetime.fromisoformat(options.clock) if options.clock else None
    app = create_app(clock=lambda: still or datetime.now().astimezone(), token=options.token)
    Server(
        application=app,
        endpoints=build_endpoint_description_strings(host=options.host, port=options.port),
        signal_handlers=True,
    ).run()


if __name__ == "__main__":
    main()
