"""Rules of chat/completions that its types do not tell.

Sources: https://platform.openai.com/docs/api-reference/chat/create, the guides on function calling, structured outputs
and reasoning models, and the messages that the API answers with.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from . import images
from .exchange import version_of
from .schema_rules import closed, complete
from .shape import Problem

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_RANGES = {
    "temperature": (0, 2),
    "top_p": (0, 1),
    "presence_penalty": (-2, 2),
    "frequency_penalty": (-2, 2),
    "n": (1, 128),
    "top_logprobs": (0, 20),
}


def is_reasoning(model: str) -> bool:
    """o1, o3, o4-mini, gpt-5 and later: https://platform.openai.com/docs/guides/reasoning."""
    return bool(re.match(r"o\d", model)) or version_of(model, "gpt-") >= (5,)


def problems_of(body: Mapping[str, Any], hosted: bool) -> list[Problem]:
    """Return the broken rules. hosted tells OpenAI and Azure from servers that only speak their protocol."""
    found = conversation(body["messages"], 40 if hosted else None)
    found += _parameters(body) + _tools(body) + _response_format(body)
    return found + (_reasoning(body) if hosted and is_reasoning(body.get("model", "")) else [])


def conversation(messages: list[Mapping[str, Any]], longest_id: int | None) -> list[Problem]:
    """Every tool call is answered right after it, and nothing else is: the API's own two errors about it."""
    found: list[Problem] = [] if messages else [Problem("/messages", "[] is too short")]
    open_calls: dict[str, None] = {}
    for i, message in enumerate(messages):
        at = f"/messages/{i}"
        if message["role"] == "tool":
            if message["tool_call_id"] not in open_calls:
                found.append(
                    Problem(f"{at}/tool_call_id", "a tool message must answer a tool call of the assistant message before it")
                )
            open_calls.pop(message["tool_call_id"], None)
            continue
        if open_calls:
            found.append(Problem(at, f"tool calls without a tool message that answers them: {', '.join(open_calls)}"))
        calls = message.get("tool_calls") or []
        open_calls = {call["id"]: None for call in calls}
        found += _message(message, at) + _calls(calls, at, longest_id)
    if open_calls:
        found.append(Problem("/messages", f"tool calls without a tool message that answers them: {', '.join(open_calls)}"))
    return found


def _message(message: Mapping[str, Any], at: str) -> list[Problem]:
    content = message.get("content")
    if message["role"] == "assistant":
        spoken = content or message.get("tool_calls") or message.get("function_call") or message.get("refusal") or content == ""
        found = [] if spoken else [Problem(f"{at}/content", "an assistant message needs content or tool_calls")]
        return found + ([Problem(f"{at}/tool_calls", "[] is too short")] if message.get("tool_calls") == [] else [])
    if content is None or content == []:
        return [Problem(f"{at}/content", "is empty")]
    parts = content if isinstance(content, list) else []
    return [
        p
        for j, part in enumerate(parts)
        if part["type"] == "image_url"
        for p in images.url_problems(part["image_url"]["url"], f"{at}/content/{j}/image_url")
    ]


def _calls(calls: list[Mapping[str, Any]], at: str, longest_id: int | None) -> list[Problem]:
    found = []
    for j, call in enumerate(calls):
        if call["type"] == "function" and not is_object(call["function"]["arguments"]):
            found.append(Problem(f"{at}/tool_calls/{j}/function/arguments", "is not a JSON object"))
        if longest_id and len(call["id"]) > longest_id:
            found.append(Problem(f"{at}/tool_calls/{j}/id", f"string too long: at most {longest_id}, has {len(call['id'])}"))
    if len({call["id"] for call in calls}) != len(calls):
        found.append(Problem(f"{at}/tool_calls", "two calls have the same id"))
    return found


def _parameters(body: Mapping[str, Any]) -> list[Problem]:
    found = [
        Problem(f"/{name}", f"{body[name]} is not between {low} and {high}")
        for name, (low, high) in _RANGES.items()
        if body.get(name) is not None and not low <= body[name] <= high
    ]
    if body.get("max_tokens") is not None and body.get("max_completion_tokens") is not None:
        found.append(Problem("/max_tokens", "not together with max_completion_tokens"))
    for name in ("max_tokens", "max_completion_tokens"):
        if body.get(name) is not None and body[name] < 1:
            found.append(Problem(f"/{name}", "must be at least 1"))
    if body.get("stream_options") is not None and not body.get("stream"):
        found.append(Problem("/stream_options", "only allowed when stream is true"))
    if body.get("top_logprobs") is not None and not body.get("logprobs"):
        found.append(Problem("/top_logprobs", "only allowed when logprobs is true"))
    if isinstance(body.get("stop"), list) and not 1 <= len(body["stop"]) <= 4:
        found.append(Problem("/stop", "takes 1 to 4 sequences"))
    return found


def _tools(body: Mapping[str, Any]) -> list[Problem]:
    tools = body.get("tools")
    if not tools:
        found = [
            Problem(f"/{name}", "is only allowed when tools are specified")
            for name in ("tool_choice", "parallel_tool_calls")
            if name in body
        ]
        return found + ([Problem("/tools", "[] is too short")] if tools == [] else [])
    functions = [(i, tool["function"]) for i, tool in enumerate(tools) if tool["type"] == "function"]
    found = [
        Problem(f"/tools/{i}/function/name", f"{f['name']!r} does not match {_NAME.pattern}")
        for i, f in functions
        if not _NAME.fullmatch(f["name"])
    ]
    for i, function in functions:
        at = f"/tools/{i}/function/parameters"
        parameters = function.get("parameters")
        if parameters is not None and parameters.get("type") != "object":
            found.append(Problem(f"{at}/type", "a function's parameters must be of type object"))
        if function.get("strict"):
            found += closed(parameters, at) + complete(parameters, at)
    choice = body.get("tool_choice")
    if (
        isinstance(choice, dict)
        and choice["type"] == "function"
        and choice["function"]["name"] not in [f["name"] for _, f in functions]
    ):
        found.append(Problem("/tool_choice/function/name", "names no tool of the request"))
    return found


def _response_format(body: Mapping[str, Any]) -> list[Problem]:
    wanted = body.get("response_format") or {}
    if wanted.get("type") == "json_object" and "json" not in json.dumps(body["messages"]).lower():
        return [Problem("/messages", "must contain the word json in some form to use response_format json_object")]
    if wanted.get("type") != "json_schema":
        return []
    schema = wanted["json_schema"]
    found = (
        []
        if _NAME.fullmatch(schema["name"])
        else [Problem("/response_format/json_schema/name", f"does not match {_NAME.pattern}")]
    )
    if "schema" not in schema:
        return found + [Problem("/response_format/json_schema/schema", "required, but missing")]
    at = "/response_format/json_schema/schema"
    return found + (closed(schema["schema"], at) + complete(schema["schema"], at) if schema.get("strict") else [])


def _reasoning(body: Mapping[str, Any]) -> list[Problem]:
    """Reasoning models take max_completion_tokens only and no sampling parameters."""
    found = []
    if body.get("max_tokens") is not None:
        found.append(Problem("/max_tokens", "not supported with this model; use max_completion_tokens"))
    for name, default in {"temperature": 1, "top_p": 1, "presence_penalty": 0, "frequency_penalty": 0}.items():
        if body.get(name) not in (None, default):
            found.append(Problem(f"/{name}", f"only the default {default} is supported with this model"))
    for name in ("logprobs", "logit_bias"):
        if body.get(name):
            found.append(Problem(f"/{name}", "not supported with this model"))
    return found


def is_object(arguments: str) -> bool:
    """Whether a call's arguments are a JSON object."""
    try:
        return isinstance(json.loads(arguments), dict)
    except ValueError:
        return False
