"""boto3 talks to the fake, which verifies its signatures."""

from __future__ import annotations

import base64
import json
from typing import Any

import boto3
import botocore.config
import botocore.exceptions

from .. import credentials
from .serving import PERSON, PIXEL, WEATHER, Serving

_MODEL = "anthropic.claude-sonnet-4-5-20250929-v1:0"
_TOOLS: Any = {"tools": [{"toolSpec": {"name": "get_weather", "inputSchema": {"json": WEATHER}}}]}


class Converse(Serving):
    def setUp(self) -> None:
        self.client = self.connect(credentials.AWS_SECRET_ACCESS_KEY)

    def connect(self, secret: str) -> Any:
        return boto3.client(
            "bedrock-runtime",
            region_name=credentials.AWS_REGION,
            endpoint_url=f"{self.base}/bedrock",
            aws_access_key_id=credentials.AWS_ACCESS_KEY_ID,
            aws_secret_access_key=secret,
            config=botocore.config.Config(retries={"total_max_attempts": 1}),
        )

    def ask(self, content: Any, **options: Any) -> Any:
        blocks = [{"text": content}] if isinstance(content, str) else content
        return self.client.converse(modelId=_MODEL, messages=[{"role": "user", "content": blocks}], **options)

    def events(self, text: str, **options: Any) -> list[Any]:
        return list(
            self.client.converse_stream(modelId=_MODEL, messages=[{"role": "user", "content": [{"text": text}]}], **options)[
                "stream"
            ]
        )

    def test_answers(self) -> None:
        done = self.ask(
            "hi",
            system=[{"text": "be brief"}, {"cachePoint": {"type": "default"}}],
            inferenceConfig={"maxTokens": 100, "temperature": 0.5},
        )
        self.assertEqual(
            (done["output"]["message"]["content"], done["stopReason"]), ([{"text": "Hello from bedrock."}], "end_turn")
        )
        self.assertEqual(
            done["usage"],
            {"inputTokens": 12, "outputTokens": 10, "totalTokens": 34, "cacheReadInputTokens": 8, "cacheWriteInputTokens": 4},
        )

    def test_streams(self) -> None:
        events = self.events("some unicode")
        text = "".join(e["contentBlockDelta"]["delta"]["text"] for e in events if "contentBlockDelta" in e)
        self.assertEqual(text, "Gru\u0308ße: 👩\u200d🚀 e\u0301té 日本語 🇫🇷.")
        self.assertEqual(events[-1]["metadata"]["usage"]["totalTokens"], 34)

    def test_thinks_and_calls_round_the_loop(self) -> None:
        fields = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
        options: Any = {
            "modelId": _MODEL,
            "toolConfig": _TOOLS,
            "additionalModelRequestFields": fields,
            "inferenceConfig": {"maxTokens": 2000},
        }
        messages: Any = [{"role": "user", "content": [{"text": "think about the weather, in parallel"}]}]
        first = self.client.converse(messages=messages, **options)["output"]["message"]
        uses = [b["toolUse"] for b in first["content"] if "toolUse" in b]
        self.assertEqual([use["input"] for use in uses], [{"city": "Paris"}, {"city": "Rome"}])
        results = [
            {"toolResult": {"toolUseId": u["toolUseId"], "content": [{"text": f"{u['input']['city']}: 21 C"}]}} for u in uses
        ]
        last = self.client.converse(messages=[*messages, first, {"role": "user", "content": results}], **options)
        self.assertEqual(last["output"]["message"]["content"][-1], {"text": "Paris: 21 C\nRome: 21 C"})

    def test_streams_calls(self) -> None:
        events = self.events("weather", toolConfig=_TOOLS)
        started = next(e["contentBlockStart"]["start"]["toolUse"] for e in events if "contentBlockStart" in e)
        arguments = "".join(e["contentBlockDelta"]["delta"]["toolUse"]["input"] for e in events if "contentBlockDelta" in e)
        self.assertEqual((started["name"], json.loads(arguments)), ("get_weather", {"city": "Paris"}))

    def test_structured(self) -> None:
        wanted = {
            "textFormat": {"type": "json_schema", "structure": {"jsonSchema": {"schema": json.dumps(PERSON), "name": "person"}}}
        }
        self.assertEqual(
            self.ask("who?", outputConfig=wanted)["output"]["message"]["content"], [{"text": '{"name": "text", "age": 1}'}]
        )

    def test_image(self) -> None:
        data = base64.b64decode(PIXEL)
        done = self.ask([{"image": {"format": "png", "source": {"bytes": data}}}, {"text": "what?"}])
        self.assertEqual(done["output"]["message"]["content"], [{"text": f"I see a image/png of {len(data)} bytes."}])

    def test_counts(self) -> None:
        counted = self.client.count_tokens(
            modelId=_MODEL, input={"converse": {"messages": [{"role": "user", "content": [{"text": "hi"}]}]}}
        )
        self.assertEqual(counted["inputTokens"], 24)

    def test_embeds(self) -> None:
        body = json.dumps({"inputText": "a", "dimensions": 256})
        titan = self.client.invoke_model(modelId="amazon.titan-embed-text-v2:0", body=body, contentType="application/json")
        self.assertEqual(len(json.loads(titan["body"].read())["embedding"]), 256)
        body = json.dumps({"texts": ["a", "b"], "input_type": "search_query"})
        cohere = self.client.invoke_model(modelId="cohere.embed-english-v3", body=body, contentType="application/json")
        self.assertEqual([len(v) for v in json.loads(cohere["body"].read())["embeddings"]], [1024, 1024])

    def test_failures(self) -> None:
        cases = {
            "fail 429": "ThrottlingException",
            "fail 500": "InternalServerException",
            "fail 529": "ServiceUnavailableException",
            "fail context": "ValidationException",
        }
        for text, code in cases.items():
            with self.subTest(text), self.assertRaises(botocore.exceptions.ClientError) as raised:
                self.ask(text)
            self.assertEqual(raised.exception.response["Error"]["Code"], code)
        with self.assertRaises(botocore.exceptions.EventStreamError):
            self.events("fail midstream")

    def test_wrong_secret(self) -> None:
        with self.assertRaises(botocore.exceptions.ClientError) as raised:
            self.connect("wrong").converse(modelId=_MODEL, messages=[{"role": "user", "content": [{"text": "hi"}]}])
        self.assertEqual(raised.exception.response["Error"]["Code"], "InvalidSignatureException")
        self.assertIn("does not match", self.take_violations()[0]["what"])
