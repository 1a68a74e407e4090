"""Errors of the Gemini API and Vertex AI: https://ai.google.dev/gemini-api/docs/troubleshooting, google.rpc.Status in JSON."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from .exchange import Refused, Scripted
from .reply import Failure

#: The error inside of a stream.
MIDSTREAM: dict[str, Any] = {
    "error": {"code": 503, "message": "The model is overloaded. Please try again later.", "status": "UNAVAILABLE"}
}

_SCRIPTED: dict[Failure | None, tuple[int, str, str]] = {
    Failure.RATE: (429, "RESOURCE_EXHAUSTED", "You exceeded your current quota."),
    Failure.SERVER: (500, "INTERNAL", "An internal error has occurred."),
    Failure.MIDSTREAM: (500, "INTERNAL", "An internal error has occurred."),
    Failure.OVERLOADED: (503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
    Failure.CONTEXT: (
        400,
        "INVALID_ARGUMENT",
        "The input token count (1048577) exceeds the maximum number of tokens allowed (1048576).",
    ),
    None: (404, "NOT_FOUND", "models/missing is not found for API version v1beta, or is not supported for generateContent."),
}
_STATUS = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 404: "NOT_FOUND"}


def refused(problem: Refused) -> web.Response:
    """Return the answer to a request that breaks a rule."""
    violations = [{"field": p.pointer, "description": p.what} for p in problem.problems]
    details = [{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations}]
    return _response(problem.status, _STATUS[problem.status], problem.message, details)


def scripted(failure: Scripted) -> web.Response:
    """Return the error that the script asks for; a rate limit tells when to retry, in its details."""
    status, name, message = _SCRIPTED[failure.failure]
    delay = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1s"}] if status == 429 else []
    return _response(status, name, message, delay)


def _response(status: int, name: str, message: str, details: list[dict[str, Any]]) -> web.Response:
    error = {"code": status, "message": message, "status": name, **({"details": details} if details else {})}
    return web.json_response({"error": error}, status=status)
