"""Rules of generateContent that its types do not tell.

Sources: https://ai.google.dev/api/generate-content, https://ai.google.dev/gemini-api/docs/function-calling,
https://ai.google.dev/gemini-api/docs/thought-signatures, and the messages that the API answers with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from google.genai import types

from . import images, signature
from .exchange import version_of
from .shape import Problem, by_alias, check

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}")
_FIELDS: dict[str, Any] = {
    "contents": list[types.Content],
    "systemInstruction": types.Content,
    "tools": list[types.Tool],
    "toolConfig": types.ToolConfig,
    "safetySettings": list[types.SafetySetting],
    "generationConfig": types.GenerationConfig,
    "cachedContent": str,
    "serviceTier": str,
    "store": bool,
    "labels": dict[str, str],
    "model": str,
}
#: What only one of the two services takes, as the SDK's converters tell (google/genai/models.py, *_to_mldev, *_to_vertex).
_ONLY_VERTEX = frozenset({"labels"})
_ONLY_GEMINI = frozenset({"store"})
_DATA = (
    "text",
    "inlineData",
    "fileData",
    "functionCall",
    "functionResponse",
    "executableCode",
    "codeExecutionResult",
    "toolCall",
    "toolResponse",
)
_MISPLACED = "Please ensure that function call turn comes immediately after a user turn or after a function response turn."
_UNEQUAL = (
    "Please ensure that the number of function response parts is equal to the number of function call parts "
    "of the function call turn."
)
#: JSON Schema keywords that Schema has in the SDK but the Gemini API answers with "Cannot find field".
_NO_SCHEMA_FIELDS = frozenset({"additionalProperties", "defs", "ref"})
#: https://ai.google.dev/gemini-api/docs/thought-signatures#faqs: calls that no model made may carry one of these.
SKIPS = frozenset({"skip_thought_signature_validator", "context_engineering_is_the_way_to_go"})


def canonical(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body with lowerCamelCase keys, as far as they are fields and not data."""
    named = {re.sub("_([a-z])", lambda m: m[1].upper(), k): v for k, v in body.items()}
    return {k: by_alias(v, _FIELDS[k]) if k in _FIELDS else v for k, v in named.items()}


def shape_problems(body: Mapping[str, Any], vertex: bool) -> list[Problem]:
    """Check the types. There is no one model for the JSON of the REST API, but one for each of its parts."""
    found = []
    for name, value in body.items():
        if name not in _FIELDS or name in (_ONLY_GEMINI if vertex else _ONLY_VERTEX):
            found.append(Problem(f"/{name}", f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.'))
        elif name == "generationConfig" and isinstance(value, dict) and "imageConfig" in value:
            found += check(value["imageConfig"], types.ImageConfig, "/generationConfig/imageConfig")
            found += check({k: v for k, v in value.items() if k != "imageConfig"}, types.GenerationConfig, "/generationConfig")
        else:
            found += check(value, _FIELDS[name], f"/{name}")
    return found


def problems_of(provider: str, model: str, body: Mapping[str, Any]) -> list[Problem]:
    """Return the broken rules."""
    contents = body.get("contents") or []
    found = [] if contents else [Problem("/contents", "contents is not specified")]
    found += _contents(contents) + _function_turns(contents) + _tools(body) + _config(model, body)
    return found + _signatures(provider, contents, required=_requires_signatures(model))


def _requires_signatures(model: str) -> bool:
    """Gemini 3 and later refuse a call without a signature; earlier models only recommend one."""
    return not version_of(model, "gemini-") or version_of(model, "gemini-") >= (3,)


def _contents(contents: list[Mapping[str, Any]]) -> list[Problem]:
    found = []
    for i, content in enumerate(contents):
        if content.get("role") not in ("user", "model") and not (content.get("role") is None and len(contents) == 1):
            found.append(Problem(f"/contents/{i}/role", "Please use a valid role: user, model."))
        if not content.get("parts"):
            found.append(Problem(f"/contents/{i}/parts", "must not be empty"))
        for j, part in enumerate(content.get("parts") or []):
            found += _part(part, f"/contents/{i}/parts/{j}")
    return found


def _part(part: Mapping[str, Any], at: str) -> list[Problem]:
    given = [name for name in _DATA if name in part]
    if len(given) != 1:
        return [Problem(f"{at}/data", f"required oneof field 'data' must have one initialized field, has {given}")]
    if given[0] == "inlineData":
        blob = part["inlineData"]
        raw = images.decoded(images.standard(blob.get("data", "")))
        if not blob.get("mimeType") or not raw:
            return [Problem(f"{at}/inlineData", "needs mimeType and data")]
        if blob["mimeType"].startswith("image/") and images.sniff(raw) not in (None, blob["mimeType"]):
            return [Problem(f"{at}/inlineData/mimeType", f"the data is {images.sniff(raw)}")]
    if given[0] in ("functionCall", "functionResponse") and not part[given[0]].get("name"):
        return [Problem(f"{at}/{given[0]}/name", "Name cannot be empty.")]
    if given[0] == "functionResponse" and not isinstance(part["functionResponse"].get("response"), dict):
        return [Problem(f"{at}/functionResponse/response", "must be an object")]
    return []


def _calls(content: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    return [part[kind] for part in content.get("parts") or [] if kind in part]


def _function_turns(contents: list[Mapping[str, Any]]) -> list[Problem]:
    """Calls follow a turn of the user; the next turn answers all of them, by name and, where there are any, by id."""
    found = []
    for i, content in enumerate(contents):
        calls, responses = _calls(content, "functionCall"), _calls(content, "functionResponse")
        before = contents[i - 1] if i else {}
        if calls and (not i or before.get("role") != "user"):
            found.append(Problem(f"/contents/{i}", _MISPLACED))
        if calls and (i + 1 == len(contents) or not _calls(contents[i + 1], "functionResponse")):
            found.append(Problem(f"/contents/{i}", "a function call turn must be followed by a function response turn"))
        if responses:
            found += _responses(i, _calls(before, "functionCall"), responses)
    return found


def _responses(i: int, calls: list[Mapping[str, Any]], responses: list[Mapping[str, Any]]) -> list[Problem]:
    if len(calls) != len(responses):
        return [Problem(f"/contents/{i}", _UNEQUAL)]
    if sorted(c["name"] for c in calls if "name" in c) != sorted(r["name"] for r in responses if "name" in r):
        return [Problem(f"/contents/{i}", "the names of the function responses are not those of the function calls")]
    if {c.get("id") for c in calls} != {r.get("id") for r in responses} and any(r.get("id") for r in responses):
        return [Problem(f"/contents/{i}", "the ids of the function responses are not those of the function calls")]
    return []


def signed(part: Mapping[str, Any]) -> Any:
    """Return what the signature of a part is for: a function call with its arguments, anything else as one kind."""
    if "functionCall" in part:
        return [part["functionCall"].get("name"), part["functionCall"].get("args") or {}]
    return "text"


def _signatures(provider: str, contents: list[Mapping[str, Any]], required: bool) -> list[Problem]:
    """In the current turn the first call of each model content carries a signature; whatever comes back was issued."""
    asks = [i for i, c in enumerate(contents) if c.get("role") == "user" and not _calls(c, "functionResponse")]
    current, found = asks[-1] if asks else -1, []
    for i, j, part, first in _model_parts(contents):
        given = part.get("thoughtSignature")
        at = f"/contents/{i}/parts/{j}/thoughtSignature"
        if given is None and required and first and i > current:
            found.append(Problem(at, "Function call is missing a thought_signature in functionCall parts."))
        if given is not None and given not in SKIPS and not signature.valid(provider, signed(part), images.standard(given)):
            found.append(Problem(at, "Corrupted thought signature."))
    return found


def _model_parts(contents: list[Mapping[str, Any]]) -> Iterator[tuple[int, int, Mapping[str, Any], bool]]:
    """Yield index of the content, index of the part, the part, and whether it is the first call of its content."""
    for i, content in enumerate(contents):
        seen = False
        for j, part in enumerate(content.get("parts") or []):
            yield i, j, part, "functionCall" in part and not seen
            seen = seen or "functionCall" in part


def declarations(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the functions that the request declares."""
    return [f for tool in body.get("tools") or [] for f in tool.get("functionDeclarations") or []]


def _tools(body: Mapping[str, Any]) -> list[Problem]:
    found, names = [], []
    for k, function in enumerate(declarations(body)):
        at = f"/tools/functionDeclarations/{k}"
        names.append(function.get("name") or "")
        if not _NAME.fullmatch(names[-1]):
            found.append(
                Problem(
                    f"{at}/name",
                    "Invalid function name. Must start with a letter or an underscore, at most 128 of a-z A-Z 0-9 _ . : -",
                )
            )
        if "parameters" in function and "parametersJsonSchema" in function:
            found.append(Problem(at, "parameters and parametersJsonSchema are mutually exclusive"))
        found += _schema(function.get("parameters"), f"{at}/parameters")
    if len(set(names)) != len(names):
        found.append(Problem("/tools", "Duplicate function declaration found"))
    calling = (body.get("toolConfig") or {}).get("functionCallingConfig") or {}
    allowed = calling.get("allowedFunctionNames") or []
    if allowed and str(calling.get("mode")).upper() not in ("ANY", "VALIDATED"):
        found.append(
            Problem(
                "/toolConfig/functionCallingConfig",
                "allowed_function_names should only be set when the function calling mode is ANY",
            )
        )
    return found + [
        Problem("/toolConfig/functionCallingConfig/allowedFunctionNames", f"{n!r} is not declared")
        for n in allowed
        if n not in names
    ]


def _schema(schema: Any, at: str) -> list[Problem]:
    """Schema is OpenAPI's, not JSON Schema: https://ai.google.dev/api/caching#Schema."""
    if not isinstance(schema, dict):
        return []
    found = [Problem(f"{at}/{k}", f'Unknown name "{k}": Cannot find field.') for k in schema if k in _NO_SCHEMA_FIELDS]
    kind = str(schema.get("type", "")).upper()
    if kind == "OBJECT" and schema.get("properties") == {}:
        found.append(Problem(f"{at}/properties", "should be non-empty for OBJECT type"))
    if kind == "ARRAY" and "items" not in schema:
        found.append(Problem(f"{at}/items", "missing field"))
    if schema.get("enum") and kind not in ("STRING", ""):
        found.append(Problem(f"{at}/enum", "only allowed for STRING type"))
    for name in schema.get("required") or []:
        if name not in (schema.get("properties") or {}):
            found.append(Problem(f"{at}/required", f"property is not defined: {name}"))
    for name, part in (schema.get("properties") or {}).items():
        found += _schema(part, f"{at}/properties/{name}")
    found += _schema(schema.get("items"), f"{at}/items")
    return found + [p for i, part in enumerate(schema.get("anyOf") or []) for p in _schema(part, f"{at}/anyOf/{i}")]


def _config(model: str, body: Mapping[str, Any]) -> list[Problem]:
    config, at = body.get("generationConfig") or {}, "/generationConfig"
    found = _schema(config.get("responseSchema"), f"{at}/responseSchema")
    wants_json = config.get("responseMimeType") == "application/json"
    if ("responseSchema" in config or "responseJsonSchema" in config) and not wants_json:
        found.append(Problem(f"{at}/responseMimeType", "must be application/json with a response schema"))
    if "responseSchema" in config and "responseJsonSchema" in config:
        found.append(Problem(at, "response_schema and response_json_schema are mutually exclusive"))
    if wants_json and declarations(body) and not _requires_signatures(model):
        found.append(
            Problem(f"{at}/responseMimeType", "Function calling with a response mime type: 'application/json' is unsupported")
        )
    for name, low, high in (("temperature", 0, 2), ("topP", 0, 1), ("candidateCount", 1, 8), ("maxOutputTokens", 1, 1 << 20)):
        if config.get(name) is not None and not low <= config[name] <= high:
            found.append(Problem(f"{at}/{name}", f"must be from {low} to {high}"))
    if len(config.get("stopSequences") or []) > 5:
        found.append(Problem(f"{at}/stopSequences", "at most 5"))
    return found + _thinking(model, config.get("thinkingConfig") or {})


def _thinking(model: str, config: Mapping[str, Any]) -> list[Problem]:
    """https://ai.google.dev/gemini-api/docs/thinking: levels from Gemini 3 on, budgets before; never both."""
    at = "/generationConfig/thinkingConfig"
    if "thinkingLevel" in config and "thinkingBudget" in config:
        return [Problem(at, "thinking_level and thinking_budget cannot be set together")]
    if "thinkingLevel" in config and not _requires_signatures(model):
        return [Problem(f"{at}/thinkingLevel", "Thinking level is not supported for this model.")]
    return []
