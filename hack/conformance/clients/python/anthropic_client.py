"""The official SDK of Anthropic."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import anthropic

from features import PROMPTS, TOOL, Answer, Call, Request, expect_count, expect_models, features
from harness import Cell, equal, gateway, scenario, serve

_ENDINGS = {"end_turn": "stop", "max_tokens": "length", "tool_use": "tools"}


class Client:
    forces = True
    limits: dict[str, list[str]] = {}

    def __init__(self, key: str) -> None:
        self.api = anthropic.Anthropic(base_url=gateway, api_key=key, max_retries=0)

    def keyed(self, key: str) -> Client:
        return Client(key)

    def status(self, error: Exception) -> int:
        return error.status_code if isinstance(error, anthropic.APIStatusError) else 0

    def user(self, text: str, image: dict[str, str] | None = None) -> Any:
        if image is None:
            return {"role": "user", "content": text}
        source = {"type": "base64", "media_type": image["type"], "data": image["base64"]}
        return {"role": "user", "content": [{"type": "text", "text": text}, {"type": "image", "source": source}]}

    def results(self, calls: Sequence[Call], texts: Sequence[str]) -> list[Any]:
        blocks = [{"type": "tool_result", "tool_use_id": c.id, "content": text} for c, text in zip(calls, texts)]
        return [{"role": "user", "content": blocks}]

    def ask(self, request: Request) -> Answer:
        return _answer(self.api.messages.create(**_body(request)))

    def stream(self, request: Request, on_text: Callable[[], None]) -> Answer:
        with self.api.messages.stream(**_body(request)) as stream:
            for _ in stream.text_stream:
                on_text()
            return _answer(stream.get_final_message())

    def structured(self, model: str, text: str) -> Any:
        form = {"format": {"type": "json_schema", "schema": scenario["schema"]["schema"]}}
        body = _body(Request(model, [self.user(text)]))
        return json.loads(_answer(self.api.messages.create(**body, output_config=form)).text)


def _body(request: Request) -> dict[str, Any]:
    body: dict[str, Any] = {"model": request.model, "messages": request.messages, "max_tokens": request.max or 4096}
    if request.system:
        body["system"] = request.system
    if request.tools:
        body["tools"] = [{"name": TOOL["name"], "description": TOOL["description"], "input_schema": TOOL["parameters"]}]
    if request.force:
        body["tool_choice"] = {"type": "tool", "name": TOOL["name"]}
    if request.think:
        body["thinking"] = {"type": "enabled", "budget_tokens": 1024}
    return body


def _answer(message: Any) -> Answer:
    usage = message.usage
    cached = usage.cache_read_input_tokens or 0
    return Answer(
        text="".join(b.text for b in message.content if b.type == "text"),
        finish=_ENDINGS.get(message.stop_reason, message.stop_reason),
        messages=[{"role": message.role, "content": message.content}],
        calls=[Call(b.id, b.name, b.input) for b in message.content if b.type == "tool_use"],
        thinking="".join(b.thinking for b in message.content if b.type == "thinking"),
        input=usage.input_tokens + (usage.cache_creation_input_tokens or 0) + cached,
        output=usage.output_tokens,
        cached=cached,
    )


def models(_: Cell) -> None:
    expect_models(m.id for m in client.api.models.list())
    equal(client.api.models.retrieve("openai-model").id, "openai-model", "one model")


def tokens(cell: Cell) -> None:
    expect_count(client.api.messages.count_tokens(model=cell.model, messages=[client.user(PROMPTS["hello"])]).input_tokens)


client = Client(scenario["key"])
serve("anthropic", {**features(client), "models": models, "tokens": tokens})
