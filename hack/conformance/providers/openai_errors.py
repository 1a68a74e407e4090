"""OpenAI's errors: https://platform.openai.com/docs/guides/error-codes and the error object of its API reference."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from .exchange import Refused, Scripted
from .reply import Failure

#: The error inside of a stream: an event without choices.
MIDSTREAM = {
    "error": {
        "message": "The server had an error while processing your request.",
        "type": "server_error",
        "param": None,
        "code": None,
    }
}

_SCRIPTED: dict[Failure | None, tuple[int, str, str | None, str]] = {
    Failure.RATE: (429, "rate_limit_error", "rate_limit_exceeded", "Rate limit reached for requests. Please try again in 20ms."),
    Failure.SERVER: (500, "server_error", None, "The server had an error while processing your request."),
    Failure.MIDSTREAM: (500, "server_error", None, "The server had an error while processing your request."),
    Failure.OVERLOADED: (503, "server_error", "server_overloaded", "The engine is currently overloaded, please try again later."),
    Failure.CONTEXT: (
        400,
        "invalid_request_error",
        "context_length_exceeded",
        "This model's maximum context length is 128000 tokens.",
    ),
    None: (404, "invalid_request_error", "model_not_found", "The model does not exist or you do not have access to it."),
}


def refused(problem: Refused) -> web.Response:
    """Return the answer to a request that breaks a rule."""
    if problem.kind == "auth":
        return _response(
            problem.status, "invalid_request_error", "invalid_api_key", None, f"Incorrect API key provided: {problem.message}"
        )
    if problem.kind == "missing":
        return _response(problem.status, "invalid_request_error", "unknown_url", None, problem.message)
    pointer = problem.problems[0].pointer
    return _response(problem.status, "invalid_request_error", "invalid_value", _param(pointer), problem.message)


def scripted(failure: Scripted) -> web.Response:
    """Return the error that the script asks for."""
    status, kind, code, message = _SCRIPTED[failure.failure]
    param = {Failure.CONTEXT: "messages", None: "model"}.get(failure.failure)
    headers = {"retry-after-ms": "20", "retry-after": "1"} if status == 429 else {}
    return _response(status, kind, code, param, message, headers)


def _response(
    status: int, kind: str, code: str | None, param: str | None, message: str, headers: dict[str, str] | None = None
) -> web.Response:
    body: dict[str, Any] = {"error": {"message": message, "type": kind, "param": param, "code": code}}
    return web.json_response(body, status=status, headers={"x-request-id": "req_conformance", **(headers or {})})


def _param(pointer: str) -> str | None:
    """Write a JSON pointer as OpenAI does: messages[0].content."""
    steps = [f"[{s}]" if s.isdigit() else f".{s}" for s in pointer.strip("/").split("/") if s]
    return "".join(steps).lstrip(".") or None
