"""POST chat/completions and completions, for OpenAI, Azure and servers that speak OpenAI's protocol.

Streams follow https://platform.openai.com/docs/api-reference/chat-streaming: a first delta with the role, one chunk with
finish_reason, one with usage and no choices if stream_options.include_usage asks for it, then [DONE].
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from openai.types import completion_create_params
from openai.types.chat import (
    ChatCompletionAssistantMessageParam,
    ChatCompletionMessageFunctionToolCallParam,
    ChatCompletionToolMessageParam,
)
from openai.types.chat import (
    completion_create_params as chat_params,
)
from openai.types.chat.chat_completion_message_function_tool_call_param import Function

from . import images, openai_rules
from .exchange import Exchange, before_first_byte, known_model, refuse
from .openai_errors import MIDSTREAM
from .reply import Reply, Result, Turn
from .script import answer
from .shape import Extensions, Problem, check
from .wire import dumps, fragments, sse, stream, whole


@dataclass(frozen=True)
class Dialect:
    """In what a server's chat/completions differs from OpenAI's."""

    #: OpenAI or Azure: limits of the hosted models apply.
    hosted: bool
    #: Keys beyond OpenAI's that the server documents.
    extensions: Extensions
    #: Whether reasoning is shown, as delta.reasoning_content.
    shows_reasoning: bool = False
    #: Roles that the server does not know.
    unknown_roles: frozenset[str] = frozenset()
    #: What precedes the first chunk of a stream.
    preamble: tuple[bytes, ...] = ()


#: Applications append the answer's message as it is, as https://platform.openai.com/docs/guides/function-calling shows:
#: with keys that only answers have, and those that the SDKs' own helpers add to them.
_ANSWERED: Extensions = {
    ChatCompletionAssistantMessageParam: frozenset({"annotations", "parsed"}),
    # LangChain names the tool here too, and always has.
    ChatCompletionToolMessageParam: frozenset({"name"}),
    ChatCompletionMessageFunctionToolCallParam: frozenset({"index"}),
    Function: frozenset({"parsed_arguments"}),
}
OPENAI = Dialect(hosted=True, extensions=_ANSWERED)
#: Azure announces its content filter in a first chunk without choices:
#: https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-streaming
AZURE = Dialect(
    hosted=True,
    extensions=_ANSWERED,
    preamble=(
        sse(
            {
                "choices": [],
                "created": 0,
                "id": "",
                "model": "",
                "object": "",
                "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {}}],
            }
        ),
    ),
)
_EXTRA = frozenset(
    {
        "top_k",
        "min_p",
        "repetition_penalty",
        "min_tokens",
        "ignore_eos",
        "chat_template_kwargs",
        "thinking",
        "reasoning",
        "provider",
    }
)
#: Extra parameters: https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html#extra-parameters_1 and
#: https://openrouter.ai/docs/api-reference/parameters; comments before the first chunk are OpenRouter's; DeepSeek and
#: most chat templates know no developer role: https://api-docs.deepseek.com/api/create-chat-completion
COMPATIBLE = Dialect(
    hosted=False,
    extensions={
        chat_params.CompletionCreateParamsNonStreaming: _EXTRA,
        chat_params.CompletionCreateParamsStreaming: _EXTRA,
        **_ANSWERED,
        ChatCompletionAssistantMessageParam: _ANSWERED[ChatCompletionAssistantMessageParam] | {"reasoning_content", "reasoning"},
    },
    shows_reasoning=True,
    unknown_roles=frozenset({"developer"}),
    preamble=(b": OPENROUTER PROCESSING\n\n",) * 2,
)


#: https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers
_HEADERS = {
    "x-request-id": "req_conformance",
    "openai-processing-ms": "12",
    "x-ratelimit-limit-requests": "10000",
    "x-ratelimit-remaining-requests": "9999",
    "x-ratelimit-reset-requests": "6ms",
}


async def chat(exchange: Exchange, dialect: Dialect) -> web.StreamResponse:
    """Answer chat/completions."""
    body = exchange.json()
    refuse(check(body, chat_params.CompletionCreateParams, extensions=dialect.extensions))
    refuse(
        [
            Problem(f"/messages/{i}/role", "unknown role")
            for i, m in enumerate(body["messages"])
            if m["role"] in dialect.unknown_roles
        ]
    )
    refuse(openai_rules.problems_of(body, dialect.hosted))
    known_model(body["model"])
    reply = before_first_byte(answer(turn_of(exchange.provider, body, dialect)), bool(body.get("stream")))
    head = {"id": f"chatcmpl-{exchange.number:06}", "created": int(time.time()), "model": body["model"]}
    if not body.get("stream"):
        return await whole(exchange, _completion(head, body, reply, exchange.number, dialect), reply, _HEADERS)
    frames = list(dialect.preamble) + _chunks(head, body, reply, exchange.number, dialect)
    return await stream(exchange, frames, "text/event-stream; charset=utf-8", reply, [sse(MIDSTREAM)], _HEADERS)


def turn_of(provider: str, body: Mapping[str, Any], dialect: Dialect) -> Turn:
    """Return what the answer depends on."""
    messages = body["messages"]
    last = max((i for i, m in enumerate(messages) if m["role"] == "user"), default=-1)
    content = messages[last].get("content") if last >= 0 else ""
    parts: list[Any] = content if isinstance(content, list) else [{"type": "text", "text": content}]
    names = {c["id"]: c.get("function", {}).get("name", "") for m in messages for c in m.get("tool_calls") or []}
    results = [Result(names.get(m["tool_call_id"], ""), _flat(m["content"])) for m in messages[last + 1 :] if m["role"] == "tool"]
    choice = body.get("tool_choice")
    tools = {
        t["function"]["name"]: t["function"].get("parameters") or {} for t in body.get("tools") or [] if t["type"] == "function"
    }
    return Turn(
        provider=provider,
        text=next((p["text"] for p in reversed(parts) if p["type"] == "text"), ""),
        results=tuple(results) if messages[-1]["role"] == "tool" else (),
        tools={} if choice == "none" else tools,
        forced=None if results else forced_tool(choice),
        parallel=body.get("parallel_tool_calls") is not False,
        images=tuple(images.url_image(p["image_url"]["url"]) for p in parts if p["type"] == "image_url"),
        schema=_schema(body.get("response_format") or {}),
        reasons=dialect.shows_reasoning or openai_rules.is_reasoning(body["model"]),
    )


def forced_tool(choice: Any) -> str | None:
    """Return the tool that tool_choice forces: "" for any, None for no force."""
    if choice == "required":
        return ""
    return choice["function"]["name"] if isinstance(choice, dict) and choice.get("type") == "function" else None


def _schema(wanted: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if wanted.get("type") == "json_schema":
        return wanted["json_schema"].get("schema") or {}
    return {} if wanted.get("type") == "json_object" else None


def _flat(content: Any) -> str:
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def usage_of(reply: Reply) -> dict[str, Any]:
    """Return usage as CompletionUsage: prompt_tokens includes the cached, completion_tokens the reasoning."""
    usage = reply.usage
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.total,
        "prompt_tokens_details": {"cached_tokens": usage.cached, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _finish(reply: Reply) -> str:
    return "tool_calls" if reply.calls else "length" if reply.length else "stop"


def _call(number: int, index: int, call: Any) -> dict[str, Any]:
    return {
        "id": f"call_{number:06}x{index}",
        "type": "function",
        "function": {"name": call.name, "arguments": dumps(call.arguments)},
    }


def _completion(head: Mapping[str, Any], body: Mapping[str, Any], reply: Reply, number: int, dialect: Dialect) -> dict[str, Any]:
    message: dict[str, Any] = {
        "role": "assistant",
        "content": reply.text if reply.chunks else None,
        "refusal": None,
        "annotations": [],
    }
    if reply.thinking and dialect.shows_reasoning:
        message["reasoning_content"] = reply.thought
    if reply.calls:
        message["tool_calls"] = [_call(number, i, call) for i, call in enumerate(reply.calls)]
    choices = [
        {"index": i, "message": message, "logprobs": None, "finish_reason": _finish(reply)} for i in range(body.get("n") or 1)
    ]
    return {
        **head,
        "object": "chat.completion",
        "choices": choices,
        "usage": usage_of(reply),
        "service_tier": "default",
        "system_fingerprint": "fp_fake",
    }


def _chunks(head: Mapping[str, Any], body: Mapping[str, Any], reply: Reply, number: int, dialect: Dialect) -> list[bytes]:
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": "" if reply.chunks else None}]
    deltas += [{"reasoning_content": piece} for piece in reply.thinking if dialect.shows_reasoning]
    deltas += [{"content": piece} for piece in reply.chunks]
    for index, call in enumerate(reply.calls):
        deltas += _call_deltas(_call(number, index, call), index, dialect)
    with_usage = bool((body.get("stream_options") or {}).get("include_usage"))
    base: dict[str, Any] = {
        **head,
        "object": "chat.completion.chunk",
        "service_tier": "default",
        "system_fingerprint": "fp_fake",
        **({"usage": None} if with_usage else {}),
    }
    choices: list[dict[str, Any]] = [
        {"index": n, "delta": d, "logprobs": None, "finish_reason": None} for d in deltas for n in range(body.get("n") or 1)
    ]
    choices += [{"index": n, "delta": {}, "logprobs": None, "finish_reason": _finish(reply)} for n in range(body.get("n") or 1)]
    frames = [sse({**base, "choices": [choice]}) for choice in choices]
    if with_usage:
        frames.append(sse({**base, "choices": [], "usage": usage_of(reply)}))
    return frames + [sse("[DONE]")]


def _call_deltas(call: Mapping[str, Any], index: int, dialect: Dialect) -> list[dict[str, Any]]:
    """OpenAI sends the arguments in fragments after the name; most other servers send a call whole."""
    if not dialect.hosted:
        return [{"tool_calls": [{"index": index, **call}]}]
    arguments = call["function"]["arguments"]
    opened = {"index": index, **call, "function": {"name": call["function"]["name"], "arguments": ""}}
    more = [{"index": index, "function": {"arguments": piece}} for piece in fragments(arguments)]
    return [{"tool_calls": [delta]} for delta in (opened, *more)]


async def completions(exchange: Exchange) -> web.StreamResponse:
    """Answer the older completions: https://platform.openai.com/docs/api-reference/completions."""
    body = exchange.json()
    refuse(check(body, completion_create_params.CompletionCreateParams))
    known_model(body["model"])
    prompt = body["prompt"][0] if isinstance(body["prompt"], list) and body["prompt"] else body["prompt"]
    reply = before_first_byte(answer(Turn(provider=exchange.provider, text=str(prompt))), bool(body.get("stream")))
    head = {"id": f"cmpl-{exchange.number:06}", "object": "text_completion", "created": int(time.time()), "model": body["model"]}
    choice = {"index": 0, "logprobs": None, "finish_reason": None}
    usage = {k: v for k, v in usage_of(reply).items() if k.endswith("_tokens")}
    if not body.get("stream"):
        done = {**choice, "text": reply.text, "finish_reason": _finish(reply)}
        return await whole(exchange, {**head, "choices": [done], "usage": usage}, reply)
    frames = [sse({**head, "choices": [{**choice, "text": piece}]}) for piece in reply.chunks]
    frames.append(sse({**head, "choices": [{**choice, "text": "", "finish_reason": _finish(reply)}]}))
    if (body.get("stream_options") or {}).get("include_usage"):
        frames.append(sse({**head, "choices": [], "usage": usage}))
    return await stream(exchange, frames + [sse("[DONE]")], "text/event-stream", reply, [sse(MIDSTREAM)])
