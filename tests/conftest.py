"""The quiet run: a test that warns, logs a warning, or leaves a thread behind has failed.

Python warnings are errors by pytest's own setting, and Qt's warnings by pytest-qt's; the few lines
of harmless chatter are listed beside that setting in `pyproject.toml`. A test that is about a
warning says so: `@pytest.mark.expects_log("part of the line")`.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterator

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
for variable in [name for name in os.environ if name.startswith("QTWEBENGINE")]:
    del os.environ[variable]

_THREAD_PATIENCE = 5.0
_FOREIGN_THREADS = ("pytest_timeout", "pydevd", "tracer-")


class _Listener(logging.Handler):
    """Keeps what was logged at WARNING or above."""

    def __init__(self) -> None:
        super().__init__(level=logging.WARNING)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(f"{record.name}: {record.getMessage()}")


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
