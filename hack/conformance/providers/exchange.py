"""One request to a fake provider, and how it may end other than with an answer."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from .journal import Entry
from .reply import Failure, Reply
from .shape import Problem


class Refused(Exception):
    """The request breaks the provider's rules: it is a violation, and is answered with the provider's own error.

    kind is "invalid", "auth" or "missing"; status is what the provider answers.
    """

    def __init__(self, problems: Sequence[Problem], status: int = 400, kind: str = "invalid") -> None:
        super().__init__(problems[0].what)
        self.problems = problems
        self.status = status
        self.kind = kind

    @property
    def message(self) -> str:
        first = self.problems[0]
        return f"{first.pointer.strip('/').replace('/', '.')}: {first.what}" if first.pointer else first.what


class Scripted(Exception):
    """The script asks for a failure before the first byte, or for a model that does not exist."""

    def __init__(self, failure: Failure | None) -> None:
        super().__init__("model not found" if failure is None else failure.value)
        self.failure = failure


@dataclass
class Exchange:
    """A request whose body has been read."""

    request: web.Request
    entry: Entry
    body: bytes

    @property
    def provider(self) -> str:
        return self.entry.provider

    @property
    def number(self) -> int:
        """A number that no other request of this process has: identifiers are made from it."""
        return self.entry.number

    @property
    def deployment(self) -> str:
        """The deployment that an Azure path names; a body needs no model then."""
        return self.request.match_info.get("deployment", "")

    def header(self, name: str) -> str:
        return self.request.headers.get(name, "")

    def json(self) -> dict[str, Any]:
        """Return the body, which must be one JSON object sent as JSON, without a key that is written twice."""
        if self.request.content_type != "application/json":
            raise Refused([Problem("Content-Type", f"must be application/json, is {self.request.content_type}")])
        try:
            value = json.loads(self.body, object_pairs_hook=_unique, parse_constant=_no_constant)
        except ValueError as e:
            raise Refused([Problem("", f"the body is not JSON: {e}")]) from e
        if not isinstance(value, dict):
            raise Refused([Problem("", "the body must be a JSON object")])
        return {"model": self.deployment, **value} if self.deployment else value


def refuse(problems: Sequence[Problem], status: int = 400) -> None:
    """Refuse the request if there are problems."""
    if problems:
        raise Refused(problems, status)


def known_model(model: str) -> str:
    """Return the model; every name exists, but for those with "missing" in it."""
    if "missing" in model:
        raise Scripted(None)
    return model


def before_first_byte(reply: Reply, streams: bool) -> Reply:
    """Raise the failures that come instead of an answer; without a stream that is every one but the cut."""
    early = {Failure.RATE, Failure.SERVER, Failure.OVERLOADED, Failure.CONTEXT}
    if reply.failure in early or (reply.failure is Failure.MIDSTREAM and not streams):
        raise Scripted(reply.failure)
    return reply


def version_of(model: str, family: str) -> tuple[int, ...]:
    """Return the version in a model's name after its family: ("gpt-5.1-mini", "gpt-") is (5, 1); () if there is none."""
    found = re.search(re.escape(family) + r"(\d+)(?:[.-](\d{1,2})(?!\d))?", model)
    return tuple(int(g) for g in found.groups() if g) if found else ()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [k for k, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError(f"the key {next(k for k in keys if keys.count(k) > 1)!r} is given twice")
    return dict(pairs)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")
