"""One script for two clients: discover or shake hands, list, call, ask, read, cancel, leave."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from mcp import Client, MCPError, StdioServerParameters
from mcp_types import ElicitResult, Implementation, PromptReference

from mcphost.domain.errors import ServerRefused
from mcphost.domain.json import JsonObject
from mcphost.domain.ports import InputRequest
from mcphost.gate.rounds import _retry
from mcphost.protocol.mcp import parse_input_required
from mcphost.servers.catalog import list_tools, read_resource
from mcphost.servers.connection import Connection
from tests.helpers.wiretap import QUICK, Bench, at, running

Target: TypeAlias = str | tuple[str, ...]
Waiting = Callable[[], Awaitable[object]]

PATIENT = replace(QUICK, probe=45.0)
"""A modern server that is slow to start must not be taken for an old one."""
REFERENCE = {"type": "ref/prompt", "name": "advice"}
COMPLETION: JsonObject = {"ref": REFERENCE, "argument": {"name": "about", "value": "x"}}
TEXT = {"text": "hi"}
REGION = {"region": "Zürich ", "text": "hi"}


@dataclass(frozen=True, slots=True)
class Both:
    """What each client sent."""

    ours: list[dict[str, Any]]
    theirs: list[dict[str, Any]]


async def our_client(target: Target, era: str, hanging: Waiting) -> None:
    bench = Bench(limits=PATIENT)
    config = at(target) if isinstance(target, str) else running(sys.executable, *target)
    async with bench.connected(config) as connection:
        await list_tools(connection, bench.tap.exchange(elicitation=True))
        for name, arguments in (("greet", TEXT), ("fail", TEXT), ("shape", TEXT), ("ship", REGION)):
            await _call(bench, connection, name, arguments)
        exchange = bench.tap.exchange(elicitation=True, on_progress=lambda _: None)
        await connection.request("tools/call", {"name": "slow", "arguments": TEXT}, exchange)
        await _ask(bench, connection, era)
        await read_resource(connection, "test://here", bench.tap.exchange(elicitation=True))
        prompt = {"name": "advice", "arguments": {"about": "x"}}
        await connection.request("prompts/get", prompt, bench.tap.exchange(elicitation=True))
        with suppress(ServerRefused):
            await connection.request(
                "completion/complete", COMPLETION, bench.tap.exchange(elicitation=True)
            )
        await _give_up(asyncio.ensure_future(_call(bench, connection, "hang", TEXT)), hanging)


async def _call(bench: Bench, connection: Connection, name: str, arguments: Any) -> JsonObject:
    params = {"name": name, "arguments": arguments}
    return await connection.request("tools/call", params, bench.tap.exchange(elicitation=True))


async def _ask(bench: Bench, connection: Connection, era: str) -> None:
    params: JsonObject = {"name": "ask", "arguments": TEXT}

    async def on_input(request: InputRequest) -> JsonObject:
        return {"action": "accept", "content": {"name": "Ada"}}

    exchange = bench.tap.exchange(elicitation=True, on_input=on_input)
    result = await connection.request("tools/call", params, exchange)
    if era == "modern":
        asked = parse_input_required(result)
        answers = {key: dict(await on_input(request)) for key, request in asked.input_requests}
        retry = _retry(params, asked, answers)
        await connection.request("tools/call", retry, bench.tap.exchange(elicitation=True))


async def their_client(target: Target, era: str, hanging: Waiting) -> None:
    async def on_input(context: Any, params: Any) -> ElicitResult:
        return ElicitResult(action="accept", content={"name": "Ada"})

    async def heard(progress: float, total: float | None, message: str | None) -> None:
        return

    server = (
        target
        if isinstance(target, str)
        else StdioServerParameters(command=sys.executable, args=list(target))
    )
    name = Implementation(name="mcphost", version="0.1.0")
    async with Client(
        server, client_info=name, elicitation_callback=on_input, cache=None
    ) as client:
        page = await client.list_tools()
        while page.next_cursor is not None:
            page = await client.list_tools(cursor=page.next_cursor)
        for tool, arguments in (("greet", TEXT), ("fail", TEXT), ("shape", TEXT), ("ship", REGION)):
            await client.call_tool(tool, arguments)
        await client.call_tool("slow", TEXT, progress_callback=heard)
        await client.call_tool("ask", TEXT)
        await client.read_resource("test://here")
        await client.get_prompt("advice", {"about": "x"})
        with suppress(MCPError):
            reference = PromptReference(name="advice")
            await client.complete(reference, {"name": "about", "value": "x"})
        await _give_up(asyncio.ensure_future(client.call_tool("hang", TEXT)), hanging)


async def _give_up(call: asyncio.Task[Any], hanging: Waiting) -> None:
    """Cancel *call* once the server has it."""
    await hanging()
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
