"""Each rule of OpenAI's chat/completions, responses and embeddings refuses a body that breaks it."""

from __future__ import annotations

from typing import Any

from ..credentials import KEYS
from .serving import PERSON, WEATHER, Serving

_KEY = {"Authorization": f"Bearer {KEYS['openai']}"}
_USER: Any = {"role": "user", "content": "hi"}
_TOOL: Any = {"type": "function", "function": {"name": "get_weather", "parameters": WEATHER}}


def _call(identifier: str, arguments: str = "{}") -> Any:
    return {
        "role": "assistant",
        "tool_calls": [{"id": identifier, "type": "function", "function": {"name": "get_weather", "arguments": arguments}}],
    }


def _result(identifier: str) -> Any:
    return {"role": "tool", "tool_call_id": identifier, "content": "21 C"}


class Chat(Serving):
    def test_refuses(self) -> None:
        image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,!"}}
        strict = {
            "type": "json_schema",
            "json_schema": {"name": "p", "strict": True, "schema": {**PERSON, "additionalProperties": True}},
        }
        cases: dict[str, tuple[dict[str, Any], str, str]] = {
            "UnknownKey": ({"thinking": {}}, "/thinking", "unknown key"),
            "UnknownKeyInMessage": ({"messages": [{**_USER, "cache_control": {}}]}, "/messages/0/cache_control", "unknown key"),
            "UnknownRole": ({"messages": [{"role": "model", "content": "hi"}]}, "/messages/0", "none of the"),
            "WrongType": ({"temperature": "0.5"}, "/temperature", "must be a number"),
            "NoMessages": ({"messages": []}, "/messages", "too short"),
            "UnansweredCall": ({"messages": [_USER, _call("a"), _USER]}, "/messages/2", "without a tool message"),
            "UnansweredLastCall": ({"messages": [_USER, _call("a")]}, "/messages", "without a tool message"),
            "UnknownCall": ({"messages": [_USER, _call("a"), _result("b")]}, "/messages/2/tool_call_id", "must answer"),
            "ArgumentsNoJson": (
                {"messages": [_USER, _call("a", "{"), _result("a")]},
                "/messages/1/tool_calls/0/function/arguments",
                "not a JSON object",
            ),
            "ArgumentsEmpty": (
                {"messages": [_USER, _call("a", ""), _result("a")]},
                "/messages/1/tool_calls/0/function/arguments",
                "not a JSON object",
            ),
            "LongCallId": ({"messages": [_USER, _call("a" * 41), _result("a" * 41)]}, "/messages/1/tool_calls/0/id", "too long"),
            "NullContent": (
                {"messages": [{"role": "assistant", "content": None}, _USER]},
                "/messages/0/content",
                "needs content",
            ),
            "BadImage": ({"messages": [{"role": "user", "content": [image]}]}, "/messages/0/content/0/image_url", "base64"),
            "BothMaxima": ({"max_tokens": 5, "max_completion_tokens": 5}, "/max_tokens", "not together"),
            "MaxTokensOfReasoningModel": ({"model": "gpt-5.1", "max_tokens": 5}, "/max_tokens", "use max_completion_tokens"),
            "TemperatureOfReasoningModel": ({"model": "o3-mini", "temperature": 0}, "/temperature", "only the default"),
            "TemperatureRange": ({"temperature": 2.1}, "/temperature", "not between"),
            "StreamOptionsWithoutStream": ({"stream_options": {"include_usage": True}}, "/stream_options", "when stream is true"),
            "ManyStops": ({"stop": list("abcde")}, "/stop", "1 to 4"),
            "EmptyTools": ({"tools": []}, "/tools", "too short"),
            "ToolChoiceWithoutTools": ({"tool_choice": "auto"}, "/tool_choice", "only allowed when tools"),
            "ParallelWithoutTools": ({"parallel_tool_calls": False}, "/parallel_tool_calls", "only allowed when tools"),
            "UnknownToolChoice": (
                {"tools": [_TOOL], "tool_choice": {"type": "function", "function": {"name": "x"}}},
                "/tool_choice/function/name",
                "names no tool",
            ),
            "ToolName": (
                {"tools": [{"type": "function", "function": {"name": "a.b"}}]},
                "/tools/0/function/name",
                "does not match",
            ),
            "JsonObjectWithoutTheWord": ({"response_format": {"type": "json_object"}}, "/messages", "the word json"),
            "OpenStrictSchema": (
                {"response_format": strict},
                "/response_format/json_schema/schema/additionalProperties",
                "must be false",
            ),
        }
        for name, (change, pointer, what) in cases.items():
            with self.subTest(name):
                self.assert_refused(
                    "/openai/v1/chat/completions", {"model": "gpt-4o", "messages": [_USER], **change}, _KEY, pointer, what
                )

    def test_other_servers(self) -> None:
        key = {"Authorization": f"Bearer {KEYS['compatible']}"}
        body = {"model": "m", "messages": [{"role": "developer", "content": "x"}, _USER]}
        self.assert_refused("/compatible/v1/chat/completions", body, key, "/messages/0/role", "unknown role")
        extended = {
            "model": "m",
            "messages": [_USER, {"role": "assistant", "content": "a", "reasoning_content": "b"}, _USER],
            "top_k": 4,
        }
        self.assertEqual(self.call("POST", "/compatible/v1/chat/completions", extended, key)[0], 200)

    def test_no_json(self) -> None:
        for name, body in {
            "Cut": b'{"model":',
            "Twice": b'{"model":"a","model":"b"}',
            "List": b"[]",
            "NaN": b'{"temperature":NaN}',
        }.items():
            with self.subTest(name):
                self.assert_refused("/openai/v1/chat/completions", body, _KEY, "")

    def test_credentials(self) -> None:
        for name, headers in {
            "None": {},
            "Wrong": {"Authorization": "Bearer sk-of-a-client"},
            "Second": {**_KEY, "x-api-key": "sk-of-a-client"},
        }.items():
            with self.subTest(name):
                status, _ = self.call("POST", "/openai/v1/chat/completions", {"model": "m", "messages": [_USER]}, headers)
                self.assertEqual((status, len(self.take_violations())), (401, 1))


class Responses(Serving):
    def test_refuses(self) -> None:
        call = {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"}
        output = {"type": "function_call_output", "call_id": "a", "output": "x"}
        reasoning = {"type": "reasoning", "id": "rs_1", "summary": []}
        cases: dict[str, tuple[dict[str, Any], str, str]] = {
            "UnknownKey": ({"messages": []}, "/messages", "unknown key"),
            "NoInput": ({"input": []}, "/input", "required"),
            "PreviousResponse": ({"previous_response_id": "resp_1"}, "/previous_response_id", "not found"),
            "OutputWithoutCall": ({"input": [_USER, output]}, "/input/1/call_id", "No tool call found"),
            "CallWithoutOutput": ({"input": [_USER, call, _USER]}, "/input/1", "No tool output found"),
            "ReasoningWithoutContent": ({"input": [_USER, reasoning, call, output]}, "/input/1", "not persisted"),
            "ReasoningOfOthers": (
                {"input": [_USER, {**reasoning, "encrypted_content": "AAAA"}, call, output]},
                "/input/1/encrypted_content",
                "could not be verified",
            ),
            "IdOfAnotherKind": ({"input": [_USER, {**call, "id": "call_1"}, output]}, "/input/1/id", "begins with 'fc'"),
            "FewTokens": ({"max_output_tokens": 15}, "/max_output_tokens", "at least 16"),
            "EffortOfOtherModel": ({"model": "gpt-4o", "reasoning": {"effort": "low"}}, "/reasoning/effort", "not supported"),
        }
        for name, (change, pointer, what) in cases.items():
            with self.subTest(name):
                self.assert_refused("/openai/v1/responses", {"model": "gpt-5", "input": "hi", **change}, _KEY, pointer, what)


class Embeddings(Serving):
    def test_refuses(self) -> None:
        for name, given in {"Empty": "", "EmptyList": [], "EmptyMember": ["a", ""]}.items():
            with self.subTest(name):
                self.assert_refused("/openai/v1/embeddings", {"model": "e", "input": given}, _KEY, "/input", "cannot be empty")

    def test_reranks(self) -> None:
        body = {"model": "r", "query": "red car", "documents": ["a blue boat", "a red car", "a red boat"], "top_n": 2}
        status, answer = self.call("POST", "/compatible/v1/rerank", body, {"Authorization": f"Bearer {KEYS['compatible']}"})
        self.assertEqual(status, 200)
        self.assertIn(b'"results":[{"index":1,"relevance_score":1.0},{"index":2,"relevance_score":0.5}]', answer)
