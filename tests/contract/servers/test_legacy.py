"""What only older servers do: sessions, and questions of their own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from mcphost.domain.audit import AuditKind
from mcphost.domain.errors import ProtocolViolation, ServerRefused, ServerUnreachable
from mcphost.domain.ports import InputRequest
from mcphost.protocol.mcp import result_text
from mcphost.servers.connection import Connection
from tests.helpers.servers.http_peer import HttpPeer, Reply, Script, Seen, legacy, peer
from tests.helpers.wiretap import Bench, at, module

CALL = {"name": "ask", "arguments": {}}
ELICIT = {"jsonrpc": "2.0", "id": "q1", "method": "elicitation/create", "params": {"message": "?"}}


async def yes(request: InputRequest) -> dict[str, Any]:
    assert request.method == "elicitation/create"
    return {"action": "accept", "content": {"name": "me"}}


def over_stdio(scenario: Callable[[Connection, Bench], Awaitable[None]]) -> None:
    async def run() -> None:
        bench = Bench()
        async with bench.connected(module("stdio_peer", "legacy-32601")) as it:
            await scenario(it, bench)

    asyncio.run(run())


def over_http(
    script: Script, scenario: Callable[[Connection, Bench, HttpPeer], Awaitable[None]], **kind: Any
) -> None:
    async def run() -> None:
        bench = Bench()
        async with peer(legacy(script, **kind)) as server, bench.connected(at(server.url)) as it:
            await scenario(it, bench, server)

    asyncio.run(run())


def told(name: str) -> dict[str, Any]:
    return {"name": name, "arguments": {}}


def answer_of(result: Any) -> dict[str, Any]:
    return json.loads(result_text(result))


@pytest.mark.requirement("LEG-17")
def test_a_question_reaches_the_one_call_that_accepts_input() -> None:
    async def scenario(it: Connection, bench: Bench) -> None:
        hold = asyncio.ensure_future(it.request("tools/call", told("hold"), bench.tap.exchange()))
        done = await it.request("tools/call", CALL, bench.tap.exchange(on_input=yes))
        assert answer_of(done)["result"] == {"action": "accept", "content": {"name": "me"}}
        assert "response:elicitation/create" in bench.tap.methods()
        await it.request("tools/call", told("release"), bench.tap.exchange())
        await hold

    over_stdio(scenario)


@pytest.mark.requirement("LEG-17", "MCP-102")
def test_a_question_nobody_may_answer_is_refused_and_leaves_a_row() -> None:
    async def scenario(it: Connection, bench: Bench) -> None:
        done = await it.request("tools/call", CALL, bench.tap.exchange())
        assert answer_of(done)["error"]["code"] == -32602
        assert bench.audit.kinds().count(AuditKind.ELICITATION_REFUSED) == 1

    over_stdio(scenario)


@pytest.mark.requirement("LEG-17")
def test_a_question_two_calls_could_have_caused_is_refused() -> None:
    async def scenario(it: Connection, bench: Bench) -> None:
        asking = bench.tap.exchange(on_input=yes)
        hold = asyncio.ensure_future(it.request("tools/call", told("hold"), asking))
        done = await it.request("tools/call", CALL, asking)
        assert answer_of(done)["error"]["code"] == -32602
        (row,) = [r for r in bench.audit.rows if r.kind is AuditKind.ELICITATION_REFUSED]
        assert "several requests" in str(row.data["reason"])
        await it.request("tools/call", told("release"), bench.tap.exchange())
        await hold

    over_stdio(scenario)


@pytest.mark.requirement("LEG-20")
def test_a_person_takes_their_time_and_the_deadline_waits() -> None:
    async def slowly(request: InputRequest) -> dict[str, Any]:
        await asyncio.sleep(2.5)
        return {"action": "decline"}

    async def scenario(it: Connection, bench: Bench) -> None:
        exchange = bench.tap.exchange(on_input=slowly, deadline=2)
        assert answer_of(await it.request("tools/call", CALL, exchange))["id"] == "q1"

    over_stdio(scenario)


def test_a_refused_question_is_answered_with_its_error() -> None:
    async def no(request: InputRequest) -> dict[str, Any]:
        raise ServerRefused(-32602, "not that mode")

    async def scenario(it: Connection, bench: Bench) -> None:
        done = await it.request("tools/call", CALL, bench.tap.exchange(on_input=no))
        assert answer_of(done)["error"] == {"code": -32602, "message": "not that mode"}

    over_stdio(scenario)


@pytest.mark.requirement("LEG-15", "LEG-16", "MCP-010", "MCP-193")
@pytest.mark.parametrize(("method", "code"), [("ping", None), ("sampling/createMessage", -32601)])
def test_ping_is_answered_and_the_rest_is_not_offered(method: str, code: int | None) -> None:
    async def scenario(it: Connection, bench: Bench) -> None:
        done = answer_of(await it.request("tools/call", told(method), bench.tap.exchange()))
        assert done.get("error", {}).get("code") == code
        assert bench.tap.methods()[-1] == f"response:{method}"

    over_stdio(scenario)


def test_a_changed_list_is_announced_once_for_a_burst() -> None:
    async def scenario(it: Connection, bench: Bench) -> None:
        changed: list[str] = []
        it.on_list_changed = changed.append
        await it.request("tools/call", told("change"), bench.tap.exchange())
        await asyncio.sleep(0.2)
        assert changed == ["tools"]

    over_stdio(scenario)


def asking(reply_to: list[bytes]) -> Script:
    """A tool that asks on its own stream and goes on when the answer has come."""
    answered = asyncio.Event()

    async def script(seen: Seen, reply: Reply) -> None:
        await reply.event(ELICIT)
        await answered.wait()
        await reply.result({"content": [{"type": "text", "text": reply_to[0].decode()}]})

    async def with_answers(seen: Seen, reply: Reply) -> None:
        if not seen.method:
            reply_to.append(seen.body)
            await reply.status(202)
            answered.set()
        else:
            await script(seen, reply)

    return with_answers


@pytest.mark.requirement("LEG-17")
@pytest.mark.parametrize("accepts", [True, False])
def test_over_http_a_question_belongs_to_the_stream_it_came_by(accepts: bool) -> None:
    async def run() -> None:
        bench, answers = Bench(), []
        script = asking(answers)

        async def whole(seen: Seen, reply: Reply) -> None:
            is_answer = seen.verb == "POST" and not seen.method
            await (script if is_answer else legacy(script))(seen, reply)

        async with peer(whole) as server, bench.connected(at(server.url)) as it:
            exchange = bench.tap.exchange(on_input=yes if accepts else None)
            done = answer_of(await it.request("tools/call", CALL, exchange))
            assert done.get("result") == (await yes_result() if accepts else None)
            assert done.get("error", {}).get("code") == (None if accepts else -32602)
            refused = AuditKind.ELICITATION_REFUSED in bench.audit.kinds()
            assert refused != accepts

    async def yes_result() -> dict[str, Any]:
        return await yes(InputRequest(method="elicitation/create", untrusted_params={}))

    asyncio.run(run())


def test_a_question_the_server_takes_back_is_not_answered() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def forever(request: InputRequest) -> dict[str, Any]:
        begun.set()
        try:
            await asyncio.sleep(30)
        finally:
            ended.set()
        return {}

    async def script(seen: Seen, reply: Reply) -> None:
        await reply.event(ELICIT)
        await begun.wait()
        gone = {"method": "notifications/cancelled", "params": {"requestId": "q1"}}
        await reply.event({"jsonrpc": "2.0", **gone})
        await ended.wait()
        await reply.result({"content": []})

    async def scenario(it: Connection, bench: Bench, server: HttpPeer) -> None:
        await it.request("tools/call", CALL, bench.tap.exchange(on_input=forever))
        assert not [m for m in bench.tap.methods() if m.startswith("response:")]

    over_http(script, scenario)


@pytest.mark.requirement("LEG-07", "MCP-060")
def test_a_forgotten_session_is_opened_again_and_the_call_sent_once_more() -> None:
    async def run() -> None:
        bench, sessions = Bench(), ["s-1", "s-2"]

        async def script(seen: Seen, reply: Reply) -> None:
            if seen.method in {"tools/list", "resources/list"}:
                if seen.headers["mcp-session-id"] == "s-1":
                    await reply.status(404)
                else:
                    await reply.result({"ok": True})
                return
            session = sessions.pop(0) if seen.method == "initialize" else None
            await legacy(script, session=session)(seen, reply)

        async with peer(script) as server, bench.connected(at(server.url)) as it:
            both = (
                it.request(method, {}, bench.tap.exchange())
                for method in ("tools/list", "resources/list")
            )
            assert [r["ok"] for r in await asyncio.gather(*both)] == [True, True]
            assert server.methods().count("initialize") == 2
            assert sessions == []

    asyncio.run(run())


@pytest.mark.requirement("LEG-12")
def test_cancelling_is_said_because_hanging_up_is_not_cancelling() -> None:
    async def slow(seen: Seen, reply: Reply) -> None:
        await asyncio.sleep(30)

    async def scenario(it: Connection, bench: Bench, server: HttpPeer) -> None:
        with pytest.raises(ServerUnreachable, match="did not answer tools/list"):
            await it.request("tools/list", {}, bench.tap.exchange(deadline=0.2))
        await bench.pool.close_all()
        (said,) = [s.message for s in server.seen if s.method == "notifications/cancelled"]
        assert said["params"]["requestId"] == 3

    over_http(slow, scenario)


@pytest.mark.requirement("LEG-11", "MCP-060")
def test_a_broken_stream_is_picked_up_where_it_ended() -> None:
    async def script(seen: Seen, reply: Reply) -> None:
        if seen.verb == "GET":
            assert seen.headers["last-event-id"] == "e1"
            call = next(s for s in server_seen if s.method == "tools/call")
            await Reply(reply.writer, call).event(
                {"jsonrpc": "2.0", "id": call.message["id"], "result": {"content": []}}
            )
            reply.writer.close()
        else:
            await reply.event("", "id: e1", "retry: 10")

    server_seen: list[Seen] = []

    async def whole(seen: Seen, reply: Reply) -> None:
        server_seen.append(seen)
        await (script if seen.verb == "GET" else legacy(script))(seen, reply)

    async def run() -> None:
        bench = Bench()
        async with peer(whole) as server, bench.connected(at(server.url)) as it:
            await it.request("tools/call", CALL, bench.tap.exchange())
            assert bench.tap.methods()[-2:] == ["tools/call", "GET"]

    asyncio.run(run())


@pytest.mark.requirement("LEG-13")
def test_batches_are_read_only_from_the_revision_that_has_them() -> None:
    async def script(seen: Seen, reply: Reply) -> None:
        note = {"jsonrpc": "2.0", "method": "notifications/message", "params": {}}
        answer = {"jsonrpc": "2.0", "id": seen.message["id"], "result": {"ok": True}}
        await reply.json([note, answer])

    async def good(it: Connection, bench: Bench, server: HttpPeer) -> None:
        assert (await it.request("tools/list", {}, bench.tap.exchange()))["ok"] is True

    async def bad(it: Connection, bench: Bench, server: HttpPeer) -> None:
        with pytest.raises(ProtocolViolation, match="a batch"):
            await it.request("tools/list", {}, bench.tap.exchange())

    over_http(script, good, version="2025-03-26")
    over_http(script, bad, version="2025-11-25")


def test_an_old_server_cannot_smuggle_in_a_question_of_the_new_kind() -> None:
    async def script(seen: Seen, reply: Reply) -> None:
        await reply.result({"resultType": "input_required", "inputRequests": {}})

    async def scenario(it: Connection, bench: Bench, server: HttpPeer) -> None:
        with pytest.raises(ProtocolViolation, match="which its revision does not have"):
            await it.request("tools/call", CALL, bench.tap.exchange())

    over_http(script, scenario)


@pytest.mark.requirement("LEG-19")
def test_the_news_that_an_address_was_dealt_with_means_nothing() -> None:
    news = {"method": "notifications/elicitation/complete", "params": {"elicitationId": "e-1"}}

    async def script(seen: Seen, reply: Reply) -> None:
        for _ in range(3):
            await reply.event({"jsonrpc": "2.0", **news})
        await reply.result({"content": []})

    async def scenario(it: Connection, bench: Bench, server: HttpPeer) -> None:
        exchange = bench.tap.exchange(elicitation=True, on_input=yes)
        assert await it.request("tools/call", told("x"), exchange) == {"content": []}
        assert [m for m in server.methods() if m == "tools/call"] == ["tools/call"]
        assert not [kind for kind in bench.audit.kinds() if "elicitation" in kind]

    over_http(script, scenario)
