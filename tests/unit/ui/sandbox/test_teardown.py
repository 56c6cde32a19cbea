"""Views come and go without leaving memory, files, processes or profiles behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.helpers.engine import WAIT, OpenView, launch_of
from ui.sandbox.cell import living_cells
from ui.sandbox.self_test import SelfTestReport

pytestmark = pytest.mark.engine

HELLO = "<script>parent.postMessage({method: 'hello'}, '*')</script>"


def _own_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def _own_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _cycle(qtbot: QtBot) -> None:
    view = OpenView(qtbot, launch_of(HELLO)).start()
    view.message()
    view.close()
    qtbot.waitUntil(lambda: living_cells() == 0, timeout=WAIT)


def test_thirty_views_leave_nothing_behind(qtbot: QtBot, self_test: SelfTestReport) -> None:
    for _ in range(5):
        _cycle(qtbot)
    files, megabytes = _own_files(), _own_megabytes()
    for _ in range(30):
        _cycle(qtbot)
    assert _own_files() <= files + 3
    assert _own_megabytes() < megabytes + 15


def test_a_view_destroyed_with_its_parent_still_dies_in_order(
    qtbot: QtBot, self_test: SelfTestReport
) -> None:
    parent = QWidget()
    layout = QVBoxLayout(parent)
    view = OpenView(qtbot, launch_of(HELLO), parent=parent)
    layout.addWidget(view.widget)
    parent.show()
    view.start().message()
    assert living_cells() == 1
    parent.deleteLater()
    qtbot.waitUntil(lambda: living_cells() == 0, timeout=WAIT)


def test_a_view_closed_while_it_loads_dies_in_order(
    qtbot: QtBot, self_test: SelfTestReport
) -> None:
    view = OpenView(qtbot, launch_of(HELLO)).start()
    view.close()
    qtbot.waitUntil(lambda: living_cells() == 0, timeout=WAIT)
    assert view.incidents == []


def test_a_program_that_ends_with_a_view_open_ends_in_order(self_test: SelfTestReport) -> None:
    command = [sys.executable, "-m", "tests.helpers.sudden_end"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "ended\n")
    assert "Release of profile requested" not in done.stderr
