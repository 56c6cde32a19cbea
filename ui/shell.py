"""Start-up and shutdown around one host, shared by the window and the headless commands.

Order at start: runtime → host (databases, policy) → filtering proxy → sandbox self-test → servers.
Order at the end: questions end as deny → Views → pages → servers → log → loop → quit.
Main thread. `ui.sandbox.environment.prepare_environment` has run before this module is imported.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from mcphost.domain.errors import McpHostError
from mcphost.domain.events import Event
from mcphost.domain.json import JsonObject
from mcphost.domain.ports import ConsentBroker
from mcphost.host import Host, HostSettings
from mcphost.runtime import Runtime
from ui.bridge.links import BrowserOpener
from ui.bridge.operation import Operation
from ui.sandbox.network import set_proxy
from ui.sandbox.schemes import register_schemes
from ui.sandbox.self_test import SelfTestReport, run_self_test
from ui.widgets import qt_log
from ui.widgets.theme import Theme

_log = logging.getLogger(__name__)
STOP_MS = 30_000
TURN_SECONDS = 0.0005
"""For which the loop thread may keep the interpreter when the window wants it. Python's own 5 ms
are too long: every hook and slot asks anew, many times for one thing that happens.
"""


def make_application() -> QApplication:
    """The application object: schemes first, no arguments of ours, quits by our own order."""
    sys.setswitchinterval(TURN_SECONDS)
    qt_log.install()
    register_schemes()
    application = QApplication(["mcphost"])
    application.setApplicationName("mcphost")
    application.setApplicationDisplayName("mcphost")
    application.setDesktopFileName("mcphost")
    application.setQuitOnLastWindowClosed(False)
    Theme.current().apply(application)
    return application


class Shell(QObject):
    """One host and the engine around it."""

    def __init__(
        self,
        *,
        broker: ConsentBroker,
        events: Callable[[Event], None],
        on_ready: Callable[[Host], None],
        on_failed: Callable[[str], None],
        on_self_test: Callable[[SelfTestReport], None],
        on_made: Callable[[Host], None] | None = None,
        policy_files: tuple[Path, ...] = (),
        automation: bool = False,
        connect: bool = True,
        downloads: Path | None = None,
    ) -> None:
        """*on_made* is called as soon as there is a host, before the engine is tried. *downloads*
        is where files of Apps go; None: nowhere.
        """
        super().__init__()
        self.runtime = Runtime()
        self.host: Host | None = None
        self._broker = broker
        self._events = events
        self._on_host = on_made
        self._on_ready = on_ready
        self._on_failed = on_failed
        self._on_self_test = on_self_test
        self._policy_files = policy_files
        self._automation = automation
        self._connect = connect
        self._downloads = downloads
        self._stopping = False
        self._making = False
        self._stop_later: Callable[[], None] | None = None
        self.opener = BrowserOpener(self)

    def start(self) -> None:
        """Begin; ends in `on_ready` or `on_failed`, never in an exception."""
        self.runtime.start()
        try:
            settings = HostSettings(
                runtime=self.runtime,
                broker=self._broker,
                events=self._events,
                opener=self.opener,
                policy_files=self._policy_files,
                automation=self._automation,
                downloads=self._downloads,
            )
        except McpHostError as error:
            self._fail(error)
            return
        self._making = True
        made = Operation(self.runtime, Host.create(settings), parent=self)
        made.succeeded.connect(self._on_made)
        made.failed.connect(self._fail)

    def stop(self, on_stopped: Callable[[], None]) -> None:
        """End the host in order, then call *on_stopped*, at the latest after `STOP_MS`."""
        if self._stopping:
            return
        if self._making:  # a host half made cannot be stopped: finish making it first
            self._stop_later = on_stopped
            return
        self._stopping = True

        def stopped() -> None:
            self.runtime.stop()
            on_stopped()

        if self.host is None:
            stopped()
            return
        ending = Operation(self.runtime, self.host.stop(), parent=self)
        ending.failed.connect(self._on_stop_failed)
        ending.finished.connect(stopped)
        QTimer.singleShot(STOP_MS, ending.cancel)

    def _on_made(self, made: object) -> None:
        self.host = cast(Host, made)
        if self._made():
            return
        if self._on_host is not None:
            self._on_host(self.host)
        proxied = Operation(self.runtime, self.host.proxy_credentials(), parent=self)
        proxied.succeeded.connect(self._on_proxy)
        proxied.failed.connect(self._fail)

    def _on_proxy(self, credentials: object) -> None:
        set_proxy(*cast(tuple[int, str], credentials))
        run_self_test(self._on_tested)

    def _on_tested(self, report: SelfTestReport) -> None:
        if self.host is None or self._stopping:
            return
        self._on_self_test(report)
        recorded = Operation(
            self.runtime, self._begin(self.host, _report_json(report)), parent=self
        )
        recorded.succeeded.connect(self._announce)
        recorded.failed.connect(self._fail)

    async def _begin(self, host: Host, report: JsonObject) -> None:
        await host.record_self_test(report)
        await host.start(connect=self._connect)

    def _on_stop_failed(self, error: object) -> None:
        _log.error("the host did not stop in order: %s", error)

    def _announce(self, _none: object) -> None:
        if self.host is not None and not self._stopping:
            self._on_ready(self.host)

    def _made(self) -> bool:
        """The host is made, or will not be. Whether a stop was waiting for that."""
        self._making = False
        waiting, self._stop_later = self._stop_later, None
        if waiting is not None:
            self.stop(waiting)
        return waiting is not None

    def _fail(self, error: object) -> None:
        if not self._made():
            self._on_failed(str(error))


def _report_json(report: SelfTestReport) -> JsonObject:
    return {
        "passed": report.passed,
        "milliseconds": report.milliseconds,
        "checks": [
            {"name": name, "passed": passed, "detail": detail}
            for name, passed, detail in report.checks
        ],
    }
