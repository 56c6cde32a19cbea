"""Against the published example servers (2025-11-25), over both transports."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from mcphost.domain.server import ServerConfig
from mcphost.domain.tool import Era
from mcphost.protocol.mcp import result_text
from mcphost.servers.catalog import list_tools, read_resource
from tests.helpers.npm import example_server
from tests.helpers.servers.running import free_port, listening
from tests.helpers.wiretap import Bench, at, running

pytestmark = pytest.mark.npm

SAMPLE = ("basic-vanillajs", "basic-react", "budget-allocator", "cohort-heatmap", "system-monitor")


@asynccontextmanager
async def example(name: str, transport: str) -> AsyncIterator[ServerConfig]:
    argv = example_server(name)
    if transport == "stdio":
        yield running(*argv, "--stdio")
        return
    port = free_port()
    async with listening(*argv, port=port, env={"PORT": str(port)}) as url:
        yield at(url)


@pytest.mark.parametrize("transport", ["stdio", "http"])
@pytest.mark.parametrize("name", SAMPLE)
def test_an_example_server_is_used_as_what_it_is(name: str, transport: str) -> None:
    async def run() -> None:
        bench = Bench()
        async with example(name, transport) as config, bench.connected(config) as connection:
            assert connection.info.era is Era.LEGACY
            assert connection.info.protocol_version == "2025-11-25"
            tools = await list_tools(connection, bench.tap.exchange())
            shown = [tool for tool in tools if tool.ui_resource]
            assert shown
            page = await read_resource(connection, str(shown[0].ui_resource), bench.tap.exchange())
            assert page["contents"][0]["mimeType"] == "text/html;profile=mcp-app"
            answer = await connection.request(
                "tools/call", {"name": shown[0].name, "arguments": {}}, bench.tap.exchange()
            )
            assert result_text(answer)

    asyncio.run(run())
