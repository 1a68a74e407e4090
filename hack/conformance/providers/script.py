"""What a fake model answers: a pure function of what the request says, the same for every provider.

| the last message of the user contains | the answer |
|---|---|
| fail 429, fail 500, fail 529, fail context | the provider's own error |
| fail midstream | half of the answer, then the provider's own error inside of the stream |
| cut midstream | half of the answer, then the connection is closed |
| parallel, and a tool named like *weather* | two tool calls: Paris and Rome |
| weather, and such a tool | one tool call: Paris |
| think | reasoning before the answer, if the request lets the provider show it |
| long | 200 chunks, one each millisecond: time enough to leave |
| unicode | emoji and combining characters, cut between and inside of characters |
| max | an answer that stops because of its length |

Before these: a tool that tool_choice forces is called with the smallest arguments that its schema allows. After tool
results the answer repeats them. If a schema is asked for, the answer is its smallest instance. If there is an image,
the answer says what it is. Otherwise: "Hello from <provider>."

Every answer is billed alike, so that clients can compare figures: see reply.Usage.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from . import agents
from .instance import instance
from .reply import Call, Failure, Reply, Turn

_THINKING = ("The user wants an answer. ", "I will give it.")
_UNICODE = ("Gr", "u\u0308", "ße: ", "👩", "\u200d", "🚀", " e\u0301", "té ", "日本", "語", " 🇫", "🇷", ".")
_FAILURES: tuple[tuple[str, Failure], ...] = (
    ("fail 429", Failure.RATE),
    ("fail 500", Failure.SERVER),
    ("fail 529", Failure.OVERLOADED),
    ("fail context", Failure.CONTEXT),
    ("fail midstream", Failure.MIDSTREAM),
    ("cut midstream", Failure.CUT),
)


def answer(turn: Turn) -> Reply:
    """Return what the model says. The first scene that feels addressed plays."""
    reply = next(r for r in (scene(turn) for scene in _SCENES) if r is not None)
    if "think" in turn.asked and turn.reasons and reply.failure is None:
        return replace(reply, thinking=_THINKING)
    return reply


def _fails(turn: Turn) -> Reply | None:
    for words, failure in _FAILURES:
        if words in turn.asked:
            return Reply(chunks=tuple(f"part {i} " for i in range(8)), failure=failure)
    return None


def _schema(turn: Turn) -> Reply | None:
    if turn.schema is None or (turn.tools and not turn.results):
        return None
    return Reply(chunks=_pieces(json.dumps(instance(turn.schema) if turn.schema else {"answer": "text"})))


def _results(turn: Turn) -> Reply | None:
    if not turn.results:
        return None
    return Reply(chunks=_words("\n".join(result.text for result in turn.results)))


def _forced(turn: Turn) -> Reply | None:
    if turn.forced is None:
        return None
    name = turn.forced or next(iter(turn.tools), "")
    if name not in turn.tools:
        return None
    if "weather" in name:
        return _weather_calls(turn, name)
    return Reply(calls=(Call(name, _arguments(turn.tools[name])),))


def _weather(turn: Turn) -> Reply | None:
    name = next((name for name in turn.tools if "weather" in name.lower()), None)
    if name is None or not ("weather" in turn.asked or "parallel" in turn.asked):
        return None
    return _weather_calls(turn, name)


def _weather_calls(turn: Turn, name: str) -> Reply:
    cities = ("Paris", "Rome") if "parallel" in turn.asked and turn.parallel else ("Paris",)
    return Reply(calls=tuple(Call(name, _city(turn.tools[name], city)) for city in cities))


def _city(schema: Mapping[str, Any], city: str) -> dict[str, Any]:
    """Arguments that satisfy the tool's schema, with the city in its first string."""
    arguments = {k: v for k, v in _arguments(schema).items() if k in (schema.get("required") or ())} or {"city": city}
    first = next((k for k, v in arguments.items() if isinstance(v, str)), "city")
    return {**arguments, first: city}


def _arguments(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The smallest arguments for a tool; a tool without a schema takes none."""
    return dict(instance({**schema, "type": "object"}))


def _plain_schema(turn: Turn) -> Reply | None:
    return _schema(replace(turn, tools={}))


def _image(turn: Turn) -> Reply | None:
    if not turn.images:
        return None
    return Reply(chunks=_words(" ".join(f"I see a {image.mime} of {image.size} bytes." for image in turn.images)))


def _long(turn: Turn) -> Reply | None:
    return Reply(chunks=tuple(f"word{i} " for i in range(200)), pace=0.001) if "long" in turn.asked else None


def _unicode(turn: Turn) -> Reply | None:
    return Reply(chunks=_UNICODE, torn=True) if "unicode" in turn.asked else None


def _max(turn: Turn) -> Reply | None:
    return Reply(chunks=("This answer ", "is too "), length=True) if "max" in turn.asked else None


def _hello(turn: Turn) -> Reply:
    return Reply(chunks=_words(f"Hello from {turn.provider}."))


def _words(text: str) -> tuple[str, ...]:
    words = text.split(" ")
    return tuple(w + " " for w in words[:-1]) + (words[-1],)


def _pieces(text: str) -> tuple[str, ...]:
    return tuple(text[i : i + 7] for i in range(0, len(text), 7))


_SCENES: tuple[Callable[[Turn], Reply | None], ...] = (
    _fails,
    agents.task,
    _schema,
    _results,
    _forced,
    _weather,
    _plain_schema,
    _image,
    _long,
    _unicode,
    _max,
    _hello,
)
