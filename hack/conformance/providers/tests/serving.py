"""Runs the fake providers in a thread, so that synchronous SDKs can talk to them."""

from __future__ import annotations

import asyncio
import json
import threading
import unittest
import urllib.request
from typing import Any

from aiohttp import web

from ..server import application

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
WEATHER = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False}
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "additionalProperties": False,
}


class Serving(unittest.TestCase):
    """A test case with the providers at self.base. A test fails if it leaves violations that it has not taken."""

    base: str

    @classmethod
    def setUpClass(cls) -> None:
        started = threading.Event()
        cls._loop = asyncio.new_event_loop()
        cls._runner = web.AppRunner(application(), shutdown_timeout=0.1)

        async def start() -> None:
            await cls._runner.setup()
            await web.TCPSite(cls._runner, "127.0.0.1", 0).start()
            cls.base = f"http://127.0.0.1:{cls._runner.addresses[0][1]}"
            started.set()

        def run() -> None:
            asyncio.set_event_loop(cls._loop)
            cls._loop.run_until_complete(start())
            cls._loop.run_forever()

        cls._thread = threading.Thread(target=run, daemon=True)
        cls._thread.start()
        if not started.wait(10):
            raise TimeoutError("the providers did not start")

    @classmethod
    def tearDownClass(cls) -> None:
        asyncio.run_coroutine_threadsafe(cls._runner.cleanup(), cls._loop).result(10)
        cls._loop.call_soon_threadsafe(cls._loop.stop)
        cls._thread.join(10)
        cls._loop.close()

    def tearDown(self) -> None:
        self.assertEqual(self.take_violations(), [])

    def take_violations(self) -> list[dict[str, Any]]:
        """Return the violations so far, and forget them."""
        found = json.loads(self.call("GET", "/violations")[1])
        self.call("DELETE", "/violations")
        return found

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        """Send a request, with a JSON body if there is one; return status and body."""
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(
            self.base + path, data=data, method=method, headers={"Content-Type": "application/json", **(headers or {})}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def assert_refused(self, path: str, body: Any, headers: dict[str, str], pointer: str, what: str = "") -> None:
        """Assert that the provider answers with a 400, and that a violation at pointer says what."""
        status, answer = self.call("POST", path, body, headers)
        found = self.take_violations()
        self.assertEqual(status, 400, answer)
        self.assertTrue(
            any(v["pointer"] == pointer and what in v["what"] for v in found),
            f"no violation at {pointer!r} with {what!r} in {found}",
        )
