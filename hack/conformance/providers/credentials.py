"""The keys that the fakes know, and their check. None of them opens anything outside of this process."""

from __future__ import annotations

from .exchange import Exchange, Refused
from .shape import Problem

#: API keys by provider.
KEYS = {
    "openai": "sk-test-openai",
    "compatible": "sk-test-compatible",
    "azure": "sk-test-azure",
    "anthropic": "sk-test-anthropic",
    "gemini": "sk-test-gemini",
    "ollama": "sk-test-ollama",
}
#: The access token that /vertex/token issues, and the service account that it issues it to.
VERTEX_TOKEN = "ya29.test-vertex"
SERVICE_ACCOUNT = "conformance@p.iam.gserviceaccount.com"
#: AWS credentials that requests to /bedrock are to be signed with, and its API key.
AWS_ACCESS_KEY_ID = "AKIATEST"
AWS_SECRET_ACCESS_KEY = "test-secret"
AWS_REGION = "us-east-1"
BEDROCK_API_KEY = "bedrock-api-key-test"

_CARRIERS = ("Authorization", "api-key", "x-api-key", "x-goog-api-key")


def require_header(exchange: Exchange, header: str, value: str) -> None:
    """Refuse a request that does not carry value in header, or that carries a second credential elsewhere.

    A second one is what a gateway leaks when it passes on its own client's key.
    """
    given = exchange.header(header)
    if given != value:
        what = "is missing" if not given else "is not the key of this provider"
        raise Refused([Problem(header, what)], 401, "auth")
    spare = [c for c in _CARRIERS if c.lower() != header.lower() and exchange.header(c)]
    if spare:
        raise Refused([Problem(spare[0], f"a second credential beside {header}")], 401, "auth")


def optional_bearer(exchange: Exchange, key: str) -> None:
    """Take a request without any credential, or with the right one."""
    if any(exchange.header(c) for c in _CARRIERS):
        require_bearer(exchange, key)


def require_bearer(exchange: Exchange, key: str) -> None:
    """Refuse a request without `Authorization: Bearer <key>`."""
    require_header(exchange, "Authorization", f"Bearer {key}")
