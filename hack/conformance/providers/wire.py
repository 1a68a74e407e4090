"""Writes answers: whole, streamed, torn, cut."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from .exchange import Exchange
from .reply import Failure, Reply


def dumps(value: Any) -> str:
    """JSON as the providers write it: no spaces, and characters as they are instead of escapes."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def fragments(text: str) -> list[str]:
    """Return a call's arguments in pieces of six characters, as they are streamed."""
    return [text[i : i + 6] for i in range(0, len(text), 6)]


def sse(data: Any, event: str | None = None, end: str = "\n") -> bytes:
    """Return one server-sent event. data is written as JSON unless it is a str."""
    head = f"event: {event}{end}" if event else ""
    return f"{head}data: {data if isinstance(data, str) else dumps(data)}{end}{end}".encode()


async def whole(
    exchange: Exchange, value: Any, reply: Reply | None = None, headers: Mapping[str, str] | None = None
) -> web.StreamResponse:
    """Answer with one JSON document; half of it and a closed connection if the script says so."""
    body = dumps(value).encode()
    if reply is None or reply.failure is not Failure.CUT:
        return web.Response(body=body, content_type="application/json", headers=headers)
    response = web.StreamResponse(
        headers={"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
    )
    await response.prepare(exchange.request)
    await response.write(body[: len(body) // 2])
    await _cut(exchange)
    return response


async def stream(
    exchange: Exchange,
    frames: Sequence[bytes],
    content_type: str,
    reply: Reply,
    failure: Sequence[bytes],
    headers: Mapping[str, str] | None = None,
) -> web.StreamResponse:
    """Send frames one by one. A script that fails midway gets half of them, and then failure or a closed connection.

    A client that leaves is noted in the journal.
    """
    response = web.StreamResponse(headers={"Content-Type": content_type, "Cache-Control": "no-cache", **(headers or {})})
    await response.prepare(exchange.request)
    try:
        await _play(exchange, response, frames, reply, failure)
    except ConnectionError:
        exchange.entry.left = True
    return response


async def _play(
    exchange: Exchange, response: web.StreamResponse, frames: Sequence[bytes], reply: Reply, failure: Sequence[bytes]
) -> None:
    fails = reply.failure in (Failure.MIDSTREAM, Failure.CUT)
    for frame in frames[: len(frames) // 2] if fails else frames:
        for piece in _torn(frame) if reply.torn else (frame,):
            await response.write(piece)
            await asyncio.sleep(reply.pace)
    if reply.failure is Failure.CUT:
        await _cut(exchange)
        return
    for frame in failure if fails else ():
        await response.write(frame)
    await response.write_eof()


async def _cut(exchange: Exchange) -> None:
    """Close the connection where no answer ends. What was written is delivered first."""
    transport = exchange.request.transport
    if transport is not None:
        await asyncio.sleep(0.01)
        transport.close()


def _torn(frame: bytes) -> tuple[bytes, ...]:
    """Split a frame inside of its first character of more than one byte."""
    at = next((i + 1 for i, b in enumerate(frame) if b >= 0xC0), 0)
    return (frame[:at], frame[at:]) if at else (frame,)
