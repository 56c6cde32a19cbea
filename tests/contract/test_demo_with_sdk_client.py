"""The demo server, as the official SDK's client sees it: an oracle that is not ours."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from threading import Thread
from typing import Any

from mcp import Client, StdioServerParameters
from mcp.types import ElicitResult

from mcphost.demo.http import server_for
from tests.helpers.demo_calls import DemoCalls

DEMO = StdioServerParameters(command=sys.executable, args=["-m", "mcphost.demo"])
PLAN = {"label": "Early beans", "crop": "beans", "plants": 12}


async def answer(_context: Any, params: Any) -> ElicitResult:
    """Accept whatever is asked."""
    if params.mode == "url":
        return ElicitResult(action="accept")
    return ElicitResult(action="accept", content=PLAN)


def with_client(work: Callable[[Client], Awaitable[Any]], server: Any = DEMO) -> Any:
    """The result of *work* with a client connected to *server*."""

    async def run() -> Any:
        async with Client(server, mode="2026-07-28", elicitation_callback=answer) as client:
            return await work(client)

    return asyncio.run(asyncio.wait_for(run(), 60))


def test_the_sdk_client_lists_and_calls_every_plain_tool() -> None:
    async def work(client: Client) -> Any:
        tools = await client.list_tools()
        result = await client.call_tool("garden_overview", {})
        history = await client.call_tool("bed_history", {"bed_id": "herbs", "days": 7})
        return [tool.name for tool in tools.tools], result, history

    names, result, history = with_client(work)
    assert names[0] == "garden_overview"
    assert len(names) == 6
    assert result.structured_content["beds"]
    assert len(history.structured_content["readings"]) == 7


def test_the_sdk_client_answers_a_form_and_a_url() -> None:
    async def work(client: Client) -> Any:
        planned = await client.call_tool("plan_bed", {"bed_id": "herbs"})
        ordered = await client.call_tool("order_seeds", {"seed": "kale"})
        return planned, ordered

    planned, ordered = with_client(work)
    assert "12 plants of beans" in planned.content[0].text
    assert "1 × kale" in ordered.content[0].text


def test_the_sdk_client_reads_the_template() -> None:
    result = with_client(lambda client: client.read_resource("ui://garden/planner.html"))
    assert result.contents[0].mime_type == "text/html;profile=mcp-app"


def test_the_sdk_client_mirrors_the_bed_over_http() -> None:
    with server_for(DemoCalls().service, "127.0.0.1", 0) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            history = with_client(history_of_herbs, f"http://127.0.0.1:{server.server_port}/mcp")
        finally:
            server.shutdown()
            thread.join(10)
    assert len(history.structured_content["readings"]) == 7


async def history_of_herbs(client: Client) -> Any:
    """A call whose `bed_id` must travel in a header too."""
    await client.list_tools()
    return await client.call_tool("bed_history", {"bed_id": "herbs", "days": 7})
