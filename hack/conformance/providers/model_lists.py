"""The lists of models that OpenAI and Anthropic give."""

from __future__ import annotations

from aiohttp import web

from .exchange import Exchange
from .wire import whole


async def openai(exchange: Exchange) -> web.StreamResponse:
    """https://platform.openai.com/docs/api-reference/models/list"""
    names = ("gpt-4o-mini", "gpt-5", "text-embedding-3-small")
    data = [{"id": name, "object": "model", "created": 1700000000, "owned_by": exchange.provider} for name in names]
    return await whole(exchange, {"object": "list", "data": data})


async def anthropic(exchange: Exchange) -> web.StreamResponse:
    """https://platform.claude.com/docs/en/api/models-list"""
    names = ("claude-sonnet-4-5", "claude-haiku-4-5")
    data = [
        {"type": "model", "id": name, "display_name": name, "created_at": "2026-01-02T03:04:05Z", "lifecycle": "active"}
        for name in names
    ]
    return await whole(exchange, {"data": data, "has_more": False, "first_id": names[0], "last_id": names[-1]})
