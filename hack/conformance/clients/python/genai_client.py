"""The official SDK of Google for the Gemini API."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any

from google import genai
from google.genai import errors, types

from features import PROMPTS, TEXTS, TOOL, Answer, Call, Request, expect_count, expect_models, expect_vectors, features
from harness import Cell, equal, gateway, scenario, serve

_ENDINGS = {"STOP": "stop", "MAX_TOKENS": "length"}


class Client:
    forces = True
    limits: dict[str, list[str]] = {}

    def __init__(self, key: str) -> None:
        self.api = genai.Client(api_key=key, http_options=types.HttpOptions(base_url=gateway))

    def keyed(self, key: str) -> Client:
        return Client(key)

    def status(self, error: Exception) -> int:
        return error.code if isinstance(error, errors.APIError) else 0

    def user(self, text: str, image: dict[str, str] | None = None) -> Any:
        parts = [types.Part.from_text(text=text)]
        if image is not None:
            parts.append(types.Part.from_bytes(data=base64.b64decode(image["base64"]), mime_type=image["type"]))
        return types.Content(role="user", parts=parts)

    def results(self, calls: Sequence[Call], texts: Sequence[str]) -> list[Any]:
        parts = [
            types.Part(function_response=types.FunctionResponse(id=c.native.id, name=c.name, response={"output": text}))
            for c, text in zip(calls, texts)
        ]
        return [types.Content(role="user", parts=parts)]

    def ask(self, request: Request) -> Answer:
        return _answer([self.api.models.generate_content(**_body(request))])

    def stream(self, request: Request, on_text: Callable[[], None]) -> Answer:
        chunks = []
        for chunk in self.api.models.generate_content_stream(**_body(request)):
            chunks.append(chunk)
            if any(p.text and not p.thought for p in _parts(chunk)):
                on_text()
        return _answer(chunks)

    def structured(self, model: str, text: str) -> Any:
        config = types.GenerateContentConfig(response_mime_type="application/json", response_json_schema=scenario["schema"]["schema"])
        return json.loads(self.api.models.generate_content(model=model, contents=text, config=config).text or "")


def _body(request: Request) -> dict[str, Any]:
    config = types.GenerateContentConfig(system_instruction=request.system or None, max_output_tokens=request.max or None)
    if request.tools:
        function = types.FunctionDeclaration(name=TOOL["name"], description=TOOL["description"], parameters_json_schema=TOOL["parameters"])
        config.tools = [types.Tool(function_declarations=[function])]
    if request.force:
        forced = types.FunctionCallingConfig(mode=types.FunctionCallingConfigMode.ANY, allowed_function_names=[TOOL["name"]])
        config.tool_config = types.ToolConfig(function_calling_config=forced)
    if request.think:
        config.thinking_config = types.ThinkingConfig(include_thoughts=True, thinking_budget=1024)
    return {"model": request.model, "contents": list(request.messages), "config": config}


def _parts(chunk: types.GenerateContentResponse) -> list[types.Part]:
    content = chunk.candidates[0].content if chunk.candidates else None
    return (content.parts if content else None) or []


def _answer(chunks: list[types.GenerateContentResponse]) -> Answer:
    """One answer from all chunks of a stream. Calls without an id are told apart by their place."""
    parts = [part for chunk in chunks for part in _parts(chunk)]
    calls = [Call(p.function_call.id or str(i), p.function_call.name or "", p.function_call.args, p.function_call)
             for i, p in enumerate(parts) if p.function_call]
    reason = next((c.candidates[0].finish_reason for c in reversed(chunks) if c.candidates and c.candidates[0].finish_reason), None)
    finish = _ENDINGS.get(reason.value, reason.value) if reason else ""
    usage = next((c.usage_metadata for c in reversed(chunks) if c.usage_metadata), types.GenerateContentResponseUsageMetadata())
    return Answer(
        text="".join(p.text for p in parts if p.text and not p.thought),
        finish="tools" if calls and finish == "stop" else finish,
        messages=[types.Content(role="model", parts=parts)],
        calls=calls,
        thinking="".join(p.text for p in parts if p.text and p.thought),
        input=usage.prompt_token_count,
        output=(usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0),
        cached=usage.cached_content_token_count or 0,
    )


def models(_: Cell) -> None:
    expect_models((m.name or "").removeprefix("models/") for m in client.api.models.list())
    equal(client.api.models.get(model="openai-model").name, "models/openai-model", "one model")


def embeddings(cell: Cell) -> None:
    # Of strings the SDK makes one content, if the model's name speaks of Gemini.
    contents = [types.Content(parts=[types.Part.from_text(text=text)]) for text in TEXTS]
    made = client.api.models.embed_content(model=cell.model, contents=contents)
    expect_vectors([e.values or [] for e in made.embeddings or []])


def tokens(cell: Cell) -> None:
    expect_count(client.api.models.count_tokens(model=cell.model, contents=PROMPTS["hello"]).total_tokens)


client = Client(scenario["key"])
serve("google-genai", {**features(client), "models": models, "embeddings": embeddings, "tokens": tokens})
