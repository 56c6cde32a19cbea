"""P9 through the whole core: whatever one server, template or App does, the others go on."""

from __future__ import annotations

import asyncio
import gzip
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mcphost.domain.conversation import RunState, ViewState
from mcphost.domain.ids import ServerKey
from mcphost.host import DEMO_KEY
from tests.helpers.app_server import HTML, Answer, AppServer, Thing
from tests.helpers.apps_talk import ask, join, join_demo, open_app, run_tool, say
from tests.helpers.core import Core, core
from tests.helpers.servers.http_peer import Reply, Seen

MIB = 1024 * 1024


def body(make: Callable[[int], bytes]) -> Answer:
    """Answers with the bytes that *make* makes of the request's id."""

    async def answer(seen: Seen, reply: Reply) -> None:
        await reply.json(make(seen.message["id"]))

    return answer


async def endless(_seen: Seen, reply: Reply) -> None:
    await reply.head(200, "Content-Type: application/json", "Connection: close")
    for _ in range(300):
        await reply.raw(b" " * MIB)


async def bomb(_seen: Seen, reply: Reply) -> None:
    squeezed = gzip.compress(b"\0" * (50 * MIB), 1)
    await reply.status(200, squeezed, "Content-Type: application/json", "Content-Encoding: gzip")


async def hangs_up(_seen: Seen, reply: Reply) -> None:
    reply.writer.close()


def _deep(ident: int) -> bytes:
    head = b'{"jsonrpc":"2.0","id":%d,"result":{"a":' % ident
    return head + b"[" * 90_000 + b"]" * 90_000 + b"}}"


def _many(ident: int) -> bytes:
    return b'{"jsonrpc":"2.0","id":%d,"result":{%s}}' % (ident, b'"a":1,' * 200_000 + b'"b":1')


ANSWERS: dict[str, Answer] = {
    "endless": endless,
    "gzip bomb": bomb,
    "hangs up": hangs_up,
    "nested 90 000 deep": body(_deep),
    "the same key 200 000 times": body(_many),
    "not JSON": body(lambda _: b"\xff\xfe<html>"),
    "another id": body(lambda _: b'{"jsonrpc":"2.0","id":"x","result":{}}'),
}
RUNAWAY: dict[str, Any] = {
    "type": "object",
    "$defs": {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(30)}
    | {"d30": {"type": "object"}},
    "$ref": "#/$defs/d0",
}


def _the_others_go_on(made: Core, server: ServerKey) -> None:
    assert run_tool(made, DEMO_KEY, "garden_overview").state is RunState.DONE
    assert run_tool(made, server, "good").state is RunState.DONE


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_p9_a_hostile_answer_costs_its_own_call_only(tmp_path: Path, answer: Answer) -> None:
    things = (Thing(name="bad", answer=answer), Thing(name="good"))
    with AppServer(*things) as server, core(tmp_path) as made:
        join_demo(made)
        join(made, server)
        run = run_tool(made, server.key, "bad")
        assert run.state is RunState.FAILED
        assert run.text
        _the_others_go_on(made, server.key)


def test_p9_a_schema_that_never_ends_costs_its_own_call_only(tmp_path: Path) -> None:
    async def structured(_seen: Seen, reply: Reply) -> None:
        await reply.result({"content": [], "structuredContent": {"a": {"b": 1}}})

    bad = Thing(name="bad", schema=RUNAWAY)
    worse = Thing(name="worse", answer=structured, output=RUNAWAY)
    with AppServer(bad, worse, Thing(name="good")) as server, core(tmp_path) as made:
        join_demo(made)
        join(made, server)
        for name in ("bad", "worse"):
            assert run_tool(made, server.key, name).state is RunState.FAILED, name
        _the_others_go_on(made, server.key)


def test_p9_a_call_that_is_never_answered_holds_up_no_other(tmp_path: Path) -> None:
    came = threading.Event()

    async def silent(_seen: Seen, _reply: Reply) -> None:
        came.set()
        await asyncio.sleep(300)

    things = (Thing(name="slow", answer=silent), Thing(name="good"))
    with AppServer(*things) as server, core(tmp_path) as made:
        join_demo(made)
        join(made, server)
        talk = made.run(made.host.new_conversation("slow"))
        waiting = made.runtime.submit(made.host.run_tool(talk, server.key, "slow", {}))
        assert came.wait(30)
        _the_others_go_on(made, server.key)
        assert not waiting.done()
        [item] = made.run(made.host.items(talk))
        made.run(made.host.cancel(item.id))
        assert waiting.result(30).state is RunState.CANCELLED


def test_p9_a_server_that_never_introduces_itself_holds_up_no_other(tmp_path: Path) -> None:
    came = threading.Event()

    async def silent(_seen: Seen, _reply: Reply) -> bool:
        came.set()
        await asyncio.sleep(300)
        return True

    with AppServer(key="mute") as mute, AppServer(Thing(name="good")) as server:
        mute.before = silent
        with core(tmp_path) as made:
            made.run(made.host.add_server(mute.config))
            waiting = made.runtime.submit(made.host.connect(mute.key))
            assert came.wait(30)
            join_demo(made)
            join(made, server)
            _the_others_go_on(made, server.key)
            assert not waiting.done()
            waiting.cancel()


def test_p9_a_template_that_is_too_large_costs_its_app_only(tmp_path: Path) -> None:
    with AppServer(Thing(name="good", app=True)) as server, core(tmp_path) as made:
        server.html = HTML + "x" * (17 * MIB)
        join_demo(made)
        join(made, server)
        run = run_tool(made, server.key, "good")
        assert run.view_state is ViewState.NONE
        assert run.view_note
        _the_others_go_on(made, server.key)


NOISE = ["", "{", "[]", "null", '{"jsonrpc":"2.0"}', "[" * 5_000, "\ud800", '{"a":1,"a":2}']


def test_p9_an_app_that_talks_nonsense_disturbs_nobody(tmp_path: Path) -> None:
    with AppServer(Thing(name="good", app=True)) as server, core(tmp_path) as made:
        join_demo(made)
        join(made, server)
        loud, calm = open_app(made, server.key, "good"), open_app(made, server.key, "good")
        for number in range(2_000):
            made.post(made.host.view_text, loud, NOISE[number % len(NOISE)], float(number))
            say(made, loud, {"id": number, "method": "no/such/method", "params": {}})
        assert ask(made, calm, "ping", {})["result"] == {}
        _the_others_go_on(made, server.key)
