"""POST v1/messages and v1/messages/count_tokens: https://platform.claude.com/docs/en/api/messages.

Streams follow https://platform.claude.com/docs/en/build-with-claude/streaming: blocks one after the other, a ping, usage
in message_start and, cumulative, in message_delta.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web
from anthropic.types import message_count_tokens_params, message_create_params
from anthropic.types.beta import message_count_tokens_params as beta_count_tokens_params
from anthropic.types.beta import message_create_params as beta_create_params

from . import anthropic_rules, images, signature
from .anthropic_errors import MIDSTREAM
from .anthropic_rules import blocks_of
from .exchange import Exchange, Refused, before_first_byte, known_model, refuse
from .reply import Image, Reply, Result, Turn
from .script import answer
from .shape import Problem, check
from .wire import dumps, fragments, sse, stream, whole

_VERSIONS = ("2023-06-01", "2026-10-21")


async def messages(exchange: Exchange) -> web.StreamResponse:
    """Create a message."""
    body = _checked(exchange, message_create_params.MessageCreateParams, beta_create_params.MessageCreateParams)
    reply = before_first_byte(answer(turn_of(exchange.provider, body)), bool(body.get("stream")))
    blocks = _blocks(exchange.provider, exchange.number, reply, _shown(body))
    head = {"id": f"msg_{exchange.number:06}", "type": "message", "role": "assistant", "model": body["model"]}
    headers = {"request-id": f"req_{exchange.number:06}"}
    if not body.get("stream"):
        done = {**head, "content": blocks, "stop_reason": _stop(reply), "stop_sequence": None, "usage": _usage(reply)}
        return await whole(exchange, done, reply, headers)
    return await stream(exchange, _frames(head, blocks, reply), "text/event-stream; charset=utf-8", reply, [MIDSTREAM], headers)


async def count_tokens(exchange: Exchange) -> web.StreamResponse:
    """Count the tokens of a message: as many as one would be billed."""
    _checked(exchange, message_count_tokens_params.MessageCountTokensParams, beta_count_tokens_params.MessageCountTokensParams)
    return await whole(exchange, {"input_tokens": Reply().usage.input})


def _checked(exchange: Exchange, stable: Any, beta: Any) -> dict[str, Any]:
    version = exchange.header("anthropic-version")
    if version not in _VERSIONS:
        raise Refused([Problem("anthropic-version", f"must be one of {', '.join(_VERSIONS)}, is {version!r}")])
    betas = [b.strip() for b in ",".join(exchange.request.headers.getall("anthropic-beta", [])).split(",") if b.strip()]
    body = exchange.json()
    params = beta if betas or exchange.request.query.get("beta") == "true" else stable
    refuse(check(anthropic_rules.without_sampling(body, version), params))
    refuse(anthropic_rules.problems_of(exchange.provider, body, version, betas))
    known_model(body["model"])
    return body


def turn_of(provider: str, body: Mapping[str, Any]) -> Turn:
    """Return what the answer depends on."""
    users = [blocks_of(m.get("content")) for m in body["messages"] if m["role"] == "user"]
    spoken = [blocks for blocks in users if any(b["type"] != "tool_result" for b in blocks)]
    last, final = spoken[-1] if spoken else [], users[-1]
    names = {b["id"]: b["name"] for m in body["messages"] for b in blocks_of(m.get("content")) if b["type"] == "tool_use"}
    results = tuple(Result(names.get(b["tool_use_id"], ""), _flat(b.get("content"))) for b in final if b["type"] == "tool_result")
    choice = body.get("tool_choice") or {}
    wanted = (body.get("output_config") or {}).get("format")
    return Turn(
        provider=provider,
        text="\n".join(b["text"] for b in last if b["type"] == "text"),
        results=results,
        tools={}
        if choice.get("type") == "none"
        else {t["name"]: t["input_schema"] for t in body.get("tools") or [] if "input_schema" in t},
        forced=None if results else {"any": "", "tool": choice.get("name")}.get(choice.get("type", "")),
        parallel=not choice.get("disable_parallel_tool_use"),
        images=tuple(_image(b["source"]) for b in last if b["type"] == "image"),
        schema=wanted["schema"] if wanted else None,
        reasons=(body.get("thinking") or {}).get("type") in ("enabled", "adaptive"),
    )


def _image(source: Mapping[str, Any]) -> Image:
    return images.image(source["media_type"], source["data"]) if source["type"] == "base64" else Image(source["type"], 0)


def _flat(content: Any) -> str:
    return "".join(b["text"] for b in blocks_of(content) if b["type"] == "text")


def _shown(body: Mapping[str, Any]) -> bool:
    return (body.get("thinking") or {}).get("display") != "omitted"


def _blocks(provider: str, number: int, reply: Reply, shown: bool) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    if reply.thinking:
        text = reply.thought if shown else ""
        blocks.append({"type": "thinking", "thinking": text, "signature": signature.issue(provider, text)})
    if reply.chunks:
        blocks.append({"type": "text", "text": reply.text})
    return blocks + [
        {
            "type": "tool_use",
            "id": f"toolu_{number:06}x{i}",
            "name": call.name,
            "input": dict(call.arguments),
            "caller": {"type": "direct"},
        }
        for i, call in enumerate(reply.calls)
    ]


def _stop(reply: Reply) -> str:
    return "tool_use" if reply.calls else "max_tokens" if reply.length else "end_turn"


def _usage(reply: Reply) -> dict[str, Any]:
    usage = reply.usage
    return {
        "input_tokens": usage.fresh,
        "cache_creation_input_tokens": usage.written,
        "cache_read_input_tokens": usage.cached,
        "cache_creation": {"ephemeral_5m_input_tokens": usage.written, "ephemeral_1h_input_tokens": 0},
        "output_tokens": usage.output,
        "service_tier": "standard",
    }


def _frames(head: Mapping[str, Any], blocks: list[dict[str, Any]], reply: Reply) -> list[bytes]:
    opening = {**head, "content": [], "stop_reason": None, "stop_sequence": None, "usage": {**_usage(reply), "output_tokens": 1}}
    frames = [_event({"type": "message_start", "message": opening})]
    for index, block in enumerate(blocks):
        frames.append(_event({"type": "content_block_start", "index": index, "content_block": _empty(block)}))
        if index == 0:
            frames.append(_event({"type": "ping"}))
        frames += [_event({"type": "content_block_delta", "index": index, "delta": delta}) for delta in _deltas(block, reply)]
        frames.append(_event({"type": "content_block_stop", "index": index}))
    usage = {k: v for k, v in _usage(reply).items() if k.endswith("_tokens")}
    frames.append(
        _event({"type": "message_delta", "delta": {"stop_reason": _stop(reply), "stop_sequence": None}, "usage": usage})
    )
    return frames + [_event({"type": "message_stop"})]


def _event(data: Mapping[str, Any]) -> bytes:
    return sse(data, data["type"])


def _empty(block: Mapping[str, Any]) -> dict[str, Any]:
    blank: dict[str, dict[str, Any]] = {
        "thinking": {"thinking": "", "signature": ""},
        "text": {"text": ""},
        "tool_use": {"input": {}},
    }
    return {**block, **blank[block["type"]]}


def _deltas(block: Mapping[str, Any], reply: Reply) -> list[dict[str, Any]]:
    if block["type"] == "thinking":
        pieces = reply.thinking if block["thinking"] else ()
        return [{"type": "thinking_delta", "thinking": p} for p in pieces] + [
            {"type": "signature_delta", "signature": block["signature"]}
        ]
    if block["type"] == "text":
        return [{"type": "text_delta", "text": piece} for piece in reply.chunks]
    return [{"type": "input_json_delta", "partial_json": piece} for piece in ["", *fragments(dumps(block["input"]))]]
