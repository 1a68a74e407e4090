"""Each rule of Ollama's API refuses a body that breaks it."""

from __future__ import annotations

from typing import Any

from .serving import PIXEL, WEATHER, Serving

_USER: Any = {"role": "user", "content": "hi"}


def _call(arguments: Any, **more: Any) -> Any:
    return {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f", "arguments": arguments}, **more}]}


class Chat(Serving):
    def test_refuses(self) -> None:
        cases: dict[str, tuple[dict[str, Any], str, str]] = {
            "UnknownKey": ({"max_tokens": 5}, "/max_tokens", "unknown key"),
            "UnknownOption": ({"options": {"max_tokens": 5}}, "/options/max_tokens", "unknown key"),
            "UnknownRole": ({"messages": [{"role": "developer", "content": "a"}]}, "/messages/0/role", "is none of"),
            "ContentParts": (
                {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}]}]},
                "/messages/0/content",
                "",
            ),
            "ArgumentsAsText": (
                {"messages": [_USER, _call("{}"), {"role": "tool", "tool_name": "f", "content": "x"}]},
                "/messages/1/tool_calls/0/function/arguments",
                "must be an object",
            ),
            "ToolWithoutCall": (
                {"messages": [_USER, {"role": "tool", "tool_name": "f", "content": "x"}]},
                "/messages/1",
                "without a tool call",
            ),
            "UnknownToolName": (
                {"messages": [_USER, _call({}), {"role": "tool", "tool_name": "g", "content": "x"}]},
                "/messages/2/tool_name",
                "must be one of",
            ),
            "UnknownCallId": (
                {"messages": [_USER, _call({}, id="a"), {"role": "tool", "tool_name": "f", "tool_call_id": "b", "content": "x"}]},
                "/messages/2/tool_call_id",
                "no call",
            ),
            "DataUrl": (
                {"messages": [{**_USER, "images": ["data:image/png;base64," + PIXEL]}]},
                "/messages/0/images/0",
                "illegal base64",
            ),
            "UnknownImage": ({"messages": [{**_USER, "images": ["AAAA"]}]}, "/messages/0/images/0", "unknown format"),
            "ToolWithoutSchema": (
                {"tools": [{"type": "function", "function": {"name": "f"}}]},
                "/tools/0/function/parameters/type",
                "must be object",
            ),
            "Think": ({"think": "xhigh"}, "/think", "invalid think value"),
            "KeepAlive": ({"keep_alive": "soon"}, "/keep_alive", "invalid duration"),
        }
        for name, (change, pointer, what) in cases.items():
            with self.subTest(name):
                self.assert_refused("/ollama/api/chat", {"model": "m", "messages": [_USER], **change}, {}, pointer, what)

    def test_takes(self) -> None:
        tool = {"type": "function", "function": {"name": "f", "description": "d", "parameters": {**WEATHER, "$schema": "x"}}}
        called = _call({"city": "Paris"}, id="a")
        body = {
            "model": "m",
            "stream": False,
            "tools": [tool],
            "messages": [_USER, called, {"role": "tool", "tool_name": "f", "tool_call_id": "a", "content": "x"}],
            "options": {"min_p": 0.1},
        }
        status, answer = self.call("POST", "/ollama/api/chat", body)
        self.assertEqual(status, 200, answer)
