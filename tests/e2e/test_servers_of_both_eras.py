"""Servers on today's libraries through the whole host, of both eras and over both transports."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from mcphost.domain.conversation import RunState, ToolRun
from mcphost.domain.server import ServerConfig
from mcphost.domain.summaries import ServerSummary
from mcphost.domain.tool import Era
from tests.helpers.core import Core, TestPerson, core
from tests.helpers.npm import example_server
from tests.helpers.servers.served import local, process, remote

both = pytest.mark.parametrize("transport", ["stdio", "http"])


@contextmanager
def of_ours(name: str, transport: str) -> Iterator[ServerConfig]:
    """A module of tests/helpers/servers, over *transport*."""
    argv = (sys.executable, "-m", f"tests.helpers.servers.{name}")
    if transport == "stdio":
        yield local(name, *argv, "stdio")
        return
    with process(*argv, "http", "{port}") as port:
        yield remote(name, port)


@contextmanager
def everything(transport: str) -> Iterator[ServerConfig]:
    argv = example_server("everything")
    if transport == "stdio":
        yield local("everything", *argv, "stdio")
        return
    with process(*argv, "streamableHttp") as port:
        yield remote("everything", port)


@contextmanager
def three_of_them() -> Iterator[ServerConfig]:
    """Three processes of one server behind a balancer that gives each the next request."""
    argv = (sys.executable, "-m", "tests.helpers.servers.sdk_workshop", "http", "{port}")
    balancer = (sys.executable, "-m", "tests.helpers.servers.round_robin", "{port}")
    with ExitStack() as stack:
        ports = [stack.enter_context(process(*argv)) for _ in range(3)]
        port = stack.enter_context(process(*balancer, *map(str, ports)))
        yield remote("workshop", port)


def join(made: Core, config: ServerConfig) -> ServerSummary:
    made.run(made.host.add_server(config, keep=False))
    made.run(made.host.connect(config.key))
    found = {s.config.key: s for s in made.run(made.host.servers())}[config.key]
    assert found.info is not None, found.problem
    return found


def call(made: Core, config: ServerConfig, tool: str, **arguments: Any) -> ToolRun:
    conversation = made.run(made.host.new_conversation(tool))
    return made.run(made.host.run_tool(conversation, config.key, tool, arguments))


def era_of(summary: ServerSummary) -> tuple[Era, str]:
    assert summary.info is not None
    return summary.info.era, summary.info.protocol_version


@both
def test_a_server_on_the_official_sdk_asks_and_goes_on(transport: str, tmp_path: Path) -> None:
    person = TestPerson(form={"wood": "oak"})
    with of_ours("sdk_workshop", transport) as config, core(tmp_path, person=person) as made:
        assert era_of(join(made, config)) == (Era.MODERN, "2026-07-28")
        run = call(made, config, "chair", legs=3)
        assert run.state is RunState.DONE, run.text
        assert run.text.startswith("a chair of oak with 3 legs")
        assert len(person.elicitations) == 1


@both
def test_a_server_on_fastmcp_is_used_as_it_is(transport: str, tmp_path: Path) -> None:
    with of_ours("fast_shop", transport) as config, core(tmp_path) as made:
        assert era_of(join(made, config)) == (Era.MODERN, "2026-07-28")
        assert '"nail": 1.5' in call(made, config, "price", article="nail").text.replace(
            '"nail":1.5', '"nail": 1.5'
        )
        counted = call(made, config, "count", up_to=3)
        assert counted.result is not None
        assert counted.result["structuredContent"] == {"result": [0, 1, 2]}
        failed = call(made, config, "broken")
        assert (failed.state, "out of stock" in failed.text) == (RunState.TOOL_ERROR, True)


@pytest.mark.requirement("MCP-017")
def test_three_processes_without_shared_state_answer_as_one(tmp_path: Path) -> None:
    person = TestPerson(form={"wood": "elm"})
    with three_of_them() as config, core(tmp_path, person=person) as made:
        assert era_of(join(made, config)) == (Era.MODERN, "2026-07-28")
        answered = [call(made, config, "who").text for _ in range(6)]
        assert len(set(answered)) == 3
        for _ in range(3):  # asked by one, answered by the next
            run = call(made, config, "chair", legs=4)
            assert re.fullmatch(r"a chair of elm with 4 legs, made by \d+", run.text), run.text
        assert len(person.elicitations) == 3


@both
@pytest.mark.npm
@pytest.mark.timeout(300)
def test_the_server_that_exercises_everything(transport: str, tmp_path: Path) -> None:
    person = TestPerson(form={"name": "Ada", "integer": 7})
    with everything(transport) as config, core(tmp_path, person=person) as made:
        assert era_of(join(made, config)) == (Era.LEGACY, "2025-11-25")
        assert call(made, config, "echo", message="grüezi").text == "Echo: grüezi"
        assert "12" in call(made, config, "get-sum", a=5, b=7).text
        weather = call(made, config, "get-structured-content", location="Chicago")
        assert weather.state is RunState.DONE
        assert weather.result is not None
        assert "temperature" in weather.result["structuredContent"]
        misfit = call(made, config, "get-structured-content", location="Atlantis")
        assert (misfit.state, "do not fit" in misfit.text) == (RunState.FAILED, True)
        long = call(made, config, "trigger-long-running-operation", duration=1, steps=4)
        assert "completed" in long.text
        for tool in ("get-tiny-image", "get-resource-links", "get-resource-reference"):
            assert call(made, config, tool).state is RunState.DONE
        asked = call(made, config, "trigger-elicitation-request")
        assert asked.state is RunState.DONE, asked.text
        assert len(person.elicitations) == 1
        assert "Ada" in asked.text
