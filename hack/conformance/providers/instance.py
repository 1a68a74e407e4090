"""The smallest JSON value that satisfies a JSON Schema, as a model with constrained decoding could produce it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_FORMATS = {
    "date": "2026-01-02",
    "date-time": "2026-01-02T03:04:05Z",
    "time": "03:04:05Z",
    "email": "a@example.org",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "uri": "https://example.org/",
}


def instance(schema: Any, root: Mapping[str, Any] | None = None) -> Any:
    """Return a value for schema. Types may be upper-cased, as in Gemini's Schema. Every property of an object is given."""
    if not isinstance(schema, dict):
        return "text"
    root = schema if root is None else root
    if "$ref" in schema:
        return instance(_resolve(schema["$ref"], root), root)
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    for union in ("anyOf", "oneOf"):
        if schema.get(union):
            return instance(schema[union][0], root)
    if schema.get("allOf"):
        merged = {k: v for part in schema["allOf"] for k, v in part.items()}
        return instance({**merged, **{k: v for k, v in schema.items() if k != "allOf"}}, root)
    return _typed(_type(schema), schema, root)


def _type(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((k for k in kind if k != "null"), "null")
    if kind is None:
        kind = "object" if "properties" in schema else "array" if "items" in schema else "string"
    return str(kind).lower()


def _typed(kind: str, schema: Mapping[str, Any], root: Mapping[str, Any]) -> Any:
    if kind == "object":
        return {name: instance(part, root) for name, part in _properties(schema).items()}
    if kind == "array":
        return [instance(schema.get("items", {}), root)] * max(1, int(schema.get("minItems") or 1))
    if kind in ("integer", "number"):
        return _number(schema)
    if kind == "boolean":
        return True
    if kind == "null":
        return None
    text = _FORMATS.get(str(schema.get("format")), "text")
    return text.ljust(int(schema.get("minLength") or 0), "x")


def _properties(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    properties = schema.get("properties")
    return properties if isinstance(properties, dict) else {}


def _number(schema: Mapping[str, Any]) -> Any:
    if schema.get("minimum") is not None:
        return schema["minimum"]
    if schema.get("exclusiveMinimum") is not None:
        return schema["exclusiveMinimum"] + 1
    return min(1, schema["maximum"]) if schema.get("maximum") is not None else 1


def _resolve(reference: str, root: Mapping[str, Any]) -> Any:
    """Follow a reference inside of the document; "#" is the document."""
    node: Any = root
    for step in reference.removeprefix("#").strip("/").split("/"):
        if step:
            node = node.get(step.replace("~1", "/").replace("~0", "~"), {})
    return node
