"""What the fakes received, and what of it was wrong."""

from __future__ import annotations

import collections
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .shape import Problem

_SECRET_HEADERS = frozenset({"authorization", "api-key", "x-api-key", "x-goog-api-key", "x-amz-security-token"})
_KEPT = 500
_READABLE = 1 << 20


@dataclass
class Entry:
    """One request. status is 0 while it is being answered; left tells that the client went away before the end."""

    number: int
    provider: str
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: Any
    status: int = 0
    left: bool = False


@dataclass
class Journal:
    """The last 500 requests, and every violation since the last clear. One process, one event loop: no locks."""

    requests: collections.deque[Entry] = field(default_factory=lambda: collections.deque(maxlen=_KEPT))
    violations: list[dict[str, Any]] = field(default_factory=list)
    count: int = 0

    def receive(self, provider: str, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Entry:
        """Record a request. Keys are masked, bodies that are no JSON or over 1 MiB are kept as length and SHA-256."""
        self.count += 1
        masked = {k: "***" if k.lower() in _SECRET_HEADERS else v for k, v in headers.items()}
        entry = Entry(self.count, provider, method, path, query, masked, _readable(body))
        self.requests.append(entry)
        return entry

    def violate(self, entry: Entry, problems: Iterable[Problem]) -> None:
        """Record what is wrong with a request."""
        for problem in problems:
            self.violations.append(
                {
                    "request": entry.number,
                    "provider": entry.provider,
                    "path": entry.path,
                    "pointer": problem.pointer,
                    "what": problem.what,
                }
            )

    def last(self, n: int) -> list[dict[str, Any]]:
        """Return the last n requests, oldest first."""
        return [vars(entry) for entry in list(self.requests)[-n:]] if n > 0 else []


def _readable(body: bytes) -> Any:
    if not body:
        return None
    try:
        if len(body) <= _READABLE:
            return json.loads(body)
    except ValueError:
        pass
    return {"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}
