"""A local server that ends by itself is started again as the same program; its log is kept."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from mcphost.domain.events import ServerChanged
from mcphost.domain.summaries import Link
from tests.helpers.core import Core, core
from tests.helpers.launches import NOTES, script, touch


def running(made: Core) -> int:
    """The id of the server's process, from its own log."""
    text = made.run(made.host.server_log(NOTES))
    return int(text.rstrip().rpartition("process ")[2].split()[0])


def kill(made: Core) -> None:
    made.events.clear()
    os.kill(running(made), signal.SIGKILL)
    made.wait(ServerChanged, lambda e: e.summary.link is Link.FAILED)


@pytest.mark.requirement("MCP-067")
def test_a_server_that_dies_is_started_again_as_the_same_program(tmp_path: Path) -> None:
    with core(tmp_path / "home") as made:
        made.run(made.host.add_server(script(tmp_path)))
        made.run(made.host.connect(NOTES))
        before = running(made)
        kill(made)
        made.wait(ServerChanged, lambda e: e.summary.link is Link.ONLINE)
        assert running(made) != before
        assert len(made.person.consents) == 1
        text = made.run(made.host.server_log(NOTES))
        assert "was ended by signal SIGKILL" in text


@pytest.mark.requirement("MCP-067")
def test_a_program_that_changed_is_not_what_is_started_again(tmp_path: Path) -> None:
    with core(tmp_path / "home") as made:
        made.run(made.host.add_server(script(tmp_path)))
        made.run(made.host.connect(NOTES))
        touch(tmp_path)
        kill(made)
        made.wait(ServerChanged, lambda e: "see what would run now" in e.summary.problem)
        assert len(made.rows("server_started")) == 1


def test_a_server_that_was_removed_does_not_come_back(tmp_path: Path) -> None:
    with core(tmp_path / "home") as made:
        made.run(made.host.add_server(script(tmp_path)))
        made.run(made.host.connect(NOTES))
        kill(made)
        made.run(made.host.remove_server(NOTES))
    with core(tmp_path / "home") as again:
        assert len(again.run(again.host.servers())) == 1


@pytest.mark.requirement("MCP-063")
def test_the_log_of_a_server_outlives_the_run(tmp_path: Path) -> None:
    with core(tmp_path / "home") as made:
        made.run(made.host.add_server(script(tmp_path)))
        made.run(made.host.connect(NOTES))
    with core(tmp_path / "home") as again:
        assert "was stopped" in again.run(again.host.server_log(NOTES))


def test_a_person_accepts_another_era_and_it_is_a_row(tmp_path: Path) -> None:
    with core(tmp_path / "home") as made:
        made.run(made.host.add_server(script(tmp_path)))
        made.run(made.host.connect(NOTES))
        assert made.run(made.host.remembered_era(NOTES)) == ("legacy", "2025-11-25")
        made.run(made.host.forget_era(NOTES))
        assert made.run(made.host.remembered_era(NOTES)) == ("", "")
        rows = [row["data"] for row in made.rows("setting_changed")]
        assert {"name": "era of notes", "before": "legacy"}.items() <= rows[-1].items()
