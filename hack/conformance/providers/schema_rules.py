"""Rules for JSON Schemas that several providers share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .shape import Problem


def objects(schema: Any, pointer: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every object schema in a schema, with its pointer."""
    if isinstance(schema, list):
        for i, part in enumerate(schema):
            yield from objects(part, f"{pointer}/{i}")
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "object" or "properties" in schema:
        yield pointer, schema
    for key in ("items", "anyOf", "oneOf", "allOf"):
        yield from objects(schema.get(key), f"{pointer}/{key}")
    for key in ("properties", "$defs", "definitions"):
        for name, part in schema[key].items() if isinstance(schema.get(key), dict) else ():
            yield from objects(part, f"{pointer}/{key}/{name}")


def closed(schema: Any, pointer: str) -> list[Problem]:
    """Structured output needs additionalProperties: false on every object, at OpenAI and at Anthropic.

    https://platform.openai.com/docs/guides/structured-outputs#supported-schemas,
    https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations
    """
    return [
        Problem(f"{at}/additionalProperties", "must be false for every object in a strict schema")
        for at, part in objects(schema, pointer)
        if part.get("additionalProperties") is not False
    ]


def complete(schema: Any, pointer: str) -> list[Problem]:
    """OpenAI's strict schemas must list every property as required."""
    return [
        Problem(f"{at}/required", f"must name every property of a strict schema; {name!r} is missing")
        for at, part in objects(schema, pointer)
        for name in _named(part.get("properties"))
        if name not in _named(part.get("required"))
    ]


def _named(value: Any) -> list[str]:
    """The names in properties or required; a schema may hold anything there."""
    return [name for name in value if isinstance(name, str)] if isinstance(value, (dict, list)) else []
