"""Rules of POST responses that its types do not tell, for a service that stores nothing.

Sources: https://platform.openai.com/docs/api-reference/responses/create, the guides on conversation state and reasoning,
and the messages that the API answers with.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from . import images, signature
from .openai_rules import is_object, is_reasoning
from .schema_rules import closed, complete
from .shape import Problem

_PREFIXES = {"message": "msg", "function_call": "fc", "reasoning": "rs"}
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def with_defaults(body: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in what the API takes as absent although the Python types require it.

    Codex sends assistant messages and reasoning without an id, status or annotations, and its source is OpenAI's own:
    https://github.com/openai/codex/blob/main/codex-rs/protocol/src/models.rs. A function without strict or parameters
    and an image without detail are documented in the API reference itself.
    """
    filled = dict(body)
    if isinstance(body.get("input"), list):
        filled["input"] = [_item_defaults(item) if isinstance(item, dict) else item for item in body["input"]]
    if isinstance(body.get("tools"), list):
        filled["tools"] = [_tool_defaults(tool) if isinstance(tool, dict) else tool for tool in body["tools"]]
    return filled


def _item_defaults(item: Mapping[str, Any]) -> dict[str, Any]:
    if item.get("type") == "reasoning":
        return {"id": "rs_absent", **{k: v for k, v in item.items() if (k, v) != ("content", None)}}
    content = item.get("content")
    if not isinstance(content, list):
        return dict(item)
    if item.get("role") != "assistant":
        return {
            **item,
            "content": [
                {"detail": "auto", **p} if isinstance(p, dict) and p.get("type") == "input_image" else p for p in content
            ],
        }
    parts = [
        {"annotations": [], **part} if isinstance(part, dict) and part.get("type") == "output_text" else part for part in content
    ]
    return {"type": "message", "id": "msg_absent", "status": "completed", **item, "content": parts}


def _tool_defaults(tool: Mapping[str, Any]) -> dict[str, Any]:
    return {"strict": None, "parameters": None, **tool} if tool.get("type") == "function" else dict(tool)


def problems_of(provider: str, body: Mapping[str, Any]) -> list[Problem]:
    """Return the broken rules."""
    items = body["input"] if isinstance(body.get("input"), list) else []
    found = [Problem("/input", "required, but missing or empty")] if body.get("input") in (None, "", []) else []
    found += _state(body) + _calls(items) + _reasoning_items(provider, items) + _parameters(body) + _tools(body)
    for i, item in enumerate(items):
        found += _item(item, f"/input/{i}")
    return found


def _state(body: Mapping[str, Any]) -> list[Problem]:
    """Nothing is stored here, so nothing that refers to stored state can be found."""
    found = []
    if body.get("previous_response_id"):
        found.append(Problem("/previous_response_id", f"Previous response with id {body['previous_response_id']!r} not found."))
    if body.get("conversation"):
        found.append(Problem("/conversation", "Conversation not found."))
    return found + ([Problem("/background", "needs store")] if body.get("background") else [])


def _item(item: Mapping[str, Any], at: str) -> list[Problem]:
    found = []
    prefix = _PREFIXES.get(item.get("type", "message"))
    if prefix and item.get("id") and not item["id"].startswith(prefix):
        found.append(Problem(f"{at}/id", f"Expected an ID that begins with {prefix!r}, got {item['id']!r}."))
    if item.get("type") == "function_call" and not is_object(item["arguments"]):
        found.append(Problem(f"{at}/arguments", "is not a JSON object"))
    if len(item.get("call_id") or "") > 64:
        found.append(Problem(f"{at}/call_id", "string too long: at most 64"))
    for j, part in enumerate(item["content"]) if isinstance(item.get("content"), list) else ():
        if part.get("type") == "input_image" and part.get("image_url"):
            found += images.url_problems(part["image_url"], f"{at}/content/{j}/image_url")
    return found


def _calls(items: Iterable[Mapping[str, Any]]) -> list[Problem]:
    """Each output has its call before it, and each call its output after it."""
    found, open_calls = [], {}
    for i, item in enumerate(items):
        if item.get("type") in ("function_call", "custom_tool_call", "local_shell_call"):
            open_calls[item["call_id"]] = i
        if (
            item.get("type") in ("function_call_output", "custom_tool_call_output")
            and open_calls.pop(item.get("call_id"), None) is None
        ):
            found.append(
                Problem(f"/input/{i}/call_id", f"No tool call found for function call output with call_id {item.get('call_id')}.")
            )
    return found + [Problem(f"/input/{i}", f"No tool output found for function call {call}.") for call, i in open_calls.items()]


def _reasoning_items(provider: str, items: list[Mapping[str, Any]]) -> list[Problem]:
    found = []
    for i, item in enumerate(items):
        if item.get("type") != "reasoning":
            continue
        sealed = item.get("encrypted_content")
        text = "".join(s["text"] for s in item["summary"])
        if not sealed:
            found.append(
                Problem(
                    f"/input/{i}", f"Item with id {item['id']!r} not found. Items are not persisted when `store` is set to false."
                )
            )
        elif not signature.valid(provider, text, sealed):
            found.append(Problem(f"/input/{i}/encrypted_content", "The encrypted content could not be verified."))
        if i + 1 == len(items) or items[i + 1].get("role") == "user" or items[i + 1].get("type") == "function_call_output":
            found.append(
                Problem(
                    f"/input/{i}", f"Item {item['id']!r} of type 'reasoning' was provided without its required following item."
                )
            )
    return found


def _parameters(body: Mapping[str, Any]) -> list[Problem]:
    found = []
    if body.get("max_output_tokens") is not None and body["max_output_tokens"] < 16:
        found.append(Problem("/max_output_tokens", "must be at least 16"))
    for name, high in {"temperature": 2, "top_p": 1}.items():
        if body.get(name) is not None and not 0 <= body[name] <= high:
            found.append(Problem(f"/{name}", f"is not between 0 and {high}"))
        if is_reasoning(body.get("model", "")) and body.get(name) not in (None, 1):
            found.append(Problem(f"/{name}", "not supported with this model"))
    if (body.get("reasoning") or {}).get("effort") and not is_reasoning(body.get("model", "")):
        found.append(Problem("/reasoning/effort", "not supported with this model"))
    return found + _format((body.get("text") or {}).get("format") or {}, body)


def _format(wanted: Mapping[str, Any], body: Mapping[str, Any]) -> list[Problem]:
    if wanted.get("type") == "json_object" and "json" not in json.dumps([body["input"], body.get("instructions")]).lower():
        return [Problem("/input", "must contain the word json in some form to use text.format json_object")]
    if wanted.get("type") != "json_schema":
        return []
    found = [] if _NAME.fullmatch(wanted["name"]) else [Problem("/text/format/name", f"does not match {_NAME.pattern}")]
    at = "/text/format/schema"
    return found + (closed(wanted["schema"], at) + complete(wanted["schema"], at) if wanted.get("strict") else [])


def _tools(body: Mapping[str, Any]) -> list[Problem]:
    found = []
    for i, tool in enumerate(body.get("tools") or []):
        if tool["type"] == "function" and not _NAME.fullmatch(tool["name"]):
            found.append(Problem(f"/tools/{i}/name", f"does not match {_NAME.pattern}"))
        if tool["type"] == "function" and tool.get("strict"):
            at = f"/tools/{i}/parameters"
            found += closed(tool["parameters"], at) + complete(tool["parameters"], at)
    return found
