"""Somebody else's web server: pages on an origin of their own that embed the widget."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class HostPages:
    """Serves what tests put into `pages`: path -> (extra headers, HTML)."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[dict[str, str], str]] = {}
        pages = self.pages

        class Handler(BaseHTTPRequestHandler):
            """Answers with a page or 404, and keeps quiet."""

            def do_GET(self) -> None:
                """One page."""
                headers, body = pages.get(self.path, ({}, ""))
                self.send_response(200 if body else 204)
                for name, value in {"Content-Type": "text/html; charset=utf-8", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                """No log."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def origin(self) -> str:
        """scheme://host:port of every page."""
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def put(self, path: str, body: str, **headers: str) -> str:
        """Serve a page; its address. Underscores in header names stand for hyphens."""
        self.pages[path] = ({name.replace("_", "-"): value for name, value in headers.items()}, body)
        return self.origin + path

    def close(self) -> None:
        """Stop serving."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
