"""The OpenAPI description taken apart into what a page shows of each operation."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a field of a body; `kind` is its type in words."""

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
    """One thing that can be asked of the backend."""

    id: str
    part: str
    method: str
    path: str
    summary: str
    description: str
    fields: tuple[Field, ...]
    answers: tuple[Answer, ...]
    example: str


def operations(schema: Mapping[str, Any]) -> Iterator[Operation]:
    """Every operation, in the order of the description."""
    for path, item in schema["paths"].items():
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
    )
    body = tuple(fields_of(schema, content_of(entry.get("requestBody", {}))))
    return Operation(
        id=entry["operationId"],
        part=entry.get("tags", [""])[0],
        method=method.upper(),
        path=path,
        summary=entry["summary"],
        description=entry.get("description", ""),
        fields=parameters + body,
        answers=tuple(
            Answer(code, answer.get("description", ""), tuple(fields_of(schema, content_of(answer))))
            for code, answer in sorted(entry.get("responses", {}).items())
        ),
        example=example(path, method, body),
    )


def content_of(holder: Mapping[str, Any]) -> Mapping[str, Any]:
    """The JSON schema of a body; empty if there is none."""
    schema: Mapping[str, Any] = holder.get("content", {}).get("application/json", {}).get("schema", {})
    return schema


def resolved(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """The node that a reference leads to; of "this or null" the first; otherwise the node itself."""
    if "$ref" in node:
        target: Mapping[str, Any] = schema["components"]["schemas"][node["$ref"].rsplit("/", 1)[-1]]
        return target
    for several in ("allOf", "anyOf"):
        if several in node:
            return resolved(schema, node[several][0])
    return node


def fields_of(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Iterator[Field]:
    """The fields of an object, or of the objects of an array; those of inner objects behind a dot."""
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
        inner = resolved(schema, one)
        listed = inner.get("type") == "array"
        for field in fields_of(schema, inner):
            yield Field(
                name=f"{name}{'[]' if listed else ''}.{field.name}",
                place="body",
                kind=field.kind,
                required=False,
                description=field.description,
            )


def kind_of(schema: Mapping[str, Any], node: Mapping[str, Any]) -> str:
    """A type in words: `string (date)`, `one of slow, error`, `list of object`."""
    node = resolved(schema, node)
    if "enum" in node:
        return "one of " + ", ".join(str(value) for value in node["enum"])
    if "const" in node:
        return f"always {node['const']}"
    if node.get("type") == "array":
        return "list of " + kind_of(schema, node.get("items", {}))
    kind = str(node.get("type", "any"))
    details = [node["format"]] if "format" in node else []
    if "maxLength" in node:
        details.append(f"at most {node['maxLength']} characters")
    if "minimum" in node and "maximum" in node:
        details.append(f"{node['minimum']:g} to {node['maximum']:g}")
    return f"{kind} ({', '.join(details)})" if details else kind


def example(path: str, method: str, body: tuple[Field, ...]) -> str:
    """A line of shell that performs the operation."""
    parts = ["curl", '-H "Authorization: Bearer $TOKEN"']
    if method != "get":
        parts.insert(1, f"-X {method.upper()}")
        parts.append('-H "Idempotency-Key: $(uuidgen)"')
    required = [field.name for field in body if field.required]
    if required:
        parts.append("-H 'Content-Type: application/json'")
        parts.append(f"-d '{json.dumps(dict.fromkeys(required, '…'), ensure_ascii=False)}'")
    parts.append(f"$BACKEND{path}")
    return " ".join(parts)
