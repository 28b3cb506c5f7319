"""The loader and the chat page's texts as files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client

from chat.views.strings import strings_url
from chat.views.widget_loader import compact

ROOT = Path(__file__).resolve().parents[3]
LARGEST = 3_000


def test_loader_is_small_and_cached_shortly(client: Client) -> None:
    """Less than 3 kB before compression, with an ETag that saves even that."""
    answer = client.get("/widget.js")
    assert answer.status_code == 200
    assert len(answer.content) < LARGEST
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer["Cache-Control"] == "public, max-age=300"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert not answer.cookies
    again = client.get("/widget.js", headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert client.get("/widget.js", headers={"If-None-Match": '"another"'}).status_code == 200


def test_loader_is_the_same_for_everybody(client: Client) -> None:
    """It finds its server and its language in the page, so that one copy serves all."""
    bodies = {
        client.get("/widget.js", headers={"Accept-Language": language, "Host": host}).content
        for language in ("en", "zh-CN")
        for host in ("127.0.0.1", "localhost")
    }
    assert len(bodies) == 1
    assert b"Chat with us" in bodies.pop()


def test_loader_says_nothing_to_everybody() -> None:
    """No message without its addressee, no markup, no code from text."""
    source = (ROOT / "static/chat/loader/widget.js").read_text(encoding="utf-8")
    assert not re.search(r"innerHTML|insertAdjacentHTML|eval|postMessage\([^;]*\"\*\"", source)
    assert "postMessage(it, origin)" in source


@pytest.mark.parametrize(
    ("source", "served"),
    [
        ("// gone\nlet a = 1;\n", "let a=1;"),
        ("/* gone\n * too */\na = (b) => b + 1;", "a=b=>b+1;"),
        ('x = "a = b  c; // kept";', 'x="a = b  c; // kept";'),
        ("x = `a{b: c}\nd{ e }`;", "x=`a{b: c}d{ e }`;"),
        ("if (a) {\n  return true;\n}", "if(a){return !0}"),
    ],
)
def test_compacting(source: str, served: str) -> None:
    """Comments and spaces go, texts stay."""
    assert compact(source) == served


@pytest.mark.parametrize("locale", ["en", "zh-hans"])
def test_texts_may_be_kept_for_ever_under_their_version(client: Client, locale: str) -> None:
    """The versioned address never changes its content; the bare one may."""
    url = strings_url(locale)
    answer = client.get(url)
    assert answer.status_code == 200
    assert b"gettext" in answer.content
    assert "immutable" in answer["Cache-Control"]
    assert client.get(url.split("?")[0])["Cache-Control"] == "public, max-age=300"


def test_texts_of_an_unknown_language(client: Client) -> None:
    """404, not the default language under a wrong name."""
    assert client.get("/chat/strings/fr.js").status_code == 404


def hex_pairs() -> dict[str, tuple[str, str]]:
    """The tokens whose two colours are given directly: name -> (light, dark)."""
    text = (ROOT / "static/css/tokens.css").read_text(encoding="utf-8")
    found = re.finditer(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", text)
    return {match[1]: (match[2], match[3]) for match in found}


def contrast(one: str, other: str) -> float:
    """WCAG's ratio of two colours."""

    def luminance(colour: str) -> float:
        channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


GROUNDS = ("ground", "surface", "sunken", "raised", "hover", "selected")
TEXTS = ("ink", "ink-muted", "ink-faint", "accent", "danger", "warning", "info")
PAIRS = (
    *((text, ground, 4.5) for text in TEXTS for ground in GROUNDS),
    *(("line-strong", ground, 3.0) for ground in GROUNDS),
    ("on-accent", "accent-fill", 4.5),
    ("on-accent", "accent-fill-hover", 4.5),
    ("on-accent-wash", "accent-wash", 4.5),
    ("on-danger", "danger-fill", 4.5),
    ("danger", "danger-wash", 4.5),
    ("warning", "warning-wash", 4.5),
    ("info", "info-wash", 4.5),
    ("note", "note-wash", 4.5),
    ("ink", "note-wash", 4.5),
    ("ink-muted", "accent-wash", 4.5),
    *((f"series-{number}", "surface", 3.0) for number in range(1, 6)),
)


@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_contrast_of_the_tokens(front: str, back: str, least: float) -> None:
    """As `tokens.css` promises, in both themes."""
    tokens = hex_pairs()
    for theme in (0, 1):
        assert contrast(tokens[front][theme], tokens[back][theme]) >= least
