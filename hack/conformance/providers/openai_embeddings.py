"""POST embeddings, and the rerank of servers beside OpenAI."""

from __future__ import annotations

from typing import Any, NotRequired

from aiohttp import web
from openai.types import EmbeddingCreateParams
from typing_extensions import TypedDict

from .exchange import Exchange, Refused, known_model, refuse
from .shape import Problem, check
from .vectors import packed, problems_of, vector
from .wire import whole


async def embeddings(exchange: Exchange) -> web.StreamResponse:
    """Answer with one vector for each input, as floats or base64. Tokens are embedded as their list in JSON."""
    body = exchange.json()
    refuse(check(body, EmbeddingCreateParams))
    known_model(body["model"])
    inputs = _inputs(body["input"])
    refuse(problems_of(body.get("dimensions"), "/dimensions"))
    vectors = [vector(str(i), body.get("dimensions")) for i in inputs]
    pack = packed if body.get("encoding_format") == "base64" else list
    data = [{"object": "embedding", "index": i, "embedding": pack(v)} for i, v in enumerate(vectors)]
    tokens = 4 * len(inputs)
    return await whole(
        exchange,
        {"object": "list", "data": data, "model": body["model"], "usage": {"prompt_tokens": tokens, "total_tokens": tokens}},
    )


def _inputs(given: Any) -> list[Any]:
    """A string, a list of strings, a list of tokens, or a list of such lists; none of them empty, at most 2048."""
    inputs = given if isinstance(given, list) and given and not isinstance(given[0], int) else [given]
    if not 1 <= len(inputs) <= 2048 or any(i in ("", []) for i in inputs):
        raise Refused([Problem("/input", "cannot be empty, and takes at most 2048 inputs")])
    return inputs


class RerankParams(TypedDict):
    """https://docs.cohere.com/reference/rerank as vLLM, Jina and others serve it."""

    model: str
    query: str
    documents: list[str]
    top_n: NotRequired[int]
    return_documents: NotRequired[bool]


async def rerank(exchange: Exchange) -> web.StreamResponse:
    """Answer with the documents ordered by the share of the query's words that they contain."""
    body = exchange.json()
    refuse(check(body, RerankParams))
    known_model(body["model"])
    words = set(body["query"].lower().split())
    scores = [(len(words & set(d.lower().split())) / max(1, len(words)), i) for i, d in enumerate(body["documents"])]
    ranked = sorted(scores, key=lambda s: (-s[0], s[1]))[: body.get("top_n") or len(scores)]
    shown = body.get("return_documents") is True
    results = [
        {"index": i, "relevance_score": s, **({"document": {"text": body["documents"][i]}} if shown else {})} for s, i in ranked
    ]
    return await whole(
        exchange, {"id": f"rerank-{exchange.number}", "model": body["model"], "results": results, "usage": {"total_tokens": 12}}
    )
