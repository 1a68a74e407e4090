"""The Gemini API and Vertex AI: https://ai.google.dev/api/generate-content.

Streams are server-sent events with CRLF and without [DONE] when alt=sse asks for them, and a JSON array otherwise. Every
chunk is a whole GenerateContentResponse with usageMetadata; a function call is never split. The Gemini API gives it an id,
Vertex AI does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from . import gemini_rules, images, signature
from .exchange import Exchange, Refused, before_first_byte, known_model, refuse
from .gemini_errors import MIDSTREAM
from .reply import Call, Reply, Result, Turn
from .script import answer
from .shape import Problem
from .wire import dumps, sse, stream, whole


async def generate(exchange: Exchange, model: str, vertex: bool = False) -> web.StreamResponse:
    """Answer :generateContent."""
    reply = _checked(exchange, model, vertex, streams=False)
    return await whole(
        exchange, _response(exchange, model, _parts(exchange.provider, exchange.number, reply), reply, _finish(reply)), reply
    )


async def stream_generate(exchange: Exchange, model: str, vertex: bool = False) -> web.StreamResponse:
    """Answer :streamGenerateContent."""
    reply = _checked(exchange, model, vertex, streams=True)
    parts = _parts(exchange.provider, exchange.number, reply)
    chunks = [_response(exchange, model, [part], reply, None) for part in parts[:-1]]
    chunks.append(_response(exchange, model, parts[-1:], reply, _finish(reply)))
    if exchange.request.query.get("alt") == "sse":
        frames = [sse(chunk, end="\r\n") for chunk in chunks]
        return await stream(exchange, frames, "text/event-stream", reply, [sse(MIDSTREAM, end="\r\n")])
    frames = [f"{',' if i else '['}{dumps(chunk)}\r\n".encode() for i, chunk in enumerate(chunks)] + [b"]"]
    return await stream(exchange, frames, "application/json; charset=UTF-8", reply, [f",{dumps(MIDSTREAM)}]".encode()])


def _checked(exchange: Exchange, model: str, vertex: bool, streams: bool) -> Reply:
    body = gemini_rules.canonical(exchange.json())
    refuse(gemini_rules.shape_problems(body, vertex))
    refuse(gemini_rules.problems_of(exchange.provider, model, body))
    known_model(model)
    return before_first_byte(answer(turn_of(exchange.provider, body)), streams)


def turn_of(provider: str, body: Mapping[str, Any]) -> Turn:
    """Return what the answer depends on."""
    users = [c["parts"] for c in body["contents"] if c.get("role") != "model"]
    spoken = [parts for parts in users if any("functionResponse" not in p for p in parts)]
    last = spoken[-1] if spoken else []
    results = tuple(
        Result(p["functionResponse"]["name"], _flat(p["functionResponse"]["response"]))
        for p in users[-1]
        if "functionResponse" in p
    )
    config = body.get("generationConfig") or {}
    calling = (body.get("toolConfig") or {}).get("functionCallingConfig") or {}
    mode, allowed = str(calling.get("mode", "AUTO")).upper(), calling.get("allowedFunctionNames") or [""]
    tools = {f["name"]: f.get("parametersJsonSchema") or f.get("parameters") or {} for f in gemini_rules.declarations(body)}
    wants_json = config.get("responseMimeType") == "application/json"
    return Turn(
        provider=provider,
        text="\n".join(p["text"] for p in last if "text" in p),
        results=results,
        tools={} if mode == "NONE" else tools,
        forced=allowed[0] if mode == "ANY" and not results else None,
        images=tuple(
            images.image(p["inlineData"]["mimeType"], images.standard(p["inlineData"]["data"])) for p in last if "inlineData" in p
        ),
        schema=(config.get("responseJsonSchema") or config.get("responseSchema") or {}) if wants_json else None,
        reasons=(config.get("thinkingConfig") or {}).get("includeThoughts") is True,
    )


def _flat(response: Mapping[str, Any]) -> str:
    """The documented keys of a response are output, result and error; anything else is repeated as JSON."""
    for key in ("output", "result", "error"):
        if isinstance(response.get(key), str):
            return str(response[key])
    return dumps(response)


def _parts(provider: str, number: int, reply: Reply) -> list[dict[str, Any]]:
    """Thoughts, text and calls. The first call is signed, as Gemini 3 does; without a call an empty last text is."""
    parts: list[dict[str, Any]] = [{"text": piece, "thought": True} for piece in reply.thinking]
    parts += [{"text": piece} for piece in reply.chunks]
    parts += [{"functionCall": _call(provider, number, i, call)} for i, call in enumerate(reply.calls)]
    if not reply.calls:
        parts.append({"text": ""})
    at = len(parts) - max(1, len(reply.calls))
    parts[at]["thoughtSignature"] = signature.issue(provider, gemini_rules.signed(parts[at]))
    return parts


def _call(provider: str, number: int, index: int, call: Call) -> dict[str, Any]:
    identifier = {"id": f"fc{number:06}x{index}"} if provider == "gemini" else {}
    return {**identifier, "name": call.name, "args": dict(call.arguments)}


def _finish(reply: Reply) -> str:
    return "MAX_TOKENS" if reply.length else "STOP"


def _response(exchange: Exchange, model: str, parts: list[dict[str, Any]], reply: Reply, finish: str | None) -> dict[str, Any]:
    usage = reply.usage
    candidate: dict[str, Any] = {"content": {"parts": parts, "role": "model"}, "index": 0}
    if finish:
        candidate["finishReason"] = finish
    metadata = {
        "promptTokenCount": usage.input,
        "cachedContentTokenCount": usage.cached,
        "candidatesTokenCount": usage.output - usage.reasoning,
        "totalTokenCount": usage.total,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": usage.input}],
        **({"thoughtsTokenCount": usage.reasoning} if usage.reasoning else {}),
    }
    return {
        "candidates": [candidate],
        "usageMetadata": metadata,
        "modelVersion": model,
        "responseId": f"resp{exchange.number:06}",
    }


async def count_tokens(exchange: Exchange, model: str, vertex: bool = False) -> web.StreamResponse:
    """Answer :countTokens: contents, or the whole request as generateContentRequest; Vertex AI takes the request's parts."""
    body = exchange.json()
    request = body["generateContentRequest"] if "generateContentRequest" in body and not vertex else body
    if not isinstance(request, dict):
        raise Refused([Problem("/generateContentRequest", "must be an object")])
    if request is not body and (set(body) != {"generateContentRequest"} or request.get("model") != f"models/{model}"):
        raise Refused([Problem("/generateContentRequest", "must be alone, and name the model of the path as models/<model>")])
    refuse(gemini_rules.shape_problems(gemini_rules.canonical(request), vertex))
    if request is body and not vertex and set(body) - {"contents"}:
        raise Refused([Problem("", "beside contents only generateContentRequest is taken")])
    refuse(gemini_rules.problems_of(exchange.provider, model, gemini_rules.canonical(request)))
    known_model(model)
    tokens = Reply().usage.input
    return await whole(exchange, {"totalTokens": tokens, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": tokens}]})


async def models(exchange: Exchange) -> web.StreamResponse:
    """List the models: https://ai.google.dev/api/models."""
    names = ("gemini-3-pro-preview", "gemini-embedding-001")
    methods = {"gemini-embedding-001": ["embedContent"]}
    listed = [
        {"name": f"models/{n}", "version": "001", "displayName": n, "inputTokenLimit": 1048576, "outputTokenLimit": 65536,
         "supportedGenerationMethods": methods.get(n, ["generateContent", "countTokens"])}
        for n in names
    ]  # fmt: skip
    return await whole(exchange, {"models": listed})
