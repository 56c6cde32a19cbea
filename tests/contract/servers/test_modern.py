"""What only 2026-07-28 has: per-request declarations, questions as results, mirrored parameters."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from mcphost.domain.errors import HostBugError, ProtocolViolation, ServerRefused
from mcphost.protocol.mcp import parse_input_required
from mcphost.servers.catalog import list_tools
from mcphost.servers.connection import Connection
from tests.helpers.servers.http_peer import HttpPeer, Reply, Script, Seen, modern, peer
from tests.helpers.wiretap import Bench, at

Scenario = Callable[[Connection, Bench, HttpPeer], Awaitable[None]]
QUESTION = {"who": {"method": "elicitation/create", "params": {"message": "Who?"}}}


def meet(script: Script, scenario: Scenario) -> None:
    async def run() -> None:
        bench = Bench()
        async with peer(modern(script)) as server, bench.connected(at(server.url)) as it:
            await scenario(it, bench, server)

    asyncio.run(run())


async def asks_first(seen: Seen, reply: Reply) -> None:
    params = seen.message["params"]
    if "inputResponses" not in params:
        asked = {"resultType": "input_required", "inputRequests": QUESTION}
        await reply.result({**asked, "requestState": "s\u2028é"})
    else:
        await reply.result({"resultType": "complete", "content": []})


@pytest.mark.requirement("MCP-075", "MCP-077")
def test_a_question_comes_back_as_a_result_and_the_answer_goes_as_parameters() -> None:
    async def scenario(it: Connection, bench: Bench, server: HttpPeer) -> None:
        params = {"name": "book", "arguments": {"n": 1}}
        exchange = bench.tap.exchange(elicitation=True)
        asked = parse_input_required(await it.request("tools/call", params, exchange))
        again = {
            **params,
            "inputResponses": {"who": {"action": "accept", "content": {"name": "me"}}},
            "requestState": asked.request_state,
        }
        done = await it.request("tools/call", again, exchange)
        assert done["resultType"] == "complete"
        first, second = (seen.message for seen in server.seen[1:])
        assert second["params"]["requestState"] == "s\u2028é"
        assert second["params"]["arguments"] == first["params"]["arguments"]
        assert first["id"] != second["id"]

    meet(asks_first, scenario)


@pytest.mark.requirement("MCP-005", "MCP-018")
def test_capabilities_follow_each_request() -> None:
    async def answer(seen: Seen, reply: Reply) -> None:
        await reply.result({"content": []})

    async def scenario(it: Connection, bench: Bench, server: HttpPeer) -> None:
        for elicitation in (False, True, False):
            await it.request("tools/list", {}, bench.tap.exchange(elicitation=elicitation))
        key = "io.modelcontextprotocol/clientCapabilities"
        declared = [seen.message["params"]["_meta"][key] for seen in server.seen[1:]]
        assert ["elicitation" in each for each in declared] == [False, True, False]
        assert all("io.modelcontextprotocol/ui" in each["extensions"] for each in declared)

    meet(answer, scenario)


def test_params_may_not_bring_a_meta_of_their_own() -> None:
    async def scenario(it: Connection, bench: Bench, server: HttpPeer) -> None:
        with pytest.raises(HostBugError):
            await it.request("tools/list", {"_meta": {}}, bench.tap.exchange())
        assert server.methods() == ["server/discover"]

    meet(asks_first, scenario)


@pytest.mark.requirement("MCP-011")
@pytest.mark.parametrize(("code", "status"), [(-32602, 200), (-32020, 400), (-32601, 404)])
def test_a_json_rpc_error_is_the_servers_refusal_whatever_the_status(
    code: int, status: int
) -> None:
    async def refuse(seen: Seen, reply: Reply) -> None:
        await reply.error(code, "no\u202e", status, {"why": 1})

    async def scenario(it: Connection, bench: Bench, server: HttpPeer) -> None:
        with pytest.raises(ServerRefused) as caught:
            await it.request("tools/list", {}, bench.tap.exchange())
        assert (caught.value.code, caught.value.data) == (code, {"why": 1})
        assert caught.value.server_message == "no⟨U+202E⟩"

    meet(refuse, scenario)


SHIP = {
    "name": "ship",
    "inputSchema": {
        "type": "object",
        "properties": {
            "region": {"type": "string", "x-mcp-header": "Region"},
            "to": {
                "type": "object",
                "properties": {"zip": {"type": "integer", "x-mcp-header": "Zip"}},
            },
            "fast": {"type": "boolean", "x-mcp-header": "Fast"},
        },
    },
}
BAD = {
    "name": "bad",
    "inputSchema": {"type": "object", "properties": {"a": {"type": "number", "x-mcp-header": "A"}}},
}


async def shipping(seen: Seen, reply: Reply) -> None:
    tools = {"tools": [SHIP, BAD, SHIP]}
    await reply.result(tools if seen.method == "tools/list" else {"content": []})


@pytest.mark.requirement("MCP-046", "MCP-049", "MCP-053")
def test_annotated_parameters_are_mirrored_into_headers() -> None:
    async def scenario(it: Connection, bench: Bench, server: HttpPeer) -> None:
        await list_tools(it, bench.tap.exchange())
        arguments = {"region": " Zürich ", "to": {"zip": 8001}, "fast": None}
        params = {"name": "ship", "arguments": arguments}
        await it.request("tools/call", params, bench.tap.exchange())
        headers = server.seen[-1].headers
        assert headers["mcp-param-region"] == "=?base64?IFrDvHJpY2gg?="
        assert headers["mcp-param-zip"] == "8001"
        assert "mcp-param-fast" not in headers
        assert (headers["mcp-method"], headers["mcp-name"]) == ("tools/call", "ship")
        assert headers["mcp-protocol-version"] == "2026-07-28"

    meet(shipping, scenario)


@pytest.mark.requirement("MCP-050", "MCP-051")
def test_a_bad_tool_is_left_out_with_a_reason_and_its_neighbours_stay() -> None:
    async def scenario(it: Connection, bench: Bench, server: HttpPeer) -> None:
        warnings: list[str] = []
        tools = await list_tools(it, bench.tap.exchange(), warnings=warnings)
        assert [tool.name for tool in tools] == ["ship"]
        assert "Peer: the tool bad was left out: x-mcp-header on a, which is not of" in warnings[0]
        assert "ship is listed twice" in warnings[1]

    meet(shipping, scenario)


@pytest.mark.requirement("MCP-114", "MCP-115")
def test_pages_are_followed_to_the_end_and_an_empty_cursor_is_a_cursor() -> None:
    async def pages(seen: Seen, reply: Reply) -> None:
        cursor = seen.message["params"].get("cursor")
        following = {None: {"nextCursor": ""}, "": {"nextCursor": "z"}, "z": {}}[cursor]
        tool = {"name": f"t{cursor}", "inputSchema": {"type": "object"}}
        await reply.result({"tools": [tool], **following})

    async def scenario(it: Connection, bench: Bench, server: HttpPeer) -> None:
        tools = await list_tools(it, bench.tap.exchange())
        assert [tool.name for tool in tools] == ["tNone", "t", "tz"]

    meet(pages, scenario)


@pytest.mark.requirement("MCP-115")
@pytest.mark.parametrize(
    ("page", "why"),
    [
        ({"tools": [], "nextCursor": "same"}, "a cursor that leads nowhere"),
        ({"tools": [], "nextCursor": 4}, "a cursor that leads nowhere"),
        ({"tools": {}}, "tools that are not a list"),
        ({}, "tools that are not a list"),
        ({"tools": [None] * 2001}, "more than 2000 tools"),
    ],
)
def test_a_list_without_end_or_sense_is_refused(page: dict[str, Any], why: str) -> None:
    async def script(seen: Seen, reply: Reply) -> None:
        await reply.result(page)

    async def scenario(it: Connection, bench: Bench, server: HttpPeer) -> None:
        with pytest.raises(ProtocolViolation, match=why):
            await list_tools(it, bench.tap.exchange())

    meet(script, scenario)


@pytest.mark.requirement("MCP-045", "MCP-057", "MCP-139", "MCP-140")
def test_progress_reaches_only_the_call_it_belongs_to() -> None:
    async def script(seen: Seen, reply: Reply) -> None:
        own = seen.message["params"]["_meta"]["progressToken"]
        for token, value in ((own, 1), (999, 2), (str(own), 3), (own, 0.5), (own, 4)):
            params = {"progressToken": token, "progress": value}
            await reply.event(
                {"jsonrpc": "2.0", "method": "notifications/progress", "params": params}, ": hi"
            )
        await reply.result({"content": []})

    async def scenario(it: Connection, bench: Bench, server: HttpPeer) -> None:
        heard: list[Any] = []
        exchange = bench.tap.exchange(on_progress=heard.append)
        await it.request("tools/call", {"name": "x"}, exchange)
        assert [p["progress"] for p in heard] == [1, 4]

    meet(script, scenario)
