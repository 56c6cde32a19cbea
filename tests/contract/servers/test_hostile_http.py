"""P9 over HTTP: whatever a server answers costs one call, a bounded amount of memory, no hang."""

from __future__ import annotations

import asyncio
import gzip
import resource
import socket
import struct
from typing import Any

import pytest

from mcphost.domain.errors import ProtocolViolation, ServerError, ServerUnreachable
from mcphost.servers.limits import ServerLimits
from tests.helpers.servers.http_peer import HttpPeer, Reply, Script, Seen, modern, peer
from tests.helpers.wiretap import Bench, at

MIB = 1024 * 1024


def ask(script: Script, **limits: Any) -> HttpPeer:
    """One `tools/list` answered by *script*, then a good one on the same connection."""

    async def twice(seen: Seen, reply: Reply) -> None:
        if len([m for m in server.methods() if m == "tools/list"]) > 1:
            await reply.result({"tools": []})
        else:
            await script(seen, reply)

    async def run() -> HttpPeer:
        nonlocal server
        bench = Bench(limits=ServerLimits(**limits))
        async with peer(modern(twice)) as server, bench.connected(at(server.url)) as it:
            try:
                await it.request("tools/list", {}, bench.tap.exchange(deadline=10))
            finally:
                good = await it.request("tools/list", {}, bench.tap.exchange())
                assert good["tools"] == []
        return server

    server: HttpPeer
    return asyncio.run(run())


def raw(body: bytes) -> Script:
    async def script(seen: Seen, reply: Reply) -> None:
        await reply.json(body.replace(b"ID", str(seen.message["id"]).encode()))

    return script


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


@pytest.mark.parametrize("announced", [True, False])
def test_a_reply_of_300_mib_is_refused_in_little_memory(announced: bool) -> None:
    async def script(seen: Seen, reply: Reply) -> None:
        length = f"Content-Length: {300 * MIB}" if announced else "Connection: close"
        await reply.head(200, "Content-Type: application/json", length)
        for _ in range(300):
            await reply.raw(b" " * MIB)

    before = peak()
    with pytest.raises(ProtocolViolation, match="more than 16777216 bytes"):
        ask(script)
    assert peak() - before < 60


def test_a_gzip_bomb_is_not_opened() -> None:
    bomb = gzip.compress(b"\0" * (100 * MIB), 1)

    async def script(seen: Seen, reply: Reply) -> None:
        await reply.status(200, bomb, "Content-Type: application/json", "Content-Encoding: gzip")

    before = peak()
    with pytest.raises(ProtocolViolation, match="compressed reply"):
        ask(script)
    assert peak() - before < 30


def test_json_nested_100_000_deep_is_refused() -> None:
    deep = b'{"jsonrpc":"2.0","id":ID,"result":{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}}"
    with pytest.raises(ProtocolViolation, match=r"Peer broke the protocol.*tools/list.*deeper"):
        ask(raw(deep))


@pytest.mark.requirement("AMB-12", "MCP-007", "MCP-059", "MCP-080")
@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"jsonrpc":"2.0","id":999,"result":{}}', "another id"),
        (b'{"jsonrpc":"2.0","id":"ID","result":{}}', "another id"),
        (b'{"jsonrpc":"2.0","id":true,"result":{}}', "an id that is neither"),
        (b'{"jsonrpc":"2.0","id":ID,"result":{"a":1,"a":2}}', "same key twice"),
        (b'{"jsonrpc":"2.0","id":ID,"result":{"a":NaN}}', "NaN"),
        (b'{"jsonrpc":"2.0","id":ID,"result":[]}', "not an object"),
        (b'{"jsonrpc":"2.0","id":ID,"result":{"resultType":"task"}}', "a resultType"),
        (b'{"jsonrpc":"2.0","id":ID,"result":{"resultType":"input_required"}}', "a question"),
        (b'{"jsonrpc":"2.0","id":"x","method":"elicitation/create","params":{}}', "of its own"),
        (b'{"jsonrpc":"2.0","method":"notifications/progress"}', "answers nothing"),
        (b"<html>", "not JSON"),
        (b"", "not JSON"),
    ],
)
def test_a_broken_answer_names_server_method_and_reason(body: bytes, why: str) -> None:
    with pytest.raises(ProtocolViolation, match=f"Peer broke .* tools/list: .*{why}"):
        ask(raw(body))


@pytest.mark.parametrize("status", [202, 204, 200])
def test_an_empty_success_is_no_answer(status: int) -> None:
    async def script(seen: Seen, reply: Reply) -> None:
        await reply.status(status)

    with pytest.raises(ProtocolViolation, match="is this the URL of an MCP server"):
        ask(script)


def test_an_event_that_is_too_large_is_refused() -> None:
    async def script(seen: Seen, reply: Reply) -> None:
        await reply.event("x" * 5000)
        await asyncio.sleep(30)

    with pytest.raises(ProtocolViolation, match="an event of more than 4096 bytes"):
        ask(script, message=4096)


def test_a_redirect_is_named_and_not_followed() -> None:
    async def script(seen: Seen, reply: Reply) -> None:
        await reply.status(307, b"", "Location: http://elsewhere.example/mcp")

    with pytest.raises(ServerUnreachable, match=r"redirects to http://elsewhere\.example/mcp"):
        ask(script)


@pytest.mark.parametrize(
    "damage", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{", b"\0\1\2 nonsense\r\n\r\n"]
)
def test_a_dropped_connection_costs_one_call(damage: bytes) -> None:
    async def script(seen: Seen, reply: Reply) -> None:
        await reply.raw(damage)
        reply.writer.close()

    with pytest.raises(ServerError):
        ask(script)


@pytest.mark.requirement("MCP-058")
def test_a_stream_that_ends_without_an_answer_says_that_the_work_may_be_done() -> None:
    async def script(seen: Seen, reply: Reply) -> None:
        await reply.event({"jsonrpc": "2.0", "method": "notifications/message", "params": {}})

    with pytest.raises(ServerUnreachable, match="It may have done the work all the same"):
        ask(script)


def test_cookies_are_not_kept() -> None:
    async def script(seen: Seen, reply: Reply) -> None:
        await reply.result({"tools": []}, "Set-Cookie: id=1")

    server = ask(script)
    assert all("cookie" not in seen.headers for seen in server.seen)


@pytest.mark.requirement("MCP-011", "MCP-141")
def test_silence_ends_at_the_deadline_and_closes_the_stream() -> None:
    async def silent(seen: Seen, reply: Reply) -> None:
        await asyncio.sleep(30)

    async def run() -> None:
        bench = Bench()
        async with peer(modern(silent)) as server, bench.connected(at(server.url)) as it:
            with pytest.raises(ServerUnreachable, match=r"within 0\.2 seconds"):
                await it.request("tools/list", {}, bench.tap.exchange(deadline=0.2))
            await asyncio.wait_for(server.closed.wait(), 30)
            assert server.methods() == ["server/discover", "tools/list"]

    asyncio.run(run())


@pytest.mark.requirement("AMB-04", "MCP-142")
def test_cancelling_closes_the_stream_and_says_nothing() -> None:
    async def slow(seen: Seen, reply: Reply) -> None:
        await reply.event({"jsonrpc": "2.0", "method": "notifications/message", "params": {}})
        await asyncio.sleep(30)

    async def run() -> None:
        bench = Bench()
        async with peer(modern(slow)) as server, bench.connected(at(server.url)) as it:
            call = asyncio.create_task(it.request("tools/list", {}, bench.tap.exchange()))
            while len(server.seen) < 2:
                await asyncio.sleep(0.01)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            await asyncio.wait_for(server.closed.wait(), 30)
        assert bench.tap.methods() == ["server/discover", "tools/list"]

    asyncio.run(run())


def test_a_connection_that_is_reset_is_a_closed_stream_to_the_peer() -> None:
    """A client that hangs up with bytes of the answer unread resets the connection."""

    async def run() -> None:
        async with peer(lambda seen, reply: asyncio.sleep(30)) as server:
            client = socket.create_connection(
                ("127.0.0.1", int(server.url.split(":")[2].split("/")[0]))
            )
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.sendall(b"GET /mcp HTTP/1.1\r\n\r\n")
            while not server.seen:
                await asyncio.sleep(0.01)
            client.close()
            await asyncio.wait_for(server.closed.wait(), 5)

    asyncio.run(run())


def test_a_slow_call_does_not_hold_up_another() -> None:
    async def script(seen: Seen, reply: Reply) -> None:
        if seen.method == "tools/list":
            await asyncio.sleep(30)
        await reply.result({"ok": True})

    async def run() -> None:
        bench = Bench()
        async with peer(modern(script)) as server, bench.connected(at(server.url)) as it:
            slow = asyncio.create_task(it.request("tools/list", {}, bench.tap.exchange()))
            quick = await it.request("resources/list", {}, bench.tap.exchange(deadline=20))
            assert quick["ok"] is True
            assert not slow.done()
            await bench.pool.close(it.config.key)
            with pytest.raises(ServerUnreachable, match="was disconnected"):
                await slow

    asyncio.run(run())
