"""Hearing of changes from an older server: by subscriptions to resources and by its own stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from mcphost.domain.audit import AuditKind
from mcphost.domain.errors import ServerUnreachable
from mcphost.protocol.subscriptions import Acknowledged, Filter
from mcphost.servers.legacy import LegacyConnection
from tests.helpers.servers.http_peer import Reply, Seen, legacy, peer
from tests.helpers.wiretap import Bench, at

A, B = "ui://a", "ui://b"
LISTS = frozenset({"tools"})


def told(method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": method, "params": params}


@dataclass
class OldServer:
    """Has a stream of its own unless *status* says otherwise, and refuses to tell of *B*."""

    status: int = 200
    replies: list[dict[str, Any]] = field(default_factory=list)
    stream: asyncio.Queue[Reply] = field(default_factory=asyncio.Queue[Reply])

    async def __call__(self, seen: Seen, reply: Reply) -> None:
        if seen.verb == "GET" and self.status != 200:
            await reply.status(self.status)
        elif seen.verb == "GET":
            await reply.event(told("notifications/message"))
            await self.stream.put(reply)
            await asyncio.sleep(30)
        elif seen.verb == "POST" and not seen.method:
            self.replies.append(seen.message)
            await reply.status(202)
        else:
            await legacy(self.call)(seen, reply)

    async def call(self, seen: Seen, reply: Reply) -> None:
        if seen.message.get("params", {}).get("uri") == B:
            await reply.error(-32602, "not that one", 200)
        else:
            await reply.result({})


@dataclass
class Visit:
    server: OldServer
    line: LegacyConnection
    bench: Bench
    news: asyncio.Queue[Any] = field(default_factory=asyncio.Queue[Any])

    def attend(self, *resources: str) -> asyncio.Task[None]:
        wanted = Filter(lists=LISTS, resources=frozenset(resources))
        return asyncio.ensure_future(self.line.attend(wanted, self.bench.tap.exchange()))

    async def hears(self) -> Any:
        async with asyncio.timeout(5):
            return await self.news.get()


@asynccontextmanager
async def visit(server: OldServer) -> AsyncIterator[Visit]:
    bench = Bench()
    async with peer(server) as other, bench.connected(at(other.url)) as line:
        assert isinstance(line, LegacyConnection)
        it = Visit(server, line, bench)
        line.on_list_changed = it.news.put_nowait
        line.on_resource_updated = it.news.put_nowait
        line.on_acknowledged = it.news.put_nowait
        yield it


def test_changes_are_heard_while_no_call_is_in_flight_and_questions_are_refused() -> None:
    async def scenario() -> None:
        async with visit(OldServer()) as it:
            task = it.attend(A, B)
            granted = Filter(lists=LISTS, resources=frozenset({A}))
            assert (await it.hears()).granted == granted
            stream = await it.server.stream.get()
            await stream.event(told("notifications/tools/list_changed"))
            assert await it.hears() == "tools"
            await stream.event(told("notifications/resources/updated", uri=B))
            await stream.event(told("notifications/resources/updated", uri=f"{A}/part"))
            assert await it.hears() == A
            question = told("elicitation/create", message="?")
            await stream.event({**question, "id": "q"})
            while not it.server.replies:
                await asyncio.sleep(0.005)
            assert it.server.replies[0]["error"]["code"] == -32602
            assert AuditKind.ELICITATION_REFUSED in it.bench.audit.kinds()
            task.cancel()

    asyncio.run(asyncio.wait_for(scenario(), 20))


def test_a_stream_that_ends_is_a_loss() -> None:
    async def scenario() -> None:
        async with visit(OldServer()) as it:
            task = it.attend()
            await it.hears()
            (await it.server.stream.get()).writer.close()
            with pytest.raises(ServerUnreachable):
                await task

    asyncio.run(asyncio.wait_for(scenario(), 20))


@pytest.mark.parametrize("status", [405, 404, 400])
def test_a_server_without_a_stream_is_asked_once_and_nothing_is_lost(status: int) -> None:
    async def scenario() -> None:
        async with visit(OldServer(status=status)) as it:
            task = it.attend(A)
            assert isinstance(await it.hears(), Acknowledged)
            await asyncio.sleep(0.1)
            assert not task.done()
            assert it.bench.tap.methods().count("GET") == 1
            task.cancel()

    asyncio.run(asyncio.wait_for(scenario(), 20))


def test_what_is_no_longer_used_is_given_up() -> None:
    async def scenario() -> None:
        async with visit(OldServer(status=405)) as it:
            first = it.attend(A)
            await it.hears()
            second = it.attend("ui://c")
            await it.hears()
            frames = [f for f in it.bench.tap.frames if f.method.startswith("resources/")]
            assert [f.method for f in frames] == [
                "resources/subscribe",
                "resources/unsubscribe",
                "resources/subscribe",
            ]
            assert A.encode() in frames[1].body
            first.cancel()
            second.cancel()

    asyncio.run(asyncio.wait_for(scenario(), 20))
