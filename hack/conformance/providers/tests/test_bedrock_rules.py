"""Each rule of Bedrock's Converse refuses a body that breaks it. Requests carry an API key: signatures have tests of their own."""

from __future__ import annotations

from typing import Any

from .. import credentials, signature
from .serving import PIXEL, WEATHER, Serving

_KEY = {"Authorization": f"Bearer {credentials.BEDROCK_API_KEY}"}
_USER: Any = {"role": "user", "content": [{"text": "hi"}]}
_TOOLS: Any = {"tools": [{"toolSpec": {"name": "f", "inputSchema": {"json": WEATHER}}}]}


def _use(identifier: str, **more: Any) -> Any:
    return {"role": "assistant", "content": [{"toolUse": {"toolUseId": identifier, "name": "f", "input": {}, **more}}]}


def _result(identifier: str, **more: Any) -> Any:
    return {"role": "user", "content": [{"toolResult": {"toolUseId": identifier, "content": [{"text": "x"}], **more}}]}


class Converse(Serving):
    def test_refuses(self) -> None:
        point = {"cachePoint": {"type": "default"}}
        thought = {"reasoningContent": {"reasoningText": {"text": "a", "signature": signature.issue("anthropic", "a")}}}
        thinking = {
            "additionalModelRequestFields": {"thinking": {"type": "enabled", "budget_tokens": 1024}},
            "inferenceConfig": {"maxTokens": 2000},
        }
        cases: dict[str, tuple[dict[str, Any], str, str]] = {
            "UnknownKey": ({"max_tokens": 5}, "", "Unknown parameter in input"),
            "UnknownKeyInBlock": (
                {"messages": [{"role": "user", "content": [{"text": "a", "type": "text"}]}]},
                "",
                "Unknown parameter in messages[0].content[0]",
            ),
            "TwoMembersOfUnion": ({"messages": [{"role": "user", "content": [{"text": "a", **point}]}]}, "", "tagged union"),
            "UnknownRole": ({"messages": [{"role": "tool", "content": [{"text": "a"}]}]}, "/messages/0/role", "enum value set"),
            "AssistantFirst": (
                {"messages": [{"role": "assistant", "content": [{"text": "a"}]}, _USER]},
                "/messages/0/role",
                "must start with a user message",
            ),
            "NotAlternating": ({"messages": [_USER, _USER]}, "/messages/1/role", "must alternate"),
            "Prefill": ({"messages": [_USER, {"role": "assistant", "content": [{"text": "a"}]}]}, "/messages/1", "prefill"),
            "BlankText": ({"messages": [{"role": "user", "content": [{"text": " "}]}]}, "/messages/0/content/0/text", "blank"),
            "NoToolConfig": ({"messages": [_USER, _use("a"), _result("a")]}, "/toolConfig", "must be defined"),
            "MissingResult": (
                {"messages": [_USER, _use("a"), _USER], "toolConfig": _TOOLS},
                "/messages/2/content",
                "Expected toolResult blocks",
            ),
            "SpareResult": ({"messages": [_result("a")], "toolConfig": _TOOLS}, "/messages/0/content", "exceeds"),
            "OtherResult": (
                {"messages": [_USER, _use("a"), _result("b")], "toolConfig": _TOOLS},
                "/messages/2/content",
                "unknown Ids",
            ),
            "UseId": (
                {"messages": [_USER, _use("a b"), _result("a b")], "toolConfig": _TOOLS},
                "/messages/1/content/0/toolUse/toolUseId",
                "",
            ),
            "InputNoObject": (
                {"messages": [_USER, _use("a", input="{}"), _result("a")], "toolConfig": _TOOLS},
                "/messages/1/content/0/toolUse/input",
                "json object",
            ),
            "ResultNoObject": (
                {"messages": [_USER, _use("a"), _result("a", content=[{"json": [1]}])], "toolConfig": _TOOLS},
                "/messages/2/content/0/toolResult/content/0/json",
                "json object",
            ),
            "EmptyError": (
                {"messages": [_USER, _use("a"), _result("a", content=[], status="error")], "toolConfig": _TOOLS},
                "/messages/2/content/0/toolResult/content",
                "cannot be empty",
            ),
            "SchemaNoObject": (
                {"toolConfig": {"tools": [{"toolSpec": {"name": "f", "inputSchema": {"json": {}}}}]}},
                "/toolConfig/tools/0/toolSpec/inputSchema/json/type",
                "object",
            ),
            "UnknownToolChoice": (
                {"toolConfig": {**_TOOLS, "toolChoice": {"tool": {"name": "g"}}}},
                "/toolConfig/toolChoice/tool/name",
                "names no tool",
            ),
            "CachePointFirst": ({"system": [point]}, "/system/0", "something before"),
            "CachePointType": (
                {"system": [{"text": "a"}, {"cachePoint": {"type": "ephemeral"}}]},
                "/system/1/cachePoint/type",
                "enum value set",
            ),
            "ManyCachePoints": ({"system": [{"text": "a"}, *[point] * 5]}, "", "At most 4"),
            "ForeignSignature": (
                {"messages": [_USER, {"role": "assistant", "content": [thought, {"text": "a"}]}, _USER]},
                "/messages/1/content/0/reasoningContent/reasoningText/signature",
                "Invalid",
            ),
            "LoopWithoutThinking": (
                {**thinking, "messages": [_USER, _use("a"), _result("a")], "toolConfig": _TOOLS},
                "/messages/1/content/0",
                "Expected `thinking`",
            ),
            "ThinkingForced": (
                {**thinking, "toolConfig": {**_TOOLS, "toolChoice": {"any": {}}}},
                "/toolConfig/toolChoice",
                "forces tool use",
            ),
            "ImageNotBase64": (
                {"messages": [{"role": "user", "content": [{"image": {"format": "png", "source": {"bytes": "!"}}}]}]},
                "/messages/0/content/0/image/source/bytes",
                "base64",
            ),
            "ImageOfOtherType": (
                {"messages": [{"role": "user", "content": [{"image": {"format": "gif", "source": {"bytes": PIXEL}}}]}]},
                "/messages/0/content/0/image/format",
                "but is png",
            ),
        }
        for name, (change, pointer, what) in cases.items():
            with self.subTest(name):
                self.assert_refused(
                    "/bedrock/model/anthropic.claude-sonnet-4-5-v1:0/converse",
                    {"messages": [_USER], **change},
                    _KEY,
                    pointer,
                    what,
                )

    def test_refuses_embeddings(self) -> None:
        cases: dict[str, tuple[str, dict[str, Any], str]] = {
            "TitanDimensions": ("amazon.titan-embed-text-v2:0", {"inputText": "a", "dimensions": 8}, "/dimensions"),
            "CohereKind": ("cohere.embed-english-v3", {"texts": ["a"]}, "/input_type"),
            "CohereDimension": (
                "cohere.embed-english-v3",
                {"texts": ["a"], "input_type": "search_query", "output_dimension": 256},
                "/output_dimension",
            ),
        }
        for name, (model, body, pointer) in cases.items():
            with self.subTest(name):
                self.assert_refused(f"/bedrock/model/{model}/invoke", body, _KEY, pointer)
