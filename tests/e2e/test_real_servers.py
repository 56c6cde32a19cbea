"""Published servers through the whole host, each over both transports: connect, list, call.

None of them was written for this host, and none of them speaks 2026-07-28.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mcphost.domain.conversation import RunState, ToolRun
from mcphost.domain.ids import ServerKey
from mcphost.domain.server import ServerConfig
from mcphost.domain.summaries import Link
from mcphost.domain.tool import Era
from tests.helpers.core import Core, core
from tests.helpers.figures import say
from tests.helpers.npm import VERSIONS, example_server
from tests.helpers.servers.running import free_port
from tests.helpers.servers.served import local, processes, remote

pytestmark = [pytest.mark.npm, pytest.mark.timeout(600)]

ONE_CALL = {
    "budget-allocator": "get-budget-data",
    "cohort-heatmap": "get-cohort-data",
    "customer-segmentation": "get-customer-data",
    "map": "show-map",
    "pdf": "list_pdfs",
    "scenario-modeler": "get-scenario-data",
    "shadertoy": "render-shadertoy",
    "sheet-music": "play-sheet-music",
    "system-monitor": "get-system-info",
    "threejs": "learn_threejs",
    "transcript": "transcribe",
    "video-resource": "play_video",
    "wiki-explorer": "get-first-degree-links",
}
"""A tool that only reads; the basic ones have `get-time`."""
NEEDS_INTERNET = frozenset({"wiki-explorer"})
"""Whether it can answer is not this host's doing."""


@contextmanager
def examples(transport: str) -> Iterator[dict[str, ServerConfig]]:
    if transport == "stdio":
        yield {name: local(name, *example_server(name), "--stdio") for name in VERSIONS}
        return
    ports = {name: free_port() for name in VERSIONS}
    with processes([(ports[name], example_server(name)) for name in VERSIONS]):
        yield {name: remote(name, ports[name]) for name in VERSIONS}


async def used(made: Core, config: ServerConfig) -> ToolRun:
    await made.host.add_server(config, keep=False)
    await made.host.connect(config.key)
    conversation = await made.host.new_conversation(config.title)
    tool = ONE_CALL.get(str(config.key), "get-time")
    arguments = await made.host.with_defaults(config.key, tool, {})
    return await made.host.run_tool(conversation, config.key, tool, arguments)


def use_all(made: Core, servers: dict[str, ServerConfig]) -> dict[str, ToolRun]:
    async def all_of_them() -> list[Any]:
        return await asyncio.gather(*(used(made, config) for config in servers.values()))

    return dict(zip(servers, made.run(all_of_them()), strict=True))


@pytest.mark.parametrize("transport", ["stdio", "http"])
def test_every_published_example_is_connected_listed_and_called(
    transport: str, tmp_path: Path
) -> None:
    with examples(transport) as servers, core(tmp_path / "home") as made:
        runs = use_all(made, servers)
        wrong = {
            name: run.text
            for name, run in runs.items()
            if run.state is not RunState.DONE and name not in NEEDS_INTERNET
        }
        summaries = {str(s.config.key): s for s in made.run(made.host.servers())}
        assert not wrong
        for name in servers:
            summary = summaries[name]
            assert (summary.link, summary.problem) == (Link.ONLINE, "")
            assert summary.info is not None
            assert (summary.info.era, summary.info.protocol_version) == (Era.LEGACY, "2025-11-25")
            tools = made.run(made.host.tools(ServerKey(name)))
            assert any(entry.tool.ui_resource for entry in tools)
        pinned = {review.pin.uri for review in made.run(made.host.templates())}
    say(f"example servers over {transport}: {len(runs)} used, {len(pinned)} templates fetched")
    assert len(pinned) >= len(servers) - 6  # the basic ones share the name of theirs
