"""Structured results of every kind of JSON value, by a whole core: server, schema worker, log."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from mcphost.domain.conversation import RunState, ToolRun
from tests.helpers.core import Core, core
from tests.helpers.servers.http_peer import Reply, Seen, modern, peer
from tests.helpers.wiretap import at

KINDS: list[tuple[str, Any, Any]] = [
    ("null", None, 0),
    ("array", [1, [None]], {"0": 1}),
    ("number", 1.5, "1.5"),
    ("integer", 0, 0.5),
    ("string", "", None),
    ("boolean", False, 0),
    ("object", {}, []),
]
"""A type, a value of it, a value that is none."""
ABSENT = object()


def run_of(made: Core, kind: str, value: object) -> ToolRun:
    tool = {"name": "look", "inputSchema": {"type": "object"}, "outputSchema": {"type": kind}}
    structured = {} if value is ABSENT else {"structuredContent": value}

    async def script(seen: Seen, reply: Reply) -> None:
        if seen.method == "tools/list":
            await reply.result(
                {
                    "resultType": "complete",
                    "ttlMs": 0,
                    "cacheScope": "private",
                    "tools": [tool],
                }
            )
        else:
            await reply.result({"resultType": "complete", "content": [], **structured})

    async def play() -> ToolRun:
        async with peer(modern(script)) as server:
            config = at(server.url)
            await made.host.add_server(config, keep=False)
            await made.host.connect(config.key)
            conversation = await made.host.new_conversation("look")
            run = await made.host.run_tool(conversation, config.key, "look", {})
            await made.host.remove_server(config.key)
            return run

    return made.run(asyncio.wait_for(play(), 60))


@pytest.mark.requirement("MCP-104")
@pytest.mark.parametrize(("kind", "value", "other"), KINDS, ids=[kind for kind, *_ in KINDS])
def test_a_promised_structure_of_any_kind_is_checked_and_delivered(
    kind: str, value: Any, other: Any, tmp_path: Path
) -> None:
    with core(tmp_path) as made:
        good, bad, none = (run_of(made, kind, what) for what in (value, other, ABSENT))
        assert (good.state, good.result is None) == (RunState.DONE, False), good.text
        assert good.result is not None
        assert json.dumps(good.result["structuredContent"]) == json.dumps(value)
        assert "does not fit its schema" in bad.text
        assert "gave no structured result" in none.text
        assert RunState.DONE not in (bad.state, none.state)
        checked = [r["data"]["schema_valid"] for r in made.rows("action_finished")]
        assert [verdict for verdict in checked if verdict is not None] == [True]
