"""P9 over stdio: what a local server writes, or its death, costs the calls it concerns."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from mcphost.domain.audit import AuditKind
from mcphost.domain.errors import ProtocolViolation, ServerUnreachable, UserFacingError
from mcphost.domain.server import StdioCommand
from mcphost.protocol.mcp import result_text
from mcphost.servers.connection import Connection
from mcphost.servers.launching import inspect
from tests.helpers.wiretap import QUICK, Bench, module, running

Scenario = Callable[[Connection, Bench], Awaitable[Any]]


def meet(scenario: Scenario, mode: str = "modern", bench: Bench | None = None) -> Any:
    async def run() -> Any:
        it = bench or Bench()
        async with it.connected(module("stdio_peer", mode)) as connection:
            return await scenario(connection, it)

    return asyncio.run(run())


def call(it: Connection, bench: Bench, name: str, **arguments: Any) -> Awaitable[Any]:
    params = {"name": name, "arguments": arguments}
    return it.request("tools/call", params, bench.tap.exchange(deadline=60))


async def works(it: Connection, bench: Bench) -> None:
    assert result_text(await call(it, bench, "echo", text="still here")) == "still here"


@pytest.mark.requirement("MCP-067")
def test_a_death_mid_call_fails_every_call_at_once_and_says_how() -> None:
    async def scenario(it: Connection, bench: Bench) -> None:
        hold = asyncio.ensure_future(call(it, bench, "hold"))
        with pytest.raises(ServerUnreachable, match=r"exit code 7.*words were: the roof fell in"):
            await call(it, bench, "die")
        with pytest.raises(ServerUnreachable, match="exit code 7"):
            await hold
        assert not it.alive
        with pytest.raises(ServerUnreachable, match="Connect the server again"):
            await call(it, bench, "echo", text="x")
        again = await bench.connect(it.config)
        await works(again, bench)
        assert bench.audit.kinds().count(AuditKind.SERVER_STARTED) == 2
        assert bench.audit.kinds().count(AuditKind.SERVER_STOPPED) == 1

    meet(scenario)


def test_of_a_program_of_node_the_fault_is_quoted_and_not_the_version() -> None:
    async def scenario() -> None:
        with pytest.raises(ServerUnreachable, match=r"words were: Error \[\w+\]: Cannot find pack"):
            await Bench().connect(running("node", "--input-type=module", "-e", "import 'bistro'"))

    asyncio.run(scenario())


def test_a_program_that_ends_before_it_speaks_is_said_to_have_done_so() -> None:
    dying = "import sys; sys.stderr.write('No module named bistro\\n'); sys.exit(3)"

    async def scenario() -> None:
        bench = Bench()
        with pytest.raises(ServerUnreachable) as caught:
            await bench.connect(running(sys.executable, "-c", dying))
        said = str(caught.value)
        assert "ended before it said anything: it stopped with exit code 3" in said
        assert "words were: No module named bistro. No tool of it was called" in said
        assert "may have done" not in said

    asyncio.run(scenario())


def test_a_program_that_only_serves_elsewhere_is_quoted_when_it_does_not_answer() -> None:
    deaf = "import sys; print('Listening on port 8000', file=sys.stderr, flush=True); [*sys.stdin]"

    async def scenario() -> None:
        bench = Bench(replace(QUICK, probe=0.5))
        to = running(sys.executable, "-c", deaf)
        assert isinstance(to.endpoint, StdioCommand)
        launch = await inspect(to.endpoint, title=to.title)
        with pytest.raises(ServerUnreachable, match="last words were: Listening on port 8000"):
            await bench.pool.connect(to, bench.tap.exchange(deadline=2.0), launch)
        await bench.pool.close_all()

    asyncio.run(scenario())


def test_a_reply_of_300_mib_is_refused_in_little_memory() -> None:
    async def scenario(it: Connection, bench: Bench) -> None:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with pytest.raises(ProtocolViolation, match="tools/call: a line of more than 16777216"):
            await call(it, bench, "big", mib=300)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
        assert grown < 60
        await works(it, bench)

    meet(scenario)


def test_a_reply_of_15_mib_is_taken() -> None:
    async def scenario(it: Connection, bench: Bench) -> None:
        result = await call(it, bench, "big", mib=15)
        assert len(result["x"]) == 15 * 1024 * 1024

    meet(scenario)


@pytest.mark.requirement("MCP-016")
def test_a_line_too_long_fails_the_call_it_names_among_several() -> None:
    async def scenario(it: Connection, bench: Bench) -> None:
        hold = asyncio.ensure_future(call(it, bench, "hold"))
        with pytest.raises(ProtocolViolation):
            await call(it, bench, "big", mib=2)
        await call(it, bench, "release")
        assert result_text(await hold) == "released"

    meet(scenario, bench=Bench(limits=replace(QUICK, message=1024 * 1024)))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"jsonrpc":"2.0","id":2,"result":{"a":1,"a":2}}', "same key twice"),
        ('{"jsonrpc":"2.0","id":2,"result":{"a":NaN}}', "NaN"),
        ('{"jsonrpc":"2.0","id":2,"result":' + "[" * 100_000, "deeper than 64"),
        ('{"jsonrpc":"2.0","id":77,"result":{}}', "whose id nobody asked for"),
        ('{"jsonrpc":"2.0","id":"2","result":{}}', "whose id nobody asked for"),
        ('[{"jsonrpc":"2.0","id":2,"result":{}}]', "a batch"),
        ("{", "not JSON"),
    ],
)
def test_a_broken_line_fails_the_call_at_once(line: str, why: str) -> None:
    async def scenario(it: Connection, bench: Bench) -> None:
        with pytest.raises(ProtocolViolation, match=f"Peer broke .* tools/call: .*{why}"):
            await call(it, bench, "raw", before=line)
        await works(it, bench)

    meet(scenario)


@pytest.mark.requirement("MCP-019")
def test_an_error_without_an_id_answers_the_only_call() -> None:
    async def scenario(it: Connection, bench: Bench) -> None:
        line = '{"jsonrpc":"2.0","error":{"code":-32700,"message":"what?"}}'
        with pytest.raises(Exception, match="error -32700: what"):
            await call(it, bench, "raw", before=line)

    meet(scenario)


@pytest.mark.requirement("MCP-003", "MCP-004", "MCP-102")
@pytest.mark.parametrize(
    "line",
    [
        "Server started on stdio!",
        "[INFO] listening",
        "  [default: .]",
        "",
        '{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}',
        '{"jsonrpc":"2.0","method":"notifications/nonsense","params":{"a":1}}',
        '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":true}}',
        '{"jsonrpc":"2.0","id":"s1","method":"ping"}',
        '{"jsonrpc":"2.0","id":"s2","method":"elicitation/create","params":{}}',
    ],
)
def test_noise_and_uninvited_messages_change_nothing(line: str) -> None:
    async def scenario(it: Connection, bench: Bench) -> None:
        changed: list[str] = []
        it.on_list_changed = changed.append
        assert result_text(await call(it, bench, "raw", before=line, then="good")) == "good"
        await asyncio.sleep(0.1)
        assert changed == []
        assert bench.tap.methods() == ["server/discover", "tools/call"]
        asked = AuditKind.ELICITATION_REFUSED in bench.audit.kinds()
        assert asked == ("elicitation" in line)

    meet(scenario)


@pytest.mark.requirement("LEG-18")
@pytest.mark.parametrize(
    ("mode", "method"), [("legacy-32601", "ping"), ("modern", "elicitation/create")]
)
def test_a_flood_of_questions_is_answered_and_recorded_only_so_often(
    mode: str, method: str
) -> None:
    question = f'{{"jsonrpc":"2.0","id":"q","method":"{method}","params":{{}}}}'

    async def scenario(it: Connection, bench: Bench) -> None:
        flood, began = "\n".join([question] * 5000), time.monotonic()
        assert result_text(await call(it, bench, "raw", before=flood, then="good")) == "good"
        await works(it, bench)
        answered = [m for m in bench.tap.methods() if m.startswith("response:")]
        refused = bench.audit.kinds().count(AuditKind.ELICITATION_REFUSED)
        # Twenty at once and a word about the rest; then five a second, each with such a word.
        assert len(answered) + refused <= 21 + 10 * (time.monotonic() - began)
        assert refused > 0

    meet(scenario, mode)


@pytest.mark.requirement("MCP-065", "MCP-142", "MCP-143")
def test_a_late_answer_to_a_cancelled_call_is_ignored() -> None:
    async def scenario(it: Connection, bench: Bench) -> None:
        with pytest.raises(ServerUnreachable, match=r"within 0\.2 seconds"):
            await it.request(
                "tools/call", {"name": "hold", "arguments": {}}, bench.tap.exchange(deadline=0.2)
            )
        await call(it, bench, "release")
        await works(it, bench)
        said = bench.tap.bodies()[bench.tap.methods().index("notifications/cancelled")]
        assert json.loads(said)["params"]["requestId"] == 2

    meet(scenario)


@pytest.mark.requirement("MCP-066", "MCP-073")
def test_closing_ends_the_whole_tree() -> None:
    async def scenario(it: Connection, bench: Bench) -> int:
        return int(result_text(await call(it, bench, "child")))

    child = meet(scenario)
    deadline = time.monotonic() + 30
    while _alive(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _alive(child)


@pytest.mark.requirement("MCP-066")
def test_a_server_that_will_not_leave_is_made_to() -> None:
    async def scenario(it: Connection, bench: Bench) -> None:
        await works(it, bench)

    meet(scenario, "stubborn")  # by itself it would stay for five minutes


def test_a_command_that_is_no_server_says_its_last_words() -> None:
    async def run() -> None:
        bench = Bench()
        with pytest.raises(ServerUnreachable, match=r"exit code 3.*words were: no such garden"):
            await bench.connect(module("stdio_peer", "crash"))
        with pytest.raises(UserFacingError, match="was not found"):
            await bench.connect(running("no-such-thing"))

    asyncio.run(run())


@pytest.mark.requirement("MCP-073")
def test_the_environment_of_a_server_holds_nothing_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")

    async def scenario(it: Connection, bench: Bench) -> str:
        return result_text(await call(it, bench, "environment"))

    found = json.loads(meet(scenario))
    assert found["PATH"] == os.environ["PATH"]
    assert "sk-secret" not in found.values()


def _alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as status:
            return status.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
