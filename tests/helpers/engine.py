"""The real engine for tests: start it once, open Views, see what they say.

Importing this prepares the process (environment, schemes), so it is imported while tests are
collected, before `QApplication` exists. Tests that use the fixtures are marked `engine` and run as
an ordinary user.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from PySide6.QtCore import QRect
from PySide6.QtTest import QTest
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mcphost.domain.ids import ViewId
from mcphost.domain.json import digest
from mcphost.domain.template import DeclaredUi
from mcphost.domain.view import IncidentKind, ViewIncident
from mcphost.policy.launch import ViewLaunch
from mcphost.policy.snapshot import Grants, PolicySnapshot, build_snapshot
from ui.sandbox.cell import living_cells
from ui.sandbox.environment import prepare_environment
from ui.sandbox.sandbox_view import SandboxView
from ui.sandbox.schemes import register_schemes
from ui.sandbox.self_test import SelfTestReport, run_self_test

prepare_environment()
register_schemes()

WAIT = 45_000
APP_HOST = "ab" * 16
CHATTER = (
    r"QRhiGles2: Failed to create.*",
    r"Failed to create RHI.*",
    r"This plugin does not support.*",
    r"QVulkanInstance: Failed to initialize Vulkan",
    r"GBM is not supported.*",
    r"GPUInfo not initialized.*",
    r"Neither desktopId plugin parameter.*",
)
"""What Qt says where there is no graphics card or no desktop. Nothing of it is ours."""


def snapshot_of(
    declared: DeclaredUi | None = None, granted: Grants | None = None, *, app_host: str = APP_HOST
) -> PolicySnapshot:
    """A fresh snapshot; nothing granted unless said."""
    nonce = secrets.token_hex(16)
    return build_snapshot(declared or DeclaredUi(), granted or Grants(), app_host, host_nonce=nonce)


def launch_of(html: str, snapshot: PolicySnapshot | None = None) -> ViewLaunch:
    """A View of *html*."""
    body = f"<!doctype html><meta charset=utf-8>{html}".encode()
    return ViewLaunch(
        view=ViewId(secrets.token_hex(8)),
        title="Test",
        server_title="Test server",
        html=body,
        content_digest=digest(body),
        snapshot=snapshot or snapshot_of(),
    )


class OpenView:
    """One `SandboxView`, with everything it has said."""

    def __init__(self, bot: QtBot, launch: ViewLaunch, **options: Any) -> None:
        self._bot = bot
        self._closed = False
        self.id = launch.view
        self.widget = SandboxView(launch, **options)
        self.texts: list[str] = []
        self.incidents: list[ViewIncident] = []
        self.gestures: list[float] = []
        self.widget.text_received.connect(lambda text, _at: self.texts.append(text))
        self.widget.incident.connect(self.incidents.append)
        self.widget.gesture_seen.connect(self.gestures.append)
        self.widget.resize(400, 300)

    def start(self) -> OpenView:
        self.widget.show()
        self.widget.start()
        return self

    @property
    def engine_view(self) -> QWebEngineView:
        """Qt's own widget inside."""
        assembly = self.widget._assembly
        assert assembly is not None
        return assembly.view

    def message(self, number: int = 0) -> Any:
        """The View's message *number*, parsed, when it has come."""
        self.until(lambda: len(self.texts) > number)
        return json.loads(self.texts[number])

    def until(self, condition: Callable[[], bool]) -> None:
        self._bot.waitUntil(condition, timeout=WAIT)

    def saw(self, kind: IncidentKind, part: str = "") -> ViewIncident:
        """The first incident of *kind* that says *part*, when it has come."""
        self.until(lambda: self._find(kind, part) is not None)
        found = self._find(kind, part)
        assert found is not None
        return found

    def click(self, selector: str) -> None:
        found: list[bool] = []
        self.widget.click_css(selector, found.append)
        self.until(lambda: bool(found))
        assert found == [True]

    def box(self, selector: str) -> QRect | None:
        boxes: list[QRect | None] = []
        self.widget.query_box(selector, boxes.append)
        self.until(lambda: bool(boxes))
        return boxes[0]

    def kinds(self) -> set[IncidentKind]:
        return {incident.kind for incident in self.incidents}

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self.widget.close_view()
            self.widget.deleteLater()

    def _find(self, kind: IncidentKind, part: str) -> ViewIncident | None:
        matching = (each for each in self.incidents if each.kind is kind and part in each.detail)
        return next(matching, None)


Opener = Callable[..., OpenView]


@pytest.fixture(scope="session")
def self_test(qapp: QApplication) -> SelfTestReport:
    """The self-test of this process, run once."""
    if os.geteuid() == 0:
        pytest.skip("Chromium's sandbox needs an ordinary user")
    return _run_once()


@cache
def _run_once() -> SelfTestReport:
    """Turns the event loop by hand: the engine does not survive a second `quit()` in a process."""
    reports: list[SelfTestReport] = []
    run_self_test(reports.append)
    while not reports:
        QTest.qWait(10)
    assert reports[0].passed, reports[0].checks  # no App opens otherwise: each test would only wait
    return reports[0]


@pytest.fixture
def open_view(qtbot: QtBot, self_test: SelfTestReport) -> Iterator[Opener]:
    """Opens Views; afterwards all are torn down and no profile is left."""
    assert self_test.passed, self_test.checks
    opened: list[OpenView] = []

    def open_one(html: str, snapshot: PolicySnapshot | None = None, **options: Any) -> OpenView:
        view = OpenView(qtbot, launch_of(html, snapshot), **options)
        opened.append(view)
        return view.start()

    yield open_one
    for view in opened:
        view.close()
    qtbot.waitUntil(lambda: living_cells() == 0, timeout=WAIT)


def quieten(items: list[pytest.Item]) -> None:
    """Let the graphics chatter of a machine without a graphics card pass."""
    for item in items:
        if item.get_closest_marker("engine"):
            item.add_marker(pytest.mark.qt_log_ignore(*CHATTER, extend=True))
