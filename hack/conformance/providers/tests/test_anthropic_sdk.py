"""Anthropic's own SDK talks to the fake."""

from __future__ import annotations

import base64
from typing import Any

import anthropic
import httpx2

from ..credentials import KEYS
from .serving import PERSON, PIXEL, WEATHER, Serving

_TOOLS: Any = [{"name": "get_weather", "input_schema": WEATHER}]


class Messages(Serving):
    def setUp(self) -> None:
        self.client = anthropic.Anthropic(api_key=KEYS["anthropic"], base_url=f"{self.base}/anthropic", max_retries=0)

    def ask(self, text: Any, **options: Any) -> anthropic.types.Message:
        return self.client.messages.create(
            **{"model": "claude-sonnet-4-5", "max_tokens": 2000, "messages": [{"role": "user", "content": text}], **options}
        )

    def test_answers(self) -> None:
        done = self.ask("hi", system="be brief")
        self.assertEqual((done.content[0].text, done.stop_reason), ("Hello from anthropic.", "end_turn"))
        self.assertEqual(
            (done.usage.input_tokens, done.usage.cache_read_input_tokens, done.usage.cache_creation_input_tokens), (12, 8, 4)
        )
        self.assertEqual(self.ask("max").stop_reason, "max_tokens")

    def test_beta_answers(self) -> None:
        messages: Any = [{"role": "user", "content": "hi"}, {"role": "system", "content": "be brief"}]
        done = self.client.beta.messages.create(
            model="claude-sonnet-4-5", max_tokens=10, messages=messages, betas=["context-1m-2025-08-07"]
        )
        self.assertEqual(done.content[0].text, "Hello from anthropic.")

    def test_older_version_takes_sampling(self) -> None:
        older = self.client.with_options(default_headers={"anthropic-version": "2023-06-01"})
        done = older.messages.create(
            model="claude-sonnet-4-5",
            max_tokens=10,
            messages=[{"role": "user", "content": "hi"}],
            extra_body={"temperature": 0.5},
        )
        self.assertEqual(done.content[0].text, "Hello from anthropic.")

    def test_streams_thinking_and_tools_round_the_loop(self) -> None:
        for thinking in ({"type": "enabled", "budget_tokens": 1024}, {"type": "adaptive"}):
            with self.subTest(thinking["type"]):
                messages: Any = [{"role": "user", "content": "think about the weather, in parallel"}]
                options: Any = {"model": "claude-sonnet-4-5", "max_tokens": 2000, "tools": _TOOLS, "thinking": thinking}
                with self.client.messages.stream(messages=messages, **options) as stream:
                    first = stream.get_final_message()
                self.assertEqual([b.type for b in first.content], ["thinking", "tool_use", "tool_use"])
                self.assertEqual([b.input for b in first.content[1:]], [{"city": "Paris"}, {"city": "Rome"}])
                self.assertEqual(first.usage.output_tokens, 15)
                messages.append({"role": "assistant", "content": [b.to_dict() for b in first.content]})
                messages.append(
                    {
                        "role": "user",
                        "content": [
                            {"type": "tool_result", "tool_use_id": b.id, "content": f"{b.input['city']}: 21 C"}
                            for b in first.content[1:]
                        ],
                    }
                )
                with self.client.messages.stream(messages=messages, **options) as stream:
                    self.assertEqual(stream.get_final_text(), "Paris: 21 C\nRome: 21 C")

    def test_forced_tool(self) -> None:
        done = self.ask("hi", tools=_TOOLS, tool_choice={"type": "any"})
        self.assertEqual((done.stop_reason, done.content[0].input), ("tool_use", {"city": "Paris"}))

    def test_structured(self) -> None:
        done = self.ask("who?", output_config={"format": {"type": "json_schema", "schema": PERSON}})
        self.assertEqual(done.content[0].text, '{"name": "text", "age": 1}')

    def test_image(self) -> None:
        source = {"type": "base64", "media_type": "image/png", "data": PIXEL}
        done = self.ask([{"type": "image", "source": source}, {"type": "text", "text": "what?"}])
        self.assertEqual(done.content[0].text, f"I see a image/png of {len(base64.b64decode(PIXEL))} bytes.")

    def test_failures(self) -> None:
        cases: dict[str, type[Exception]] = {
            "fail 429": anthropic.RateLimitError,
            "fail 500": anthropic.InternalServerError,
            "fail 529": anthropic.APIStatusError,
            "fail context": anthropic.BadRequestError,
            "fail midstream": anthropic.APIStatusError,
            "cut midstream": httpx2.RemoteProtocolError,
        }
        for text, error in cases.items():
            with self.subTest(text), self.assertRaises(error):
                list(self.ask(text, stream=True))
        with self.assertRaises(anthropic.NotFoundError):
            self.ask("hi", model="missing")

    def test_counts_tokens(self) -> None:
        counted = self.client.messages.count_tokens(
            model="claude-sonnet-4-5", messages=[{"role": "user", "content": "hi"}], tools=_TOOLS
        )
        self.assertEqual(counted.input_tokens, 24)

    def test_models(self) -> None:
        self.assertEqual([m.id for m in self.client.models.list()], ["claude-sonnet-4-5", "claude-haiku-4-5"])
