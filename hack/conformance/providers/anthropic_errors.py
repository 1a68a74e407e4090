"""Anthropic's errors: https://platform.claude.com/docs/en/api/errors."""

from __future__ import annotations

from aiohttp import web

from .exchange import Refused, Scripted
from .reply import Failure
from .wire import sse

#: The error inside of a stream, as the documentation shows it.
MIDSTREAM = sse(
    {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}, "request_id": "req_conformance"}, "error"
)

_SCRIPTED: dict[Failure | None, tuple[int, str, str]] = {
    Failure.RATE: (429, "rate_limit_error", "This request would exceed your organization's rate limit."),
    Failure.SERVER: (500, "api_error", "Internal server error"),
    Failure.MIDSTREAM: (500, "api_error", "Internal server error"),
    Failure.OVERLOADED: (529, "overloaded_error", "Overloaded"),
    Failure.CONTEXT: (400, "invalid_request_error", "prompt is too long: 213462 tokens > 200000 maximum"),
    None: (404, "not_found_error", "model: not found"),
}
_KINDS = {"auth": "authentication_error", "missing": "not_found_error", "invalid": "invalid_request_error"}


def refused(problem: Refused) -> web.Response:
    """Return the answer to a request that breaks a rule."""
    return _response(problem.status, _KINDS[problem.kind], problem.message)


def scripted(failure: Scripted) -> web.Response:
    """Return the error that the script asks for."""
    return _response(*_SCRIPTED[failure.failure])


def _response(status: int, kind: str, message: str) -> web.Response:
    headers = {"request-id": "req_conformance", **({"retry-after": "1"} if status == 429 else {})}
    body = {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_conformance"}
    return web.json_response(body, status=status, headers=headers)
