"""The quiet run: a test that warns, logs a warning, or leaves a thread behind has failed.

Python warnings are errors by pytest's own setting, and Qt's warnings by pytest-qt's; the few lines
of harmless chatter are listed beside that setting in `pyproject.toml`. A test that is about a
warning says so: `@pytest.mark.expects_log("part of the line")`.

The patient run: a bounded wait ends a hang, it measures nothing. On a busy machine everything takes
many times as long, so no wait gives up before `PATIENCE`, whatever its caller thought was ample.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.helpers.figures import SAID

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
for variable in [name for name in os.environ if name.startswith("QTWEBENGINE")]:
    del os.environ[variable]

PATIENCE = 30.0
"""Seconds."""
_THREAD_PATIENCE = 10.0
_FOREIGN_THREADS = ("pytest_timeout", "pydevd", "tracer-")


class _Listener(logging.Handler):
    """Keeps what was logged at WARNING or above."""

    def __init__(self) -> None:
        super().__init__(level=logging.WARNING)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(f"{record.name}: {record.getMessage()}")


class PatientBot(QtBot):
    """A `QtBot` whose waits are never shorter than `PATIENCE`."""

    def waitUntil(self, callback: Callable[[], Any], *, timeout: int = 0) -> None:  # noqa: N802
        super().waitUntil(callback, timeout=_patient(timeout))

    def waitSignal(self, signal: Any, *, timeout: int = 0, **more: Any) -> Any:  # noqa: N802
        return super().waitSignal(signal, timeout=_patient(timeout), **more)


def _patient(milliseconds: int) -> int:
    return max(milliseconds, int(PATIENCE * 1_000))


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    """pytest-qt's own fixture, made patient."""
    return PatientBot(request)


@pytest.fixture(autouse=True)
def quiet_logs(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that logs at WARNING or above without having said so."""
    marker = request.node.get_closest_marker("expects_log")
    expected = tuple(marker.args) if marker else ()
    listener = _Listener()
    logging.getLogger().addHandler(listener)
    yield
    logging.getLogger().removeHandler(listener)
    stray = [line for line in listener.heard if not any(part in line for part in expected)]
    assert not stray, f"logged at WARNING or above: {stray}"


@pytest.fixture(autouse=True)
def no_thread_left_behind() -> Iterator[None]:
    """Fail a test whose own threads still run a moment after it."""
    before = set(threading.enumerate())
    yield
    left = _own_threads(before)
    deadline = time.monotonic() + _THREAD_PATIENCE
    while left and time.monotonic() < deadline:
        left[0].join(timeout=0.05)
        left = _own_threads(before)
    assert not left, f"threads left behind: {[thread.name for thread in left]}"


def _own_threads(before: set[threading.Thread]) -> list[threading.Thread]:
    return [
        thread
        for thread in threading.enumerate()
        if thread not in before
        and not thread.name.startswith(_FOREIGN_THREADS)
        and not isinstance(thread, threading._DummyThread)
    ]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures of this run."""
    for line in SAID:
        terminalreporter.write_line(f"figure: {line}")
