"""`mcphost kill` as a person or a monitoring system runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.cli import Cli
from tests.helpers.core import core

ROOT = Path(__file__).parents[2]


def _lives(pid: int) -> bool:
    """Whether *pid* runs. One that has ended may still wait for somebody to ask how."""
    try:
        said = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return said.rpartition(")")[2].split()[0] not in "ZX"


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path / "home")


def test_a_command_that_would_send_ends_with_1_and_says_so(cli: Cli) -> None:
    assert cli.run("kill").code == 0
    called = cli.run("tools", "demo")
    assert called.code == 1
    assert "kill switch is on for everything" in called.complaint
    assert "mcphost kill --resume --scope all" in called.complaint


def test_resuming_lets_commands_work_again(cli: Cli) -> None:
    cli.run("kill", "--scope", "server:demo")
    listed = cli.run("kill", "--list", "--json")
    assert (listed.code, listed.json[0]["scope"]) == (1, "server:demo")
    assert cli.run("kill", "--resume", "--scope", "server:demo").code == 0
    assert cli.run("tools", "demo").code == 0
    assert cli.run("kill", "--list").code == 0


def test_both_turns_are_rows_of_the_log(cli: Cli) -> None:
    cli.run("kill")
    cli.run("kill", "--resume")
    rows = [
        json.loads(line) for line in cli.run("audit", "tail", "-n", "30", "--json").out.splitlines()
    ]
    turned = [row for row in rows if row["kind"] == "kill_switch_turned"]
    assert [(row["data"]["on"], row["data"]["how"]) for row in turned] == [
        (True, "command line"),
        (False, "command line"),
    ]


def test_resuming_what_is_not_stopped_is_a_usage_error(cli: Cli) -> None:
    assert cli.run("kill", "--resume").code == 2
    assert cli.run("kill", "--scope", "planet:earth").code == 2


def test_a_running_program_is_stopped_from_outside_and_lives(cli: Cli) -> None:
    with core(cli.home) as run:
        from mcphost.domain.events import KillSwitchChanged

        killed = cli.run("kill")
        assert killed.code == 0
        assert "did not answer" not in killed.err
        run.wait(KillSwitchChanged)


def test_a_program_that_hangs_is_ended_with_its_local_servers(cli: Cli) -> None:
    command = [sys.executable, "-m", "tests.helpers.hanging", str(cli.home)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as hung:
        assert hung.stdout is not None
        group = int(hung.stdout.readline())
        os.waitid(os.P_PID, hung.pid, os.WSTOPPED)
        killed = cli.run("kill")
        assert f"process {hung.pid} did not answer" in killed.err
        assert hung.wait(30) == -9
        assert not _lives(group)
