"""Kept answers over a real HTTP server: who comes with other credentials sees only their own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from mcphost.domain.errors import ServerUnreachable
from mcphost.servers.cache import ResponseCache
from mcphost.servers.catalog import list_tools
from tests.helpers.servers.http_peer import HttpPeer, Reply, Seen, modern, peer
from tests.helpers.servers.vault import Vault, Visitor
from tests.helpers.wiretap import Bench, at

Scenario = Callable[[HttpPeer, ResponseCache], Awaitable[None]]


def attack(vault: Vault, scenario: Scenario) -> None:
    async def run() -> None:
        vault.hold.set()
        cache = ResponseCache(clock=time.monotonic)
        async with peer(vault) as server, asyncio.timeout(20):
            await scenario(server, cache)

    asyncio.run(run())


both = pytest.mark.parametrize("scope", ["public", "private"])


@pytest.mark.requirement("MCP-130")
@both
def test_after_signing_out_and_in_nobody_reads_what_another_was_told(scope: str) -> None:
    vault = Vault(scope=scope)

    async def scenario(server: HttpPeer, cache: ResponseCache) -> None:
        visitor = Visitor(server.url, cache)
        for token in ("alice", "", "bob", "alice", ""):
            visitor.wire.token = token
            whose = f"Bearer {token}" if token else "nobody"
            for _ in range(2):
                assert await visitor.reads() == whose
                assert await visitor.reads("resources/read", uri="ui://x") == whose
        assert len(vault.asked) == 10  # each of five times twice, and kept for the second look
        await visitor.line.close()
        assert len(cache) == 0

    attack(vault, scenario)


@pytest.mark.requirement("MCP-130")
@both
def test_two_accounts_at_the_same_time_each_read_their_own(scope: str) -> None:
    vault = Vault(scope=scope)

    async def scenario(server: HttpPeer, cache: ResponseCache) -> None:
        visitors = [Visitor(server.url, cache, f"vault-{n % 2}") for n in range(6)]
        for number, visitor in enumerate(visitors):
            visitor.wire.token = f"t{number}" if number else ""
        for _ in range(3):
            answers = await asyncio.gather(*(v.reads() for v in visitors for _ in range(4)))
            told = [a for n in range(6) for a in [f"Bearer t{n}" if n else "nobody"] * 4]
            assert answers == told
        for visitor in visitors:
            await visitor.line.close()

    attack(vault, scenario)


@pytest.mark.requirement("MCP-130")
@both
def test_an_answer_under_way_while_somebody_else_signs_in_reaches_nobody_else(scope: str) -> None:
    vault = Vault(scope=scope)

    async def scenario(server: HttpPeer, cache: ResponseCache) -> None:
        visitor = Visitor(server.url, cache)
        visitor.wire.token = "alice"
        vault.hold.clear()
        first = asyncio.create_task(visitor.reads())
        while not vault.asked:
            await asyncio.sleep(0)
        visitor.wire.token = "bob"
        second = asyncio.create_task(visitor.reads())
        await asyncio.sleep(0.05)
        vault.hold.set()
        assert (await first, await second) == ("Bearer alice", "Bearer bob")
        assert await visitor.reads() == "Bearer bob"
        visitor.wire.token = "alice"
        assert await visitor.reads() == "Bearer alice"
        assert vault.asked == ["Bearer alice", "Bearer bob", "Bearer alice"]
        await visitor.line.close()

    attack(vault, scenario)


@pytest.mark.requirement("MCP-130")
def test_more_scopes_are_other_credentials() -> None:
    vault = Vault(scope="private")

    async def scenario(server: HttpPeer, cache: ResponseCache) -> None:
        visitor = Visitor(server.url, cache)
        for token in ("alice-read", "alice-read-write", "alice-read"):
            visitor.wire.token = token
            assert await visitor.reads() == f"Bearer {token}"
        assert len(vault.asked) == 3
        await visitor.line.close()

    attack(vault, scenario)


def test_what_stands_in_for_a_server_that_is_down_is_the_askers_own() -> None:
    async def scenario(server: HttpPeer, cache: ResponseCache) -> None:
        visitor = Visitor(server.url, cache)
        visitor.wire.token = "alice"
        await visitor.reads()
        visitor.wire._url = "http://127.0.0.1:9/mcp"
        visitor.wire.token = "bob"
        with pytest.raises(ServerUnreachable):
            await visitor.reads()
        await visitor.line.close()

    attack(Vault(), scenario)


def pages(seen: Seen) -> dict[str, object]:
    cursor = seen.message["params"].get("cursor")
    last = {"ttlMs": 0} if cursor else {"nextCursor": "2", "ttlMs": 60_000}
    return {"tools": [{"name": f"t{cursor}", "inputSchema": {"type": "object"}}], **last}


def kept_pages(answer: Callable[[Seen, Reply], Awaitable[None]], expected: list[object]) -> None:
    async def run() -> None:
        bench, told = Bench(), list[object]()
        async with peer(modern(answer)) as server, bench.connected(at(server.url)) as it:
            for _ in range(2):
                exchange = bench.tap.exchange(on_kept=told.append)
                await list_tools(it, exchange)
            asked = [s.message["params"].get("cursor") for s in server.seen[1:]]
            assert asked == expected

    asyncio.run(run())


@pytest.mark.requirement("MCP-136")
def test_a_list_of_which_a_page_is_too_old_is_read_again_from_its_beginning() -> None:
    async def answer(seen: Seen, reply: Reply) -> None:
        await reply.result(pages(seen))

    kept_pages(answer, [None, "2", "2", None, "2"])


@pytest.mark.requirement("MCP-136")
def test_a_cursor_that_is_no_longer_good_starts_the_list_over() -> None:
    seconds = 0

    async def answer(seen: Seen, reply: Reply) -> None:
        nonlocal seconds
        seconds += seen.message["params"].get("cursor") == "2"
        if seconds == 2:
            seconds += 1
            await reply.error(-32602, "that cursor is gone")
        else:
            await reply.result(pages(seen))

    kept_pages(answer, [None, "2", "2", None, "2"])


def test_news_that_come_while_a_list_is_read_are_not_lost_to_what_is_kept() -> None:
    async def run() -> None:
        vault = Vault(scope="private")
        cache = ResponseCache(clock=time.monotonic)
        async with peer(vault) as server, asyncio.timeout(20):
            visitor = Visitor(server.url, cache)
            first = asyncio.create_task(visitor.reads())
            while not vault.asked:
                await asyncio.sleep(0)
            cache.list_changed(visitor.line.config.identity, "tools")
            vault.hold.set()
            await first
            await visitor.reads()
            assert len(vault.asked) == 2
            await visitor.line.close()

    asyncio.run(run())
