"""OpenAI's own SDK talks to the fakes of OpenAI, of Azure and of a compatible server."""

from __future__ import annotations

import base64
import hashlib
import io
from typing import Any

import openai

from ..credentials import KEYS
from .serving import PERSON, PIXEL, WEATHER, Serving

_TOOLS: Any = [{"type": "function", "function": {"name": "get_weather", "parameters": WEATHER, "strict": True}}]


class Chat(Serving):
    def clients(self) -> dict[str, openai.OpenAI]:
        return {
            "openai": openai.OpenAI(api_key=KEYS["openai"], base_url=f"{self.base}/openai/v1", max_retries=0),
            "compatible": openai.OpenAI(api_key=KEYS["compatible"], base_url=f"{self.base}/compatible/v1", max_retries=0),
            "azure": openai.AzureOpenAI(
                api_key=KEYS["azure"], azure_endpoint=f"{self.base}/azure", api_version="2024-10-21", max_retries=0
            ),
        }

    def test_answers(self) -> None:
        for name, client in self.clients().items():
            with self.subTest(name):
                done = client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "hi"}])
                self.assertEqual(done.choices[0].message.content, f"Hello from {name}.")
                self.assertEqual((done.usage.prompt_tokens, done.usage.prompt_tokens_details.cached_tokens), (24, 8))

    def test_streams(self) -> None:
        for name, client in self.clients().items():
            with self.subTest(name):
                chunks = list(
                    client.chat.completions.create(
                        model="gpt-4o",
                        messages=[{"role": "user", "content": "some unicode"}],
                        stream=True,
                        stream_options={"include_usage": True},
                    )
                )
                text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
                self.assertEqual(text, "Gru\u0308ße: 👩\u200d🚀 e\u0301té 日本語 🇫🇷.")
                self.assertEqual(chunks[-1].usage.completion_tokens, 10)

    def test_helper_streams_tools(self) -> None:
        for name, client in self.clients().items():
            with self.subTest(name):
                messages: Any = [{"role": "user", "content": "weather in parallel please"}]
                with client.chat.completions.stream(model="gpt-4o", messages=messages, tools=_TOOLS) as stream:
                    message = stream.get_final_completion().choices[0].message
                self.assertEqual([c.function.parsed_arguments for c in message.tool_calls], [{"city": "Paris"}, {"city": "Rome"}])
                messages.append(
                    {
                        "role": "assistant",
                        "tool_calls": [
                            c.model_dump(include={"id", "type", "function"}, exclude={"function": {"parsed_arguments"}})
                            for c in message.tool_calls
                        ],
                    }
                )
                messages += [
                    {"role": "tool", "tool_call_id": c.id, "content": f"{c.function.parsed_arguments['city']}: 21 C"}
                    for c in message.tool_calls
                ]
                done = client.chat.completions.create(model="gpt-4o", messages=messages, tools=_TOOLS)
                self.assertEqual(done.choices[0].message.content, "Paris: 21 C\nRome: 21 C")

    def test_forced_tool(self) -> None:
        client = self.clients()["openai"]
        done = client.chat.completions.create(
            model="gpt-4o", messages=[{"role": "user", "content": "hi"}], tools=_TOOLS, tool_choice="required"
        )
        self.assertEqual(
            (done.choices[0].finish_reason, done.choices[0].message.tool_calls[0].function.arguments),
            ("tool_calls", '{"city":"Paris"}'),
        )

    def test_structured(self) -> None:
        wanted: Any = {"type": "json_schema", "json_schema": {"name": "person", "schema": PERSON, "strict": True}}
        done = self.clients()["openai"].chat.completions.create(
            model="gpt-4o", messages=[{"role": "user", "content": "who?"}], response_format=wanted
        )
        self.assertEqual(done.choices[0].message.content, '{"name": "text", "age": 1}')

    def test_image(self) -> None:
        content: Any = [
            {"type": "text", "text": "what?"},
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
        ]
        done = self.clients()["openai"].chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": content}])
        self.assertEqual(done.choices[0].message.content, f"I see a image/png of {len(base64.b64decode(PIXEL))} bytes.")

    def test_reasoning(self) -> None:
        clients = self.clients()
        messages: Any = [{"role": "user", "content": "think"}]
        self.assertEqual(
            clients["openai"]
            .chat.completions.create(model="gpt-5", messages=messages)
            .usage.completion_tokens_details.reasoning_tokens,
            5,
        )
        shown = clients["compatible"].chat.completions.create(model="deepseek-reasoner", messages=messages)
        self.assertEqual(shown.choices[0].message.reasoning_content, "The user wants an answer. I will give it.")

    def test_failures(self) -> None:
        cases = {
            "fail 429": openai.RateLimitError,
            "fail 500": openai.InternalServerError,
            "fail 529": openai.InternalServerError,
            "fail context": openai.BadRequestError,
            "fail midstream": openai.APIError,
            "cut midstream": openai.APIConnectionError,
        }
        for text, error in cases.items():
            with self.subTest(text), self.assertRaises(error):
                list(
                    self.clients()["openai"].chat.completions.create(
                        model="gpt-4o", messages=[{"role": "user", "content": text}], stream=True
                    )
                )
        with self.assertRaises(openai.NotFoundError):
            self.clients()["openai"].chat.completions.create(model="missing", messages=[{"role": "user", "content": "hi"}])

    def test_completions(self) -> None:
        done = self.clients()["openai"].completions.create(model="gpt-3.5-turbo-instruct", prompt="hi")
        self.assertEqual(done.choices[0].text, "Hello from openai.")

    def test_models(self) -> None:
        self.assertIn("gpt-4o-mini", [m.id for m in self.clients()["openai"].models.list()])

    def test_embeddings_are_the_same_as_floats_and_packed(self) -> None:
        for name, client in self.clients().items():
            with self.subTest(name):
                packed = client.embeddings.create(model="e", input=["a", "b"], dimensions=16)
                plain = client.embeddings.create(model="e", input=["a", "b"], dimensions=16, encoding_format="float")
                self.assertEqual([d.embedding for d in packed.data], [d.embedding for d in plain.data])
                self.assertEqual(len(packed.data[1].embedding), 16)


class Responses(Serving):
    def setUp(self) -> None:
        self.client = openai.OpenAI(api_key=KEYS["openai"], base_url=f"{self.base}/openai/v1", max_retries=0)

    def test_answers(self) -> None:
        done = self.client.responses.create(model="gpt-5", input="hi", store=False)
        self.assertEqual(
            (done.output_text, done.status, done.usage.input_tokens_details.cached_tokens), ("Hello from openai.", "completed", 8)
        )

    def test_loop_with_reasoning(self) -> None:
        tools: Any = [{"type": "function", "name": "get_weather", "parameters": WEATHER, "strict": True}]
        asked: Any = [{"role": "user", "content": "think about the weather"}]
        options: Any = {
            "model": "gpt-5",
            "tools": tools,
            "store": False,
            "include": ["reasoning.encrypted_content"],
            "reasoning": {"summary": "auto"},
        }
        with self.client.responses.stream(input=asked, **options) as stream:
            kinds = [event.type for event in stream]
            first = stream.get_final_response()
        self.assertEqual([item.type for item in first.output], ["reasoning", "function_call"])
        self.assertIn("response.reasoning_summary_text.delta", kinds)
        asked += [item.model_dump(exclude_none=True, exclude={"parsed_arguments", "status"}) for item in first.output]
        asked.append({"type": "function_call_output", "call_id": first.output[1].call_id, "output": "Paris: 21 C"})
        self.assertEqual(self.client.responses.create(input=asked, **options).output_text, "Paris: 21 C")

    def test_length(self) -> None:
        done = self.client.responses.create(model="gpt-5", input="max")
        self.assertEqual((done.status, done.incomplete_details.reason), ("incomplete", "max_output_tokens"))

    def test_fails_midstream(self) -> None:
        events = list(self.client.responses.create(model="gpt-5", input="fail midstream", stream=True))
        self.assertEqual([events[0].type, events[-2].type, events[-1].type], ["response.created", "error", "response.failed"])
        self.assertEqual([event.sequence_number for event in events], list(range(len(events))))

    def test_structured(self) -> None:
        wanted: Any = {"format": {"type": "json_schema", "name": "person", "schema": PERSON, "strict": True}}
        self.assertEqual(
            self.client.responses.create(model="gpt-5", input="who?", text=wanted).output_text, '{"name": "text", "age": 1}'
        )


class Media(Serving):
    def setUp(self) -> None:
        self.client = openai.OpenAI(api_key=KEYS["openai"], base_url=f"{self.base}/openai/v1", max_retries=0)
        self.file = bytes(range(256)) * 40
        self.digest = hashlib.sha256(self.file).hexdigest()

    def test_images(self) -> None:
        made = self.client.images.generate(model="gpt-image-1", prompt="a cat", n=2)
        self.assertEqual([(d.b64_json, d.revised_prompt) for d in made.data], [(PIXEL, "a cat")] * 2)
        edited = self.client.images.edit(
            model="gpt-image-1", prompt="a hat", image=[("a.png", io.BytesIO(self.file), "image/png")]
        )
        self.assertEqual(edited.data[0].revised_prompt, f"a hat; image: a.png {len(self.file)} bytes sha256 {self.digest}")

    def test_audio(self) -> None:
        spoken = self.client.audio.speech.create(model="tts-1", voice="alloy", input="hi").read()
        self.assertEqual(spoken.decode(), f"audio mp3 sha256 {hashlib.sha256(b'hi').hexdigest()}")
        file = ("a b.wav", io.BytesIO(self.file), "audio/wav")
        told = f"a b.wav {len(self.file)} bytes sha256 {self.digest}"
        self.assertEqual(self.client.audio.transcriptions.create(model="whisper-1", file=file, temperature=0.2).text, told)
        file[1].seek(0)
        verbose = self.client.audio.transcriptions.create(
            model="whisper-1", file=file, response_format="verbose_json", timestamp_granularities=["word"]
        )
        self.assertEqual(verbose.text, told)
        file[1].seek(0)
        self.assertEqual(self.client.audio.translations.create(model="whisper-1", file=file).text, told)

    def test_of_a_deployment(self) -> None:
        client = openai.AzureOpenAI(
            api_key=KEYS["azure"], azure_endpoint=f"{self.base}/azure", api_version="2024-10-21", azure_deployment="whisper"
        )
        told = client.audio.transcriptions.create(model="whisper", file=("a.wav", io.BytesIO(self.file), "audio/wav")).text
        self.assertIn(self.digest, told)
        self.assertEqual(client.images.generate(prompt="a cat").data[0].b64_json, PIXEL)
        self.assertTrue(client.audio.speech.create(model="tts", voice="alloy", input="hi").read().startswith(b"audio mp3"))

    def test_moderation(self) -> None:
        verdicts = self.client.moderations.create(input=["peace", "violence"]).results
        self.assertEqual([v.flagged for v in verdicts], [False, True])
