"""`mcphost conformance-client`: the whole core plays a scenario; nothing is let through for it."""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from mcphost.cli.conformance import SCENARIO, VERSION, conformance_client
from mcphost.cli.conformance_acts import CONTEXT, sample
from mcphost.domain.errors import NotConfigured
from tests.helpers.servers.http_peer import HttpPeer, Reply, Script, Seen, legacy, modern, peer

SCHEMA = {"type": "object", "properties": {"a": {"type": "number"}, "flag": {"type": "boolean"}}}
TOOL = {"name": "add_numbers", "description": "Adds.", "inputSchema": SCHEMA}
FORBID = '@id("no-calls") forbid(principal, action == McpHost::Action::"tool_call", resource);'


@pytest.fixture(autouse=True)
def task(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A scenario, its revision, and a home of the person that must stay untouched."""
    monkeypatch.setenv(SCENARIO, "tools_call")
    monkeypatch.setenv(VERSION, "2026-07-28")
    monkeypatch.setenv("MCPHOST_HOME", str(tmp_path / "home"))
    monkeypatch.delenv(CONTEXT, raising=False)
    return tmp_path / "home"


async def adder(seen: Seen, reply: Reply) -> None:
    if seen.method == "tools/list":
        await reply.result({"resultType": "complete", "tools": [TOOL]})
    else:
        await reply.result({"resultType": "complete", "content": [{"type": "text", "text": "5"}]})


def play(script: Script, *, policy: Path | None = None) -> tuple[int, HttpPeer]:
    async def run() -> tuple[int, HttpPeer]:
        async with peer(script) as server:
            given = argparse.Namespace(server=server.url, policy=[policy] if policy else [])
            async with asyncio.timeout(30):
                return await asyncio.to_thread(conformance_client, given), server

    return asyncio.run(run())


def calls(server: HttpPeer) -> list[dict[str, Any]]:
    return [s.message["params"] for s in server.seen if s.method == "tools/call"]


def test_a_scenario_is_played_in_a_home_of_its_own(
    task: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, server = play(modern(adder))
    assert code == 0
    assert capsys.readouterr().out == "tools_call: done\n"
    assert calls(server)[0]["arguments"] == {"a": 2.5, "flag": True}
    assert not task.exists()


def test_the_policy_decides_here_as_everywhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "none.cedar").write_text(FORBID)
    code, server = play(modern(adder), policy=tmp_path / "none.cedar")
    assert code == 1
    assert calls(server) == []
    assert "refused by rule no-calls" in capsys.readouterr().err


def test_a_tool_that_fails_is_a_scenario_that_failed(capsys: pytest.CaptureFixture[str]) -> None:
    async def broken(seen: Seen, reply: Reply) -> None:
        if seen.method == "tools/list":
            await adder(seen, reply)
        else:
            await reply.result({"resultType": "complete", "isError": True, "content": []})

    code, _ = play(modern(broken))
    assert code == 1
    assert "add_numbers ended as tool_error" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name", ["sse-retry", "json-schema-ref-no-deref", "json-schema-2020-12-preservation"]
)
def test_a_server_without_tools_is_no_success(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(SCENARIO, name)

    async def empty(seen: Seen, reply: Reply) -> None:
        await reply.result({"resultType": "complete", "tools": []})

    assert play(modern(empty))[0] == 1
    assert "offers no tool" in capsys.readouterr().err


def test_a_server_taken_for_another_era_is_a_scenario_that_failed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, server = play(legacy(adder))
    assert code == 1
    assert calls(server) == []
    assert "was taken for one of 2025-11-25" in capsys.readouterr().err


def test_a_prescribed_null_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"toolCalls": [{"name": "add_numbers", "arguments": {"a": 1, "flag": None}}]}
    monkeypatch.setenv(SCENARIO, "http-custom-headers")
    monkeypatch.setenv(CONTEXT, json.dumps(told))
    code, server = play(modern(adder))
    assert code == 0
    assert calls(server)[0]["arguments"] == {"a": 1}


@pytest.mark.parametrize("name", ["", "auth/none", "sse-retry\u202e"])
def test_a_scenario_that_is_not_listed_is_refused(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SCENARIO, name)
    with pytest.raises(NotConfigured, match="this program plays: initialize"):
        conformance_client(argparse.Namespace(server="http://127.0.0.1:9/"))


@pytest.mark.parametrize("context", ["{", "[]"])
def test_a_context_that_is_no_object_is_refused(
    context: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CONTEXT, context)
    with pytest.raises(NotConfigured, match=f"{CONTEXT} is not"):
        conformance_client(argparse.Namespace(server="http://127.0.0.1:9/"))


def test_a_sample_fits_the_types_it_can_read() -> None:
    assert sample({"properties": {"n": {"type": "integer"}, "x": {}, "odd": True}}) == {
        "n": 2,
        "x": "sample",
    }
