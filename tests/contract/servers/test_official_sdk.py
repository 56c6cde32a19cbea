"""Against real servers on the official SDK, 2026-07-28, over both transports."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from mcphost.domain.server import ServerConfig
from mcphost.domain.tool import Era
from mcphost.protocol.mcp import is_error, result_text
from mcphost.servers.catalog import list_resources, list_tools, read_resource
from mcphost.servers.connection import Connection
from tests.helpers.servers.running import sdk_over_http
from tests.helpers.wiretap import Bench, at, module

Scenario = Callable[[Connection, Bench], Awaitable[Any]]


@asynccontextmanager
async def garden(transport: str) -> AsyncIterator[ServerConfig]:
    if transport == "stdio":
        yield module("sdk_garden", "stdio")
        return
    async with sdk_over_http() as url:
        yield at(url)


def meet(transport: str, scenario: Scenario) -> Any:
    async def run() -> Any:
        bench = Bench()
        async with garden(transport) as config, bench.connected(config) as connection:
            return await scenario(connection, bench)

    return asyncio.run(run())


both = pytest.mark.parametrize("transport", ["stdio", "http"])


@pytest.mark.requirement("MCP-033", "MCP-034")
@both
def test_the_server_is_recognised_and_its_tools_listed(transport: str) -> None:
    async def scenario(connection: Connection, bench: Bench) -> None:
        info = connection.info
        assert (info.era, info.protocol_version) == (Era.MODERN, "2026-07-28")
        assert (info.name, info.version, info.instructions) == ("garden", "1.2.3", "Be gentle.")
        tools = {t.name: t for t in await list_tools(connection, bench.tap.exchange())}
        assert tools["show_garden"].ui_resource == "ui://garden/app.html"
        assert not tools["water"].visible_to_model
        assert tools["echo"].ui_resource is None

    meet(transport, scenario)


@both
def test_the_template_is_read_with_its_metadata(transport: str) -> None:
    async def scenario(connection: Connection, bench: Bench) -> None:
        (entry,) = await list_resources(connection, bench.tap.exchange())
        result = await read_resource(connection, str(entry["uri"]), bench.tap.exchange())
        (content,) = result["contents"]
        assert content["mimeType"] == "text/html;profile=mcp-app"
        assert content["_meta"]["ui"]["csp"] == {"connectDomains": ["https://garden.example"]}

    meet(transport, scenario)


@pytest.mark.requirement("MCP-041")
@both
def test_a_call_answers_and_a_failed_one_says_so(transport: str) -> None:
    async def scenario(connection: Connection, bench: Bench) -> None:
        call = {"name": "echo", "arguments": {"text": "grüezi"}}
        good = await connection.request("tools/call", call, bench.tap.exchange())
        assert (result_text(good), is_error(good)) == ("grüezi", False)
        bad = await connection.request(
            "tools/call", {"name": "fail", "arguments": {}}, bench.tap.exchange()
        )
        assert is_error(bad)

    meet(transport, scenario)


@pytest.mark.requirement("MCP-140")
@both
def test_progress_is_heard_in_order(transport: str) -> None:
    async def scenario(connection: Connection, bench: Bench) -> None:
        heard: list[Any] = []
        exchange = bench.tap.exchange(on_progress=heard.append)
        await connection.request("tools/call", {"name": "slow", "arguments": {}}, exchange)
        assert [(p["progress"], p["message"]) for p in heard] == [(1, "digging"), (2, "planting")]

    meet(transport, scenario)


@pytest.mark.requirement("MCP-002")
@both
def test_calls_at_the_same_time_each_get_their_own_answer(transport: str) -> None:
    async def scenario(connection: Connection, bench: Bench) -> None:
        def echo(number: int) -> Awaitable[Any]:
            call = {"name": "echo", "arguments": {"text": f"word {number}"}}
            return connection.request("tools/call", call, bench.tap.exchange())

        answers = await asyncio.gather(*(echo(n) for n in range(25)))
        assert [result_text(a) for a in answers] == [f"word {n}" for n in range(25)]

    meet(transport, scenario)
