"""Ollama's errors: https://github.com/ollama/ollama/blob/main/docs/api/errors.mdx, one string under "error"."""

from __future__ import annotations

from aiohttp import web

from .exchange import Refused, Scripted
from .reply import Failure

#: The error inside of a stream.
MIDSTREAM = {"error": "an error was encountered while running the model: unexpected EOF"}

_SCRIPTED: dict[Failure | None, tuple[int, str]] = {
    Failure.RATE: (429, "too many requests"),
    Failure.SERVER: (500, "model runner has unexpectedly stopped"),
    Failure.MIDSTREAM: (500, "model runner has unexpectedly stopped"),
    Failure.OVERLOADED: (503, "server busy, please try again.  maximum pending requests exceeded"),
    Failure.CONTEXT: (400, "the input length exceeds the context length"),
    None: (404, "model 'missing' not found"),
}


def refused(problem: Refused) -> web.Response:
    """Return the answer to a request that breaks a rule."""
    return web.json_response({"error": problem.message}, status=problem.status)


def scripted(failure: Scripted) -> web.Response:
    """Return the error that the script asks for."""
    status, message = _SCRIPTED[failure.failure]
    return web.json_response({"error": message}, status=status)
