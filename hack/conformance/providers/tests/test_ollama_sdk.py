"""Ollama's own Python client talks to the fake."""

from __future__ import annotations

import base64
from typing import Any

import ollama

from .serving import PERSON, PIXEL, WEATHER, Serving

_TOOLS: Any = [{"type": "function", "function": {"name": "get_weather", "parameters": WEATHER}}]


class Api(Serving):
    def setUp(self) -> None:
        self.client = ollama.Client(host=f"{self.base}/ollama")

    def ask(self, text: str, **options: Any) -> ollama.ChatResponse:
        return self.client.chat(model="qwen3", messages=[{"role": "user", "content": text}], **options)

    def test_answers(self) -> None:
        done = self.ask("hi", think=False, options={"num_ctx": 4096, "temperature": 0.1}, keep_alive="5m")
        self.assertEqual(
            (done.message.content, done.done_reason, done.prompt_eval_count, done.eval_count),
            ("Hello from ollama.", "stop", 24, 10),
        )
        self.assertEqual(self.ask("max").done_reason, "length")

    def test_streams(self) -> None:
        parts = list(self.client.chat(model="qwen3", messages=[{"role": "user", "content": "some unicode"}], stream=True))
        self.assertEqual("".join(p.message.content or "" for p in parts), "Gru\u0308ße: 👩\u200d🚀 e\u0301té 日本語 🇫🇷.")
        self.assertTrue(parts[-1].done)

    def test_thinks_and_calls_round_the_loop(self) -> None:
        messages: list[Any] = [{"role": "user", "content": "think about the weather, in parallel"}]
        parts = list(self.client.chat(model="qwen3", messages=messages, tools=_TOOLS, think=True, stream=True))
        calls = [c for p in parts for c in p.message.tool_calls or []]
        self.assertEqual("".join(p.message.thinking or "" for p in parts), "The user wants an answer. I will give it.")
        self.assertEqual([c.function.arguments for c in calls], [{"city": "Paris"}, {"city": "Rome"}])
        messages.append({"role": "assistant", "tool_calls": [c.model_dump() for c in calls]})
        messages += [
            {"role": "tool", "tool_name": c.function.name, "content": f"{c.function.arguments['city']}: 21 C"} for c in calls
        ]
        self.assertEqual(
            self.client.chat(model="qwen3", messages=messages, tools=_TOOLS).message.content, "Paris: 21 C\nRome: 21 C"
        )

    def test_structured(self) -> None:
        self.assertEqual(self.ask("who?", format=PERSON).message.content, '{"name": "text", "age": 1}')

    def test_image(self) -> None:
        message = {"role": "user", "content": "what?", "images": [PIXEL]}
        done = self.client.chat(model="qwen3", messages=[message])
        self.assertEqual(done.message.content, f"I see a image/png of {len(base64.b64decode(PIXEL))} bytes.")

    def test_generates(self) -> None:
        self.assertEqual(self.client.generate(model="qwen3", prompt="hi").response, "Hello from ollama.")
        parts = list(self.client.generate(model="qwen3", prompt="think", stream=True))
        self.assertEqual("".join(p.thinking or "" for p in parts), "The user wants an answer. I will give it.")
        self.assertEqual(self.client.generate(model="qwen3", keep_alive=0).done_reason, "unload")

    def test_failures(self) -> None:
        for text, code in {"fail 429": 429, "fail 500": 500, "fail 529": 503, "fail context": 400}.items():
            with self.subTest(text), self.assertRaises(ollama.ResponseError) as raised:
                self.ask(text)
            self.assertEqual(raised.exception.status_code, code)
        with self.assertRaises(ollama.ResponseError):
            list(self.client.chat(model="qwen3", messages=[{"role": "user", "content": "fail midstream"}], stream=True))

    def test_embeds(self) -> None:
        both = self.client.embed(model="e", input=["a", "b"], dimensions=16).embeddings
        self.assertEqual([len(v) for v in both], [16, 16])
        self.assertEqual(
            self.client.embeddings(model="e", prompt="a").embedding, self.client.embed(model="e", input="a").embeddings[0]
        )

    def test_models(self) -> None:
        self.assertEqual([m.model for m in self.client.list().models], ["qwen3:0.6b"])
        self.assertEqual([m.model for m in self.client.ps().models], ["qwen3:0.6b"])
        self.assertIn("tools", self.client.show("qwen3:0.6b").capabilities)
        self.assertEqual(self.call("GET", "/ollama/")[1], b"Ollama is running")
