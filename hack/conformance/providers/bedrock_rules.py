"""Rules of Converse that its service model does not tell.

Sources: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html and its data types,
https://docs.aws.amazon.com/bedrock/latest/userguide/tool-use.html, prompt-caching.html, and the messages of its
ValidationException.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from . import images, signature
from .schema_rules import closed
from .shape import Problem

_FORMATS = {"image/png": "png", "image/jpeg": "jpeg", "image/gif": "gif", "image/webp": "webp"}
_TOOL_ID = re.compile(r"[a-zA-Z0-9_.:-]{1,64}")
_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def problems_of(body: Mapping[str, Any]) -> list[Problem]:
    """Return the broken rules."""
    messages = body.get("messages") or []
    found = _turns(messages) + _results(messages) + _tool_config(body, messages) + _cache_points(body)
    for at, block in _blocks(messages):
        found += _block(block, at)
    for i, block in enumerate(body.get("system") or []):
        if "text" in block and not block["text"].strip():
            found.append(Problem(f"/system/{i}/text", "is blank"))
    return found + _thinking(body, messages) + _output(body)


def _blocks(messages: list[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for i, message in enumerate(messages):
        for j, block in enumerate(message["content"]):
            yield f"/messages/{i}/content/{j}", block


def _turns(messages: list[Mapping[str, Any]]) -> list[Problem]:
    if not messages:
        return [Problem("/messages", "A conversation must have at least one message.")]
    found = [Problem(f"/messages/{i}/content", "The content field is empty.") for i, m in enumerate(messages) if not m["content"]]
    if messages[0]["role"] != "user":
        found.append(
            Problem(
                "/messages/0/role",
                "A conversation must start with a user message. Try again with a conversation that starts with a user message.",
            )
        )
    for i in range(1, len(messages)):
        if messages[i]["role"] == messages[i - 1]["role"]:
            found.append(Problem(f"/messages/{i}/role", "A conversation must alternate between user and assistant roles."))
    if messages[-1]["role"] == "assistant":
        found.append(
            Problem(
                f"/messages/{len(messages) - 1}",
                "This model does not support assistant message prefill. The conversation must end with a user message.",
            )
        )
    return found


def _results(messages: list[Mapping[str, Any]]) -> list[Problem]:
    found = []
    for i, message in enumerate(messages):
        before = messages[i - 1]["content"] if i else []
        asked = [b["toolUse"]["toolUseId"] for b in before if "toolUse" in b]
        answered = [b["toolResult"]["toolUseId"] for b in message["content"] if "toolResult" in b]
        missing = [a for a in asked if a not in answered]
        if missing:
            found.append(
                Problem(f"/messages/{i}/content", f"Expected toolResult blocks for the following Ids: {', '.join(missing)}")
            )
        if len(answered) > len(asked):
            found.append(
                Problem(
                    f"/messages/{i}/content",
                    "The number of toolResult blocks exceeds the number of toolUse blocks of previous turn.",
                )
            )
        elif set(answered) - set(asked):
            found.append(Problem(f"/messages/{i}/content", "toolResult blocks for unknown Ids"))
        kinds = ["toolResult" in b for b in message["content"] if "cachePoint" not in b]
        if answered and False in kinds[: len(answered)]:
            found.append(Problem(f"/messages/{i}/content", "toolResult blocks must come first"))
    return found


def _block(block: Mapping[str, Any], at: str) -> list[Problem]:
    if "text" in block and not block["text"].strip():
        return [
            Problem(
                f"{at}/text", "The text field in the ContentBlock object is blank. Add text to the text field, and try again."
            )
        ]
    if "image" in block:
        return _image(block["image"], f"{at}/image")
    if "toolUse" in block:
        return _tool_use(block["toolUse"], f"{at}/toolUse")
    if "toolResult" in block:
        return _tool_result(block["toolResult"], f"{at}/toolResult")
    if "reasoningContent" in block:
        return _reasoning(block["reasoningContent"], f"{at}/reasoningContent")
    return []


def _image(image: Mapping[str, Any], at: str) -> list[Problem]:
    kind = images.sniff(images.decoded(image["source"].get("bytes", "")) or b"")
    if kind and _FORMATS[kind] != image["format"]:
        return [Problem(f"{at}/format", f"the image was specified as {image['format']}, but is {_FORMATS[kind]}")]
    return []


def _tool_use(use: Mapping[str, Any], at: str) -> list[Problem]:
    found = (
        []
        if isinstance(use["input"], dict)
        else [Problem(f"{at}/input", "The format of the value is invalid. Provide a json object for the field and try again.")]
    )
    if not _TOOL_ID.fullmatch(use["toolUseId"]):
        found.append(Problem(f"{at}/toolUseId", f"does not match {_TOOL_ID.pattern}"))
    return found + ([] if _TOOL_NAME.fullmatch(use["name"]) else [Problem(f"{at}/name", f"does not match {_TOOL_NAME.pattern}")])


def _tool_result(result: Mapping[str, Any], at: str) -> list[Problem]:
    found = []
    if not result["content"] and result.get("status") == "error":
        found.append(Problem(f"{at}/content", "cannot be empty when status value is error."))
    for j, part in enumerate(result["content"]):
        if "json" in part and not isinstance(part["json"], dict):
            found.append(
                Problem(
                    f"{at}/content/{j}/json",
                    "The format of the value is invalid. Provide a json object for the field and try again.",
                )
            )
        if "text" in part and not part["text"].strip():
            found.append(Problem(f"{at}/content/{j}/text", "is blank"))
        if "image" in part:
            found += _image(part["image"], f"{at}/content/{j}/image")
    return found


def _reasoning(block: Mapping[str, Any], at: str) -> list[Problem]:
    if "reasoningText" in block:
        given = block["reasoningText"]
        if not signature.valid("bedrock", given["text"], given.get("signature", "")):
            return [Problem(f"{at}/reasoningText/signature", "Invalid `signature` in `thinking` block")]
    elif not signature.valid("bedrock", "", block["redactedContent"]):
        return [Problem(f"{at}/redactedContent", "Invalid `data` in `redacted_thinking` block")]
    return []


def _tool_config(body: Mapping[str, Any], messages: list[Mapping[str, Any]]) -> list[Problem]:
    config = body.get("toolConfig")
    if config is None:
        used = any("toolUse" in b or "toolResult" in b for _, b in _blocks(messages))
        return (
            [Problem("/toolConfig", "The toolConfig field must be defined when using toolUse and toolResult content blocks.")]
            if used
            else []
        )
    specs = [(i, tool["toolSpec"]) for i, tool in enumerate(config["tools"]) if "toolSpec" in tool]
    names = [spec["name"] for _, spec in specs]
    found = [Problem("/toolConfig/tools", "The tool names must be unique")] if len(set(names)) != len(names) else []
    for i, spec in specs:
        schema = spec["inputSchema"].get("json")
        if not isinstance(schema, dict) or schema.get("type") != "object":
            found.append(
                Problem(f"/toolConfig/tools/{i}/toolSpec/inputSchema/json/type", "must be one of the following: object.")
            )
    wanted = (config.get("toolChoice") or {}).get("tool")
    if wanted and wanted["name"] not in names:
        found.append(Problem("/toolConfig/toolChoice/tool/name", "names no tool of the request"))
    return found


def _cache_points(body: Mapping[str, Any]) -> list[Problem]:
    """At most four, none of them first: https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html."""
    lists = {"/system": body.get("system") or [], "/toolConfig/tools": (body.get("toolConfig") or {}).get("tools") or []}
    lists |= {f"/messages/{i}/content": m["content"] for i, m in enumerate(body.get("messages") or [])}
    count = sum("cachePoint" in block for blocks in lists.values() for block in blocks)
    found = [Problem("", f"At most 4 cachePoint blocks are allowed, found {count}")] if count > 4 else []
    return found + [
        Problem(f"{at}/0", "a cachePoint needs something before it")
        for at, blocks in lists.items()
        if blocks and "cachePoint" in blocks[0]
    ]


def _thinking(body: Mapping[str, Any], messages: list[Mapping[str, Any]]) -> list[Problem]:
    """Claude's own rules hold on Bedrock too; thinking travels in additionalModelRequestFields.

    https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-extended-thinking.html
    """
    fields = body.get("additionalModelRequestFields")
    if fields is not None and not isinstance(fields, dict):
        return [Problem("/additionalModelRequestFields", "must be an object")]
    thinking, config = (fields or {}).get("thinking") or {}, body.get("inferenceConfig") or {}
    if not isinstance(thinking, dict) or not isinstance(thinking.get("budget_tokens", 0), int):
        return [Problem("/additionalModelRequestFields/thinking", "must be an object, with a number as budget_tokens")]
    found = []
    if thinking.get("type") == "enabled":
        budget = thinking.get("budget_tokens", 0)
        if budget < 1024 or budget >= config.get("maxTokens", 1 << 31):
            found.append(
                Problem("/additionalModelRequestFields/thinking/budget_tokens", "must be at least 1024 and less than maxTokens")
            )
        if config.get("temperature") not in (None, 1):
            found.append(Problem("/inferenceConfig/temperature", "may only be set to 1 when thinking is enabled"))
        choice = (body.get("toolConfig") or {}).get("toolChoice") or {}
        if "any" in choice or "tool" in choice:
            found.append(Problem("/toolConfig/toolChoice", "Thinking may not be enabled when tool_choice forces tool use."))
        found += _loop_starts_with_thinking(messages)
    return found


def _loop_starts_with_thinking(messages: list[Mapping[str, Any]]) -> list[Problem]:
    if len(messages) < 2 or not any("toolResult" in b for b in messages[-1]["content"]):
        return []
    if "reasoningContent" in messages[-2]["content"][0]:
        return []
    return [Problem(f"/messages/{len(messages) - 2}/content/0", "Expected `thinking` or `redacted_thinking`.")]


def _output(body: Mapping[str, Any]) -> list[Problem]:
    """Takes its schema as a string: https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html."""
    wanted = ((body.get("outputConfig") or {}).get("textFormat") or {}).get("structure", {}).get("jsonSchema")
    if wanted is None:
        return []
    at = "/outputConfig/textFormat/structure/jsonSchema/schema"
    try:
        return closed(json.loads(wanted["schema"]), at)
    except ValueError:
        return [Problem(at, "is not JSON")]
