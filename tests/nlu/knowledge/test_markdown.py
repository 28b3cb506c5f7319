"""Markdown is safe whatever is written, and plain text keeps the words."""

from __future__ import annotations

import random
import re
from html.parser import HTMLParser

import pytest

from nlu.knowledge.markdown import blocks, plain_text, render

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox(1))",
    '[x](https://a.example "onmouseover=alert(1)")',
    '[x](https://a.example/"onmouseover="alert(1))',
    "![x](javascript:alert(1))",
    '![x" onerror="alert(1)](https://a.example/x.png)',
    "<javascript:alert(1)>",
    "<https://a.example/?q=<script>>",
    "`<script>alert(1)</script>`",
    "```\n<script>alert(1)</script>\n```",
    '```js" onload="alert(1)\n```',
    "[a]: javascript:alert(1)\n\n[a]",
    "<a href='javascript:alert(1)'>x</a>",
    "<style>*{}</style>",
    "<math><mtext></mtext><script>1</script></math>",
    "| <b onclick=alert(1)> |\n|---|\n| <i onload=x> |",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
]
ALLOWED = {
    "a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s",
    "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip


class Checker(HTMLParser):
    """Fails on a tag, an attribute or a link that a help page must not have."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED, tag
        names = dict(attrs)
        assert set(names) <= {"href", "title", "rel", "start"}, names
        if tag == "a" and "href" in names:
            assert re.match(r"(?:https?:|mailto:|tel:|/|#|[^:]*$)", names["href"] or ""), names
            assert names["rel"] == "noopener noreferrer nofollow"


@pytest.mark.parametrize("text", ATTACKS)
def test_nothing_active_comes_through(text: str) -> None:
    html = render(text)
    Checker().feed(html)
    Checker().feed(render(f"- a\n- {text}\n\n> {text}"))


def test_any_mixture_is_safe() -> None:
    source = random.Random(3)
    for _ in range(400):
        Checker().feed(
            render("".join(source.choice([*ATTACKS, "\n", "**", "[", "](", ")", "<", ">", "`"]) for _ in range(5)))
        )


def test_what_writers_need_works() -> None:
    html = render(
        "# Top\n\n**b** *i* ~~s~~ `c`\n\n3. x\n4. y\n\n- [l](https://a.example/?a=1&b=2)\n\n| a |\n|---|\n| 1 |\n"
    )
    for piece in (
        "<h2>Top</h2>",
        "<strong>b</strong>",
        "<em>i</em>",
        "<s>s</s>",
        "<code>c</code>",
        '<ol start="3">',
    ):
        assert piece in html
    assert 'href="https://a.example/?a=1&amp;b=2"' in html
    assert "<td>1</td>" in html


def test_plain_text_keeps_words_and_marks_of_lists() -> None:
    text = (
        "## Head\n\nOne **two**\nthree [four](https://a.example).\n\n2. a\n3. b\n   - c\n\n"
        "| x | y |\n|---|---|\n| 1 | 2 |\n\n```\ncode <b>\n```"
    )
    assert plain_text(text) == "Head\nOne two three four.\n2. a\n3. b\n- c\nx | y\n1 | 2\ncode <b>"
    assert [(block.level, block.text) for block in blocks("# A\n\nb\n\n### C")] == [(1, "A"), (0, "b"), (3, "C")]
