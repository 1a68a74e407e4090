"""Converse, ConverseStream and CountTokens of the Bedrock runtime, for a Claude model.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web

from . import bedrock_rules, bedrock_shape, credentials, images, signature, sigv4
from .bedrock_errors import MIDSTREAM
from .eventstream import event
from .exchange import Exchange, before_first_byte, known_model, refuse
from .reply import Image, Reply, Result, Turn
from .script import answer
from .wire import dumps, fragments, stream, whole


def authenticate(exchange: Exchange) -> None:
    """A request carries a Bedrock API key as a bearer token, or a signature."""
    if exchange.header("Authorization").startswith("Bearer "):
        credentials.require_bearer(exchange, credentials.BEDROCK_API_KEY)
    else:
        sigv4.verify(exchange)


async def converse(exchange: Exchange, model: str) -> web.StreamResponse:
    """Answer Converse."""
    body, reply = _checked(exchange, "Converse", model, streams=False)
    content = _content(exchange.number, reply)
    message = {"role": "assistant", "content": content}
    done = {"output": {"message": message}, "stopReason": _stop(reply), "usage": _usage(reply), "metrics": {"latencyMs": 12}}
    return await whole(exchange, done, reply, _headers(exchange))


async def converse_stream(exchange: Exchange, model: str) -> web.StreamResponse:
    """Answer ConverseStream."""
    _, reply = _checked(exchange, "ConverseStream", model, streams=True)
    frames = [_padded("messageStart", {"role": "assistant"})]
    for index, block in enumerate(_content(exchange.number, reply)):
        frames += _block_frames(index, block, reply)
    frames.append(_padded("messageStop", {"stopReason": _stop(reply)}))
    frames.append(_padded("metadata", {"usage": _usage(reply), "metrics": {"latencyMs": 12}}))
    return await stream(exchange, frames, "application/vnd.amazon.eventstream", reply, [MIDSTREAM], _headers(exchange))


async def count_tokens(exchange: Exchange, model: str) -> web.StreamResponse:
    """Answer CountTokens of a Converse request."""
    body = exchange.json()
    refuse(bedrock_shape.problems_of("CountTokens", {"modelId": model, **body}))
    if "converse" in body["input"]:
        refuse(bedrock_rules.problems_of(body["input"]["converse"]))
    known_model(model)
    return await whole(exchange, {"inputTokens": Reply().usage.input}, headers=_headers(exchange))


def _checked(exchange: Exchange, operation: str, model: str, streams: bool) -> tuple[dict[str, Any], Reply]:
    body = exchange.json()
    refuse(bedrock_shape.problems_of(operation, {"modelId": model, **body}))
    refuse(bedrock_rules.problems_of(body))
    known_model(model)
    reply = before_first_byte(answer(turn_of(body)), streams)
    thinking = (body.get("additionalModelRequestFields") or {}).get("thinking") or {}
    if reply.thinking and thinking.get("display") == "omitted":
        reply = replace(reply, thinking=("",))
    return body, reply


def turn_of(body: Mapping[str, Any]) -> Turn:
    """Return what the answer depends on."""
    users = [m["content"] for m in body["messages"] if m["role"] == "user"]
    spoken = [blocks for blocks in users if any("text" in b or "image" in b for b in blocks)]
    last = spoken[-1] if spoken else []
    names = {b["toolUse"]["toolUseId"]: b["toolUse"]["name"] for m in body["messages"] for b in m["content"] if "toolUse" in b}
    results = tuple(
        Result(names[r["toolUseId"]], _flat(r["content"])) for r in (b["toolResult"] for b in users[-1] if "toolResult" in b)
    )
    config = body.get("toolConfig") or {}
    choice = config.get("toolChoice") or {}
    fields = body.get("additionalModelRequestFields") or {}
    own = fields.get("tool_choice") or {}  # Claude's own, which says more than toolChoice can
    forced = {"any": "", "tool": own.get("name")}.get(own.get("type", ""))
    if choice:
        forced = choice["tool"]["name"] if "tool" in choice else "" if "any" in choice else None
    return Turn(
        provider="bedrock",
        text="\n".join(b["text"] for b in last if "text" in b),
        results=results,
        tools={t["toolSpec"]["name"]: t["toolSpec"]["inputSchema"]["json"] for t in config.get("tools") or [] if "toolSpec" in t},
        forced=None if results else forced,
        parallel=not own.get("disable_parallel_tool_use"),
        images=tuple(_image(b["image"]) for b in last if "image" in b),
        schema=_schema(body),
        reasons=(fields.get("thinking") or {}).get("type") in ("enabled", "adaptive"),
    )


def _image(image: Mapping[str, Any]) -> Image:
    return images.image(f"image/{image['format']}", image["source"].get("bytes", ""))


def _flat(content: list[Mapping[str, Any]]) -> str:
    return "".join(
        part["text"] if "text" in part else dumps(part["json"]) for part in content if "text" in part or "json" in part
    )


def _schema(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    wanted = (body.get("outputConfig") or {}).get("textFormat")
    return json.loads(wanted["structure"]["jsonSchema"]["schema"]) if wanted else None


def _content(number: int, reply: Reply) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    if reply.thinking:
        blocks.append(
            {
                "reasoningContent": {
                    "reasoningText": {"text": reply.thought, "signature": signature.issue("bedrock", reply.thought)}
                }
            }
        )
    if reply.chunks:
        blocks.append({"text": reply.text})
    return blocks + [
        {"toolUse": {"toolUseId": f"tooluse_{number:06}x{i}", "name": c.name, "input": dict(c.arguments)}}
        for i, c in enumerate(reply.calls)
    ]


def _block_frames(index: int, block: Mapping[str, Any], reply: Reply) -> list[bytes]:
    """Only tool use has a start event; text and reasoning begin with their first delta."""
    start: list[bytes] = []
    deltas: list[dict[str, Any]]
    if "toolUse" in block:
        use = block["toolUse"]
        start = [
            _padded(
                "contentBlockStart",
                {"contentBlockIndex": index, "start": {"toolUse": {k: use[k] for k in ("toolUseId", "name")}}},
            )
        ]
        deltas = [{"toolUse": {"input": piece}} for piece in fragments(dumps(use["input"]))]
    elif "text" in block:
        deltas = [{"text": piece} for piece in reply.chunks]
    else:
        sealed = block["reasoningContent"]["reasoningText"]["signature"]
        deltas = [{"reasoningContent": {"text": piece}} for piece in reply.thinking if piece] + [
            {"reasoningContent": {"signature": sealed}}
        ]
    frames = [_padded("contentBlockDelta", {"contentBlockIndex": index, "delta": delta}) for delta in deltas]
    return [*start, *frames, _padded("contentBlockStop", {"contentBlockIndex": index})]


def _padded(kind: str, payload: Mapping[str, Any]) -> bytes:
    """The service pads its events with a member "p" that is in no model; clients must ignore it."""
    return event(kind, {**payload, "p": "abcdefghij"})


def _stop(reply: Reply) -> str:
    return "tool_use" if reply.calls else "max_tokens" if reply.length else "end_turn"


def _usage(reply: Reply) -> dict[str, Any]:
    """As Anthropic counts: inputTokens leaves out what was read from the cache and written to it, totalTokens does not."""
    usage = reply.usage
    return {
        "inputTokens": usage.fresh,
        "outputTokens": usage.output,
        "totalTokens": usage.total,
        "cacheReadInputTokens": usage.cached,
        "cacheWriteInputTokens": usage.written,
    }


def _headers(exchange: Exchange) -> dict[str, str]:
    return {"x-amzn-RequestId": f"{exchange.number:08}-0000-4000-8000-000000000000"}
