"""The stream of an older HTTP server that belongs to no request: heard only for a person's sake."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from mcphost.domain.audit import AuditKind
from mcphost.domain.ports import InputRequest
from mcphost.servers.connection import Connection
from tests.helpers.servers.http_peer import HttpPeer, Reply, Seen, legacy, peer
from tests.helpers.wiretap import QUICK, Bench, at

CALL = {"name": "ask", "arguments": {}}
ELICIT = {"jsonrpc": "2.0", "id": "q1", "method": "elicitation/create", "params": {"message": "?"}}
DONE: dict[str, Any] = {"content": []}


async def yes(request: InputRequest) -> dict[str, Any]:
    assert request.method == "elicitation/create"
    return {"action": "accept", "content": {}}


@dataclass
class OldServer:
    """Asks by its own stream when a tool is called, and gives the result once it has an answer."""

    wanted: int = 1
    """Calls that must be in flight before it asks."""
    replies: list[dict[str, Any]] = field(default_factory=list)
    streams: list[Reply] = field(default_factory=list)
    calls: int = 0
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    again: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when its stream has been opened a second time."""

    async def __call__(self, seen: Seen, reply: Reply) -> None:
        if seen.verb == "GET":
            await self.hold(reply)
        elif seen.verb == "POST" and not seen.method:
            self.replies.append(seen.message)
            await reply.status(202)
            self.answered.set()
        else:
            await legacy(self.call)(seen, reply)

    async def hold(self, reply: Reply) -> None:
        await reply.event("", "retry: 10", f"id: e{len(self.streams)}")
        self.streams.append(reply)
        if len(self.streams) == 2:
            self.again.set()
        await asyncio.sleep(30)

    async def call(self, seen: Seen, reply: Reply) -> None:
        self.calls += 1
        if self.calls == self.wanted:
            await self.streams[-1].event(ELICIT)
        await self.answered.wait()
        await reply.result(DONE)


Scenario = Callable[[Connection, Bench, HttpPeer], Awaitable[None]]


def play(server: Callable[[Seen, Reply], Awaitable[None]], scenario: Scenario) -> None:
    async def run() -> None:
        bench = Bench(limits=replace(QUICK, listen=0.3))
        async with peer(server) as other, bench.connected(at(other.url)) as it:
            await scenario(it, bench, other)

    asyncio.run(run())


@pytest.mark.requirement("LEG-10")
def test_a_question_by_the_own_stream_reaches_the_one_call_that_accepts_input() -> None:
    server = OldServer()

    async def scenario(it: Connection, bench: Bench, other: HttpPeer) -> None:
        assert await it.request("tools/call", CALL, bench.tap.exchange(on_input=yes)) == DONE
        assert server.replies[0]["result"] == {"action": "accept", "content": {}}
        assert bench.tap.methods()[-3:] == ["GET", "tools/call", "response:elicitation/create"]

    play(server, scenario)


def test_a_question_that_two_calls_could_have_caused_is_refused() -> None:
    server = OldServer(wanted=2)

    async def scenario(it: Connection, bench: Bench, other: HttpPeer) -> None:
        exchange = bench.tap.exchange(on_input=yes)
        await asyncio.gather(*(it.request("tools/call", CALL, exchange) for _ in range(2)))
        assert server.replies[0]["error"]["code"] == -32602
        assert AuditKind.ELICITATION_REFUSED in bench.audit.kinds()
        assert len(server.streams) == 1

    play(server, scenario)


@pytest.mark.requirement("LEG-17")
def test_a_question_after_the_call_has_ended_is_refused() -> None:
    server = OldServer(wanted=0)

    async def scenario(it: Connection, bench: Bench, other: HttpPeer) -> None:
        server.answered.set()
        await it.request("tools/call", CALL, bench.tap.exchange(on_input=yes))
        server.answered.clear()
        await server.streams[0].event(ELICIT)
        async with asyncio.timeout(5):
            await server.answered.wait()
        assert server.replies[0]["error"]["code"] == -32602
        (row,) = [r for r in bench.audit.rows if r.kind is AuditKind.ELICITATION_REFUSED]
        assert "no request in flight" in str(row.data["reason"])

    play(server, scenario)


def test_nothing_is_heard_for_a_call_that_accepts_no_input() -> None:
    server = OldServer(wanted=0)

    async def scenario(it: Connection, bench: Bench, other: HttpPeer) -> None:
        server.answered.set()
        await it.request("tools/call", CALL, bench.tap.exchange())
        assert "GET" not in other.methods()

    play(server, scenario)


@pytest.mark.requirement("LEG-10", "MCP-060")
@pytest.mark.parametrize("status", [405, 202])
def test_a_server_without_a_stream_of_its_own_is_asked_once(status: int) -> None:
    async def server(seen: Seen, reply: Reply) -> None:
        if seen.verb == "GET":
            await reply.status(status)
        else:
            await legacy(lambda _, r: r.result(DONE))(seen, reply)

    async def scenario(it: Connection, bench: Bench, other: HttpPeer) -> None:
        for _ in range(2):
            await it.request("tools/call", CALL, bench.tap.exchange(on_input=yes))
        assert other.methods().count("GET") == 1

    play(server, scenario)


def test_a_stream_that_ends_during_a_call_is_taken_up_where_it_ended() -> None:
    class HangsUp(OldServer):
        async def hold(self, reply: Reply) -> None:
            if not self.streams:
                await reply.event("", "retry: 10", "id: e7")
                self.streams.append(reply)
                reply.writer.close()
                return
            await super().hold(reply)

        async def call(self, seen: Seen, reply: Reply) -> None:
            async with asyncio.timeout(5):
                await self.again.wait()
            await super().call(seen, reply)

    async def scenario(it: Connection, bench: Bench, other: HttpPeer) -> None:
        assert await it.request("tools/call", CALL, bench.tap.exchange(on_input=yes)) == DONE
        again = [s for s in other.seen if s.verb == "GET"][1]
        assert again.headers["last-event-id"] == "e7"

    play(HangsUp(), scenario)


def test_a_server_that_does_not_answer_holds_up_one_call_only_so_long() -> None:
    async def server(seen: Seen, reply: Reply) -> None:
        if seen.verb == "GET":
            await asyncio.sleep(30)
        else:
            await legacy(lambda _, r: r.result(DONE))(seen, reply)

    async def scenario(it: Connection, bench: Bench, other: HttpPeer) -> None:
        started = time.monotonic()
        await it.request("tools/call", CALL, bench.tap.exchange(on_input=yes))
        assert 0.25 < time.monotonic() - started < 5
        again = time.monotonic()
        await it.request("tools/call", CALL, bench.tap.exchange(on_input=yes))
        assert time.monotonic() - again < 0.25

    play(server, scenario)


def test_closing_does_not_wait_for_the_stream() -> None:
    server = OldServer()

    async def scenario(it: Connection, bench: Bench, other: HttpPeer) -> None:
        await it.request("tools/call", CALL, bench.tap.exchange(on_input=yes))
        started = time.monotonic()
        await bench.pool.close_all()
        assert time.monotonic() - started < 0.9

    play(server, scenario)


def test_an_answer_on_the_own_stream_is_nobodys_and_ends_it() -> None:
    class Answers(OldServer):
        async def call(self, seen: Seen, reply: Reply) -> None:
            forged = {"jsonrpc": "2.0", "id": seen.message["id"], "result": {"forged": True}}
            await self.streams[-1].event(forged)
            await reply.result(DONE)

    async def scenario(it: Connection, bench: Bench, other: HttpPeer) -> None:
        assert await it.request("tools/call", CALL, bench.tap.exchange(on_input=yes)) == DONE

    play(Answers(), scenario)


@pytest.mark.requirement("LEG-07")
def test_a_forgotten_session_takes_its_stream_with_it() -> None:
    sessions = ["s-1", "s-2"]

    class Forgets(OldServer):
        async def __call__(self, seen: Seen, reply: Reply) -> None:
            if seen.method == "initialize":
                await legacy(self.call, session=sessions.pop(0))(seen, reply)
            elif seen.method == "tools/call" and seen.headers["mcp-session-id"] == "s-1":
                await reply.status(404)
            else:
                await super().__call__(seen, reply)

    async def scenario(it: Connection, bench: Bench, other: HttpPeer) -> None:
        assert await it.request("tools/call", CALL, bench.tap.exchange(on_input=yes)) == DONE
        heard = [s.headers["mcp-session-id"] for s in other.seen if s.verb == "GET"]
        assert heard == ["s-1", "s-2"]

    play(Forgets(), scenario)
