"""The process: every provider under a prefix of its own, and the journal beside them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from . import (
    anthropic_errors,
    anthropic_messages,
    bedrock,
    bedrock_embeddings,
    bedrock_errors,
    credentials,
    gemini,
    gemini_embeddings,
    gemini_errors,
    model_lists,
    ollama_api,
    ollama_errors,
    openai_chat,
    openai_embeddings,
    openai_errors,
    openai_media,
    openai_responses,
    vertex_token,
)
from .exchange import Exchange, Refused, Scripted
from .journal import Journal
from .shape import Problem

#: Requests may be as large as the largest that a gateway is tested with.
_MAX_BODY = 64 << 20

Handler = Callable[..., Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Provider:
    """A name, how a request proves who it is, and how errors look."""

    name: str
    authenticate: Callable[[Exchange], None]
    refused: Callable[[Refused], web.Response]
    scripted: Callable[[Scripted], web.Response]


def _anthropic_key(exchange: Exchange) -> None:
    """SDKs for API version 2026-10-21 send the key as a bearer token, earlier ones as x-api-key."""
    if exchange.header("Authorization"):
        credentials.require_bearer(exchange, credentials.KEYS["anthropic"])
    else:
        credentials.require_header(exchange, "x-api-key", credentials.KEYS["anthropic"])


def _azure_key(exchange: Exchange) -> None:
    """https://learn.microsoft.com/azure/ai-foundry/openai/reference#authentication: api-key, or a bearer token."""
    if exchange.header("Authorization"):
        credentials.require_bearer(exchange, credentials.KEYS["azure"])
    else:
        credentials.require_header(exchange, "api-key", credentials.KEYS["azure"])
    if not exchange.request.path.startswith("/azure/openai/v1/") and not exchange.request.query.get("api-version"):
        raise Refused([Problem("api-version", "the query parameter is missing")], 404, "missing")


def _gemini_key(exchange: Exchange) -> None:
    if "key" in exchange.request.query:
        raise Refused([Problem("key", "belongs into the header x-goog-api-key, not into a URL that is logged")], 401, "auth")
    credentials.require_header(exchange, "x-goog-api-key", credentials.KEYS["gemini"])


def _bearer(key: str) -> Callable[[Exchange], None]:
    return lambda exchange: credentials.require_bearer(exchange, key)


def _ollama_key(exchange: Exchange) -> None:
    """An Ollama needs no key; one behind a proxy may."""
    credentials.optional_bearer(exchange, credentials.KEYS["ollama"])


def _open(exchange: Exchange) -> None:
    """No credential is needed."""


_OPENAI = Provider("openai", _bearer(credentials.KEYS["openai"]), openai_errors.refused, openai_errors.scripted)
_COMPATIBLE = Provider("compatible", _bearer(credentials.KEYS["compatible"]), openai_errors.refused, openai_errors.scripted)
_AZURE = Provider("azure", _azure_key, openai_errors.refused, openai_errors.scripted)
_ANTHROPIC = Provider("anthropic", _anthropic_key, anthropic_errors.refused, anthropic_errors.scripted)
_GEMINI = Provider("gemini", _gemini_key, gemini_errors.refused, gemini_errors.scripted)
_VERTEX = Provider("vertex", _bearer(credentials.VERTEX_TOKEN), gemini_errors.refused, gemini_errors.scripted)
_TOKEN = Provider("vertex", _open, gemini_errors.refused, gemini_errors.scripted)
_BEDROCK = Provider("bedrock", bedrock.authenticate, bedrock_errors.refused, bedrock_errors.scripted)
_OLLAMA = Provider("ollama", _ollama_key, ollama_errors.refused, ollama_errors.scripted)


def application() -> web.Application:
    """Return the application. Paths that no provider has are violations too."""
    app = web.Application(client_max_size=_MAX_BODY)
    site = _Site(app, Journal())
    _openai_routes(site, "/openai/v1", _OPENAI, openai_chat.OPENAI)
    _openai_routes(site, "/azure/openai/v1", _AZURE, openai_chat.AZURE)
    _model_routes(site, "/azure/openai/deployments/{deployment}", _AZURE, openai_chat.AZURE)
    _compatible_routes(site, "/compatible/v1")
    site.post(_ANTHROPIC, "/anthropic/v1/messages", anthropic_messages.messages)
    site.post(_ANTHROPIC, "/anthropic/v1/messages/count_tokens", anthropic_messages.count_tokens)
    site.get(_ANTHROPIC, "/anthropic/v1/models", model_lists.anthropic)
    _gemini_routes(site)
    _bedrock_routes(site)
    _ollama_routes(site, "/ollama")
    site.journal_routes()
    return app


class _Site:
    def __init__(self, app: web.Application, journal: Journal) -> None:
        self._app = app
        self._journal = journal

    def get(self, provider: Provider, path: str, handler: Handler, **extra: Any) -> None:
        self._add("GET", provider, path, handler, extra)

    def post(self, provider: Provider, path: str, handler: Handler, **extra: Any) -> None:
        self._add("POST", provider, path, handler, extra)

    def _add(self, method: str, provider: Provider, path: str, handler: Handler, extra: dict[str, Any]) -> None:
        async def handle(request: web.Request) -> web.StreamResponse:
            named = {k: v for k, v in request.match_info.items() if k != "deployment"}
            return await self._answer(request, provider, lambda exchange: handler(exchange, **extra, **named))

        self._app.router.add_route(method, path, handle)

    async def _answer(self, request: web.Request, provider: Provider, handler: Handler) -> web.StreamResponse:
        body = await request.read()
        entry = self._journal.receive(provider.name, request.method, request.path, request.query_string, request.headers, body)
        exchange = Exchange(request, entry, body)
        try:
            provider.authenticate(exchange)
            response = await handler(exchange)
        except Refused as refusal:
            self._journal.violate(entry, refusal.problems)
            response = provider.refused(refusal)
        except Scripted as failure:
            response = provider.scripted(failure)
        except Exception as fault:
            self._journal.violate(entry, [Problem("", f"the fake failed on this request: {fault!r}")])
            raise
        entry.status = response.status
        return response

    def journal_routes(self) -> None:
        """Add what the harness reads: GET and DELETE /violations, GET /requests?last=N; and the answer to unknown paths."""
        self._app.router.add_get("/violations", self._violations)
        self._app.router.add_delete("/violations", self._clear)
        self._app.router.add_get("/requests", self._requests)
        self._app.router.add_route("*", "/{path:.*}", self._unknown)

    async def _violations(self, _: web.Request) -> web.Response:
        return web.json_response(self._journal.violations)

    async def _clear(self, _: web.Request) -> web.Response:
        self._journal.violations.clear()
        return web.Response(status=204)

    async def _requests(self, request: web.Request) -> web.Response:
        return web.json_response(self._journal.last(int(request.query.get("last", "10"))))

    async def _unknown(self, request: web.Request) -> web.StreamResponse:
        prefix = request.path.strip("/").split("/")[0]
        known = (_OPENAI, _COMPATIBLE, _AZURE, _ANTHROPIC, _GEMINI, _VERTEX, _BEDROCK, _OLLAMA)
        provider = next((p for p in known if p.name == prefix), _OPENAI)

        async def missing(_: Exchange) -> web.StreamResponse:
            raise Refused([Problem("", f"Unknown request URL: {request.method} {request.path}")], 404, "missing")

        return await self._answer(request, Provider(provider.name, _open, provider.refused, provider.scripted), missing)


def _openai_routes(site: _Site, base: str, provider: Provider, dialect: openai_chat.Dialect) -> None:
    _model_routes(site, base, provider, dialect)
    site.post(provider, f"{base}/responses", openai_responses.responses)
    site.post(provider, f"{base}/moderations", openai_media.moderate)
    site.get(provider, f"{base}/models", model_lists.openai)


def _model_routes(site: _Site, base: str, provider: Provider, dialect: openai_chat.Dialect) -> None:
    """What Azure's deployments have too: https://learn.microsoft.com/azure/ai-foundry/openai/reference."""
    site.post(provider, f"{base}/chat/completions", openai_chat.chat, dialect=dialect)
    site.post(provider, f"{base}/completions", openai_chat.completions)
    site.post(provider, f"{base}/embeddings", openai_embeddings.embeddings)
    site.post(provider, f"{base}/images/generations", openai_media.generate_image)
    site.post(provider, f"{base}/images/edits", openai_media.edit_image)
    site.post(provider, f"{base}/audio/speech", openai_media.speech)
    site.post(provider, f"{base}/audio/transcriptions", openai_media.transcribe)
    site.post(provider, f"{base}/audio/translations", openai_media.translate)


def _compatible_routes(site: _Site, base: str) -> None:
    site.post(_COMPATIBLE, f"{base}/chat/completions", openai_chat.chat, dialect=openai_chat.COMPATIBLE)
    site.post(_COMPATIBLE, f"{base}/completions", openai_chat.completions)
    site.post(_COMPATIBLE, f"{base}/embeddings", openai_embeddings.embeddings)
    site.post(_COMPATIBLE, f"{base}/rerank", openai_embeddings.rerank)
    site.get(_COMPATIBLE, f"{base}/models", model_lists.openai)


def _gemini_routes(site: _Site) -> None:
    methods: dict[str, Handler] = {
        "generateContent": gemini.generate,
        "streamGenerateContent": gemini.stream_generate,
        "countTokens": gemini.count_tokens,
        "embedContent": gemini_embeddings.embed,
        "batchEmbedContents": gemini_embeddings.batch_embed,
    }
    google = "/projects/p/locations/l/publishers/google/models/{model}"
    for method, handler in methods.items():
        for version in ("v1beta", "v1"):
            site.post(_GEMINI, f"/gemini/{version}/models/{{model}}:{method}", handler)
        site.post(_VERTEX, f"/vertex/v1{google}:{method}", handler, vertex=True)
    site.post(_VERTEX, f"/vertex/v1{google}:predict", gemini_embeddings.predict)
    site.post(_TOKEN, "/vertex/token", vertex_token.token)
    for version in ("v1beta", "v1"):
        site.get(_GEMINI, f"/gemini/{version}/models", gemini.models)


def _bedrock_routes(site: _Site) -> None:
    site.post(_BEDROCK, "/bedrock/model/{model}/converse", bedrock.converse)
    site.post(_BEDROCK, "/bedrock/model/{model}/converse-stream", bedrock.converse_stream)
    site.post(_BEDROCK, "/bedrock/model/{model}/count-tokens", bedrock.count_tokens)
    site.post(_BEDROCK, "/bedrock/model/{model}/invoke", bedrock_embeddings.invoke)


def _ollama_routes(site: _Site, base: str) -> None:
    for name in ("chat", "generate", "embed", "embeddings", "show"):
        site.post(_OLLAMA, f"{base}/api/{name}", getattr(ollama_api, name))
    for name in ("tags", "ps", "version"):
        site.get(_OLLAMA, f"{base}/api/{name}", getattr(ollama_api, name))
    site.get(_OLLAMA, f"{base}/", ollama_api.root)
