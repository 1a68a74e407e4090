"""InvokeModel for the embedding models of Amazon and Cohere, whose bodies are the model's own."""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from aiohttp import web
from typing_extensions import TypedDict

from .exchange import Exchange, Refused, known_model, refuse
from .shape import Problem, check
from .vectors import vector
from .wire import whole


class Titan(TypedDict):
    """https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html"""

    inputText: str
    dimensions: NotRequired[Literal[256, 512, 1024]]
    normalize: NotRequired[bool]
    embeddingTypes: NotRequired[list[Literal["float", "binary"]]]


class Cohere(TypedDict):
    """https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed-v3.html, and of version 4 the dimension."""

    texts: list[str]
    input_type: Literal["search_document", "search_query", "classification", "clustering"]
    truncate: NotRequired[Literal["NONE", "START", "END", "LEFT", "RIGHT"]]
    embedding_types: NotRequired[list[Literal["float", "int8", "uint8", "binary", "ubinary"]]]
    output_dimension: NotRequired[Literal[256, 512, 1024, 1536]]


async def invoke(exchange: Exchange, model: str) -> web.StreamResponse:
    """Answer InvokeModel; other models than embedding models are spoken to with Converse."""
    body = exchange.json()
    known_model(model)
    if "titan-embed" in model:
        refuse(check(body, Titan))
        values = vector(body["inputText"], body.get("dimensions", 1024))
        return await whole(exchange, {"embedding": values, "inputTextTokenCount": 4, "embeddingsByType": {"float": values}})
    if "cohere.embed" not in model:
        raise Refused([Problem("/modelId", "InvokeModel is there for embedding models only")])
    refuse(check(body, Cohere))
    refuse(_cohere_problems(model, body))
    vectors = [vector(text, body.get("output_dimension", 1024)) for text in body["texts"]]
    typed = "embedding_types" in body
    kind = "embeddings_by_type" if typed else "embeddings_floats"
    embeddings = {"float": vectors} if typed else vectors
    return await whole(
        exchange, {"id": f"e{exchange.number}", "response_type": kind, "texts": body["texts"], "embeddings": embeddings}
    )


def _cohere_problems(model: str, body: dict[str, Any]) -> list[Problem]:
    found = [] if 1 <= len(body["texts"]) <= 96 else [Problem("/texts", "must hold 1 to 96 texts")]
    if "output_dimension" in body and "-v3" in model:
        found.append(Problem("/output_dimension", "extraneous key [output_dimension] is not permitted"))
    return found
