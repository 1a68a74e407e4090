"""What the features mean, for every client that can chat: the same as ../node/features.mjs."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from harness import Cell, Feature, equal, only, scenario, true

PROMPTS, ANSWERS, RESULTS, CITIES = scenario["prompts"], scenario["answers"], scenario["results"], scenario["cities"]
TOOL, TEXTS, IMAGE = scenario["tool"], scenario["texts"], scenario["image"]


@dataclass(frozen=True)
class Request:
    """What a client is to ask."""

    model: str
    messages: Sequence[Any]
    system: str = ""
    tools: bool = False
    force: bool = False
    think: bool = False
    max: int = 0


@dataclass(frozen=True)
class Call:
    """A tool call. native is the client's own object."""

    id: str
    name: str
    args: Any
    native: Any = None


@dataclass(frozen=True)
class Answer:
    """What a client understood. finish is stop, length or tools; messages are what a later request repeats."""

    text: str
    finish: str
    messages: Sequence[Any]
    calls: Sequence[Call] = ()
    thinking: str = ""
    input: int | None = None
    output: int | None = None
    cached: int | None = None
    #: Pieces of text that a stream came in.
    pieces: int = field(default=0, compare=False)


class Left(Exception):
    """Raised by the function that is called for each piece of a stream, in order to leave it."""


class Client(Protocol):
    """A client's SDK behind a few functions. on_text is called for each piece of text and may raise Left."""

    #: Whether a tool can be forced.
    forces: bool
    #: Providers by feature, where a feature is narrower than the scenario says.
    limits: dict[str, list[str]]

    def user(self, text: str, image: dict[str, str] | None = None) -> Any: ...
    def results(self, calls: Sequence[Call], texts: Sequence[str]) -> list[Any]: ...
    def ask(self, request: Request) -> Answer: ...
    def stream(self, request: Request, on_text: Callable[[], None]) -> Answer: ...
    def structured(self, model: str, text: str) -> Any: ...
    def status(self, error: Exception) -> int: ...
    def keyed(self, key: str) -> Client: ...


Ask = Callable[[Request], Answer]


def features(client: Client) -> dict[str, Feature]:
    """The features that follow from the functions of a client."""
    runs = (chat, stream, tools, parallel, toolstream, structured, image, thinking, errors, usage, cancel)
    found: dict[str, Feature] = {}
    for run in runs:
        def cell(c: Cell, run: Callable[[Client, Cell], None] = run) -> None:
            run(client, c)

        limit = client.limits.get(run.__name__)
        found[run.__name__] = cell if limit is None else only(limit, cell)
    return found


def chat(client: Client, cell: Cell) -> None:
    _talk(client, cell, client.ask)


def stream(client: Client, cell: Cell) -> None:
    _talk(client, cell, _streamed(client))
    long = _streamed(client)(Request(cell.model, [client.user(PROMPTS["long"])])).text
    true(long.startswith(ANSWERS["longStart"]), f"the long answer starts with {long[:40]!r}")
    true(long.rstrip().endswith(ANSWERS["longEnd"]), f"the long answer ends with {long[-40:]!r}")


def _talk(client: Client, cell: Cell, ask: Ask) -> None:
    """A first answer, a second turn, and an answer that is too long."""
    first = client.user(PROMPTS["hello"])
    hello = ask(Request(cell.model, [first], system=PROMPTS["system"]))
    equal(hello.text, greeting(cell), "the first answer")
    equal(hello.finish, "stop", "how the first answer ended")
    second = [first, *hello.messages, client.user(PROMPTS["unicode"])]
    equal(ask(Request(cell.model, second, system=PROMPTS["system"])).text, ANSWERS["unicode"], "the second answer")
    longest = ask(Request(cell.model, [client.user(PROMPTS["max"])], max=16))
    equal(longest.text.rstrip(), ANSWERS["max"], "the answer that is too long")
    equal(longest.finish, "length", "how the answer that is too long ended")


def _streamed(client: Client) -> Ask:
    def ask(request: Request) -> Answer:
        pieces: list[None] = []
        answer = client.stream(request, lambda: pieces.append(None))
        true(len(pieces) > 1 or bool(answer.calls), f"the stream had {len(pieces)} pieces of text")
        return answer

    return ask


def tools(client: Client, cell: Cell) -> None:
    _loop(client, cell.model, PROMPTS["weather"], CITIES[:1], client.ask)
    if client.forces and cell.provider != "ollama":  # Ollama has no tool_choice
        _expect_calls(client.ask(Request(cell.model, [client.user(PROMPTS["forced"])], tools=True, force=True)), CITIES[:1])


def parallel(client: Client, cell: Cell) -> None:
    _loop(client, cell.model, PROMPTS["parallel"], CITIES, client.ask)


def toolstream(client: Client, cell: Cell) -> None:
    _loop(client, cell.model, PROMPTS["weather"], CITIES[:1], _streamed(client))
    _loop(client, cell.model, PROMPTS["parallel"], CITIES, _streamed(client))


def _loop(client: Client, model: str, text: str, wanted: Sequence[str], ask: Ask, think: bool = False) -> Answer:
    """Ask with a tool, check the calls, return their results, and check that the answer uses them."""
    question = client.user(text)
    first = ask(Request(model, [question], system=PROMPTS["system"], tools=True, think=think))
    _expect_calls(first, wanted)
    results = client.results(first.calls, [RESULTS[city] for city in wanted])
    second = ask(Request(model, [question, *first.messages, *results], system=PROMPTS["system"], tools=True, think=think))
    for city in wanted:
        true(RESULTS[city] in second.text, f"the answer to the results is {second.text!r}")
    equal(second.finish, "stop", "how the answer to the results ended")
    return first


def _expect_calls(answer: Answer, wanted: Sequence[str]) -> None:
    equal([(c.name, c.args) for c in answer.calls], [(TOOL["name"], {"city": city}) for city in wanted], "tool calls")
    equal(answer.finish, "tools", "how the answer with tool calls ended")
    equal(len({c.id for c in answer.calls}), len(wanted), "different ids of tool calls")


def structured(client: Client, cell: Cell) -> None:
    equal(client.structured(cell.model, PROMPTS["schema"]), {"name": "text", "age": 1, "tags": ["text"]}, "the object")


def image(client: Client, cell: Cell) -> None:
    size = len(base64.b64decode(IMAGE["base64"]))
    answer = client.ask(Request(cell.model, [client.user(PROMPTS["image"], IMAGE)]))
    equal(answer.text, ANSWERS["image"].replace("BYTES", str(size)), "what the model sees")


def thinking(client: Client, cell: Cell) -> None:
    for ask in (client.ask, _streamed(client)):
        thought = ask(Request(cell.model, [client.user(PROMPTS["think"])], think=True))
        true(thought.thinking != "", "no thinking is shown")
        equal(thought.text, greeting(cell), "the answer after thinking")
        called = _loop(client, cell.model, PROMPTS["thinkWeather"], CITIES[:1], ask, think=True)
        true(called.thinking != "", "no thinking is shown before a tool call")


def errors(client: Client, cell: Cell) -> None:
    def asking(text: str, model: str = cell.model) -> Request:
        return Request(model, [client.user(text)])

    def nothing() -> None:
        return None

    _expect_status(client, 429, lambda: client.ask(asking(PROMPTS["fail429"])))
    _expect_status(client, 429, lambda: client.stream(asking(PROMPTS["fail429"]), nothing))
    _expect_status(client, 400, lambda: client.ask(asking(PROMPTS["failContext"])))
    _expect_status(client, 404, lambda: client.ask(asking(PROMPTS["hello"], "no-such-model")))
    _expect_status(client, 401, lambda: client.keyed(scenario["wrongKey"]).ask(asking(PROMPTS["hello"])))
    _expect_status(client, 500, lambda: client.ask(asking(PROMPTS["fail500"])))
    for text in (PROMPTS["failMidstream"], PROMPTS["cutMidstream"]):
        try:
            client.stream(asking(text), nothing)
        except Exception:  # each SDK has its own
            continue
        raise AssertionError(f"no error from the stream of {text!r}")


def _expect_status(client: Client, wanted: int, ask: Callable[[], Answer]) -> None:
    """What ask raises must have this status; 500 stands for any status from 500 on."""
    try:
        ask()
    except Exception as error:
        found = client.status(error)
        if found == 0:
            raise
        true(found == wanted or wanted == 500 < found, f"wanted status {wanted}, found {found}: {error}")
        return
    raise AssertionError(f"no error, wanted one of status {wanted}")


def usage(client: Client, cell: Cell) -> None:
    request = Request(cell.model, [client.user(PROMPTS["hello"])])
    for answer in (client.ask(request), _streamed(client)(request)):
        equal((answer.input, answer.output), (24, 10), "tokens of prompt and answer")
        if answer.cached is not None and cell.provider != "ollama":
            equal(answer.cached, 8, "cached tokens")


def cancel(client: Client, cell: Cell) -> None:
    pieces: list[None] = []

    def leave() -> None:
        pieces.append(None)
        raise Left

    try:
        client.stream(Request(cell.model, [client.user(PROMPTS["long"])]), leave)
    except Left:
        pass
    equal(len(pieces), 1, "pieces before the stream was left")
    equal(client.ask(Request(cell.model, [client.user(PROMPTS["hello"])])).text, greeting(cell), "the next answer")


def greeting(cell: Cell) -> str:
    """What the model of a cell says."""
    return str(ANSWERS["hello"]).replace("PROVIDER", cell.provider)


def expect_models(ids: Iterable[str]) -> None:
    """Ids of a list of models hold every alias."""
    equal({f"{p}-model" for p in scenario["providers"]} - set(ids), set(), "models that are not in the list")


def expect_vectors(vectors: Sequence[Sequence[float]]) -> None:
    """Vectors of the texts of the scenario, of which the first and the third are equal."""
    equal(len(vectors), len(TEXTS), "number of vectors")
    first, second, third = (list(v) for v in vectors)
    true(len(first) > 1 and all(math.isfinite(x) for x in first), f"the first vector is {first}")
    equal(third, first, "vectors of equal texts")
    true(second != first, "vectors of different texts are equal")
    true(abs(math.hypot(*first) - 1) < 1e-3, "vectors are no unit vectors")


def expect_count(tokens: Any) -> None:
    """A number of tokens."""
    true(isinstance(tokens, int) and tokens > 0, f"{tokens!r} tokens")
