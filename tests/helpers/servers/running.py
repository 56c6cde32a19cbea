"""Starting servers that listen on a port, and waiting until they do."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@asynccontextmanager
async def listening(*argv: str, port: int, env: dict[str, str] | None = None) -> AsyncIterator[str]:
    """Run *argv* until the block ends; yields the server's URL once the port answers."""
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        *argv, stdout=quiet, stderr=quiet, env={**os.environ, **(env or {})}
    )
    try:
        async with asyncio.timeout(30):
            while not await _answers(port):
                assert process.returncode is None, f"{argv} ended at once"
                await asyncio.sleep(0.05)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@asynccontextmanager
async def sdk_over_http() -> AsyncIterator[str]:
    port = free_port()
    argv = (sys.executable, "-m", "tests.helpers.servers.sdk_garden", "http", str(port))
    async with listening(*argv, port=port) as url:
        yield url


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True
