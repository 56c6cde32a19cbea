"""P1 at this door: what a server receives is what `before_send` saw; refused means unsent."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from mcphost.domain.errors import PolicyDenied, ServerUnreachable
from mcphost.domain.ports import InputRequest, OutboundFrame
from tests.helpers.servers.http_peer import HttpPeer, Reply, Seen, legacy, modern, peer
from tests.helpers.wiretap import Bench, at, module

TRACE = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"


def call(name: str, **arguments: Any) -> dict[str, Any]:
    return {"name": name, "arguments": arguments}


async def answer(seen: Seen, reply: Reply) -> None:
    await reply.result({"content": []})


async def yes(request: InputRequest) -> dict[str, Any]:
    return {"action": "accept", "content": {}}


def denied(frame: OutboundFrame) -> PolicyDenied:
    return PolicyDenied(f"no {frame.method}", rules=("r",))


@pytest.mark.requirement("MCP-061", "MCP-062")
@pytest.mark.parametrize("mode", ["modern", "legacy-32601"])
def test_a_local_server_receives_exactly_the_frames_that_were_seen(
    tmp_path: Path, mode: str
) -> None:
    record = tmp_path / "received"

    async def run() -> Bench:
        bench = Bench()
        async with bench.connected(module("stdio_peer", mode, str(record))) as it:
            exchange = bench.tap.exchange(on_input=yes, traceparent=TRACE)
            words = ("a", "b\n\u2028", "c")
            await asyncio.gather(
                *(it.request("tools/call", call("echo", text=w), exchange) for w in words)
            )
            if mode != "modern":
                await it.request("tools/call", call("ask"), exchange)
            hold = asyncio.create_task(it.request("tools/call", call("hold"), exchange))
            await it.request("tools/call", call("echo", text="d"), exchange)
            hold.cancel()
            await asyncio.wait([hold])
        return bench

    bench = asyncio.run(run())
    received = record.read_bytes().split(b"\n")
    assert received == [*bench.tap.bodies(), b""]
    assert bench.tap.methods()[-1] == "notifications/cancelled"


@pytest.mark.requirement("MCP-044", "MCP-045")
@pytest.mark.parametrize("era", [modern, legacy])
def test_an_http_server_receives_exactly_the_frames_that_were_seen(era: Any) -> None:
    async def run() -> tuple[Bench, HttpPeer]:
        bench = Bench()
        async with peer(era(answer)) as server:
            async with bench.connected(at(server.url)) as it:
                await it.request("tools/call", call("é"), bench.tap.exchange(traceparent=TRACE))
                await it.request("resources/read", {"uri": "ui://a"}, bench.tap.exchange())
            return bench, server

    bench, server = asyncio.run(run())
    assert [s.body for s in server.seen] == bench.tap.bodies()
    for seen, frame in zip(server.seen, bench.tap.frames, strict=True):
        shown = {name.lower(): value for name, value in frame.headers}
        assert shown.items() <= seen.headers.items()
        hidden = seen.headers.keys() - shown.keys()
        assert hidden <= {"host", "connection", "user-agent", "content-length", "mcp-session-id"}


def test_a_refused_frame_never_leaves_over_stdio(tmp_path: Path) -> None:
    record = tmp_path / "received"

    async def run() -> None:
        bench = Bench()
        async with bench.connected(module("stdio_peer", "modern", str(record))) as it:
            before = record.read_bytes()
            bench.tap.refuse = denied
            with pytest.raises(PolicyDenied, match="no tools/call"):
                await it.request("tools/call", call("echo", text="x"), bench.tap.exchange())
        assert record.read_bytes() == before

    asyncio.run(run())


@pytest.mark.parametrize("era", [modern, legacy])
def test_a_refused_frame_never_leaves_over_http(era: Any) -> None:
    async def run() -> None:
        bench = Bench()
        async with peer(era(answer)) as server:
            async with bench.connected(at(server.url)) as it:
                before = len(server.seen)
                bench.tap.refuse = denied
                with pytest.raises(PolicyDenied):
                    await it.request("tools/call", call("echo"), bench.tap.exchange())
            assert len(server.seen) == before

    asyncio.run(run())


@pytest.mark.requirement("MCP-071")
def test_a_refused_first_frame_means_no_connection_and_no_process(tmp_path: Path) -> None:
    record = tmp_path / "received"

    async def run() -> None:
        bench = Bench()
        bench.tap.refuse = denied
        config = module("stdio_peer", "modern", str(record))
        with pytest.raises(PolicyDenied):
            await bench.connect(config)
        assert bench.pool.get(config.key) is None

    asyncio.run(run())
    assert not record.exists()


@pytest.mark.requirement("LEG-06", "LEG-08")
def test_the_session_id_is_sent_but_never_shown() -> None:
    async def run() -> tuple[Bench, HttpPeer]:
        bench = Bench()
        async with peer(legacy(answer, session="secret-1")) as server:
            async with bench.connected(at(server.url)) as it:
                await it.request("tools/list", {}, bench.tap.exchange())
            return bench, server

    bench, server = asyncio.run(run())
    assert server.methods()[2:] == ["notifications/initialized", "tools/list", "DELETE"]
    assert [s.headers.get("mcp-session-id") for s in server.seen[2:]] == ["secret-1"] * 3
    assert "secret-1" not in repr(bench.tap.frames)
    assert "secret-1" not in repr(bench.audit.rows)


@pytest.mark.requirement("MCP-014", "MCP-183")
def test_frames_carry_no_environment_and_no_baggage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("BAGGAGE", "user=alice")

    async def run() -> HttpPeer:
        bench = Bench()
        async with peer(modern(answer)) as server, bench.connected(at(server.url)) as it:
            await it.request("tools/list", {}, bench.tap.exchange(traceparent=TRACE))
            return server

    (_, seen) = asyncio.run(run()).seen
    meta = seen.message["params"]["_meta"]
    assert meta["traceparent"] == TRACE
    assert b"baggage" not in json.dumps(seen.message).lower().encode()
    assert "baggage" not in seen.headers
    assert seen.headers["accept-encoding"] == "identity"


@pytest.mark.requirement("LEG-08")
def test_after_close_nothing_more_is_sent() -> None:
    async def run() -> None:
        bench = Bench()
        async with peer(modern(answer)) as server:
            async with bench.connected(at(server.url)) as it:
                pass
            with pytest.raises(ServerUnreachable, match="disconnected"):
                await it.request("tools/list", {}, bench.tap.exchange())
            assert server.methods() == ["server/discover"]

    asyncio.run(run())
