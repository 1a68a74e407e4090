"""Ollama's own API: https://github.com/ollama/ollama/blob/main/docs/api.md. Streams are NDJSON, and are the default."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import ollama
from aiohttp import web
from ollama import _types as ollama_types

from . import images, ollama_rules
from .exchange import Exchange, before_first_byte, known_model, refuse
from .ollama_errors import MIDSTREAM
from .reply import Reply, Result, Turn
from .script import answer
from .shape import check
from .vectors import problems_of, vector
from .wire import dumps, stream, whole

_MODEL = "qwen3:0.6b"
_DETAILS = {
    "parent_model": "",
    "format": "gguf",
    "family": "qwen3",
    "families": ["qwen3"],
    "parameter_size": "0.6B",
    "quantization_level": "Q4_K_M",
}
_DIGEST = "7df6b6e09427a769808717c0a93cadc4ae99ed4eb8bf5ca557c90846becea435"


async def chat(exchange: Exchange) -> web.StreamResponse:
    """Answer /api/chat."""
    body = exchange.json()
    plain = ollama_rules.without_images(body)
    refuse(check(plain, ollama_types.ChatRequest, extensions=ollama_rules.EXTENSIONS))
    refuse(check(plain.get("messages") or [], list[ollama.Message], "/messages", ollama_rules.EXTENSIONS))
    refuse(ollama_rules.problems_of(body))
    known_model(body["model"])
    if not body.get("messages"):
        done = {"role": "assistant", "content": ""}
        return await whole(exchange, {**_head(body), "message": done, "done": True, "done_reason": _idle(body)})
    reply = before_first_byte(answer(chat_turn(body)), body.get("stream") is not False)
    messages = _messages(reply, exchange.number)
    if body.get("stream") is False:
        return await whole(exchange, {**_head(body), "message": _joined(messages), **_end(reply)}, reply)
    lines = [{**_head(body), "message": m, "done": False} for m in messages]
    lines.append({**_head(body), "message": {"role": "assistant", "content": ""}, **_end(reply)})
    return await _ndjson(exchange, lines, reply)


async def generate(exchange: Exchange) -> web.StreamResponse:
    """Answer /api/generate."""
    body = exchange.json()
    refuse(check(ollama_rules.without_images(body), ollama_types.GenerateRequest, extensions=ollama_rules.EXTENSIONS))
    refuse(ollama_rules.problems_of(body))
    known_model(body["model"])
    if not body.get("prompt"):
        return await whole(exchange, {**_head(body), "response": "", "done": True, "done_reason": _idle(body)})
    turn = Turn("ollama", body["prompt"], images=_images(body), schema=_schema(body), reasons=_reasons(body))
    reply = before_first_byte(answer(turn), body.get("stream") is not False)
    if body.get("stream") is False:
        thinking = {"thinking": reply.thought} if reply.thinking else {}
        return await whole(
            exchange, {**_head(body), "response": reply.text, **thinking, **_end(reply), "context": [1, 2, 3]}, reply
        )
    lines = [{**_head(body), "response": "", "thinking": piece, "done": False} for piece in reply.thinking]
    lines += [{**_head(body), "response": piece, "done": False} for piece in reply.chunks]
    lines.append({**_head(body), "response": "", **_end(reply), "context": [1, 2, 3]})
    return await _ndjson(exchange, lines, reply)


async def _ndjson(exchange: Exchange, lines: list[dict[str, Any]], reply: Reply) -> web.StreamResponse:
    frames = [f"{dumps(line)}\n".encode() for line in lines]
    return await stream(exchange, frames, "application/x-ndjson", reply, [f"{dumps(MIDSTREAM)}\n".encode()])


def chat_turn(body: Mapping[str, Any]) -> Turn:
    """Return what the answer depends on. keep_alive and options change nothing."""
    messages = body["messages"]
    last = max((i for i, m in enumerate(messages) if m["role"] == "user"), default=-1)
    user = messages[last] if last >= 0 else {}
    results = [Result(m.get("tool_name", ""), m.get("content") or "") for m in messages[last + 1 :] if m["role"] == "tool"]
    return Turn(
        provider="ollama",
        text=user.get("content") or "",
        results=tuple(results) if messages[-1]["role"] == "tool" else (),
        tools={t["function"]["name"]: t["function"].get("parameters") or {} for t in body.get("tools") or []},
        images=_images(user),
        schema=_schema(body),
        reasons=_reasons(body),
    )


def _images(holder: Mapping[str, Any]) -> tuple[Any, ...]:
    given = holder.get("images") or []
    return tuple(images.image(images.sniff(images.decoded(data) or b"") or "unknown", data) for data in given)


def _schema(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    wanted = body.get("format")
    return wanted if isinstance(wanted, dict) else {} if wanted == "json" else None


def _reasons(body: Mapping[str, Any]) -> bool:
    """A model thinks unless told not to: https://github.com/ollama/ollama/blob/main/docs/capabilities/thinking.mdx."""
    return body.get("think") is not False


def _head(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"model": body["model"], "created_at": datetime.datetime.now(datetime.UTC).isoformat().replace("+00:00", "Z")}


def _idle(body: Mapping[str, Any]) -> str:
    return "unload" if body.get("keep_alive") in (0, "0", "0s") else "load"


def _messages(reply: Reply, number: int) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = [{"role": "assistant", "content": "", "thinking": piece} for piece in reply.thinking]
    messages += [{"role": "assistant", "content": piece} for piece in reply.chunks]
    for i, call in enumerate(reply.calls):
        function = {"index": i, "name": call.name, "arguments": dict(call.arguments)}
        messages.append(
            {"role": "assistant", "content": "", "tool_calls": [{"id": f"call_{number:06}x{i}", "function": function}]}
        )
    return messages


def _joined(messages: list[dict[str, Any]]) -> dict[str, Any]:
    joined: dict[str, Any] = {"role": "assistant", "content": "".join(m["content"] for m in messages)}
    thinking = "".join(m.get("thinking", "") for m in messages)
    calls = [call for m in messages for call in m.get("tool_calls", [])]
    return {**joined, **({"thinking": thinking} if thinking else {}), **({"tool_calls": calls} if calls else {})}


def _end(reply: Reply) -> dict[str, Any]:
    """The last object of an answer: tool calls stop with "stop" as well; reasoning is counted as output."""
    return {
        "done": True,
        "done_reason": "length" if reply.length else "stop",
        "total_duration": 4_000_000,
        "load_duration": 1_000_000,
        "prompt_eval_count": reply.usage.input,
        "prompt_eval_duration": 1_000_000,
        "eval_count": reply.usage.output,
        "eval_duration": 2_000_000,
    }


async def embed(exchange: Exchange) -> web.StreamResponse:
    """Answer /api/embed."""
    body = exchange.json()
    refuse(check(body, ollama_types.EmbedRequest))
    refuse(ollama_rules.problems_of(body) + problems_of(body.get("dimensions"), "/dimensions"))
    known_model(body["model"])
    inputs = body["input"] if isinstance(body["input"], list) else [body["input"]]
    vectors = [vector(text, body.get("dimensions")) for text in inputs]
    return await whole(
        exchange,
        {
            "model": body["model"],
            "embeddings": vectors,
            "total_duration": 1000,
            "load_duration": 100,
            "prompt_eval_count": 4 * len(inputs),
        },
    )


async def embeddings(exchange: Exchange) -> web.StreamResponse:
    """Answer the older /api/embeddings."""
    body = exchange.json()
    refuse(check(body, ollama_types.EmbeddingsRequest))
    refuse(ollama_rules.problems_of(body))
    known_model(body["model"])
    return await whole(exchange, {"embedding": vector(body.get("prompt") or "")})


async def show(exchange: Exchange) -> web.StreamResponse:
    """Answer /api/show."""
    body = exchange.json()
    refuse(check(body, ollama_types.ShowRequest))
    known_model(body["model"])
    info = {"general.architecture": "qwen3", "general.parameter_count": 600_000_000, "qwen3.context_length": 40960}
    capabilities = ["completion", "tools", "thinking", "vision", "embedding"]
    return await whole(
        exchange,
        {
            "modelfile": "",
            "parameters": "",
            "template": "{{ .Prompt }}",
            "details": _DETAILS,
            "model_info": info,
            "capabilities": capabilities,
            "modified_at": "2026-01-02T03:04:05Z",
        },
    )


async def tags(exchange: Exchange) -> web.StreamResponse:
    """Answer /api/tags."""
    return await whole(
        exchange,
        {
            "models": [
                {
                    "name": _MODEL,
                    "model": _MODEL,
                    "modified_at": "2026-01-02T03:04:05Z",
                    "size": 522653767,
                    "digest": _DIGEST,
                    "details": _DETAILS,
                }
            ]
        },
    )


async def ps(exchange: Exchange) -> web.StreamResponse:
    """Answer /api/ps."""
    loaded = {
        "name": _MODEL,
        "model": _MODEL,
        "size": 522653767,
        "digest": _DIGEST,
        "details": _DETAILS,
        "expires_at": "2036-01-02T03:04:05Z",
        "size_vram": 0,
        "context_length": 4096,
    }
    return await whole(exchange, {"models": [loaded]})


async def version(exchange: Exchange) -> web.StreamResponse:
    """Answer /api/version."""
    return await whole(exchange, {"version": "0.13.0"})


async def root(_: Exchange) -> web.StreamResponse:
    """Answer GET /."""
    return web.Response(text="Ollama is running")
