"""Each rule of the Gemini API refuses a body that breaks it."""

from __future__ import annotations

from typing import Any

from .. import signature
from ..credentials import KEYS, VERTEX_TOKEN
from .serving import PIXEL, WEATHER, Serving

_KEY = {"x-goog-api-key": KEYS["gemini"]}
_USER: Any = {"role": "user", "parts": [{"text": "hi"}]}


def _call(sign: str | None, name: str = "f") -> Any:
    part: dict[str, Any] = {"functionCall": {"name": name, "args": {}}}
    return {"role": "model", "parts": [{**part, "thoughtSignature": sign} if sign else part]}


def _response(name: str = "f") -> Any:
    return {"role": "user", "parts": [{"functionResponse": {"name": name, "response": {"output": "x"}}}]}


def _tool(**function: Any) -> Any:
    return [{"functionDeclarations": [{"name": "f", **function}]}]


class Generate(Serving):
    def refuse(self, change: dict[str, Any], pointer: str, what: str, model: str = "gemini-3-pro-preview") -> None:
        self.assert_refused(
            f"/gemini/v1beta/models/{model}:generateContent", {"contents": [_USER], **change}, _KEY, pointer, what
        )

    def test_refuses(self) -> None:
        skip = "skip_thought_signature_validator"
        cases: dict[str, tuple[dict[str, Any], str, str]] = {
            "UnknownKey": ({"messages": []}, "/messages", "Cannot find field"),
            "UnknownKeyInConfig": ({"generationConfig": {"maxTokens": 5}}, "/generationConfig/maxTokens", "unknown key"),
            "KeyOfVertex": ({"labels": {}}, "/labels", "Cannot find field"),
            "NoContents": ({"contents": []}, "/contents", "not specified"),
            "UnknownRole": ({"contents": [{"role": "assistant", "parts": [{"text": "a"}]}]}, "/contents/0/role", "valid role"),
            "NoParts": ({"contents": [{"role": "user", "parts": []}]}, "/contents/0/parts", "must not be empty"),
            "TwoDataFields": (
                {"contents": [{"role": "user", "parts": [{"text": "a", "functionCall": {"name": "f"}}]}]},
                "/contents/0/parts/0/data",
                "oneof",
            ),
            "NoDataField": ({"contents": [{"role": "user", "parts": [{"thought": True}]}]}, "/contents/0/parts/0/data", "oneof"),
            "ImageOfOtherType": (
                {"contents": [{"role": "user", "parts": [{"inlineData": {"mimeType": "image/jpeg", "data": PIXEL}}]}]},
                "/contents/0/parts/0/inlineData/mimeType",
                "image/png",
            ),
            "NoName": (
                {"contents": [_USER, _call(skip), {"role": "user", "parts": [{"functionResponse": {"response": {}}}]}]},
                "/contents/2/parts/0/functionResponse/name",
                "cannot be empty",
            ),
            "OtherName": ({"contents": [_USER, _call(skip), _response("g")]}, "/contents/2", "names of the function responses"),
            "ResponseNoObject": (
                {
                    "contents": [
                        _USER,
                        _call(skip),
                        {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": "x"}}]},
                    ]
                },
                "/contents/2/parts/0/functionResponse/response",
                "must be an object",
            ),
            "TwoResponses": (
                {"contents": [_USER, _call(skip), {"role": "user", "parts": _response()["parts"] * 2}]},
                "/contents/2",
                "number of function response parts",
            ),
            "ResponseWithoutCall": ({"contents": [_USER, _response()]}, "/contents/1", "number of function response parts"),
            "CallAfterModel": (
                {"contents": [_USER, {"role": "model", "parts": [{"text": "a"}]}, _call(skip), _response()]},
                "/contents/2",
                "immediately after a user turn",
            ),
            "NoSignature": (
                {"contents": [_USER, _call(None), _response()]},
                "/contents/1/parts/0/thoughtSignature",
                "missing a thought_signature",
            ),
            "ForeignSignature": (
                {"contents": [_USER, _call(signature.issue("vertex", ["f", {}])), _response()]},
                "/contents/1/parts/0/thoughtSignature",
                "Corrupted",
            ),
            "SignatureOfOtherCall": (
                {"contents": [_USER, _call(signature.issue("gemini", ["g", {}])), _response()]},
                "/contents/1/parts/0/thoughtSignature",
                "Corrupted",
            ),
            "SchemaKeyword": (
                {"tools": _tool(parameters=WEATHER)},
                "/tools/functionDeclarations/0/parameters/additionalProperties",
                "Cannot find field",
            ),
            "UnknownSchemaKeyword": (
                {"tools": _tool(parameters={"type": "object", "$schema": "x"})},
                "/tools/0/functionDeclarations/0/parameters/$schema",
                "unknown key",
            ),
            "TypeList": (
                {"tools": _tool(parameters={"type": ["string", "null"]})},
                "/tools/0/functionDeclarations/0/parameters/type",
                "is no Type",
            ),
            "EmptyObject": (
                {"tools": _tool(parameters={"type": "OBJECT", "properties": {}})},
                "/tools/functionDeclarations/0/parameters/properties",
                "non-empty",
            ),
            "ArrayWithoutItems": (
                {"tools": _tool(parameters={"type": "OBJECT", "properties": {"a": {"type": "ARRAY"}}})},
                "/tools/functionDeclarations/0/parameters/properties/a/items",
                "missing field",
            ),
            "RequiredUnknown": (
                {"tools": _tool(parameters={"type": "OBJECT", "properties": {"a": {"type": "STRING"}}, "required": ["b"]})},
                "/tools/functionDeclarations/0/parameters/required",
                "not defined: b",
            ),
            "FunctionName": (
                {"tools": [{"functionDeclarations": [{"name": "a/b"}]}]},
                "/tools/functionDeclarations/0/name",
                "Invalid function name",
            ),
            "AllowedWithoutAny": (
                {"tools": _tool(), "toolConfig": {"functionCallingConfig": {"mode": "AUTO", "allowedFunctionNames": ["f"]}}},
                "/toolConfig/functionCallingConfig",
                "mode is ANY",
            ),
            "SchemaWithoutMime": (
                {"generationConfig": {"responseJsonSchema": WEATHER}},
                "/generationConfig/responseMimeType",
                "must be application/json",
            ),
            "LevelAndBudget": (
                {"generationConfig": {"thinkingConfig": {"thinkingLevel": "LOW", "thinkingBudget": 5}}},
                "/generationConfig/thinkingConfig",
                "set together",
            ),
            "Temperature": ({"generationConfig": {"temperature": 3}}, "/generationConfig/temperature", "from 0 to 2"),
            "ManyStops": (
                {"generationConfig": {"stopSequences": list("abcdef")}},
                "/generationConfig/stopSequences",
                "at most 5",
            ),
        }
        for name, (change, pointer, what) in cases.items():
            with self.subTest(name):
                self.refuse(change, pointer, what)

    def test_models(self) -> None:
        self.refuse(
            {"generationConfig": {"thinkingConfig": {"thinkingLevel": "LOW"}}},
            "/generationConfig/thinkingConfig/thinkingLevel",
            "not supported",
            "gemini-2.5-flash",
        )

    def test_takes(self) -> None:
        bodies: dict[str, tuple[str, dict[str, Any]]] = {
            "Sentinel": ("gemini-3-pro-preview", {"contents": [_USER, _call("skip_thought_signature_validator"), _response()]}),
            "EarlierTurn": (
                "gemini-3-pro-preview",
                {"contents": [_USER, _call(None), _response(), {"role": "model", "parts": [{"text": "a"}]}, _USER]},
            ),
            "EarlierModel": ("gemini-2.5-flash", {"contents": [_USER, _call(None), _response()]}),
            "SnakeCase": (
                "gemini-3-pro-preview",
                {
                    "contents": [_USER],
                    "system_instruction": {"parts": [{"text": "a"}]},
                    "generation_config": {"max_output_tokens": 5},
                },
            ),
            "JsonSchema": ("gemini-3-pro-preview", {"contents": [_USER], "tools": _tool(parametersJsonSchema=WEATHER)}),
        }
        for name, (model, body) in bodies.items():
            with self.subTest(name):
                status, answer = self.call("POST", f"/gemini/v1beta/models/{model}:generateContent", body, _KEY)
                self.assertEqual(status, 200, answer)

    def test_array_stream(self) -> None:
        status, answer = self.call(
            "POST", "/gemini/v1beta/models/gemini-3-pro-preview:streamGenerateContent", {"contents": [_USER]}, _KEY
        )
        self.assertEqual((status, answer[:1], answer[-1:]), (200, b"[", b"]"))

    def test_vertex_predicts(self) -> None:
        path = "/vertex/v1/projects/p/locations/l/publishers/google/models/text-embedding-005:predict"
        key = {"Authorization": f"Bearer {VERTEX_TOKEN}"}
        status, answer = self.call(
            "POST", path, {"instances": [{"content": "a"}], "parameters": {"outputDimensionality": 4}}, key
        )
        self.assertEqual(status, 200, answer)
        self.assert_refused(path, {"instances": [{"text": "a"}]}, key, "/instances/0", "keys must be")
