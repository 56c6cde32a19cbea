"""What holds for every message, whatever it is about: ids, answers, codes, and what is not said."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from mcphost.domain.errors import ServerRefused, ServerUnreachable
from tests.helpers.servers.http_peer import DISCOVERED, Reply, Script, Seen, legacy, modern, peer
from tests.helpers.wiretap import Bench, at, module


async def fine(seen: Seen, reply: Reply) -> None:
    await reply.result({"content": []})


@pytest.mark.requirement("MCP-002")
@pytest.mark.parametrize("mode", ["modern", "legacy-32601"])
def test_no_id_is_ever_used_twice(mode: str) -> None:
    async def run() -> list[Any]:
        bench = Bench()
        async with bench.connected(module("stdio_peer", mode)) as it:
            for _ in range(3):
                echo = {"name": "echo", "arguments": {"text": "x"}}
                exchanges = [bench.tap.exchange() for _ in range(5)]
                await asyncio.gather(*(it.request("tools/call", echo, e) for e in exchanges))
        return [frame.request_id for frame in bench.tap.frames if frame.request_id is not None]

    ids = asyncio.run(run())
    assert len(set(ids)) == len(ids) >= 16
    assert all(type(each) is int for each in ids)


@pytest.mark.requirement("MCP-004", "MCP-059")
def test_a_modern_server_gets_no_answer_to_anything() -> None:
    question = {"jsonrpc": "2.0", "id": "q", "method": "ping", "params": {}}

    async def asks(seen: Seen, reply: Reply) -> None:
        await reply.event(question)
        await reply.result({"content": []})

    async def run() -> list[str]:
        bench = Bench()
        async with peer(modern(asks)) as server, bench.connected(at(server.url)) as it:
            with pytest.raises(Exception, match="a request of its own"):
                await it.request("tools/list", {}, bench.tap.exchange())
        return server.methods()

    assert asyncio.run(run()) == ["server/discover", "tools/list"]


@pytest.mark.requirement("MCP-009")
@pytest.mark.parametrize("code", [-32000, -32001, -32004, -32019])
def test_a_code_without_a_meaning_is_a_refusal_and_nothing_else(code: int) -> None:
    async def refuse(seen: Seen, reply: Reply) -> None:
        await reply.error(code, "no", 200)

    async def run() -> list[str]:
        bench = Bench()
        async with peer(modern(refuse)) as server, bench.connected(at(server.url)) as it:
            with pytest.raises(ServerRefused) as caught:
                await it.request("tools/call", {"name": "x"}, bench.tap.exchange())
            assert caught.value.code == code
            assert it.alive
        return server.methods()

    assert asyncio.run(run()) == ["server/discover", "tools/call"]


@pytest.mark.requirement("MCP-012")
@pytest.mark.parametrize(("method", "known"), [("resources/read", True), ("tools/call", False)])
def test_an_older_servers_code_for_a_missing_resource_is_understood(
    method: str, known: bool
) -> None:
    async def refuse(seen: Seen, reply: Reply) -> None:
        await reply.error(-32002, "Resource not found", 200)

    async def run() -> str:
        bench = Bench()
        params = {"uri": "file:///gone"} if known else {"name": "x"}
        async with peer(legacy(refuse)) as server, bench.connected(at(server.url)) as it:
            with pytest.raises(ServerRefused) as caught:
                await it.request(method, params, bench.tap.exchange())
        return str(caught.value)

    assert ("there is no such resource" in asyncio.run(run())) is known


@pytest.mark.requirement("MCP-058")
def test_a_modern_stream_that_breaks_is_not_taken_up_again() -> None:
    async def breaks(seen: Seen, reply: Reply) -> None:
        note = {"jsonrpc": "2.0", "method": "notifications/message", "params": {}}
        await reply.event(note, "id: 7", "retry: 1")

    async def run() -> list[str]:
        bench = Bench()
        async with peer(modern(breaks)) as server, bench.connected(at(server.url)) as it:
            with pytest.raises(ServerUnreachable, match="look before you try again"):
                await it.request("tools/call", {"name": "x"}, bench.tap.exchange())
        return server.methods()

    assert asyncio.run(run()) == ["server/discover", "tools/call"]


@pytest.mark.requirement("LEG-05")
@pytest.mark.parametrize("silent", ["server/discover", "initialize"])
def test_a_handshake_is_given_up_without_a_word(silent: str) -> None:
    async def script(seen: Seen, reply: Reply) -> None:
        if seen.method == silent:
            await asyncio.sleep(30)
        await legacy(fine)(seen, reply)

    async def run() -> list[str]:
        bench = Bench()
        async with peer(script) as server:
            connecting = asyncio.ensure_future(bench.connect(at(server.url)))
            async with asyncio.timeout(10):
                while silent not in server.methods():
                    await asyncio.sleep(0.01)
            connecting.cancel()
            with suppress(asyncio.CancelledError):
                await connecting
            await bench.pool.close_all()
        return server.methods()

    assert asyncio.run(run())[-1] == silent


def _talk(script: Script) -> list[Seen]:
    async def run() -> list[Seen]:
        bench = Bench()
        async with peer(script) as server, bench.connected(at(server.url)) as it:
            await it.request("tools/call", {"name": "x", "arguments": {}}, bench.tap.exchange())
        return server.seen

    return asyncio.run(run())


@pytest.mark.requirement("LEG-08", "LEG-09", "MCP-192")
@pytest.mark.parametrize("version", ["2025-11-25", "2025-06-18", "2025-03-26"])
def test_an_older_server_gets_the_agreed_version_and_no_header_of_the_new_one(version: str) -> None:
    seen = _talk(legacy(fine, version=version))
    later = [each for each in seen if each.method not in {"server/discover", "initialize"}]
    assert [each.method or each.verb for each in later] == [
        "notifications/initialized",
        "tools/call",
        "DELETE",
    ]
    assert {each.headers.get("mcp-protocol-version") for each in later} == {version}
    assert {each.headers.get("mcp-session-id") for each in later} == {"s-1"}
    assert not [name for each in later for name in each.headers if name.startswith("mcp-method")]
    [initialize] = [each.message for each in seen if each.method == "initialize"]
    assert not {"roots", "sampling"} & initialize["params"]["capabilities"].keys()


@pytest.mark.requirement("LEG-19")
def test_news_of_an_address_that_was_dealt_with_changes_nothing() -> None:
    news = {
        "jsonrpc": "2.0",
        "method": "notifications/elicitation/complete",
        "params": {"elicitationId": "nobody-knows"},
    }

    async def script(seen: Seen, reply: Reply) -> None:
        await reply.event(news)
        await reply.result({"content": []})

    seen = _talk(legacy(script))
    assert [each.method for each in seen][-2:] == ["tools/call", ""]


@pytest.mark.requirement("MCP-015")
def test_what_a_server_calls_itself_changes_nothing_that_is_sent() -> None:
    def named(name: str) -> Script:
        async def script(seen: Seen, reply: Reply) -> None:
            said = {"io.modelcontextprotocol/serverInfo": {"name": name, "version": "9"}}
            await reply.result({**DISCOVERED, "content": [], "_meta": said})

        return script

    first, second = _talk(named("demo")), _talk(named("evil\u202e"))
    assert [each.body for each in first] == [each.body for each in second]
