"""`mcphost call` with a server that makes a task of it: it waits, says so, and ends aloud."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.cli import Cli, until
from tests.helpers.servers.tasked import Tasked, over_http


@pytest.fixture
def tasked() -> Iterator[tuple[str, Tasked]]:
    with over_http() as (url, server):
        yield url, server


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    rule = tmp_path / "all.cedar"
    rule.write_text('@id("run")\n@reason("a test")\npermit(principal, action, resource);')
    return Cli(tmp_path / "home")


def words(tmp_path: Path, url: str, tool: str) -> list[str]:
    return ["call", url, tool, "--policy", str(tmp_path / "all.cedar")]


def test_call_waits_for_a_task_and_says_that_it_does(
    cli: Cli, tasked: tuple[str, Tasked], tmp_path: Path
) -> None:
    ended = cli.run(*words(tmp_path, tasked[0], "work"))
    assert (ended.code, ended.out.strip()) == (0, "watered")
    assert "working at the server" in ended.err


def test_an_interrupt_cancels_the_task_at_its_server(
    cli: Cli, tasked: tuple[str, Tasked], tmp_path: Path
) -> None:
    url, server = tasked
    with cli.started(*words(tmp_path, url, "endless")) as running:
        assert until(lambda: "tasks/get" in server.methods(), 60)
        running.interrupt()
        ended = running.finish(30)
    assert ended.complaint == "mcphost: interrupted"
    assert server.methods()[-1] == "tasks/cancel"
    frames = [row["data"]["method"] for row in cli.rows("frame_intended")]
    assert frames[-1] == "tasks/cancel"


def test_a_question_of_a_task_with_nobody_there_is_refused_and_the_task_cancelled(
    cli: Cli, tasked: tuple[str, Tasked], tmp_path: Path
) -> None:
    ended = cli.run(*words(tmp_path, tasked[0], "ask"))
    assert ended.code == 1
    assert "nobody is here" in ended.err
    assert tasked[1].methods()[-1] == "tasks/cancel"
