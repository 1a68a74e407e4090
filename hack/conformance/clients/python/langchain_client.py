"""LangChain with the chat model of one package: openai, anthropic or ollama."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from langchain_anthropic import ChatAnthropic
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_ollama import ChatOllama, OllamaEmbeddings
from langchain_openai import ChatOpenAI, OpenAIEmbeddings

from features import TEXTS, TOOL, Answer, Call, Request, expect_vectors, features
from harness import Cell, gateway, scenario, serve

_PACKAGE = sys.argv[1]
_ENDINGS = {
    "stop": "stop", "end_turn": "stop", "length": "length", "max_tokens": "length", "tool_calls": "tools", "tool_use": "tools",
}


def _openai(model: str, key: str, request: Request) -> BaseChatModel:
    extra = {"max_completion_tokens": request.max} if request.max else {}
    return ChatOpenAI(model=model, api_key=key, base_url=f"{gateway}/v1", max_retries=0, stream_usage=True, **extra)


def _anthropic(model: str, key: str, request: Request) -> BaseChatModel:
    extra = {"thinking": {"type": "enabled", "budget_tokens": 1024}} if request.think else {}
    return ChatAnthropic(model=model, api_key=key, base_url=gateway, max_retries=0, max_tokens=request.max or 4096, **extra)


def _ollama(model: str, key: str, request: Request) -> BaseChatModel:
    extra: dict[str, Any] = {"num_predict": request.max} if request.max else {}
    return ChatOllama(
        model=model, base_url=gateway, client_kwargs={"headers": {"Authorization": f"Bearer {key}"}}, reasoning=request.think or None, **extra
    )


_MODELS = {"openai": _openai, "anthropic": _anthropic, "ollama": _ollama}


class Client:
    #: ChatOllama drops tool_choice.
    forces = _PACKAGE != "ollama"
    #: ChatOpenAI knows no reasoning_content.
    limits: dict[str, list[str]] = {"thinking": []} if _PACKAGE == "openai" else {}

    def __init__(self, key: str) -> None:
        self.key = key

    def keyed(self, key: str) -> Client:
        return Client(key)

    def status(self, error: Exception) -> int:
        return getattr(error, "status_code", 0)

    def user(self, text: str, image: dict[str, str] | None = None) -> Any:
        if image is None:
            return HumanMessage(text)
        url = f"data:{image['type']};base64,{image['base64']}"
        return HumanMessage([{"type": "text", "text": text}, {"type": "image_url", "image_url": {"url": url}}])

    def results(self, calls: Sequence[Call], texts: Sequence[str]) -> list[Any]:
        return [ToolMessage(text, tool_call_id=c.id, name=c.name) for c, text in zip(calls, texts)]

    def ask(self, request: Request) -> Answer:
        return _answer(self._chat(request).invoke(_conversation(request)))

    def stream(self, request: Request, on_text: Callable[[], None]) -> Answer:
        whole: Any = None
        for chunk in self._chat(request).stream(_conversation(request)):
            whole = chunk if whole is None else whole + chunk
            if chunk.text:
                on_text()
        return _answer(whole)

    def structured(self, model: str, text: str) -> Any:
        schema = {"title": scenario["schema"]["name"], "description": "A person.", **scenario["schema"]["schema"]}
        return self._model(Request(model, [])).with_structured_output(schema, method="json_schema").invoke(text)

    def _model(self, request: Request) -> BaseChatModel:
        return _MODELS[_PACKAGE](request.model, self.key, request)

    def _chat(self, request: Request) -> Any:
        chat = self._model(request)
        if not request.tools:
            return chat
        return chat.bind_tools([{"type": "function", "function": TOOL}], **({"tool_choice": TOOL["name"]} if request.force else {}))


def _conversation(request: Request) -> list[Any]:
    return [*([SystemMessage(request.system)] if request.system else []), *request.messages]


def _answer(message: AIMessage) -> Answer:
    about, usage = message.response_metadata, message.usage_metadata
    reason = about.get("finish_reason") or about.get("stop_reason") or about.get("done_reason") or ""
    finish = _ENDINGS.get(reason, reason)
    blocks = [b for b in message.content if isinstance(b, dict)] if isinstance(message.content, list) else []
    thinking = "".join(b.get("thinking", "") for b in blocks) or message.additional_kwargs.get("reasoning_content", "")
    return Answer(
        text=message.text,
        finish="tools" if message.tool_calls and about.get("done_reason") == "stop" else finish,
        messages=[message],
        calls=[Call(c["id"] or str(i), c["name"], c["args"]) for i, c in enumerate(message.tool_calls)],
        thinking=thinking,
        input=usage["input_tokens"] if usage else None,
        output=usage["output_tokens"] if usage else None,
        cached=usage.get("input_token_details", {}).get("cache_read", 0) if usage and _PACKAGE != "ollama" else None,
    )


def _embeddings(model: str) -> Any:
    if _PACKAGE == "openai":
        return OpenAIEmbeddings(model=model, api_key=scenario["key"], base_url=f"{gateway}/v1", max_retries=0, check_embedding_ctx_length=False)
    return OllamaEmbeddings(model=model, base_url=gateway, client_kwargs={"headers": {"Authorization": f"Bearer {scenario['key']}"}})


def embeddings(cell: Cell) -> None:
    expect_vectors(_embeddings(cell.model).embed_documents(TEXTS))


found = features(Client(scenario["key"]))
serve(f"langchain-{_PACKAGE}", found if _PACKAGE == "anthropic" else {**found, "embeddings": embeddings})
