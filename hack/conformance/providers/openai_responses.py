"""POST responses: https://platform.openai.com/docs/api-reference/responses. Nothing is stored."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from openai.types.responses import EasyInputMessageParam
from openai.types.responses import response_create_params as params

from . import images, responses_rules
from .exchange import Exchange, before_first_byte, known_model, refuse
from .openai_rules import is_reasoning
from .reply import Reply, Result, Turn
from .responses_items import event_frame, frames, items_of
from .script import answer
from .shape import Extensions, check
from .wire import stream, whole

#: What Codex, OpenAI's own client, sends and the service takes: https://github.com/openai/codex, codex-api's requests.
_CODEX: Extensions = {
    EasyInputMessageParam: frozenset({"id"}),
    params.ResponseCreateParamsNonStreaming: frozenset({"client_metadata"}),
    params.ResponseCreateParamsStreaming: frozenset({"client_metadata"}),
}

_CALLS = frozenset({"function_call", "custom_tool_call"})
_OUTPUTS = frozenset({"function_call_output", "custom_tool_call_output"})


async def responses(exchange: Exchange) -> web.StreamResponse:
    """Create a response."""
    body = responses_rules.with_defaults(exchange.json())
    refuse(check(body, params.ResponseCreateParams, extensions=_CODEX))
    refuse(responses_rules.problems_of(exchange.provider, body))
    known_model(body.get("model", ""))
    reply = before_first_byte(answer(turn_of(exchange.provider, body)), bool(body.get("stream")))
    summarizes = bool((body.get("reasoning") or {}).get("summary"))
    items = items_of(exchange.provider, exchange.number, reply, summarizes)
    opening = _response(body, exchange.number)
    closing = {**opening, **_ending(reply), "output": [item.done for item in items], "usage": _usage(reply)}
    if not body.get("stream"):
        return await whole(exchange, closing, reply)
    all_frames = frames(opening, closing, items)
    return await stream(exchange, all_frames, "text/event-stream", reply, _failure(opening, len(all_frames) // 2))


def turn_of(provider: str, body: Mapping[str, Any]) -> Turn:
    """Return what the answer depends on."""
    given = body["input"]
    items = given if isinstance(given, list) else [{"role": "user", "content": given}]
    last = max((i for i, item in enumerate(items) if item.get("role") == "user"), default=-1)
    content = items[last]["content"] if last >= 0 else ""
    parts = content if isinstance(content, list) else [{"type": "input_text", "text": content}]
    outputs = [item for item in items[last + 1 :] if item.get("type") in _OUTPUTS]
    names = {item.get("call_id"): item.get("name", "") for item in items if item.get("type") in _CALLS}
    results = tuple(Result(names.get(o.get("call_id"), ""), _flat(o["output"])) for o in outputs)
    choice = body.get("tool_choice")
    return Turn(
        provider=provider,
        text=next((p["text"] for p in reversed(parts) if p.get("type") == "input_text"), ""),
        results=results if items and items[-1].get("type") in _OUTPUTS else (),
        tools={} if choice == "none" else _tools(body),
        forced=None if results else _forced(choice),
        parallel=body.get("parallel_tool_calls") is not False,
        images=tuple(images.url_image(p["image_url"]) for p in parts if p.get("type") == "input_image" and p.get("image_url")),
        schema=_schema((body.get("text") or {}).get("format") or {}),
        reasons=is_reasoning(body.get("model", "")),
    )


def _tools(body: Mapping[str, Any]) -> dict[str, Any]:
    return {tool["name"]: tool["parameters"] or {} for tool in body.get("tools") or [] if tool["type"] == "function"}


def _forced(choice: Any) -> str | None:
    if choice == "required":
        return ""
    return choice["name"] if isinstance(choice, dict) and choice.get("type") == "function" else None


def _schema(wanted: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if wanted.get("type") == "json_schema":
        return dict(wanted["schema"])
    return {} if wanted.get("type") == "json_object" else None


def _flat(output: Any) -> str:
    return output if isinstance(output, str) else "".join(part.get("text", "") for part in output)


def _response(body: Mapping[str, Any], number: int) -> dict[str, Any]:
    """Return a response in progress, which echoes the parameters as the API does."""
    echoed: dict[str, Any] = {
        "instructions": None, "max_output_tokens": None, "metadata": {}, "parallel_tool_calls": True, "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None}, "store": True, "temperature": 1.0, "text": {"format": {"type": "text"}},
        "tool_choice": "auto", "tools": [], "top_p": 1.0, "truncation": "disabled", "user": None,
    }  # fmt: skip
    return {
        "id": f"resp_{number:06}",
        "object": "response",
        "created_at": int(time.time()),
        "status": "in_progress",
        "background": False,
        "error": None,
        "incomplete_details": None,
        "model": body.get("model", ""),
        "output": [],
        "usage": None,
        **{name: default if body.get(name) is None else body[name] for name, default in echoed.items()},
    }


def _ending(reply: Reply) -> dict[str, Any]:
    if reply.length:
        return {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
    return {"status": "completed"}


def _usage(reply: Reply) -> dict[str, Any]:
    usage = reply.usage
    return {
        "input_tokens": usage.input,
        "input_tokens_details": {"cached_tokens": usage.cached, "cache_write_tokens": usage.written},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.total,
    }


def _failure(opening: Mapping[str, Any], sequence: int) -> list[bytes]:
    """A failure inside of the stream, as its events number sequence and the next: an error, then the failed response."""
    error = {"code": "server_error", "message": "The server had an error while processing your request."}
    failed = {**opening, "status": "failed", "error": error}
    return [
        event_frame({"type": "error", **error, "param": None}, sequence),
        event_frame({"type": "response.failed", "response": failed}, sequence + 1),
    ]
