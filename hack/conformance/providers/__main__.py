"""The command line of the fake providers; see the package."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
from pathlib import Path

from aiohttp import web

from .server import application


def main() -> None:
    """Serve until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="providers", description="Fake model providers that are strict about what they take.")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--ready-file", type=Path, help="file that receives the address once requests are taken")
    arguments = parser.parse_args()
    asyncio.run(_serve(arguments.port, arguments.ready_file))


async def _serve(port: int, ready_file: Path | None) -> None:
    runner = web.AppRunner(application(), shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    print(address, flush=True)
    if ready_file is not None:
        _write(ready_file, address)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()
    await runner.cleanup()


def _write(path: Path, text: str) -> None:
    """Write the file whole: whoever waits for it must not read half of it."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text + "\n")
    os.replace(partial, path)


main()
