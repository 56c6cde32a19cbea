"""Ending the programs of local servers from outside the loop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from mcphost.domain.ids import ServerKey
from mcphost.servers.trees import ProcessTrees

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
MINE, OTHER = ServerKey("mine"), ServerKey("other")


def test_only_the_trees_of_stopped_servers_end() -> None:
    trees = ProcessTrees()
    with (
        subprocess.Popen(SLEEPER, start_new_session=True) as mine,
        subprocess.Popen(SLEEPER, start_new_session=True) as other,
    ):
        trees.add(mine.pid, MINE)
        trees.add(other.pid, OTHER)
        assert trees.end(lambda server: server == MINE) == 1
        assert mine.wait(30) == -signal.SIGKILL
        assert other.poll() is None
        assert trees.end(lambda _server: True) == 2  # one that has ended already is no error
        assert other.wait(30) == -signal.SIGKILL


def test_without_process_groups_the_program_itself_is_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended: list[tuple[int, int]] = []
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.delattr(os, "killpg")

    def end(pid: int, number: int) -> None:
        ended.append((pid, number))

    monkeypatch.setattr(os, "kill", end)
    trees = ProcessTrees()
    trees.add(4242, MINE)
    trees.end(lambda _server: True)
    assert ended == [(4242, signal.SIGTERM)]
