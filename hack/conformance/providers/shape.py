"""Strict check of a JSON value against a vendor's own Python types.

The vendors publish their request types as TypedDicts (openai, anthropic) or pydantic models (google-genai, ollama).
pydantic itself is not strict enough for them: it validates `Iterable[...]` lazily, that is never, and it lets unknown
keys of a TypedDict pass. This walk refuses unknown keys everywhere, converts nothing, and says where it stumbled.
"""

from __future__ import annotations

import base64
import binascii
import collections.abc
import datetime
import enum
import functools
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pydantic
import typing_extensions as te


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a request: a JSON pointer, or a header's name, and what is wrong there."""

    pointer: str
    what: str


#: Keys that a server takes although its Python package does not list them, by class.
Extensions = Mapping[type, frozenset[str]]

_LISTS = (list, collections.abc.Iterable, collections.abc.Sequence)
_DICTS = (dict, collections.abc.Mapping)
_NAMES = {str: "a string", int: "an integer", float: "a number", bool: "a boolean", type(None): "null"}


def check(value: Any, annotation: Any, pointer: str = "", extensions: Extensions | None = None) -> list[Problem]:
    """Return everything in value that annotation does not allow, in the order of the document."""
    return _Checker(extensions or {}).check(value, annotation, pointer)


def by_alias(value: Any, annotation: Any) -> Any:
    """Rename the keys of models to their aliases, and drop nulls: protobuf's JSON takes both names, and null as absent."""
    annotation = _plain(annotation)
    if te.get_origin(annotation) in (typing.Union, types.UnionType):
        annotation = next((m for m in _wire_members(te.get_args(annotation)) if m is not type(None)), Any)
    if isinstance(value, list) and te.get_origin(annotation) in _LISTS:
        return [by_alias(item, te.get_args(annotation)[0]) for item in value]
    if not isinstance(value, dict) or not _is_model(annotation):
        return value
    fields, _, names = _fields(annotation)
    aliases = {name: field.alias or name for name, field in annotation.model_fields.items()}
    named = {k: v for k, v in value.items() if v is not None or k not in names}
    return {aliases[names[k]] if k in names else k: by_alias(v, fields[names[k]]) if k in names else v for k, v in named.items()}


class _Checker:
    def __init__(self, extensions: Extensions) -> None:
        self._extensions = extensions

    def check(self, value: Any, annotation: Any, pointer: str) -> list[Problem]:
        annotation = _plain(annotation)
        origin = te.get_origin(annotation)
        if annotation in (Any, object) or isinstance(annotation, typing.TypeVar):
            return []
        if origin in (typing.Union, types.UnionType):
            return self._union(value, te.get_args(annotation), pointer)
        if origin in (typing.Literal, te.Literal):
            return _literal(value, te.get_args(annotation), pointer)
        if (origin or annotation) in _LISTS:
            return self._list(value, te.get_args(annotation), pointer)
        if (origin or annotation) in _DICTS:
            return self._dict(value, te.get_args(annotation), pointer)
        if _is_record(annotation):
            return self._record(value, annotation, pointer)
        return _scalar(value, annotation, pointer)

    def _list(self, value: Any, args: tuple[Any, ...], pointer: str) -> list[Problem]:
        if not isinstance(value, list):
            return [Problem(pointer, f"must be an array, is {_kind(value)}")]
        item = args[0] if args else Any
        return [p for i, v in enumerate(value) for p in self.check(v, item, f"{pointer}/{i}")]

    def _dict(self, value: Any, args: tuple[Any, ...], pointer: str) -> list[Problem]:
        if not isinstance(value, dict):
            return [Problem(pointer, f"must be an object, is {_kind(value)}")]
        item = args[1] if len(args) > 1 else Any
        return [p for k, v in value.items() for p in self.check(v, item, f"{pointer}/{k}")]

    def _record(self, value: Any, record: type, pointer: str) -> list[Problem]:
        if not isinstance(value, dict):
            return [Problem(pointer, f"must be an object, is {_kind(value)}")]
        fields, required, names = _fields(record)
        problems = []
        for key, item in value.items():
            if key in names:
                problems += self.check(item, fields[names[key]], f"{pointer}/{key}")
            elif not self._open(record, key):
                problems.append(Problem(f"{pointer}/{key}", f"unknown key: {record.__qualname__} has none of this name"))
        present = {names[key] for key in value if key in names}
        return problems + [Problem(f"{pointer}/{key}", "required, but missing") for key in sorted(required - present)]

    def _open(self, record: type, key: str) -> bool:
        if getattr(record, "__pydantic_config__", {}).get("extra") == "allow":
            return True
        allowed = self._extensions.get(record, frozenset())
        return "*" in allowed or key in allowed

    def _union(self, value: Any, members: tuple[Any, ...], pointer: str) -> list[Problem]:
        """Take the member that the value's `type` or `role` names; of several, the one with the fewest problems."""
        flat = _wire_members(members)
        if value is None and type(None) in flat:
            return []
        flat = [m for m in flat if m is not type(None)]
        candidates = flat if len(flat) == 1 else [m for m in flat if _may_be(value, m)]
        if not candidates:
            tag = {k: value[k] for k in ("type", "role") if k in value} if isinstance(value, dict) else _kind(value)
            return [Problem(pointer, f"none of the {len(flat)} types that are allowed here is {tag}")]
        best: list[Problem] | None = None
        for member in candidates:
            problems = self.check(value, member, pointer)
            if not problems:
                return []
            if best is None or len(problems) < len(best):
                best = problems
        return best or []


def _plain(annotation: Any) -> Any:
    """Strip Required, NotRequired, ReadOnly, Annotated and type aliases."""
    while True:
        origin = te.get_origin(annotation)
        if origin in (te.Required, te.NotRequired, te.ReadOnly, te.Annotated):
            annotation = te.get_args(annotation)[0]
        elif isinstance(annotation, te.TypeAliasType):
            annotation = annotation.__value__
        else:
            return annotation


def _wire_members(members: tuple[Any, ...]) -> list[Any]:
    """Flatten a union. Beside TypedDicts, response models are an SDK's convenience and no part of the wire."""
    flat: list[Any] = []
    for member in members:
        member = _plain(member)
        if te.get_origin(member) in (typing.Union, types.UnionType):
            flat += _wire_members(te.get_args(member))
        else:
            flat.append(member)
    if any(te.is_typeddict(m) for m in flat):
        flat = [m for m in flat if not _is_model(m)]
    return flat


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel)


def _is_record(annotation: Any) -> bool:
    return te.is_typeddict(annotation) or _is_model(annotation)


@functools.lru_cache(maxsize=None)
def _fields(record: type) -> tuple[dict[str, Any], frozenset[str], dict[str, str]]:
    """Return a record's annotations, its required fields, and the field that each JSON key stands for."""
    if te.is_typeddict(record):
        hints = _hints(record)
        return hints, frozenset(name for name in hints if _required(record, name)), {name: name for name in hints}
    model = typing.cast(type[pydantic.BaseModel], record)
    fields = {name: field.annotation for name, field in model.model_fields.items()}
    names = {name: name for name in fields}
    names.update({field.alias: name for name, field in model.model_fields.items() if field.alias})
    return fields, frozenset(n for n, f in model.model_fields.items() if f.is_required()), names


@functools.lru_cache(maxsize=None)
def _hints(record: type) -> dict[str, Any]:
    return te.get_type_hints(record, include_extras=True)


def _required(record: type, name: str) -> bool:
    """Whether a TypedDict requires a key. __required_keys__ does not know where annotations are strings (PEP 563)."""
    origin = te.get_origin(_hints(record)[name])
    if origin in (te.Required, te.NotRequired):
        return origin is te.Required
    bases = [base for base in getattr(record, "__orig_bases__", ()) if te.is_typeddict(base) and name in base.__annotations__]
    return _required(bases[0], name) if bases else bool(getattr(record, "__total__", True))


@functools.lru_cache(maxsize=None)
def _tags(record: type) -> dict[str, tuple[Any, ...]]:
    """Return the fields of a record whose type is a Literal: they tell the members of a union apart."""
    fields, _, _ = _fields(record)
    plain = {name: _plain(annotation) for name, annotation in fields.items()}
    return {name: te.get_args(a) for name, a in plain.items() if te.get_origin(a) in (typing.Literal, te.Literal)}


def _may_be(value: Any, member: Any) -> bool:
    if _is_record(member):
        return isinstance(value, dict) and all(
            value[k] in v for k, v in _tags(member).items() if k in value and k in ("type", "role")
        )
    origin = te.get_origin(member) or member
    if origin in _LISTS:
        return isinstance(value, list)
    if origin in _DICTS:
        return isinstance(value, dict)
    return not isinstance(value, (dict, list)) or member in (Any, object)


def _literal(value: Any, allowed: tuple[Any, ...], pointer: str) -> list[Problem]:
    if any(value == a and type(value) is type(a) for a in allowed):
        return []
    return [Problem(pointer, f"is {value!r:.80}, must be one of {', '.join(map(repr, allowed))}")]


def _scalar(value: Any, annotation: Any, pointer: str) -> list[Problem]:
    if annotation is None or annotation is type(None):
        return [] if value is None else [Problem(pointer, "must be null")]
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        known = {str(m.value).upper() for m in annotation if not str(m.value).endswith("_UNSPECIFIED")}
        return (
            []
            if isinstance(value, str) and value.upper() in known
            else [Problem(pointer, f"{value!r:.80} is no {annotation.__name__}")]
        )
    if annotation is bytes:
        return _base64(value, pointer)
    if annotation in (datetime.datetime, datetime.date):
        annotation = str
    good = {
        str: isinstance(value, str),
        bool: isinstance(value, bool),
        int: isinstance(value, int) and not isinstance(value, bool),
        float: isinstance(value, (int, float)) and not isinstance(value, bool),
    }.get(annotation, isinstance(value, str))
    return [] if good else [Problem(pointer, f"must be {_NAMES.get(annotation, 'a string')}, is {_kind(value)}")]


def _base64(value: Any, pointer: str) -> list[Problem]:
    """Both alphabets are taken, as protobuf's JSON mapping prescribes: https://protobuf.dev/programming-guides/json/."""
    if not isinstance(value, str):
        return [Problem(pointer, f"must be base64, is {_kind(value)}")]
    try:
        base64.b64decode(value.replace("-", "+").replace("_", "/") + "=" * (-len(value) % 4), validate=True)
    except (binascii.Error, ValueError):
        return [Problem(pointer, "is not base64")]
    return []


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "an array"
    return _NAMES.get(type(value), type(value).__name__)
