"""Each rule of Anthropic's Messages API refuses a body that breaks it."""

from __future__ import annotations

from typing import Any

from .. import signature
from ..credentials import KEYS
from .serving import PERSON, PIXEL, WEATHER, Serving

_OLD = {"x-api-key": KEYS["anthropic"], "anthropic-version": "2023-06-01"}
_NEW = {**_OLD, "anthropic-version": "2026-10-21"}
_USER: Any = {"role": "user", "content": "hi"}
_TOOL: Any = {"name": "get_weather", "input_schema": WEATHER}


def _use(identifier: str, *before: Any) -> Any:
    return {"role": "assistant", "content": [*before, {"type": "tool_use", "id": identifier, "name": "get_weather", "input": {}}]}


def _result(identifier: str, *before: Any) -> Any:
    return {"role": "user", "content": [*before, {"type": "tool_result", "tool_use_id": identifier, "content": "21 C"}]}


def _image(mime: str, data: str) -> Any:
    return {"role": "user", "content": [{"type": "image", "source": {"type": "base64", "media_type": mime, "data": data}}]}


class Messages(Serving):
    def refuse(
        self, change: dict[str, Any], pointer: str, what: str, headers: dict[str, str] = _OLD, model: str = "claude-sonnet-4-5"
    ) -> None:
        body = {k: v for k, v in {"model": model, "max_tokens": 2000, "messages": [_USER], **change}.items() if v is not ...}
        self.assert_refused("/anthropic/v1/messages", body, headers, pointer, what)

    def test_refuses(self) -> None:
        text = {"type": "text", "text": "see"}
        marked = [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}] * 5
        open_schema = {"format": {"type": "json_schema", "schema": {"type": "object", "properties": {}}}}
        cases: dict[str, tuple[dict[str, Any], str, str]] = {
            "NoMaxTokens": ({"max_tokens": ...}, "/max_tokens", "required"),
            "UnknownKey": ({"n": 2}, "/n", "unknown key"),
            "UnknownKeyInBlock": (
                {"messages": [{"role": "user", "content": [{**text, "index": 0}]}]},
                "/messages/0/content/0/index",
                "unknown key",
            ),
            "NoMessages": ({"messages": []}, "/messages", "at least one"),
            "AssistantFirst": ({"messages": [{"role": "assistant", "content": "a"}, _USER]}, "/messages/0/role", "first message"),
            "SystemAsRole": ({"messages": [_USER, {"role": "system", "content": "a"}]}, "/messages/1/role", "no role"),
            "Unanswered": ({"messages": [_USER, _use("a"), _USER]}, "/messages/1", "without `tool_result`"),
            "UnansweredAtTheEnd": ({"messages": [_USER, _use("a")]}, "/messages/1", "without `tool_result`"),
            "UnknownUse": ({"messages": [_USER, _use("a"), _result("b")]}, "/messages/2", "unexpected `tool_use_id`"),
            "ResultAfterText": ({"messages": [_USER, _use("a"), _result("a", text)]}, "/messages/2/content", "come first"),
            "BadUseId": ({"messages": [_USER, _use("call.1"), _result("call.1")]}, "/messages/1", "does not match"),
            "RepeatedUseId": (
                {"messages": [_USER, _use("a"), _result("a"), _use("a"), _result("a")]},
                "/messages/3",
                "must be unique",
            ),
            "InputNoObject": (
                {
                    "messages": [
                        _USER,
                        {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "f", "input": "{}"}]},
                        _result("a"),
                    ]
                },
                "/messages/1/content/0/input",
                "must be an object",
            ),
            "ForeignSignature": (
                {
                    "messages": [
                        _USER,
                        {
                            "role": "assistant",
                            "content": [{"type": "thinking", "thinking": "a", "signature": signature.issue("bedrock", "a")}],
                        },
                        _USER,
                    ]
                },
                "/messages/1/content/0",
                "Invalid `signature`",
            ),
            "ChangedThinking": (
                {
                    "messages": [
                        _USER,
                        {
                            "role": "assistant",
                            "content": [{"type": "thinking", "thinking": "b", "signature": signature.issue("anthropic", "a")}],
                        },
                        _USER,
                    ]
                },
                "/messages/1/content/0",
                "Invalid `signature`",
            ),
            "LoopWithoutThinking": (
                {
                    "messages": [_USER, _use("a"), _result("a")],
                    "tools": [_TOOL],
                    "thinking": {"type": "enabled", "budget_tokens": 1024},
                },
                "/messages/1/content/0/type",
                "Expected `thinking`",
            ),
            "SmallBudget": ({"thinking": {"type": "enabled", "budget_tokens": 1000}}, "/thinking/budget_tokens", "at least 1024"),
            "LargeBudget": ({"thinking": {"type": "enabled", "budget_tokens": 2000}}, "/max_tokens", "greater than"),
            "ThinkingTemperature": (
                {"thinking": {"type": "enabled", "budget_tokens": 1024}, "temperature": 0},
                "/temperature",
                "only be set to 1",
            ),
            "ThinkingForced": (
                {"thinking": {"type": "enabled", "budget_tokens": 1024}, "tools": [_TOOL], "tool_choice": {"type": "any"}},
                "/tool_choice",
                "forces tool use",
            ),
            "Temperature": ({"temperature": 1.5}, "/temperature", "from 0 to 1"),
            "TemperatureAndTopP": ({"temperature": 0.5, "top_p": 0.5}, "/top_p", "cannot both"),
            "EmptyText": ({"messages": [{"role": "user", "content": ""}]}, "/messages/0/content", "non-empty"),
            "BlankBlock": (
                {"messages": [{"role": "user", "content": [{"type": "text", "text": " "}]}]},
                "/messages/0/content/0",
                "non-whitespace",
            ),
            "BlankSystem": ({"system": [{"type": "text", "text": ""}]}, "/system/0", "non-whitespace"),
            "ManyCacheMarks": ({"system": marked}, "", "maximum of 4"),
            "ImageType": (
                {"messages": [_image("image/bmp", PIXEL)]},
                "/messages/0/content/0/source/media_type",
                "must be one of",
            ),
            "ImageOfOtherType": (
                {"messages": [_image("image/jpeg", PIXEL)]},
                "/messages/0/content/0/source",
                "appears to be image/png",
            ),
            "ImageNotBase64": (
                {"messages": [_image("image/png", "data:image/png;base64," + PIXEL)]},
                "/messages/0/content/0/source",
                "base64",
            ),
            "ToolName": ({"tools": [{**_TOOL, "name": "a.b"}]}, "/tools/0/name", "does not match"),
            "RepeatedTool": ({"tools": [_TOOL, _TOOL]}, "/tools", "must be unique"),
            "SchemaNoObject": (
                {"tools": [{"name": "f", "input_schema": {"properties": {}}}]},
                "/tools/0/input_schema/type",
                "must be 'object'",
            ),
            "UnknownToolChoice": (
                {"tools": [_TOOL], "tool_choice": {"type": "tool", "name": "x"}},
                "/tool_choice/name",
                "not found",
            ),
            "ToolChoiceWithoutTools": ({"tool_choice": {"type": "auto"}}, "/tool_choice", "while providing tools"),
            "OpenSchema": ({"output_config": open_schema}, "/output_config/format/schema/additionalProperties", "must be false"),
            "BlankStop": ({"stop_sequences": ["\n"]}, "/stop_sequences/0", "non-whitespace"),
            "PrefillSpace": ({"messages": [_USER, {"role": "assistant", "content": "a "}]}, "/messages/1", "trailing whitespace"),
        }
        for name, (change, pointer, what) in cases.items():
            with self.subTest(name):
                self.refuse(change, pointer, what)

    def test_versions(self) -> None:
        self.refuse({"temperature": 1}, "/temperature", "unknown key", _NEW)
        self.refuse({}, "anthropic-version", "must be one of", {"x-api-key": KEYS["anthropic"]})
        self.refuse({"temperature": 1}, "/temperature", "not supported", _OLD, "claude-opus-4-7")
        self.refuse(
            {"messages": [_USER, {"role": "assistant", "content": "a"}]}, "/messages/1", "prefill", _OLD, "claude-opus-4-6"
        )

    def test_takes(self) -> None:
        body = {
            "model": "claude-sonnet-4-5",
            "max_tokens": 10,
            "messages": [_USER, _USER],
            "output_config": {"format": {"type": "json_schema", "schema": PERSON}},
        }
        self.assertEqual(self.call("POST", "/anthropic/v1/messages", body, _OLD)[0], 200)
        beta = {"model": "claude-sonnet-4-5", "max_tokens": 10, "messages": [_USER, {"role": "system", "content": "a"}]}
        self.assertEqual(
            self.call("POST", "/anthropic/v1/messages", beta, {**_OLD, "anthropic-beta": "mid-conversation-system-2026-04-07"})[
                0
            ],
            200,
        )
