"""The output items of a response and the events that stream them.

https://platform.openai.com/docs/api-reference/responses-streaming: every event has its type as the name of the event and
in the data, and a sequence_number that counts from 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import signature
from .reply import Call, Reply
from .wire import dumps, fragments, sse


@dataclass(frozen=True)
class Item:
    """An output item as it is when it is done, and what streams it between added and done."""

    done: Mapping[str, Any]
    added: Mapping[str, Any]
    events: tuple[Mapping[str, Any], ...]


def items_of(provider: str, number: int, reply: Reply, summarizes: bool) -> list[Item]:
    """Return reasoning, message and calls of a reply, in the order in which the API gives them."""
    items = [_reasoning(provider, number, reply, summarizes)] if reply.thinking else []
    if reply.chunks:
        items.append(_message(number, reply))
    return items + [_call(number, i, call) for i, call in enumerate(reply.calls)]


def _reasoning(provider: str, number: int, reply: Reply, summarizes: bool) -> Item:
    identifier = f"rs_{number:06}"
    text = reply.thought if summarizes else ""
    summary = [{"type": "summary_text", "text": text}] if summarizes else []
    base = {"id": identifier, "type": "reasoning"}
    place = {"item_id": identifier, "summary_index": 0}
    events: list[Mapping[str, Any]] = []
    if summarizes:
        events.append({"type": "response.reasoning_summary_part.added", **place, "part": {"type": "summary_text", "text": ""}})
        events += [{"type": "response.reasoning_summary_text.delta", **place, "delta": piece} for piece in reply.thinking]
        events.append({"type": "response.reasoning_summary_text.done", **place, "text": text})
        events.append({"type": "response.reasoning_summary_part.done", **place, "part": summary[0]})
    done = {**base, "summary": summary, "encrypted_content": signature.issue(provider, text)}
    return Item(done, {**base, "summary": []}, tuple(events))


def _message(number: int, reply: Reply) -> Item:
    identifier = f"msg_{number:06}"
    base = {"id": identifier, "type": "message", "role": "assistant"}
    place = {"item_id": identifier, "content_index": 0}
    part = {"type": "output_text", "annotations": [], "logprobs": [], "text": reply.text}
    events: list[Mapping[str, Any]] = [{"type": "response.content_part.added", **place, "part": {**part, "text": ""}}]
    events += [
        {"type": "response.output_text.delta", **place, "delta": piece, "logprobs": [], "obfuscation": "x"}
        for piece in reply.chunks
    ]
    events.append({"type": "response.output_text.done", **place, "text": reply.text, "logprobs": []})
    events.append({"type": "response.content_part.done", **place, "part": part})
    status = "incomplete" if reply.length else "completed"
    return Item({**base, "status": status, "content": [part]}, {**base, "status": "in_progress", "content": []}, tuple(events))


def _call(number: int, index: int, call: Call) -> Item:
    identifier = f"fc_{number:06}x{index}"
    arguments = dumps(call.arguments)
    base = {"id": identifier, "type": "function_call", "call_id": f"call_{number:06}x{index}", "name": call.name}
    pieces = fragments(arguments)
    events: list[Mapping[str, Any]] = [
        {"type": "response.function_call_arguments.delta", "item_id": identifier, "delta": p, "obfuscation": "x"} for p in pieces
    ]
    events.append(
        {"type": "response.function_call_arguments.done", "item_id": identifier, "name": call.name, "arguments": arguments}
    )
    return Item(
        {**base, "arguments": arguments, "status": "completed"}, {**base, "arguments": "", "status": "in_progress"}, tuple(events)
    )


def frames(opening: Mapping[str, Any], closing: Mapping[str, Any], items: list[Item]) -> list[bytes]:
    """Return the whole stream: created, in_progress, the items, and completed or incomplete."""
    events: list[Mapping[str, Any]] = [
        {"type": "response.created", "response": opening},
        {"type": "response.in_progress", "response": opening},
    ]
    for index, item in enumerate(items):
        events.append({"type": "response.output_item.added", "output_index": index, "item": item.added})
        events += [{**event, "output_index": index} for event in item.events]
        events.append({"type": "response.output_item.done", "output_index": index, "item": item.done})
    events.append({"type": f"response.{closing['status']}", "response": closing})
    return [event_frame(event, i) for i, event in enumerate(events)]


def event_frame(event: Mapping[str, Any], sequence: int) -> bytes:
    """Return one event of the stream."""
    return sse({**event, "sequence_number": sequence}, event["type"])
