"""`/api/v1/docs`: the HTTP interface for people, made from its own OpenAPI description; no script, no CDN."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from chat.api.throttling import TokenThrottle
from nlu.knowledge.markdown import render as render_markdown

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter of the address or a field of the body; `kind` is its type in words."""

    name: str
    place: str
    kind: str
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A status code, what it means, and the fields of its body."""

    code: str
    description: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked of the interface, with a line of shell that does it."""

    id: str
    method: str
    path: str
    summary: str
    description: SafeString
    scope: str
    fields: tuple[Field, ...]
    answers: tuple[Answer, ...]
    example: str


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """The page. Descriptions are English, like the names that they describe."""
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    context = {
        "operations": tuple(operations(schema)),
        "schema_url": reverse("chat:api:schema"),
        "rate": TokenThrottle.THROTTLE_RATES["token"],
    }
    return render(request, "help/api.html", context)


def operations(schema: Mapping[str, Any]) -> Iterator[Operation]:
    """Every operation of the description, by path."""
    for path, item in sorted(schema["paths"].items()):
        for method in METHODS:
            if method in item:
                yield operation(schema, path, method, item[method])


def operation(schema: Mapping[str, Any], path: str, method: str, entry: Mapping[str, Any]) -> Operation:
    """One operation, with references resolved."""
    parameters = tuple(
        Field(
            name=one["name"],
            place=one["in"],
            kind=kind_of(schema, one.get("schema", {})),
            required=one.get("required", False),
            description=one.get("description", ""),
        )
        for one in entry.get("parameters", ())
        if one["in"] in {"query", "path"}
    )
    body = tuple(fields_of(schema, content_of(entry.get("requestBody", {}))))
    return Operation(
        id=entry["operationId"],
        method=method.upper(),
        path=path,
        summary=entry.get("summary") or entry["operationId"],
        description=mark_safe(render_markdown(entry.get("description", ""))),  # noqa: S308 - an allow-list of tags
        scope=entry.get("x-required-scope", ""),
        fields=parameters + body,
        answers=tuple(
            Answer(code, answer.get("description", ""), tuple(fields_of(schema, content_of(answer))))
            for code, answer in sorted(entry.get("responses", {}).items())
        ),
        example=example(
            path, method, [field.name for field in body if field.required], entry.get("x-required-scope", "")
        ),
    )


def content_of(holder: Mapping[str, Any]) -> Mapping[str, Any]:
    """The JSON schema of a body; empty if there is none."""
    schema: Mapping[str, Any] = holder.get("content", {}).get("application/json", {}).get("schema", {})
    return schema


def resolved(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """The node that a reference leads to, or the node itself."""
    if "$ref" in node:
        target: Mapping[str, Any] = schema["components"]["schemas"][node["$ref"].rsplit("/", 1)[-1]]
        return target
    if "allOf" in node:
        return resolved(schema, node["allOf"][0])
    return node


def fields_of(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Iterator[Field]:
    """The fields of an object, or of the objects of an array or a page."""
    node = resolved(schema, node)
    if node.get("type") == "array":
        yield from fields_of(schema, node.get("items", {}))
        return
    required = node.get("required", ())
    for name, one in node.get("properties", {}).items():
        yield Field(
            name=name,
            place="body",
            kind=kind_of(schema, one),
            required=name in required,
            description=one.get("description", ""),
        )


def kind_of(schema: Mapping[str, Any], node: Mapping[str, Any]) -> str:
    """A type in words: `string (uuid)`, `one of bot, waiting`, `list of string`."""
    node = resolved(schema, node)
    if "enum" in node:
        return "one of " + ", ".join(str(value) for value in node["enum"])
    if node.get("type") == "array":
        return "list of " + kind_of(schema, node.get("items", {}))
    kind = str(node.get("type", "any"))
    bounds = [f"at most {node['maxLength']} characters"] if "maxLength" in node else []
    details = [node["format"]] if "format" in node else []
    return f"{kind} ({', '.join(details + bounds)})" if details or bounds else kind


def example(path: str, method: str, required: list[str], scope: str) -> str:
    """A line of shell that performs the operation."""
    parts = ["curl"]
    if method != "get":
        parts.append(f"-X {method.upper()}")
    if scope:
        parts.append('-H "Authorization: Bearer $XIAOER_TOKEN"')
    if method == "post":
        body = ", ".join(f'"{name}": "…"' for name in required)
        parts.append(f"-H 'Content-Type: application/json' -d '{{{body}}}'")
    parts.append(settings.PUBLIC_URL + path)
    return " ".join(parts)
