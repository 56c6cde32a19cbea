"""Views come and go without leaving memory, files, processes or profiles behind."""

from __future__ import annotations

import subprocess
import sys

import pytest
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.helpers.engine import WAIT, OpenView, launch_of
from ui.sandbox.cell import living_cells
from ui.sandbox.self_test import SelfTestReport

pytestmark = pytest.mark.engine

HELLO = "<script>parent.postMessage({method: 'hello'}, '*')</script>"


def test_twenty_views_leave_nothing_behind(self_test: SelfTestReport) -> None:
    """The same command, without a number, goes through a thousand."""
    command = [sys.executable, "-m", "tests.helpers.view_cycles", "20"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "20: " in done.stdout


def test_a_hundred_apps_one_after_another_without_a_wait_all_open_and_leave_nothing(
    self_test: SelfTestReport,
) -> None:
    command = [sys.executable, "-m", "tests.helpers.view_cycles", "100", "warm"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "100: " in done.stdout
    assert "100 in frames that were made before" in done.stdout


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
    trouble = ("Release of profile requested", "Traceback")  # which of them comes, and when, varies
    assert not [line for line in done.stderr.splitlines() if line.startswith(trouble)]
