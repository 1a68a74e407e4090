"""The official SDK of Ollama."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import features as common
import ollama
from features import PROMPTS, TEXTS, TOOL, Answer, Call, Request, expect_models, expect_vectors, greeting
from harness import Cell, equal, gateway, scenario, serve, true


class Client:
    forces = False
    limits: dict[str, list[str]] = {}

    def __init__(self, key: str) -> None:
        self.api = ollama.Client(host=gateway, headers={"Authorization": f"Bearer {key}"})

    def keyed(self, key: str) -> Client:
        return Client(key)

    def status(self, error: Exception) -> int:
        return error.status_code if isinstance(error, ollama.ResponseError) else 0

    def user(self, text: str, image: dict[str, str] | None = None) -> Any:
        return ollama.Message(role="user", content=text, images=[ollama.Image(value=image["base64"])] if image else None)

    def results(self, calls: Sequence[Call], texts: Sequence[str]) -> list[Any]:
        return [ollama.Message(role="tool", tool_name=c.name, content=text) for c, text in zip(calls, texts)]

    def ask(self, request: Request) -> Answer:
        return _answer([self.api.chat(**_body(request))])

    def stream(self, request: Request, on_text: Callable[[], None]) -> Answer:
        chunks = []
        for chunk in self.api.chat(**_body(request), stream=True):
            chunks.append(chunk)
            if chunk.message.content:
                on_text()
        return _answer(chunks)

    def structured(self, model: str, text: str) -> Any:
        made = self.api.chat(model=model, messages=[self.user(text)], format=scenario["schema"]["schema"])
        return json.loads(made.message.content or "")


def _body(request: Request) -> dict[str, Any]:
    system = [ollama.Message(role="system", content=request.system)] if request.system else []
    body: dict[str, Any] = {"model": request.model, "messages": [*system, *request.messages]}
    if request.tools:
        body["tools"] = [{"type": "function", "function": TOOL}]
    if request.think:
        body["think"] = True
    if request.max:
        body["options"] = {"num_predict": request.max}
    return body


def _answer(chunks: Sequence[ollama.ChatResponse]) -> Answer:
    """One answer from all lines of a stream. Ollama has no reason of its own for an answer with tool calls."""
    last = chunks[-1]
    text = "".join(c.message.content or "" for c in chunks)
    thinking = "".join(c.message.thinking or "" for c in chunks)
    native = [call for c in chunks for call in c.message.tool_calls or []]
    calls = [Call(str(i), c.function.name, dict(c.function.arguments)) for i, c in enumerate(native)]
    message = ollama.Message(role="assistant", content=text, thinking=thinking or None, tool_calls=native or None)
    finish = "tools" if calls and last.done_reason == "stop" else last.done_reason or ""
    return Answer(text, finish, [message], calls, thinking, last.prompt_eval_count, last.eval_count)


def models(cell: Cell) -> None:
    expect_models((m.model or "").removesuffix(":latest") for m in client.api.list().models)
    true(client.api.show(cell.model).details is not None, "nothing is shown of a model")
    true(client.api.ps().models is not None, "no list of models that run")


def embeddings(cell: Cell) -> None:
    expect_vectors(client.api.embed(model=cell.model, input=TEXTS).embeddings)
    expect_vectors([client.api.embeddings(model=cell.model, prompt=text).embedding for text in TEXTS])


def chat(cell: Cell) -> None:
    """Beside chats, Ollama completes prompts."""
    chats["chat"](cell)
    request = {"model": cell.model, "system": PROMPTS["system"], "prompt": PROMPTS["hello"]}
    equal(client.api.generate(**request).response, greeting(cell), "the completed prompt")
    equal("".join(line.response for line in client.api.generate(**request, stream=True)), greeting(cell), "the streamed prompt")


client = Client(scenario["key"])
chats = common.features(client)
serve("ollama", {**chats, "chat": chat, "models": models, "embeddings": embeddings})
