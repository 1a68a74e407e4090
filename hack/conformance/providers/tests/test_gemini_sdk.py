"""Google's own SDK talks to the fakes of the Gemini API and of Vertex AI."""

from __future__ import annotations

import base64
from typing import Any

import google.oauth2.credentials
from google import genai
from google.genai import errors, types

from ..credentials import KEYS, VERTEX_TOKEN
from .serving import PERSON, PIXEL, WEATHER, Serving

_MODEL = "gemini-3-pro-preview"


class Generate(Serving):
    def setUp(self) -> None:
        self.both = self.clients()
        self.gemini = self.both["gemini"]

    def clients(self) -> dict[str, genai.Client]:
        token = google.oauth2.credentials.Credentials(VERTEX_TOKEN)
        vertex_options = types.HttpOptions(base_url=f"{self.base}/vertex", api_version="v1")
        return {
            "gemini": genai.Client(api_key=KEYS["gemini"], http_options=types.HttpOptions(base_url=f"{self.base}/gemini")),
            "vertex": genai.Client(vertexai=True, project="p", location="l", credentials=token, http_options=vertex_options),
        }

    def config(self, **options: Any) -> types.GenerateContentConfig:
        return types.GenerateContentConfig(
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True), **options
        )

    def tools(self) -> Any:
        return [types.Tool(function_declarations=[types.FunctionDeclaration(name="get_weather", parameters_json_schema=WEATHER)])]

    def test_answers(self) -> None:
        for name, client in self.both.items():
            with self.subTest(name):
                done = client.models.generate_content(
                    model=_MODEL, contents="hi", config=self.config(system_instruction="be brief", temperature=0.5)
                )
                self.assertEqual(done.text, f"Hello from {name}.")
                usage = done.usage_metadata
                self.assertEqual(
                    (usage.prompt_token_count, usage.cached_content_token_count, usage.candidates_token_count), (24, 8, 10)
                )

    def test_streams(self) -> None:
        for name, client in self.both.items():
            with self.subTest(name):
                chunks = list(client.models.generate_content_stream(model=_MODEL, contents="some unicode"))
                self.assertEqual("".join(c.text or "" for c in chunks), "Gru\u0308ße: 👩\u200d🚀 e\u0301té 日本語 🇫🇷.")
                self.assertEqual(chunks[-1].candidates[0].finish_reason, types.FinishReason.STOP)

    def test_thinks_and_calls_round_the_loop(self) -> None:
        for name, client in self.both.items():
            with self.subTest(name):
                config = self.config(
                    tools=self.tools(),
                    thinking_config=types.ThinkingConfig(include_thoughts=True, thinking_level=types.ThinkingLevel.LOW),
                )
                asked: Any = types.Content(role="user", parts=[types.Part(text="think about the weather, in parallel")])
                chunks = list(client.models.generate_content_stream(model=_MODEL, contents=[asked], config=config))
                parts = [p for c in chunks for p in c.candidates[0].content.parts]
                calls = [p.function_call for p in parts if p.function_call]
                self.assertEqual([call.args for call in calls], [{"city": "Paris"}, {"city": "Rome"}])
                self.assertEqual([p.text for p in parts if p.thought], ["The user wants an answer. ", "I will give it."])
                answers = [
                    types.Part.from_function_response(name=c.name, response={"output": f"{c.args['city']}: 21 C"}) for c in calls
                ]
                contents = [
                    asked,
                    types.Content(role="model", parts=[p for p in parts if p.function_call]),
                    types.Content(role="user", parts=answers),
                ]
                self.assertEqual(
                    client.models.generate_content(model=_MODEL, contents=contents, config=config).text, "Paris: 21 C\nRome: 21 C"
                )

    def test_forced_tool(self) -> None:
        calling = types.FunctionCallingConfig(mode=types.FunctionCallingConfigMode.ANY, allowed_function_names=["get_weather"])
        config = self.config(tools=self.tools(), tool_config=types.ToolConfig(function_calling_config=calling))
        done = self.gemini.models.generate_content(model=_MODEL, contents="hi", config=config)
        self.assertEqual(done.function_calls[0].args, {"city": "Paris"})

    def test_structured(self) -> None:
        config = self.config(response_mime_type="application/json", response_json_schema=PERSON)
        self.assertEqual(
            self.gemini.models.generate_content(model=_MODEL, contents="who?", config=config).text, '{"name": "text", "age": 1}'
        )

    def test_image(self) -> None:
        data = base64.b64decode(PIXEL)
        contents: Any = [types.Part.from_bytes(data=data, mime_type="image/png"), "what?"]
        self.assertEqual(
            self.gemini.models.generate_content(model=_MODEL, contents=contents).text, f"I see a image/png of {len(data)} bytes."
        )

    def test_failures(self) -> None:
        client = self.gemini
        for text, code in {"fail 429": 429, "fail 500": 500, "fail 529": 503, "fail context": 400, "fail midstream": 503}.items():
            with self.subTest(text), self.assertRaises(errors.APIError) as raised:
                list(client.models.generate_content_stream(model=_MODEL, contents=text))
            self.assertEqual(raised.exception.code, code)
        with self.assertRaises(errors.ClientError):
            client.models.generate_content(model="missing", contents="hi")

    def test_counts_and_embeds(self) -> None:
        for name, client in self.both.items():
            with self.subTest(name):
                self.assertEqual(client.models.count_tokens(model=_MODEL, contents="hi").total_tokens, 24)
                embedded = client.models.embed_content(
                    model="gemini-embedding-001", contents=["a", "b"], config=types.EmbedContentConfig(output_dimensionality=16)
                )
                self.assertEqual([len(e.values) for e in embedded.embeddings], [16, 16])

    def test_models(self) -> None:
        self.assertIn("models/gemini-3-pro-preview", [m.name for m in self.gemini.models.list(config={"query_base": True})])
