"""`resultType` on the wire: what a request declared decides which kinds its answer may have."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from mcphost.domain.errors import ProtocolViolation, ServerUnreachable
from mcphost.domain.json import JsonObject
from tests.helpers.servers.http_peer import HttpPeer, Reply, Seen, modern, peer
from tests.helpers.task_parts import task
from tests.helpers.wiretap import Bench, at, module

PARAMS: dict[str, JsonObject] = {
    "tools/call": {"name": "look", "arguments": {}},
    "tasks/get": {"taskId": "t"},
    "tasks/update": {"taskId": "t", "inputResponses": {}},
    "tasks/cancel": {"taskId": "t"},
    "tools/list": {},
    "resources/read": {"uri": "ui://x"},
    "prompts/get": {"name": "x"},
}


def answered(method: str, kind: Any, *, tasks: bool) -> JsonObject:
    async def script(seen: Seen, reply: Reply) -> None:
        await reply.result({**task(), "resultType": kind})

    async def run() -> JsonObject:
        bench = Bench()
        async with peer(modern(script)) as server, bench.connected(at(server.url)) as it:
            exchange = replace(bench.tap.exchange(), tasks=tasks)
            return await it.request(method, PARAMS[method], exchange)

    return asyncio.run(run())


@pytest.mark.requirement("MCP-185")
@pytest.mark.parametrize("method", ["tools/call", "tasks/get"])
def test_a_task_is_taken_where_it_was_declared(method: str) -> None:
    assert answered(method, "task", tasks=True)["taskId"]


@pytest.mark.requirement("AMB-09")
@pytest.mark.parametrize("kind", ["complete", "task"])
def test_both_kinds_that_the_extension_shows_are_taken_for_a_look(kind: str) -> None:
    assert answered("tasks/get", kind, tasks=True)["resultType"] == kind


@pytest.mark.requirement("MCP-185")
@pytest.mark.parametrize("method", ["tools/call", "tasks/get"])
def test_a_task_that_was_not_declared_on_this_very_request_is_refused(method: str) -> None:
    with pytest.raises(ProtocolViolation, match="resultType"):
        answered(method, "task", tasks=False)


@pytest.mark.requirement("MCP-185")
@pytest.mark.parametrize("method", sorted(PARAMS.keys() - {"tools/call", "tasks/get"}))
def test_a_task_for_any_other_request_is_refused(method: str) -> None:
    with pytest.raises(ProtocolViolation, match="resultType"):
        answered(method, "task", tasks=True)


@pytest.mark.parametrize("kind", ["zzz", "", "Complete", None, 1, ["complete"], {}])
def test_a_kind_that_nobody_knows_is_refused(kind: Any) -> None:
    with pytest.raises(ProtocolViolation, match="resultType"):
        answered("tools/call", kind, tasks=True)


@pytest.mark.parametrize("method", ["tasks/get", "tasks/update", "tasks/cancel", "tools/list"])
def test_a_question_is_refused_where_none_may_be_asked(method: str) -> None:
    with pytest.raises(ProtocolViolation, match="a question where"):
        answered(method, "input_required", tasks=True)


def test_the_extension_is_declared_on_the_requests_that_say_so_and_on_no_other() -> None:
    async def script(seen: Seen, reply: Reply) -> None:
        await reply.result({"content": []})

    async def run() -> HttpPeer:
        bench = Bench()
        async with peer(modern(script)) as server, bench.connected(at(server.url)) as it:
            for tasks in (False, True, False):
                exchange = replace(bench.tap.exchange(), tasks=tasks)
                await it.request("tools/call", PARAMS["tools/call"], exchange)
            return server

    key = "io.modelcontextprotocol/clientCapabilities"
    declared = [s.message["params"]["_meta"][key] for s in asyncio.run(run()).seen[1:]]
    names = ["io.modelcontextprotocol/tasks" in each["extensions"] for each in declared]
    assert names == [False, True, False]


@pytest.mark.requirement("MCP-075")
@pytest.mark.parametrize(
    "state", ["\u2028", '{"a": [1, 2]}', "  ", "ä" * 131_072, "\\u0041", "\x7f\x01"]
)
def test_a_state_survives_the_wire_and_back_byte_for_byte(state: str) -> None:
    async def script(seen: Seen, reply: Reply) -> None:
        asked = {"resultType": "input_required", "requestState": state}
        await reply.result(
            asked if "requestState" not in seen.message["params"] else {"content": []}
        )

    async def run() -> HttpPeer:
        bench = Bench()
        async with peer(modern(script)) as server, bench.connected(at(server.url)) as it:
            first = await it.request("tools/call", PARAMS["tools/call"], bench.tap.exchange())
            again = {**PARAMS["tools/call"], "requestState": first["requestState"]}
            await it.request("tools/call", again, bench.tap.exchange())
            return server

    assert asyncio.run(run()).seen[-1].message["params"]["requestState"] == state


@pytest.mark.requirement("MCP-075")
def test_a_state_that_no_text_can_carry_is_refused() -> None:
    async def script(seen: Seen, reply: Reply) -> None:
        head = b'{"jsonrpc":"2.0","id":%d,"result":{"resultType":"input_required",'
        await reply.json(head % seen.message["id"] + b'"requestState":"a\\ud800"}}')

    async def run() -> None:
        bench = Bench()
        async with peer(modern(script)) as server, bench.connected(at(server.url)) as it:
            await it.request("tools/call", PARAMS["tools/call"], bench.tap.exchange())

    with pytest.raises(ProtocolViolation, match="lone surrogate"):
        asyncio.run(run())


def test_a_broken_stream_loses_the_request_and_nothing_is_sent_again() -> None:
    async def script(seen: Seen, reply: Reply) -> None:
        note = {"jsonrpc": "2.0", "method": "notifications/message", "params": {}}
        await reply.event(note, "id: 7")

    async def run() -> list[str]:
        bench = Bench()
        async with peer(modern(script)) as server, bench.connected(at(server.url)) as it:
            with pytest.raises(ServerUnreachable, match="without an answer"):
                await it.request("tools/call", PARAMS["tools/call"], bench.tap.exchange())
            return [seen.method or seen.verb for seen in server.seen]

    assert asyncio.run(run()) == ["server/discover", "tools/call"]


@pytest.mark.requirement("MCP-187")
@pytest.mark.parametrize("method", ["tasks/get", "tasks/update", "tasks/cancel"])
def test_giving_up_a_request_about_a_task_says_nothing_over_stdio(method: str) -> None:
    async def run() -> list[str]:
        bench = Bench()
        async with bench.connected(module("stdio_peer", "modern-silent")) as it:
            exchange = replace(bench.tap.exchange(deadline=0.1), tasks=True)
            with pytest.raises(ServerUnreachable):
                await it.request(method, PARAMS[method], exchange)
            await asyncio.sleep(0.05)
        return bench.tap.methods()

    assert "notifications/cancelled" not in asyncio.run(run())
