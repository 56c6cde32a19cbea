"""What an older HTTP session obliges a client to, and what no modern server can talk it into."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from mcphost.domain.errors import ServerUnreachable
from mcphost.servers.connection import Connection
from tests.helpers.servers.http_peer import HttpPeer, Reply, Script, Seen, legacy, modern, peer
from tests.helpers.wiretap import Bench, at

Scenario = Callable[[Connection, Bench, HttpPeer], Awaitable[None]]


def play(script: Script, scenario: Scenario) -> HttpPeer:
    async def run() -> HttpPeer:
        bench = Bench()
        async with peer(script) as server, bench.connected(at(server.url)) as it:
            await scenario(it, bench, server)
        return server

    return asyncio.run(run())


async def lists(seen: Seen, reply: Reply) -> None:
    await reply.result({"resultType": "complete", "tools": []})


async def list_once(it: Connection, bench: Bench, server: HttpPeer) -> None:
    await it.request("tools/list", {}, bench.tap.exchange())


@pytest.mark.requirement("LEG-09")
def test_every_request_after_the_handshake_names_version_and_session_and_nothing_newer() -> None:
    server = play(legacy(lists, version="2025-06-18"), list_once)
    later = [
        seen for seen in server.seen if seen.method in {"tools/list", "notifications/initialized"}
    ]
    assert len(later) == 2
    for seen in later:
        assert seen.headers["mcp-protocol-version"] == "2025-06-18"
        assert seen.headers["mcp-session-id"] == "s-1"
        assert "mcp-method" not in seen.headers
    first = next(seen for seen in server.seen if seen.method == "initialize")
    assert "mcp-session-id" not in first.headers


@pytest.mark.requirement("LEG-08")
def test_a_session_is_ended_when_it_is_no_longer_needed() -> None:
    server = play(legacy(lists), list_once)
    farewell = server.seen[-1]
    assert (farewell.verb, farewell.headers["mcp-session-id"]) == ("DELETE", "s-1")
    assert farewell.headers["mcp-protocol-version"] == "2025-11-25"


@pytest.mark.requirement("LEG-08")
def test_a_server_without_sessions_gets_no_farewell() -> None:
    server = play(legacy(lists, session=None), list_once)
    assert "DELETE" not in server.methods()


@pytest.mark.requirement("LEG-06")
@pytest.mark.parametrize("session", ["two words", "caf\u00e9", "x" * 2000])
def test_a_session_id_that_is_not_visible_ascii_is_refused(session: str) -> None:
    with pytest.raises(Exception, match="session id that is not plain text"):
        play(legacy(lists, session=session), list_once)


@pytest.mark.requirement("LEG-05")
def test_a_handshake_that_takes_too_long_is_not_cancelled() -> None:
    async def script(seen: Seen, reply: Reply) -> None:
        if seen.method == "initialize":
            await asyncio.sleep(5)
        await reply.error(-32601, "no")

    async def run() -> HttpPeer:
        bench = Bench()
        async with peer(script) as server:
            with pytest.raises(ServerUnreachable, match="did not answer initialize"):
                await bench.pool.connect(at(server.url), bench.tap.exchange(deadline=0.3))
            await bench.pool.close_all()
        return server

    assert "notifications/cancelled" not in asyncio.run(run()).methods()


@pytest.mark.requirement("MCP-058")
def test_an_event_id_of_a_modern_server_opens_no_second_stream() -> None:
    async def script(seen: Seen, reply: Reply) -> None:
        await reply.event("", "id: e1", "retry: 1")

    async def scenario(it: Connection, bench: Bench, server: HttpPeer) -> None:
        with pytest.raises(ServerUnreachable, match="without an answer"):
            await it.request("tools/list", {}, bench.tap.exchange())

    assert "GET" not in play(modern(script), scenario).methods()
