"""OpenAI's Responses API with its official SDK: the same as ../node/responses.mjs."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import openai

from features import ANSWERS, CITIES, IMAGE, PROMPTS, RESULTS, TOOL, greeting
from harness import Cell, equal, scenario, true

_TOOLS = [{"type": "function", "strict": True, **TOOL}]
_THINK = {"reasoning": {"effort": "low", "summary": "auto"}, "include": ["reasoning.encrypted_content"]}


def run(api: openai.OpenAI, cell: Cell) -> None:
    """Create, stream, go round a loop with tools, ask for a schema, and ask for what needs stored state."""

    def create(**request: Any) -> Any:
        return api.responses.create(model=cell.model, store=False, **request)

    def stream(**request: Any) -> Any:
        return _followed(api, model=cell.model, store=False, **request)

    for ask in (create, stream):
        hello = ask(instructions=PROMPTS["system"], input=PROMPTS["hello"])
        equal((hello.output_text, hello.status), (greeting(cell), "completed"), "the first answer")
        equal((hello.usage.input_tokens, hello.usage.output_tokens), (24, 10), "usage")
        again = [_user(PROMPTS["hello"]), *_items(hello), _user(PROMPTS["unicode"])]
        equal(ask(input=again).output_text, ANSWERS["unicode"], "the second answer")
        _loop(ask, PROMPTS["weather"], CITIES[:1], {})
        _loop(ask, PROMPTS["parallel"], CITIES, {})
        _loop(ask, PROMPTS["thinkWeather"], CITIES[:1], _THINK)
    form = {"format": {"type": "json_schema", "strict": True, **scenario["schema"]}}
    made = json.loads(create(input=PROMPTS["schema"], text=form).output_text)
    equal(made, {"name": "text", "age": 1, "tags": ["text"]}, "the object")
    picture = {"type": "input_image", "detail": "auto", "image_url": f"data:{IMAGE['type']};base64,{IMAGE['base64']}"}
    seen = create(input=[{"role": "user", "content": [{"type": "input_text", "text": PROMPTS["image"]}, picture]}])
    true(seen.output_text.startswith("I see a image/png"), f"the model sees {seen.output_text!r}")
    _failures(api, cell)


def _user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def _items(response: Any) -> list[Any]:
    """The output as the next input, without what the stream's helper adds for the application."""
    items = [item.to_dict() for item in response.output]
    for item in items:
        item.pop("parsed_arguments", None)
        for part in item.get("content") or []:
            part.pop("parsed", None)
    return items


def _loop(ask: Callable[..., Any], text: str, wanted: Sequence[str], extra: dict[str, Any]) -> None:
    first = ask(input=[_user(text)], tools=_TOOLS, **extra)
    calls = [item for item in first.output if item.type == "function_call"]
    equal([(c.name, json.loads(c.arguments)) for c in calls], [(TOOL["name"], {"city": c}) for c in wanted], "tool calls")
    outputs = [{"type": "function_call_output", "call_id": c.call_id, "output": RESULTS[city]} for c, city in zip(calls, wanted)]
    second = ask(input=[_user(text), *_items(first), *outputs], tools=_TOOLS, **extra)
    for city in wanted:
        true(RESULTS[city] in second.output_text, f"the answer to the results is {second.output_text!r}")


def _followed(api: openai.OpenAI, **request: Any) -> Any:
    """Follow a stream with the SDK's helper, which insists on the order of events."""
    number = -1
    with api.responses.stream(**request) as stream:
        for event in stream:
            true(event.sequence_number > number, f"sequence_number {event.sequence_number} after {number}")
            number = event.sequence_number
        return stream.get_final_response()


def _failures(api: openai.OpenAI, cell: Cell) -> None:
    _expect(openai.RateLimitError, lambda: api.responses.create(model=cell.model, input=PROMPTS["fail429"]))
    _expect(openai.BadRequestError, lambda: api.responses.create(model=cell.model, input=PROMPTS["failContext"]))
    _expect(openai.NotFoundError, lambda: api.responses.create(model="no-such-model", input=PROMPTS["hello"]))
    for text in (PROMPTS["failMidstream"], PROMPTS["cutMidstream"]):
        _expect(Exception, lambda: _followed(api, model=cell.model, input=text))
    if cell.provider == "openai":
        return  # it keeps responses
    _expect(
        (openai.BadRequestError, openai.NotFoundError, openai.UnprocessableEntityError),
        lambda: api.responses.create(model=cell.model, input=PROMPTS["hello"], previous_response_id="resp_1"),
    )


def _expect(kind: Any, ask: Callable[[], Any]) -> None:
    try:
        ask()
    except kind:
        return
    raise AssertionError(f"no error, wanted {kind}")
