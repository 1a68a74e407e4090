"""Errors of the Bedrock runtime: the type is in a header, the message in the body.

https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html
"""

from __future__ import annotations

from aiohttp import web

from .eventstream import exception
from .exchange import Refused, Scripted
from .reply import Failure

#: The error inside of a stream.
MIDSTREAM = exception(
    "modelStreamErrorException",
    {"message": "The model stopped unexpectedly.", "originalStatusCode": 500, "originalMessage": "unexpected end"},
)

_SCRIPTED: dict[Failure | None, tuple[int, str, str]] = {
    Failure.RATE: (429, "ThrottlingException", "Too many requests, please wait before trying again."),
    Failure.SERVER: (
        500,
        "InternalServerException",
        "The system encountered an unexpected error during processing. Try your request again.",
    ),
    Failure.MIDSTREAM: (424, "ModelErrorException", "The model stopped unexpectedly."),
    Failure.OVERLOADED: (503, "ServiceUnavailableException", "Bedrock is unable to process your request."),
    Failure.CONTEXT: (400, "ValidationException", "Input is too long for requested model."),
    None: (404, "ResourceNotFoundException", "Could not resolve the foundation model from the provided model identifier."),
}
_KINDS = {"auth": "InvalidSignatureException", "missing": "UnknownOperationException", "invalid": "ValidationException"}


def refused(problem: Refused) -> web.Response:
    """Return the answer to a request that breaks a rule."""
    return _response(problem.status, _KINDS[problem.kind], problem.message)


def scripted(failure: Scripted) -> web.Response:
    """Return the error that the script asks for."""
    return _response(*_SCRIPTED[failure.failure])


def _response(status: int, kind: str, message: str) -> web.Response:
    headers = {
        "x-amzn-ErrorType": f"{kind}:http://internal.amazon.com/coral/com.amazon.bedrock/",
        "x-amzn-RequestId": "conformance",
    }
    return web.json_response({"message": message}, status=status, headers=headers)
