"""`/widget.js`: the few lines that a shop's page loads."""

from __future__ import annotations

import hashlib
import json
import re
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.http import condition, require_safe

SOURCE = Path(settings.BASE_DIR) / "static" / "chat" / "loader" / "widget.js"
# A new release reaches every shop within this many seconds; the ETag makes asking again cheap.
MAX_AGE = 300

# Text in double quotes (never with escapes) or backquotes: nothing inside it may change.
TEXTS = re.compile(r'("[^"\n]*"|`[^`]*`)')
# What only the loader itself calls so -> a letter. None of them is a property, or stands inside a text but as the
# `${name}` of one in backquotes.
NAMES = {
    "host": "h",
    "root": "r",
    "btn": "b",
    "tag": "t",
    "box": "x",
    "way": "w",
    "quiet": "q",
    "draw": "p",
    "load": "l",
    "emit": "m",
    "tell": "s",
    "says": "y",
    "mem": "z",
    "css": "c",
    "win": "u",
    "add": "a",
    "put": "j",
    "get": "g",
    "src": "i",
    "set": "o",
    "late": "L",
    "origin": "O",
    "word": "W",
    "lang": "G",
    "url": "U",
    "now": "N",
    "me": "M",
    "id": "I",
    "at": "A",
    "who": "V",
    "page": "P",
    "hear": "E",
    "up": "B",
    "on": "D",
    "to": "F",
}
NAMED = re.compile(r"(?<![.\w])(" + "|".join(NAMES) + r")\b(?!:)")
# A property that is named often: its name is kept in `$`.
HIDDEN = ((re.compile(r"\.hidden\b"), "[$]"), (re.compile(r"\bhidden:"), "[$]:"))
NAMED_IN_TEXT = re.compile(r"\$\{(" + "|".join(NAMES) + r")\}")
# (pattern, replacement) for the code between texts, in this order. Right for our own loader, which the browser
# tests run as served, and not meant for any other script.
SQUEEZES = (
    (re.compile(r" ?([=+*<>!?:,;(){}&|]) ?"), r"\1"),
    (re.compile(r"([{}(,;])\n"), r"\1"),
    (re.compile(r"\n([})])"), r"\1"),
    (re.compile(r"[;,]}"), "}"),
    (re.compile(r"\((\w+)\)=>"), r"\1=>"),
    (re.compile(r"\btrue\b"), "!0"),
    (re.compile(r"\bfalse\b"), "!1"),
)


def launcher_name(locale: str) -> str:
    """What the launcher is called, quoted for JavaScript."""
    with translation.override(locale):
        return json.dumps(gettext("Chat with us"), ensure_ascii=False)


def compact(source: str) -> str:
    """The source without comment lines, indentation and needless spaces."""
    lines: list[str] = []
    in_comment = False
    for raw in source.splitlines():
        line = raw.strip()
        if in_comment or line.startswith("/*"):
            in_comment = "*/" not in line
        elif line and not line.startswith("//"):
            lines.append(line)
    pieces = TEXTS.split("\n".join(lines))
    for index, piece in enumerate(pieces):
        if index % 2:
            # Style sheets in backquotes: a line's end is only for people.
            pieces[index] = NAMED_IN_TEXT.sub(lambda match: f"${{{NAMES[match[1]]}}}", piece.replace("}\n", "}"))
            continue
        for pattern, replacement in (*SQUEEZES, *HIDDEN):
            piece = pattern.sub(replacement, piece)
        pieces[index] = NAMED.sub(lambda match: NAMES[match[1]], piece)
    return "".join(pieces)


@lru_cache(maxsize=1)
def loader() -> bytes:
    """The loader as served, with the launcher's name where the source has a language's code in quotes."""
    served = compact(SOURCE.read_text(encoding="utf-8"))
    for locale, _name in settings.LANGUAGES:
        served = served.replace(f'"{locale}"', launcher_name(locale))
    return served.encode()


@lru_cache(maxsize=1)
def loader_etag() -> str:
    """Changes exactly when the loader does."""
    return f'"{hashlib.sha256(loader()).hexdigest()[:20]}"'


@require_safe
@condition(etag_func=lambda request: loader_etag())
def widget_loader(request: HttpRequest) -> HttpResponse:
    """Answer with the loader; any page may run it, since what it opens decides by itself who may frame it."""
    response = HttpResponse(loader(), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = f"public, max-age={MAX_AGE}"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
