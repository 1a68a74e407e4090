"""The official SDK of OpenAI."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any

import openai

import openai_responses
from features import IMAGE, PROMPTS, TEXTS, TOOL, Answer, Call, Request, expect_models, expect_vectors, features, greeting
from harness import Cell, equal, gateway, scenario, serve, true

_ENDINGS = {"tool_calls": "tools"}


def _connect(key: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{gateway}/v1", api_key=key, max_retries=0)


class Client:
    forces = True
    limits: dict[str, list[str]] = {}

    def __init__(self, api: openai.OpenAI) -> None:
        self.api = api

    def keyed(self, key: str) -> Client:
        return Client(_connect(key))

    def status(self, error: Exception) -> int:
        return error.status_code if isinstance(error, openai.APIStatusError) else 0

    def user(self, text: str, image: dict[str, str] | None = None) -> Any:
        if image is None:
            return {"role": "user", "content": text}
        url = f"data:{image['type']};base64,{image['base64']}"
        return {"role": "user", "content": [{"type": "text", "text": text}, {"type": "image_url", "image_url": {"url": url}}]}

    def results(self, calls: Sequence[Call], texts: Sequence[str]) -> list[Any]:
        return [{"role": "tool", "tool_call_id": c.id, "content": text} for c, text in zip(calls, texts)]

    def ask(self, request: Request) -> Answer:
        return _answer(self.api.chat.completions.create(**_body(request)))

    def stream(self, request: Request, on_text: Callable[[], None]) -> Answer:
        thinking = ""
        with self.api.chat.completions.stream(**_body(request), stream_options={"include_usage": True}) as stream:
            for event in stream:
                if event.type == "content.delta":
                    on_text()
                elif event.type == "chunk" and event.chunk.choices:
                    thinking += getattr(event.chunk.choices[0].delta, "reasoning_content", None) or ""
            return _answer(_final(stream), thinking)

    def structured(self, model: str, text: str) -> Any:
        form = {"type": "json_schema", "json_schema": {**scenario["schema"], "strict": True}}
        made = self.api.chat.completions.create(model=model, messages=[self.user(text)], response_format=form)
        return json.loads(made.choices[0].message.content)


def _final(stream: Any) -> Any:
    """The whole answer. The helper takes one that ended because of its length for an error, which carries it."""
    try:
        return stream.get_final_completion()
    except openai.LengthFinishReasonError as error:
        return error.completion


def _body(request: Request) -> dict[str, Any]:
    system = [{"role": "system", "content": request.system}] if request.system else []
    body: dict[str, Any] = {"model": request.model, "messages": [*system, *request.messages]}
    if request.tools:
        body["tools"] = [{"type": "function", "function": TOOL}]
    if request.force:
        body["tool_choice"] = {"type": "function", "function": {"name": TOOL["name"]}}
    if request.think:
        body["reasoning_effort"] = "low"
    if request.max:
        body["max_completion_tokens"] = request.max
    return body


def _answer(completion: Any, thinking: str = "") -> Answer:
    choice, usage = completion.choices[0], completion.usage
    details = usage.prompt_tokens_details if usage else None
    calls = [Call(c.id, c.function.name, json.loads(c.function.arguments)) for c in choice.message.tool_calls or []]
    return Answer(
        text=choice.message.content or "",
        finish=_ENDINGS.get(choice.finish_reason, choice.finish_reason),
        messages=[choice.message.to_dict(exclude_none=True)],
        calls=calls,
        thinking=thinking or getattr(choice.message, "reasoning_content", None) or "",
        input=usage.prompt_tokens if usage else None,
        output=usage.completion_tokens if usage else None,
        cached=(details.cached_tokens if details else 0) or 0,
    )


def models(_: Cell) -> None:
    expect_models(m.id for m in client.api.models.list())
    equal(client.api.models.retrieve("openai-model").id, "openai-model", "one model")


def embeddings(cell: Cell) -> None:
    for options in ({}, {"encoding_format": "float"}):  # by default the SDK asks for base64
        made = client.api.embeddings.create(model=cell.model, input=TEXTS, **options)
        expect_vectors([item.embedding for item in made.data])


def completions(cell: Cell) -> None:
    request = {"model": cell.model, "prompt": PROMPTS["hello"], "max_tokens": 100}
    equal(client.api.completions.create(**request).choices[0].text, greeting(cell), "the completed prompt")
    chunks = client.api.completions.create(**request, stream=True)
    equal("".join(c.choices[0].text for c in chunks if c.choices), greeting(cell), "the streamed prompt")


def azure(cell: Cell) -> None:
    """The same conversations on Azure's paths."""
    api = openai.AzureOpenAI(azure_endpoint=gateway, api_key=scenario["key"], api_version="2024-10-21", max_retries=0)
    other = features(Client(api))
    other["chat"](cell)
    other["stream"](cell)


def media(cell: Cell) -> None:
    api, model = client.api, cell.model
    made = api.images.generate(model=model, prompt=PROMPTS["hello"]).data[0]
    true(bool(made.b64_json or made.url), "no image")
    png = ("dot.png", base64.b64decode(IMAGE["base64"]), IMAGE["type"])
    edited = api.images.edit(model=model, image=png, prompt=PROMPTS["hello"]).data[0]
    true(bool(edited.b64_json or edited.url), "no edited image")
    true(len(api.audio.speech.create(model=model, voice="alloy", input=PROMPTS["hello"]).read()) > 0, "no speech")
    sound = ("sound.wav", b"RIFF of no sound", "audio/wav")
    true("sound.wav" in api.audio.transcriptions.create(model=model, file=sound).text, "no transcription of sound.wav")
    true("sound.wav" in api.audio.translations.create(model=model, file=sound).text, "no translation of sound.wav")
    if cell.provider != "azure":  # which has no moderations
        equal(len(api.moderations.create(model=model, input=PROMPTS["hello"]).results), 1, "results of moderation")


client = Client(_connect(scenario["key"]))
serve("openai", {
    **features(client), "models": models, "embeddings": embeddings, "completions": completions, "azure": azure, "media": media,
    "responses": lambda cell: openai_responses.run(client.api, cell),
})
