"""The demo server, as the official SDK's client sees it: an oracle that is not ours."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from mcp import Client, StdioServerParameters
from mcp.types import ElicitResult

DEMO = StdioServerParameters(command=sys.executable, args=["-m", "mcphost.demo"])
PLAN = {"label": "Early beans", "crop": "beans", "plants": 12}


async def answer(_context: Any, params: Any) -> ElicitResult:
    """Accept whatever is asked."""
    if params.mode == "url":
        return ElicitResult(action="accept")
    return ElicitResult(action="accept", content=PLAN if "garden" not in params.message else {})


def with_client(work: Callable[[Client], Awaitable[Any]]) -> Any:
    """The result of *work* with a connected client."""

    async def run() -> Any:
        async with Client(DEMO, mode="2026-07-28", elicitation_callback=answer) as client:
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
