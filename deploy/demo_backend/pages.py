"""The page for people, made from the OpenAPI description: no script, nothing from another host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from deploy.demo_backend.described import Answer, Field, Operation, operations

HERE = Path(__file__).resolve().parent


@cache
def style_sheet() -> str:
    """The page's style, a file of its own: the page allows no inline style."""
    return (HERE / "style.css").read_text(encoding="utf-8")


def description_page(schema: Mapping[str, Any]) -> str:
    """The whole page."""
    found = tuple(operations(schema))
    title = escape(schema["info"]["title"])
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>{title}</title>",
            '<link rel="stylesheet" href="/style.css">',
            "</head>",
            "<body>",
            '<a class="skip" href="#content">Skip to the content</a>',
            '<main id="content" tabindex="-1">',
            f"<h1>{title}</h1>",
            f"<p>{worded(schema['info']['description'])}</p>",
            '<p><a href="/openapi.json">OpenAPI description for programs</a></p>',
            '<nav aria-label="Operations">',
            *contents(found),
            "</nav>",
            *(line for one in found for line in section(one)),
            "</main>",
            "</body>",
            "</html>",
        )
    )


def contents(found: tuple[Operation, ...]) -> Iterator[str]:
    """Links to the operations, under the parts that they belong to."""
    for part in dict.fromkeys(one.part for one in found):
        yield f"<h2>{escape(part)}</h2>"
        yield "<ul>"
        for one in found:
            if one.part == part:
                place = f"<code>{one.method} {escape(one.path)}</code>"
                yield f'<li><a href="#{escape(one.id)}">{place}</a> {escape(one.summary)}</li>'
        yield "</ul>"


def section(one: Operation) -> Iterator[str]:
    """One operation."""
    yield f'<section aria-labelledby="{escape(one.id)}">'
    yield f'<h2 id="{escape(one.id)}">{escape(one.summary)}</h2>'
    yield f"<p><code>{one.method} {escape(one.path)}</code></p>"
    for paragraph in one.description.split("\n\n"):
        if paragraph.strip():
            yield f"<p>{worded(paragraph)}</p>"
    yield f'<pre tabindex="0"><code>{escape(one.example)}</code></pre>'
    if one.fields:
        yield "<h3>Request</h3>"
        yield "<ul>"
        for field in one.fields:
            yield f"<li>{field_line(field, asked=True)}</li>"
        yield "</ul>"
    yield "<h3>Answers</h3>"
    yield "<ul>"
    for answer in one.answers:
        yield answer_lines(answer)
    yield "</ul>"
    yield "</section>"


def answer_lines(answer: Answer) -> str:
    """A status with the fields of its body; those of errors are always the same and named at the top."""
    inner = "".join(f"<li>{field_line(field, asked=False)}</li>" for field in answer.fields)
    fields = f"<ul>{inner}</ul>" if inner and answer.code < "300" else ""
    return f"<li><code>{escape(answer.code)}</code> {worded(answer.description)}{fields}</li>"


def field_line(field: Field, *, asked: bool) -> str:
    """A field in a line; whether it is required is said where something is sent."""
    required = ", <strong>required</strong>" if asked and field.required else ""
    place = f" in the {escape(field.place)}" if asked and field.place != "body" else ""
    described = f": {worded(field.description)}" if field.description else ""
    return f"<code>{escape(field.name)}</code> {escape(field.kind)}{place}{required}{described}"


def worded(text: str) -> str:
    """Text with what stands between backquotes as code."""
    return "".join(
        f"<code>{escape(part)}</code>" if index % 2 else escape(part) for index, part in enumerate(text.split("`"))
    )
