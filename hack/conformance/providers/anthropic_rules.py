"""Rules of the Messages API that its types do not tell.

Sources: https://platform.claude.com/docs/en/api/messages, .../build-with-claude/extended-thinking,
.../agents-and-tools/tool-use/handle-tool-calls, and the messages that the API answers with.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from . import images, signature
from .exchange import version_of
from .schema_rules import closed
from .shape import Problem

_ID = re.compile(r"[a-zA-Z0-9_-]+")
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_PERMISSIVE = "2023-06-01"
#: https://platform.claude.com/docs/en/build-with-claude/mid-conversation-system-messages: from Opus 4.8 on without it.
_SYSTEM_BETA = "mid-conversation-system-2026-04-07"
#: Sampling parameters that API version 2026-10-21 removed, and their ranges: the types of the SDK for it have none of
#: them, and the API answers "temperature: Extra inputs are not permitted". Version 2023-06-01 keeps them.
SAMPLING = {"temperature": (0, 1), "top_p": (0, 1), "top_k": (0, 1 << 31)}


def without_sampling(body: Mapping[str, Any], version: str) -> dict[str, Any]:
    """Return the body without the parameters that only the older version of the API takes, when it is that version."""
    return {k: v for k, v in body.items() if version != _PERMISSIVE or k not in SAMPLING}


def problems_of(provider: str, body: Mapping[str, Any], version: str, betas: Iterable[str]) -> list[Problem]:
    """Return the broken rules of a request to create a message or to count its tokens."""
    system_allowed = version != _PERMISSIVE or _SYSTEM_BETA in betas or _generation(body["model"]) >= (4, 8)
    found = conversation(body["messages"], system_allowed)
    found += _signatures(provider, body["messages"]) + _sampling(body) + _thinking(body, betas) + _tools(body) + _texts(body)
    return found + _output(body) + _cache_control(body) + _prefill(body)


def conversation(messages: list[Mapping[str, Any]], system_allowed: bool) -> list[Problem]:
    """Turns begin with the user, and tools are answered at the start of the next one.

    Neighbours of the same role are combined into one turn, as the API reference says of messages.
    """
    if not messages:
        return [Problem("/messages", "at least one message is required")]
    found = [] if messages[0]["role"] == "user" else [Problem("/messages/0/role", 'the first message must use the "user" role')]
    if not system_allowed:
        found += [
            Problem(f"/messages/{i}/role", "system is no role of a message")
            for i, m in enumerate(messages)
            if m["role"] == "system"
        ]
    seen: set[str] = set()
    turns = _turns(messages)
    for k, (i, role, blocks) in enumerate(turns):
        before = [b["id"] for b in turns[k - 1][2] if b["type"] == "tool_use"] if k and role == "user" else []
        if role == "user":
            found += _answers(i, blocks, before)
        uses = [b["id"] for b in blocks if b["type"] == "tool_use"]
        found += _use_ids(i, uses, seen)
        if uses and k + 1 == len(turns):
            found.append(_unanswered(i, uses))
    return found


def _turns(messages: list[Mapping[str, Any]]) -> list[tuple[int, str, list[Mapping[str, Any]]]]:
    """Return first index, role and blocks of every turn; system messages belong to none."""
    turns: list[tuple[int, str, list[Mapping[str, Any]]]] = []
    for i, message in enumerate(messages):
        if message["role"] == "system":
            continue
        blocks = blocks_of(message["content"])
        if turns and turns[-1][1] == message["role"]:
            turns[-1][2].extend(blocks)
        else:
            turns.append((i, message["role"], list(blocks)))
    return turns


def blocks_of(content: Any) -> list[Mapping[str, Any]]:
    """Return content as blocks: a string is shorthand for one text block."""
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content or [])


def _answers(i: int, blocks: list[Mapping[str, Any]], asked: list[str]) -> list[Problem]:
    answered = [b["tool_use_id"] for b in blocks if b["type"] == "tool_result"]
    found = [
        Problem(f"/messages/{i}", f"unexpected `tool_use_id` found in `tool_result` blocks: {a}")
        for a in answered
        if a not in asked
    ]
    if len(set(answered)) != len(answered):
        found.append(Problem(f"/messages/{i}", "each tool_use must have a single result"))
    missing = [a for a in asked if a not in answered]
    if missing:
        found.append(_unanswered(i - 1, missing))
    kinds = [b["type"] == "tool_result" for b in blocks]
    if answered and False in kinds[: len(answered)]:
        found.append(Problem(f"/messages/{i}/content", "tool_result blocks must come first"))
    return found


def _unanswered(i: int, ids: list[str]) -> Problem:
    return Problem(
        f"/messages/{i}", f"`tool_use` ids were found without `tool_result` blocks immediately after: {', '.join(ids)}"
    )


def _use_ids(i: int, uses: list[str], seen: set[str]) -> list[Problem]:
    found = [
        Problem(f"/messages/{i}", f"the tool_use id {u!r} does not match {_ID.pattern}") for u in uses if not _ID.fullmatch(u)
    ]
    found += [
        Problem(f"/messages/{i}", f"`tool_use` ids must be unique: {u}") for n, u in enumerate(uses) if u in seen or u in uses[:n]
    ]
    seen.update(uses)
    return found


def _signatures(provider: str, messages: list[Mapping[str, Any]]) -> list[Problem]:
    found = []
    for i, message in enumerate(messages):
        for j, block in enumerate(blocks_of(message.get("content"))):
            if block["type"] == "thinking" and not signature.valid(provider, block["thinking"], block["signature"]):
                found.append(Problem(f"/messages/{i}/content/{j}", "Invalid `signature` in `thinking` block"))
            if block["type"] == "redacted_thinking" and not signature.valid(provider, "", block["data"]):
                found.append(Problem(f"/messages/{i}/content/{j}", "Invalid `data` in `redacted_thinking` block"))
    return found


def _sampling(body: Mapping[str, Any]) -> list[Problem]:
    given = {name: body[name] for name in SAMPLING if body.get(name) is not None}
    found = []
    for name, value in given.items():
        low, high = SAMPLING[name]
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            found.append(Problem(f"/{name}", f"must be a number from {low} to {high}"))
    model = _generation(body["model"])
    if model >= (4, 7) and given:
        found += [Problem(f"/{name}", "not supported with this model") for name in given]
    elif model >= (4, 5) and {"temperature", "top_p"} <= set(given):
        found.append(Problem("/top_p", "`temperature` and `top_p` cannot both be specified for this model"))
    return found


def _generation(model: str) -> tuple[int, ...]:
    """The version in a model's name: claude-sonnet-4-5-20250929 is (4, 5)."""
    return max((version_of(model, f"{family}-") for family in ("opus", "sonnet", "haiku", "fable", "mythos")), default=())


def _thinking(body: Mapping[str, Any], betas: Iterable[str]) -> list[Problem]:
    """https://platform.claude.com/docs/en/build-with-claude/extended-thinking, its important considerations."""
    thinking = body.get("thinking") or {}
    if thinking.get("type") != "enabled":
        return []
    found = []
    if _generation(body["model"]) >= (4, 7):
        found.append(Problem("/thinking/type", "enabled is not supported with this model; use adaptive"))
    if thinking["budget_tokens"] < 1024:
        found.append(Problem("/thinking/budget_tokens", "must be at least 1024"))
    if thinking["budget_tokens"] >= body.get("max_tokens", 1 << 31) and not any(
        b.startswith("interleaved-thinking") for b in betas
    ):
        found.append(Problem("/max_tokens", "must be greater than `thinking.budget_tokens`"))
    if body.get("temperature") not in (None, 1) or body.get("top_k") is not None:
        found.append(Problem("/temperature", "may only be set to 1, and top_k not at all, when thinking is enabled"))
    if (body.get("tool_choice") or {}).get("type") in ("any", "tool"):
        found.append(Problem("/tool_choice", "Thinking may not be enabled when tool_choice forces tool use."))
    return found + _loop_starts_with_thinking(body["messages"])


def _loop_starts_with_thinking(messages: list[Mapping[str, Any]]) -> list[Problem]:
    turns = _turns(messages)
    if len(turns) < 2 or not any(b["type"] == "tool_result" for b in turns[-1][2]):
        return []
    at, _, blocks = turns[-2]
    if blocks and blocks[0]["type"] not in ("thinking", "redacted_thinking"):
        return [
            Problem(
                f"/messages/{at}/content/0/type", f"Expected `thinking` or `redacted_thinking`, but found `{blocks[0]['type']}`."
            )
        ]
    return []


def _tools(body: Mapping[str, Any]) -> list[Problem]:
    tools = body.get("tools") or []
    named = [t for t in tools if "name" in t]
    found = [
        Problem("/tools", f"Tool names must be unique: {t['name']}")
        for n, t in enumerate(named)
        if t["name"] in [o["name"] for o in named[:n]]
    ]
    for i, tool in enumerate(tools):
        if "name" in tool and not _NAME.fullmatch(tool["name"]):
            found.append(Problem(f"/tools/{i}/name", f"{tool['name']!r} does not match {_NAME.pattern}"))
        if "input_schema" in tool and tool["input_schema"].get("type") != "object":
            found.append(Problem(f"/tools/{i}/input_schema/type", "must be 'object'"))
        if tool.get("strict") and "input_schema" in tool:
            found += closed(tool["input_schema"], f"/tools/{i}/input_schema")
    choice = body.get("tool_choice")
    if choice and not tools:
        found.append(Problem("/tool_choice", "may only be specified while providing tools"))
    if choice and choice["type"] == "tool" and choice["name"] not in [t["name"] for t in named]:
        found.append(Problem("/tool_choice/name", f"Tool {choice['name']!r} not found in provided tools"))
    return found


def _texts(body: Mapping[str, Any]) -> list[Problem]:
    found = []
    for i, message in enumerate(body["messages"]):
        last = i == len(body["messages"]) - 1 and message["role"] == "assistant"
        if not message.get("content") and not last and "output_config" not in message:
            found.append(Problem(f"/messages/{i}/content", "all messages must have non-empty content"))
        for j, block in enumerate(blocks_of(message.get("content"))):
            found += _block(block, f"/messages/{i}/content/{j}")
    for j, block in enumerate(body["system"] if isinstance(body.get("system"), list) else []):
        found += _block(block, f"/system/{j}")
    stops = body.get("stop_sequences") or []
    return found + [
        Problem(f"/stop_sequences/{i}", "must contain non-whitespace") for i, stop in enumerate(stops) if not stop.strip()
    ]


def _block(block: Mapping[str, Any], at: str) -> list[Problem]:
    if block["type"] == "text" and not block["text"].strip():
        return [Problem(at, "text content blocks must contain non-whitespace text")]
    if block["type"] == "tool_result":
        return [
            p
            for j, part in enumerate(blocks_of(block.get("content")))
            if block.get("content")
            for p in _block(part, f"{at}/content/{j}")
        ]
    if block["type"] != "image":
        return []
    source = block["source"]
    if source["type"] == "base64":
        return images.problems_of(source["media_type"], source["data"], f"{at}/source")
    if source["type"] == "url" and not source["url"].startswith(("http://", "https://")):
        return [Problem(f"{at}/source/url", "must be an http(s) URL")]
    return []


def _output(body: Mapping[str, Any]) -> list[Problem]:
    wanted = (body.get("output_config") or {}).get("format")
    return closed(wanted["schema"], "/output_config/format/schema") if wanted else []


def _cache_control(body: Mapping[str, Any]) -> list[Problem]:
    """https://platform.claude.com/docs/en/build-with-claude/prompt-caching: at most four breakpoints."""
    blocks = [
        *blocks_of(body.get("system") or []),
        *(body.get("tools") or []),
        *(b for m in body["messages"] for b in blocks_of(m.get("content"))),
    ]
    marked = sum(1 for b in [*blocks, body] if b.get("cache_control"))
    return [Problem("", f"A maximum of 4 blocks with cache_control may be provided. Found {marked}.")] if marked > 4 else []


def _prefill(body: Mapping[str, Any]) -> list[Problem]:
    """https://platform.claude.com/docs/en/api/errors#prefill-not-supported"""
    last = body["messages"][-1] if body["messages"] else {"role": "user"}
    if last["role"] != "assistant":
        return []
    at = f"/messages/{len(body['messages']) - 1}"
    if _generation(body["model"]) >= (4, 6) or (body.get("thinking") or {}).get("type") == "enabled":
        return [
            Problem(at, "This model does not support assistant message prefill. The conversation must end with a user message.")
        ]
    blocks = blocks_of(last["content"])
    if blocks and blocks[-1]["type"] == "text" and blocks[-1]["text"] != blocks[-1]["text"].rstrip():
        return [Problem(at, "final assistant content cannot end with trailing whitespace")]
    return []
