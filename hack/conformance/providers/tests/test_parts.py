"""The parts that all providers share: shapes, instances, signatures, the event stream, the journal."""

from __future__ import annotations

import json
import time
import unittest
import urllib.request
from collections.abc import Iterable
from typing import Any, Literal, Optional, Required, Union

from botocore.eventstream import EventStreamBuffer
from typing_extensions import TypedDict

from .. import eventstream, signature
from ..credentials import KEYS
from ..instance import instance
from ..reply import Turn
from ..script import answer
from ..shape import check
from .serving import Serving


class Text(TypedDict, total=False):
    type: Required[Literal["text"]]
    text: Required[str]


class Picture(TypedDict, total=False):
    type: Required[Literal["picture"]]
    size: Optional[int]


class Box(TypedDict, total=False):
    content: Required[Union[str, Iterable[Union[Text, Picture]]]]
    ratio: float
    free: object


class Shape(unittest.TestCase):
    def test_checks(self) -> None:
        cases: dict[str, tuple[Any, list[str]]] = {
            "String": ({"content": "a", "ratio": 1, "free": [{}]}, []),
            "Parts": ({"content": [{"type": "text", "text": "a"}, {"type": "picture", "size": None}]}, []),
            "Missing": ({}, ["/content: required, but missing"]),
            "UnknownKey": ({"content": "a", "x": 1}, ["/x: unknown key: Box has none of this name"]),
            "UnknownKeyDeep": (
                {"content": [{"type": "text", "text": "a", "x": 1}]},
                ["/content/0/x: unknown key: Text has none of this name"],
            ),
            "UnknownVariant": (
                {"content": [{"type": "film"}]},
                ["/content/0: none of the 2 types that are allowed here is {'type': 'film'}"],
            ),
            "BooleanIsNoNumber": ({"content": "a", "ratio": True}, ["/ratio: must be a number, is a boolean"]),
            "FloatIsNoInteger": (
                {"content": [{"type": "picture", "size": 1.5}]},
                ["/content/0/size: must be an integer, is a number"],
            ),
            "NullIsNotAbsent": ({"content": "a", "ratio": None}, ["/ratio: must be a number, is null"]),
        }
        for name, (value, want) in cases.items():
            with self.subTest(name):
                self.assertEqual([f"{p.pointer}: {p.what}" for p in check(value, Box)], want)


class Instance(unittest.TestCase):
    def test_satisfies(self) -> None:
        cases: dict[str, tuple[Any, Any]] = {
            "Reference": (
                {"$defs": {"n": {"type": "integer", "minimum": 3}}, "properties": {"a": {"$ref": "#/$defs/n"}}},
                {"a": 3},
            ),
            "Enum": ({"type": "STRING", "enum": ["x", "y"]}, "x"),
            "Const": ({"const": 7}, 7),
            "Nullable": ({"type": ["null", "boolean"]}, True),
            "Union": ({"anyOf": [{"type": "array", "items": {"type": "number"}, "minItems": 2}, {"type": "null"}]}, [1, 1]),
            "Format": ({"type": "string", "format": "date"}, "2026-01-02"),
            "Length": ({"type": "string", "minLength": 6}, "textxx"),
        }
        for name, (schema, want) in cases.items():
            with self.subTest(name):
                self.assertEqual(instance(schema), want)


class Signature(unittest.TestCase):
    def test_is_of_one_provider_for_one_value(self) -> None:
        issued = signature.issue("anthropic", "a")
        self.assertTrue(signature.valid("anthropic", "a", issued))
        self.assertFalse(signature.valid("anthropic", "b", issued))
        self.assertFalse(signature.valid("bedrock", "a", issued))
        self.assertFalse(signature.valid("anthropic", "a", "é"))


class EventStream(unittest.TestCase):
    def test_is_read_by_botocore(self) -> None:
        buffer = EventStreamBuffer()
        buffer.add_data(
            eventstream.event("contentBlockDelta", {"delta": {"text": "é"}})
            + eventstream.exception("throttlingException", {"message": "m"})
        )
        first, second = buffer
        self.assertEqual(
            (first.headers[":event-type"], json.loads(first.payload)), ("contentBlockDelta", {"delta": {"text": "é"}})
        )
        self.assertEqual(second.headers[":exception-type"], "throttlingException")


class Script(unittest.TestCase):
    def test_agents_create_a_file(self) -> None:
        text = 'Create the file /tmp/a/hello.txt with the content "made by an agent"'
        command = "printf %s 'made by an agent' > /tmp/a/hello.txt"
        cases: dict[str, tuple[str, dict[str, Any]]] = {
            "Claude": ("Write", {"file_path": "/tmp/a/hello.txt", "content": "made by an agent"}),
            "Codex": ("exec_command", {"cmd": command}),
            "OlderCodex": ("shell", {"command": ["sh", "-c", command]}),
        }
        for name, (tool, want) in cases.items():
            with self.subTest(name):
                calls = answer(Turn("openai", text, tools={"other": {}, tool: {}})).calls
                self.assertEqual([(c.name, c.arguments) for c in calls], [(tool, want)])

    def test_required_arguments_of_a_weather_tool(self) -> None:
        schema = {
            "type": "object",
            "properties": {"unit": {"enum": ["C"]}, "days": {"type": "integer"}, "place": {"type": "string"}},
            "required": ["days", "place"],
        }
        calls = answer(Turn("openai", "the weather?", tools={"weather_now": schema})).calls
        self.assertEqual(calls[0].arguments, {"days": 1, "place": "Paris"})


class Journal(Serving):
    def test_keeps_requests_without_keys(self) -> None:
        body = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
        self.call("POST", "/openai/v1/chat/completions?a=b", body, {"Authorization": f"Bearer {KEYS['openai']}"})
        last = json.loads(self.call("GET", "/requests?last=1")[1])
        self.assertEqual(
            [(r["provider"], r["query"], r["status"], r["body"], r["headers"]["Authorization"]) for r in last],
            [("openai", "a=b", 200, body, "***")],
        )

    def test_unknown_paths_are_violations(self) -> None:
        status, answer_ = self.call("POST", "/ollama/api/pull", {"model": "m"})
        self.assertEqual((status, json.loads(answer_)), (404, {"error": "Unknown request URL: POST /ollama/api/pull"}))
        found = self.take_violations()
        self.assertEqual([(v["provider"], v["path"]) for v in found], [("ollama", "/ollama/api/pull")])
        self.assertEqual(self.take_violations(), [])

    def test_tells_who_left(self) -> None:
        body = {"model": "m", "messages": [{"role": "user", "content": "long"}], "stream": True}
        headers = {"Authorization": f"Bearer {KEYS['openai']}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.base + "/openai/v1/chat/completions", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=10) as response:
            response.readline()
        deadline = time.monotonic() + 10
        while not (last := json.loads(self.call("GET", "/requests?last=1")[1])[0])["left"] and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertTrue(last["left"])

    def test_google_token(self) -> None:
        status, _ = self.call(
            "POST", "/vertex/token", b"grant_type=password", {"Content-Type": "application/x-www-form-urlencoded"}
        )
        self.assertEqual((status, self.take_violations()[0]["pointer"]), (400, "/grant_type"))
