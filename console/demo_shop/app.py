"""The demo shop as an ASGI application; `serve` puts it on PORT + 1, which makes it another origin.

It knows nothing of the installation but where the widget's loader is, and it is stricter than most shops: its
Content-Security-Policy allows the widget exactly what the README tells people to allow.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

from django.conf import settings

from console.demo_shop.pages import IDENTITY, LANGUAGES, SIGN_IN, SITE_KEY, files, not_found, page
from console.demo_shop.shoppers import cookie_for, find_shopper, shopper_of, signed_identity

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def policy() -> str:
    """What the shop allows: its own style sheet, script and pictures; of the widget its script and its frame.

    The widget's script asks the shop who is signed in.
    """
    widget = settings.PUBLIC_URL
    return (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
        f"frame-ancestors 'none'; connect-src 'self'; script-src 'self' {widget}; frame-src {widget}"
    )


def preferred_language(accepted: str) -> str:
    """`en` if the browser asks for English before Chinese, otherwise `zh`: it is a Chinese shop."""
    for entry in accepted.lower().split(","):
        tag = entry.split(";")[0].strip()
        if tag.startswith("zh"):
            return "zh"
        if tag.startswith("en"):
            return "en"
    return "zh"


def answer(
    method: str, path: str, accepted: str, cookies: str = ""
) -> tuple[HTTPStatus, list[tuple[str, str]], bytes]:
    """Status, headers and body of a request."""
    if method not in {"GET", "HEAD"}:
        return HTTPStatus.METHOD_NOT_ALLOWED, [("Allow", "GET, HEAD")], b""
    if path == "/":
        return (
            HTTPStatus.FOUND,
            [("Location", f"/{preferred_language(accepted)}/"), ("Vary", "Accept-Language")],
            b"",
        )
    shopper = shopper_of(cookies)
    language, _slash, place = path.removeprefix("/").partition("/")
    if language in LANGUAGES and place == IDENTITY:
        token = signed_identity(shopper, language, SITE_KEY)
        return HTTPStatus.OK, [("Content-Type", "text/plain"), ("Cache-Control", "no-store")], token.encode()
    if language in LANGUAGES and place.startswith(SIGN_IN):
        new = find_shopper(place.removeprefix(SIGN_IN))
        headers = [("Location", f"/{language}/"), ("Set-Cookie", cookie_for(new)), ("Cache-Control", "no-store")]
        return HTTPStatus.FOUND, headers, b""
    kind = "text/html; charset=utf-8"
    known = files().get(path)
    if known is not None:
        return HTTPStatus.OK, [("Content-Type", known[0]), ("Cache-Control", "public, max-age=300")], known[1]
    body = page(path, shopper.slug if shopper is not None else "")
    if body is None:
        language = "en" if path.startswith("/en/") else "zh"
        return HTTPStatus.NOT_FOUND, [("Content-Type", kind)], not_found(language)
    return (
        HTTPStatus.OK,
        [("Content-Type", kind), ("Cache-Control", "private, no-cache"), ("Vary", "Cookie")],
        body,
    )


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request; sockets are refused."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 4403})
        return
    if scope["type"] != "http":
        return
    accepted = next(
        (value.decode("latin-1") for name, value in scope["headers"] if name == b"accept-language"), ""
    )
    cookies = "; ".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie")
    status, headers, body = answer(scope["method"], scope["path"], accepted, cookies)
    headers += [
        ("Content-Length", str(len(body))),
        ("Content-Security-Policy", policy()),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ]
    encoded = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": int(status), "headers": encoded})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
