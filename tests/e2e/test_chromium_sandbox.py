"""The tests themselves run Chromium with its sandbox on, as nobody in particular.

Read from the kernel, not from Chromium: what `/proc` says of the process that renders.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

PAGE = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QApplication
application = QApplication(sys.argv)
view = QWebEngineView()
def on_loaded(fine):
    pid = view.page().renderProcessPid()
    with open(f"/proc/{pid}/status") as status, open(sys.argv[1], "w") as told:
        told.write(status.read())
    application.quit()
view.loadFinished.connect(on_loaded)
QTimer.singleShot(30000, application.quit)
view.setHtml("<p>hello</p>")
application.exec()
"""


@pytest.fixture(scope="module")
def renderer(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """`/proc/<pid>/status` of a renderer that shows a page."""
    told = tmp_path_factory.mktemp("renderer") / "status"
    subprocess.run([sys.executable, "-c", PAGE, str(told)], capture_output=True, timeout=90)
    lines = told.read_text(encoding="utf-8").splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def test_the_tests_do_not_run_as_root() -> None:
    assert os.geteuid() != 0


def test_nothing_turns_the_sandbox_off() -> None:
    assert "QTWEBENGINE_DISABLE_SANDBOX" not in os.environ
    assert "no-sandbox" not in json.dumps(dict(os.environ))


@pytest.mark.requirement("MCP-029")
@pytest.mark.engine
def test_the_renderer_is_filtered_by_seccomp(renderer: dict[str, str]) -> None:
    assert renderer["Seccomp"] == "2"


@pytest.mark.engine
def test_the_renderer_is_in_a_process_namespace_of_its_own(renderer: dict[str, str]) -> None:
    assert len(renderer["NSpid"].split()) >= 2


@pytest.mark.requirement("MCP-029")
@pytest.mark.engine
def test_the_renderer_has_no_capability(renderer: dict[str, str]) -> None:
    assert int(renderer["CapEff"], 16) == 0


@pytest.mark.engine
def test_the_renderer_may_gain_no_privilege(renderer: dict[str, str]) -> None:
    assert renderer["NoNewPrivs"] == "1"
