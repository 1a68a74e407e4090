"""Rules of Ollama's API that its Python types do not tell.

Source: the server's own types in https://github.com/ollama/ollama/blob/main/api/types.go, and docs/api.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import ollama
from ollama import _types as ollama_types

from . import images
from .shape import Extensions, Problem, check

#: Keys of api/types.go that the Python package lacks. A tool's parameters are any JSON Schema.
EXTENSIONS: Extensions = {
    ollama.Message: frozenset({"tool_call_id"}),
    ollama.Message.ToolCall: frozenset({"id"}),
    ollama.Message.ToolCall.Function: frozenset({"index"}),
    ollama.Tool.Function.Parameters: frozenset({"*"}),
    ollama.Tool.Function.Parameters.Property: frozenset({"*"}),
    ollama_types.ChatRequest: frozenset({"truncate", "shift"}),
    ollama_types.GenerateRequest: frozenset({"truncate", "shift"}),
}
_ROLES = frozenset({"system", "user", "assistant", "tool"})
_DURATION = re.compile(r"-?(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+|-?\d+(\.\d+)?|0")
_THINK = ("low", "medium", "high", "max")
#: Keys of Options in api/types.go that the Python package lacks.
_OPTIONS = frozenset({"min_p"})


def without_images(holder: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request or a message without images, which the Python types describe as objects of their own."""
    rest = {k: v for k, v in holder.items() if k != "images"}
    if isinstance(rest.get("messages"), list):
        rest["messages"] = [without_images(m) if isinstance(m, dict) else m for m in rest["messages"]]
    return rest


def problems_of(body: Mapping[str, Any]) -> list[Problem]:
    """Return the broken rules of any request with a model."""
    found = [] if body["model"] else [Problem("/model", "model is required")]
    keep = body.get("keep_alive")
    if isinstance(keep, str) and not _DURATION.fullmatch(keep):
        found.append(Problem("/keep_alive", f"time: invalid duration {keep!r}"))
    if isinstance(body.get("think"), str) and body["think"] not in _THINK:
        found.append(
            Problem("/think", f"invalid think value: {body['think']!r} (must be one of true, false, {', '.join(_THINK)})")
        )
    options = {k: v for k, v in (body.get("options") or {}).items() if k not in _OPTIONS}
    found += check(options, ollama.Options, "/options")
    if not isinstance(body.get("format", ""), (dict, str)):
        found.append(Problem("/format", "must be json or a schema"))
    found += _images(body, "")
    return found + conversation(body.get("messages") or []) + _tools(body.get("tools") or [])


def conversation(messages: list[Mapping[str, Any]]) -> list[Problem]:
    """Every tool message follows a call, and names no other. Ollama's own SDK for Python names none when LangChain uses it."""
    found: list[Problem] = []
    names: set[str] = set()
    ids: set[str] = set()
    for i, message in enumerate(messages):
        at = f"/messages/{i}"
        if message["role"] not in _ROLES:
            found.append(Problem(f"{at}/role", f"{message['role']!r} is none of {', '.join(sorted(_ROLES))}"))
        found += _images(message, at)
        for call in message.get("tool_calls") or []:
            names.add(call["function"]["name"])
            ids |= {call["id"]} if call.get("id") else set()
        if message["role"] == "tool" and not names:
            found.append(Problem(at, "a tool message without a tool call before it"))
        elif message["role"] == "tool" and message.get("tool_name") is not None and message["tool_name"] not in names:
            found.append(Problem(f"{at}/tool_name", f"must be one of the tools that were called: {', '.join(sorted(names))}"))
        if message.get("tool_call_id") and message["tool_call_id"] not in ids:
            found.append(Problem(f"{at}/tool_call_id", "no call has this id"))
    return found


def _images(holder: Mapping[str, Any], at: str) -> list[Problem]:
    """Plain base64: a data URL is refused by the server's JSON decoder."""
    given = holder.get("images") or []
    if not isinstance(given, list) or not all(isinstance(data, str) for data in given):
        return [Problem(f"{at}/images", "must be an array of strings")]
    found = []
    for j, data in enumerate(given):
        raw = images.decoded(data)
        if not raw:
            found.append(Problem(f"{at}/images/{j}", "illegal base64 data"))
        elif images.sniff(raw) in (None, "image/gif"):
            found.append(Problem(f"{at}/images/{j}", "image: unknown format"))
    return found


def _tools(tools: list[Mapping[str, Any]]) -> list[Problem]:
    found = []
    for i, tool in enumerate(tools):
        function = tool.get("function") or {}
        if not function.get("name"):
            found.append(Problem(f"/tools/{i}/function/name", "is empty"))
        if (function.get("parameters") or {}).get("type") != "object":
            found.append(Problem(f"/tools/{i}/function/parameters/type", "must be object"))
    return found
