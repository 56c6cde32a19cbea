"""Hearing of changes on 2026-07-28: the official SDK over both transports, and hostile servers."""

from __future__ import annotations

import asyncio
import math
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from mcphost.domain.errors import McpHostError, ProtocolViolation, ServerUnreachable
from mcphost.domain.ports import Kept
from mcphost.domain.server import ServerConfig
from mcphost.protocol.mcp import META_CAPABILITIES
from mcphost.protocol.subscriptions import LISTEN, Acknowledged, Filter, wanted
from mcphost.servers.modern import ModernConnection
from tests.helpers.servers.http_peer import HttpPeer, Reply, Script, Seen, modern, peer
from tests.helpers.servers.running import free_port, listening
from tests.helpers.wiretap import QUICK, Bench, at, module

URI = "ui://news/app.html"
ASKED = Filter(lists=frozenset({"tools"}), resources=frozenset({URI}))
ACK = "notifications/subscriptions/acknowledged"
TOOLS = "notifications/tools/list_changed"
UPDATED = "notifications/resources/updated"


@dataclass
class Ear:
    """Listens by one connection and notes what it hears."""

    line: ModernConnection
    bench: Bench
    news: asyncio.Queue[Any] = field(default_factory=asyncio.Queue[Any])

    def __post_init__(self) -> None:
        self.line.on_list_changed = self.news.put_nowait
        self.line.on_resource_updated = self.news.put_nowait
        self.line.on_acknowledged = self.news.put_nowait
        exchange = self.bench.tap.exchange(deadline=math.inf)
        self.task = asyncio.ensure_future(self.line.request(LISTEN, ASKED.params(), exchange))

    async def hears(self) -> Any:
        async with asyncio.timeout(10):
            return await self.news.get()

    async def end(self) -> Any:
        async with asyncio.timeout(10):
            return await self.task

    async def asks(self, method: str, **params: Any) -> list[Kept]:
        """Whether what was kept answers a request."""
        kept: list[Kept] = []
        await self.line.request(method, params, self.bench.tap.exchange(on_kept=kept.append))
        return kept

    async def calls(self, name: str) -> Any:
        params = {"name": name, "arguments": {}}
        return await self.line.request("tools/call", params, self.bench.tap.exchange())


@asynccontextmanager
async def ear(to: ServerConfig) -> AsyncIterator[Ear]:
    bench = Bench(limits=replace(QUICK, probe=30.0))
    async with asyncio.timeout(60), bench.connected(to) as line:
        assert isinstance(line, ModernConnection)
        it = Ear(line, bench)
        try:
            yield it
        finally:
            it.task.cancel()
            with suppress(asyncio.CancelledError, McpHostError):
                await it.task


@asynccontextmanager
async def sdk(transport: str) -> AsyncIterator[Ear]:
    if transport == "stdio":
        async with ear(module("sdk_news", "stdio")) as it:
            yield it
        return
    port = free_port()
    argv = (sys.executable, "-m", "tests.helpers.servers.sdk_news", "http", str(port))
    async with listening(*argv, port=port) as url, ear(at(url)) as it:
        yield it


def meet(transport: str, scenario: Callable[[Ear], Awaitable[None]]) -> None:
    async def run() -> None:
        async with sdk(transport) as it:
            await scenario(it)

    asyncio.run(run())


both = pytest.mark.parametrize("transport", ["stdio", "http"])


@pytest.mark.requirement("MCP-064", "MCP-134")
@both
def test_the_sdks_server_acknowledges_and_tells_what_changes(transport: str) -> None:
    async def scenario(it: Ear) -> None:
        assert wanted(it.line.info.capabilities, [URI]).lists >= ASKED.lists
        assert await it.hears() == Acknowledged(asked=ASKED, granted=ASKED)
        assert await it.asks("tools/list") == []
        assert await it.asks("resources/read", uri=URI) == []
        assert len(await it.asks("tools/list")) == 1
        await it.calls("grow")
        assert await it.hears() == "tools"
        assert await it.asks("tools/list") == []
        assert len(await it.asks("resources/read", uri=URI)) == 1
        await it.calls("repaint")
        assert await it.hears() == URI
        assert await it.asks("resources/read", uri=URI) == []

    meet(transport, scenario)


@both
def test_a_subscription_declares_nothing_to_ask_by_and_does_not_hold_up_the_end(
    transport: str,
) -> None:
    async def scenario(it: Ear) -> None:
        await it.hears()
        frame = next(f for f in it.bench.tap.frames if f.method == LISTEN)
        assert META_CAPABILITIES.encode() in frame.body
        assert b"elicitation" not in frame.body
        began = time.monotonic()
        await it.line.close()
        assert time.monotonic() - began < 3
        with pytest.raises(ServerUnreachable):
            await it.end()

    meet(transport, scenario)


def test_hanging_up_is_told_to_a_local_server() -> None:
    async def scenario(it: Ear) -> None:
        await it.hears()
        it.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await it.task
        await it.calls("show")
        assert "notifications/cancelled" in it.bench.tap.methods()

    meet("stdio", scenario)


Play = Callable[[Reply, "Speaker"], Awaitable[None]]


@dataclass
class Speaker:
    """The sending side of one subscription."""

    reply: Reply
    number: int

    async def say(self, method: str, number: Any = None, **params: Any) -> None:
        meta = {"io.modelcontextprotocol/subscriptionId": number or self.number}
        params = {"_meta": meta, **params}
        await self.reply.event({"jsonrpc": "2.0", "method": method, "params": params})

    async def grant(self) -> None:
        await self.say(ACK, notifications=ASKED.params()["notifications"])


def hostile(play: Callable[[Speaker], Awaitable[None]]) -> Script:
    async def script(seen: Seen, reply: Reply) -> None:
        if seen.method == LISTEN:
            await play(Speaker(reply, seen.message["id"]))
        else:
            hint = {"ttlMs": 60_000, "resultType": "complete"}
            await reply.result({"tools": [], "contents": [], "content": [], **hint})

    return modern(script)


def suffer(
    play: Callable[[Speaker], Awaitable[None]],
    scenario: Callable[[Ear, HttpPeer], Awaitable[None]],
) -> None:
    async def run() -> None:
        async with peer(hostile(play)) as server, ear(at(server.url)) as it:
            await scenario(it, server)

    asyncio.run(run())


def test_a_flood_of_news_is_told_once_and_then_seldom() -> None:
    async def play(speaker: Speaker) -> None:
        await speaker.grant()
        for number in range(3000):
            await speaker.say(TOOLS)
            await speaker.say(UPDATED, uri=f"{URI}/{number}")
        await speaker.reply.result({"resultType": "complete"})

    async def scenario(it: Ear, server: HttpPeer) -> None:
        await it.end()
        await asyncio.sleep(0.1)
        heard = [it.news.get_nowait() for _ in range(it.news.qsize())][1:]
        assert set(heard) == {"tools", URI}
        assert len(heard) <= 12

    suffer(play, scenario)


def test_what_was_not_asked_for_or_comes_too_soon_or_names_another_is_counted_and_no_news() -> None:
    async def play(speaker: Speaker) -> None:
        await speaker.say(TOOLS)
        await speaker.grant()
        await speaker.say(TOOLS, speaker.number + 1)
        await speaker.say(TOOLS, str(speaker.number))
        await speaker.say("notifications/prompts/list_changed")
        await speaker.say(UPDATED, uri="ui://other/app.html")
        await speaker.say("notifications/progress", progressToken=1, progress=1)
        await speaker.say("notifications/message", level="info", data="hi")
        await speaker.reply.result({"resultType": "complete"})

    async def scenario(it: Ear, server: HttpPeer) -> None:
        await it.end()
        await asyncio.sleep(0.1)
        assert [type(await it.hears())] == [Acknowledged]
        assert it.news.empty()
        assert it.line.unbelieved == 7

    suffer(play, scenario)


def test_news_by_the_stream_of_a_call_are_no_news() -> None:
    async def play(speaker: Speaker) -> None:
        await speaker.grant()
        await asyncio.sleep(30)

    async def script(seen: Seen, reply: Reply) -> None:
        if seen.method == "tools/call":
            meta = {"io.modelcontextprotocol/subscriptionId": seen.message["id"] - 1}
            await reply.event({"jsonrpc": "2.0", "method": TOOLS, "params": {"_meta": meta}})
            await reply.result({"content": []})
        else:
            await hostile(play)(seen, reply)

    async def run() -> None:
        async with peer(script) as server, ear(at(server.url)) as it:
            await it.hears()
            await it.calls("show")
            await asyncio.sleep(0.1)
            assert it.news.empty()
            assert it.line.unbelieved == 1

    asyncio.run(run())


async def keeps(speaker: Speaker) -> None:
    await speaker.grant()
    await asyncio.sleep(30)


async def drops(speaker: Speaker) -> None:
    await speaker.grant()
    speaker.reply.writer.close()


async def takes_back(speaker: Speaker) -> None:
    await speaker.grant()
    await speaker.say("notifications/cancelled", requestId=speaker.number)
    await asyncio.sleep(30)


async def asks(speaker: Speaker) -> None:
    await speaker.grant()
    question = {"jsonrpc": "2.0", "id": 1, "method": "elicitation/create", "params": {}}
    await speaker.reply.event(question)
    await asyncio.sleep(30)


async def swells(speaker: Speaker) -> None:
    await speaker.grant()
    for _ in range(17):
        await speaker.reply.raw(b"data: " + b"x" * 1024 * 1024 + b"\n")
    await asyncio.sleep(30)


async def asks_instead(speaker: Speaker) -> None:
    await speaker.reply.result({"resultType": "input_required", "requestState": "s"})


@pytest.mark.requirement("MCP-144")
@pytest.mark.parametrize(
    ("play", "error"),
    [
        (drops, ServerUnreachable),
        (takes_back, ServerUnreachable),
        (asks, ProtocolViolation),
        (swells, ProtocolViolation),
        (asks_instead, ProtocolViolation),
    ],
)
def test_a_subscription_that_is_lost_or_abused_ends_and_nothing_else_does(
    play: Callable[[Speaker], Awaitable[None]], error: type[Exception]
) -> None:
    async def scenario(it: Ear, server: HttpPeer) -> None:
        with pytest.raises(error):
            await it.end()
        await it.calls("show")
        assert it.line.alive

    suffer(play, scenario)


@pytest.mark.requirement("MCP-144")
def test_a_server_takes_back_nothing_but_a_subscription() -> None:
    async def script(seen: Seen, reply: Reply) -> None:
        if seen.method == "tools/call":
            params = {"requestId": seen.message["id"]}
            cancelled = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params}
            await reply.event(cancelled)
            await reply.event({**cancelled, "params": {"requestId": seen.message["id"] - 1}})
            await reply.result({"content": []})
        else:
            await hostile(keeps)(seen, reply)

    async def run() -> None:
        async with peer(script) as server, ear(at(server.url)) as it:
            await it.hears()
            assert (await it.calls("show"))["content"] == []
            assert not it.task.done()

    asyncio.run(run())


@pytest.mark.requirement("AMB-01")
def test_an_end_in_order_is_no_loss() -> None:
    async def play(speaker: Speaker) -> None:
        await speaker.grant()
        await speaker.reply.result({"resultType": "complete"})

    async def scenario(it: Ear, server: HttpPeer) -> None:
        assert (await it.end())["resultType"] == "complete"

    suffer(play, scenario)


def test_a_subscription_has_no_deadline() -> None:
    async def play(speaker: Speaker) -> None:
        await speaker.grant()
        await asyncio.sleep(0.3)
        await speaker.say(TOOLS)
        await asyncio.sleep(30)

    async def run() -> None:
        async with peer(hostile(play)) as server:
            bench = Bench(limits=replace(QUICK, probe=0.1, listen=0.1))
            async with bench.connected(at(server.url)) as line:
                assert isinstance(line, ModernConnection)
                it = Ear(line, bench)
                assert [type(await it.hears()), await it.hears()] == [Acknowledged, "tools"]
                it.task.cancel()

    asyncio.run(run())


@pytest.mark.requirement("MCP-134")
def test_what_was_kept_before_anybody_listened_is_not_trusted_any_more() -> None:
    hold = asyncio.Event()

    async def play(speaker: Speaker) -> None:
        await hold.wait()
        await speaker.grant()
        await asyncio.sleep(30)

    async def scenario(it: Ear, server: HttpPeer) -> None:
        await it.asks("tools/list")
        assert len(await it.asks("tools/list")) == 1
        hold.set()
        await it.hears()
        assert await it.asks("tools/list") == []

    suffer(play, scenario)
