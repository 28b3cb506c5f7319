"""Markdown to HTML that is safe to show to anybody, whoever wrote it; and to plain text for search and answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

# A heading of the first level becomes one of the second: the page's own title is the only first one.
_TOP_HEADING = {"h1": "h2"}
_TAGS = {
    "a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s",
    "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto", "tel"}

_PARSER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a text: a heading of the given level (1-6), or words (level 0) with their list mark."""

    text: str
    level: int = 0


def render(text: str) -> str:
    """HTML of the Markdown `text`. Tags in it are escaped, links are http(s), mail or telephone only.

    The result is a plain str: mark it safe only where it is put into a template. Pictures are left out, because
    a help page loads nothing from elsewhere. Links open without referrer or opener and are not endorsed.
    """
    tokens = _PARSER.parse(text)
    for token in tokens:
        token.tag = _TOP_HEADING.get(token.tag, token.tag)
    html = str(_PARSER.renderer.render(tokens, _PARSER.options, {}))
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )


def blocks(text: str) -> Iterator[Block]:
    """The words of the Markdown `text` block by block, without marks but with the marks of lists."""
    level = 0
    lists: list[int | None] = []
    mark = ""
    cells: list[str] | None = None
    for token in _PARSER.parse(text):
        if token.type == "heading_open":
            level = int(token.tag[1])
        elif token.type == "heading_close":
            level = 0
        elif token.type == "ordered_list_open":
            lists.append(int(token.attrGet("start") or 1))
        elif token.type == "bullet_list_open":
            lists.append(None)
        elif token.type in {"ordered_list_close", "bullet_list_close"}:
            lists.pop()
        elif token.type == "list_item_open":
            number = lists[-1]
            mark = "- " if number is None else f"{number}. "
            lists[-1] = None if number is None else number + 1
        elif token.type == "tr_open":
            cells = []
        elif token.type == "tr_close" and cells is not None:
            yield Block(" | ".join(cells))
            cells = None
        elif token.type in {"fence", "code_block"}:
            yield Block(token.content.strip())
        elif token.type == "inline":
            words = _words(token.children or ())
            if cells is not None:
                cells.append(words)
            elif words:
                yield Block(mark + words, level)
                mark = ""


def plain_text(text: str) -> str:
    """The words of the Markdown `text`, one block a line: for search, previews and answers."""
    return "\n".join(block.text for block in blocks(text))


def _words(children: Sequence[Token]) -> str:
    pieces = []
    for child in children:
        if child.type in {"softbreak", "hardbreak"}:
            pieces.append("\n" if child.type == "hardbreak" else " ")
        elif child.type in {"text", "code_inline", "image"}:
            pieces.append(child.content)
    return "".join(pieces).strip()
