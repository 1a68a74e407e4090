"""Embeddings of the Gemini API and of Vertex AI, which differ in where the parameters are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web
from google.genai import types

from .exchange import Exchange, Refused, known_model, refuse
from .shape import Problem, by_alias, check
from .vectors import problems_of, vector
from .wire import whole

_PARAMETERS: dict[str, Any] = {"taskType": str, "title": str, "outputDimensionality": int}
_VERTEX_ONLY: dict[str, Any] = {"autoTruncate": bool, "documentOcr": bool, "audioTrackExtraction": bool}
_INSTANCE = frozenset({"content", "title", "task_type"})


async def embed(exchange: Exchange, model: str, vertex: bool = False) -> web.StreamResponse:
    """Answer :embedContent: https://ai.google.dev/api/embeddings."""
    body = _canonical(exchange.json())
    refuse(_problems(body, vertex))
    known_model(model)
    return await whole(exchange, {"embedding": _embedding(body)})


async def batch_embed(exchange: Exchange, model: str, vertex: bool = False) -> web.StreamResponse:
    """Answer :batchEmbedContents; at the Gemini API each request repeats the model."""
    body = exchange.json()
    requests = body.get("requests")
    if set(body) != {"requests"} or not isinstance(requests, list) or not requests:
        raise Refused([Problem("/requests", "must be a list, and the only key")])
    refuse([Problem(f"/requests/{i}", "must be an object") for i, r in enumerate(requests) if not isinstance(r, dict)])
    requests = [_canonical(request) for request in requests]
    refuse([p for i, request in enumerate(requests) for p in _problems(request, vertex, f"/requests/{i}")])
    wrong = [i for i, request in enumerate(requests) if request.get("model") != (None if vertex else f"models/{model}")]
    refuse([Problem(f"/requests/{i}/model", "must be models/<the model of the path>, and absent at Vertex AI") for i in wrong])
    known_model(model)
    return await whole(exchange, {"embeddings": [_embedding(request) for request in requests]})


def _canonical(body: Mapping[str, Any]) -> dict[str, Any]:
    return {k: by_alias(v, types.Content) if k == "content" else v for k, v in body.items() if v is not None}


def _size(body: Mapping[str, Any]) -> Any:
    return {**body, **body.get("embedContentConfig", {})}.get("outputDimensionality")


def _problems(body: Mapping[str, Any], vertex: bool, at: str = "") -> list[Problem]:
    """Vertex AI takes the parameters in embedContentConfig, the Gemini API beside content: google/genai/models.py."""
    fields = {"model": str, "content": types.Content, **({"embedContentConfig": dict} if vertex else _PARAMETERS)}
    found = _fields(body, fields, at)
    if vertex and isinstance(body.get("embedContentConfig"), dict):
        found += _fields(body["embedContentConfig"], _PARAMETERS | _VERTEX_ONLY, f"{at}/embedContentConfig")
    if found:
        return found
    found = problems_of(_size(body), f"{at}/outputDimensionality")
    return found + ([] if (body.get("content") or {}).get("parts") else [Problem(f"{at}/content", "content is required")])


def _fields(body: Mapping[str, Any], fields: Mapping[str, Any], at: str) -> list[Problem]:
    found = [Problem(f"{at}/{k}", f'Unknown name "{k}": Cannot find field.') for k in body if k not in fields]
    return found + [p for k, v in body.items() if k in fields for p in check(v, fields[k], f"{at}/{k}")]


def _embedding(body: Mapping[str, Any]) -> dict[str, Any]:
    text = "".join(part.get("text", "") for part in body["content"]["parts"])
    return {"values": vector(text, _size(body))}


async def predict(exchange: Exchange, model: str) -> web.StreamResponse:
    """Answer Vertex AI's :predict for text embeddings.

    https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api
    """
    body = exchange.json()
    refuse(_fields(body, {"instances": list[dict[str, str]], "parameters": dict}, ""))
    instances, parameters = body.get("instances") or [], body.get("parameters") or {}
    found = _fields(parameters, {"autoTruncate": bool, "outputDimensionality": int}, "/parameters")
    found += [
        Problem(f"/instances/{i}", f"keys must be of {sorted(_INSTANCE)}, with content")
        for i, instance in enumerate(instances)
        if set(instance) - _INSTANCE or "content" not in instance
    ]
    found += problems_of(parameters.get("outputDimensionality"), "/parameters/outputDimensionality")
    refuse(found or ([] if instances else [Problem("/instances", "required, but missing")]))
    known_model(model)
    vectors = [vector(instance["content"], parameters.get("outputDimensionality")) for instance in instances]
    statistics = {"token_count": 4, "truncated": False}
    return await whole(exchange, {"predictions": [{"embeddings": {"values": v, "statistics": statistics}} for v in vectors]})
