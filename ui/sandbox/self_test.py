"""Proves at start that every guard of the sandbox fires, in the real engine, before any App opens.

Several engine guards fail open and silently (a header of the wrong form, a dropped interceptor, a
switch that a new Chromium no longer knows). So a canary View of our own tries each way out, and
the gate of `readiness` stays closed until every attempt was seen to fail. Main thread; bounded by
`DEADLINE_MS`; well under a second.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QSize, Qt, QTimer, QUrl
from PySide6.QtNetwork import QHostAddress, QTcpServer
from PySide6.QtWidgets import QWidget

from mcphost.domain.view import FATAL, IncidentKind, ViewIncident
from ui.sandbox import pointer, readiness
from ui.sandbox.assembly import Assembly
from ui.sandbox.budgets import ViewBudget
from ui.sandbox.canary import (
    CONSOLE_LINE,
    FILTER_URL,
    CanaryReport,
    canary_launch,
    parse_canary_report,
)
from ui.sandbox.channel import HOST_WORLD
from ui.sandbox.environment import require_prepared
from ui.sandbox.guard_words import MEMORY, SANDBOX, told
from ui.sandbox.incidents import IncidentBook
from ui.sandbox.limits import memory_limit
from ui.sandbox.page import FILE_CHOOSER
from ui.sandbox.probe import refusal_before_start
from ui.sandbox.rights import Rights

DEADLINE_MS = 8_000
_SIZE = QSize(160, 120)
_CLICK_EVERY_MS = 50
"""A press on the file field counts once the engine has drawn it."""
Check = tuple[str, bool, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTestReport:
    """*checks* are (name, ok, detail); *passed* means all of them are ok."""

    passed: bool
    checks: tuple[Check, ...]
    milliseconds: int


def run_self_test(on_done: Callable[[SelfTestReport], None]) -> None:
    """Run the canary once and open or close the gate; *on_done* is called later, once."""
    require_prepared()
    started = time.monotonic()

    def finish(checks: tuple[Check, ...]) -> None:
        failed = tuple(name for name, holds, _ in checks if not holds)
        readiness.record_result(failed)
        milliseconds = round((time.monotonic() - started) * 1000)
        on_done(SelfTestReport(passed=not failed, checks=checks, milliseconds=milliseconds))

    reason = refusal_before_start()
    if reason:
        QTimer.singleShot(0, lambda: finish(((SANDBOX, False, reason),)))
    else:
        _Canary(finish).start()


class _Canary(QObject):
    """One run of the canary: finishes when every check holds, or at the deadline."""

    def __init__(self, finish: Callable[[tuple[Check, ...]], None]) -> None:
        self._widget = QWidget()
        super().__init__(self._widget)
        self._widget.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        self._finish = finish
        self._report: CanaryReport | None = None
        self._memory_held = False
        self._incidents: list[ViewIncident] = []
        self._listener = QTcpServer(self)
        self._listener.listen(QHostAddress(QHostAddress.SpecialAddress.LocalHost), 0)
        launch = canary_launch(self._listener.serverPort())
        self._snapshot = launch.snapshot
        self._book = IncidentBook(self._on_incident)
        background = self._widget.palette().window().color()
        self._assembly = Assembly(Rights(launch), self._book, self._widget, background=background)
        self._assembly.view.resize(_SIZE)
        self._assembly.channel.text_received.connect(self._on_text_received)
        self._assembly.mounted.connect(self._on_mounted)
        self._deadline = QTimer(self, singleShot=True, interval=DEADLINE_MS)
        self._deadline.timeout.connect(self._end)
        self._clicks = QTimer(self, interval=_CLICK_EVERY_MS)
        self._clicks.timeout.connect(self._on_click_due)

    def start(self) -> None:
        self._deadline.start()
        self._widget.show()
        self._assembly.load()

    def _on_mounted(self) -> None:
        page = self._assembly.page
        limit = memory_limit(page.renderProcessPid())
        self._memory_held = limit == ViewBudget().data_bytes
        page.runJavaScript("Notification.requestPermission(); 0", HOST_WORLD)
        page.download(QUrl(self._snapshot.app_url))
        self._clicks.start()

    def _on_click_due(self) -> None:
        """A file chooser opens for a real press alone."""
        if self._seen(IncidentKind.PERMISSION_REFUSED, FILE_CHOOSER):
            self._clicks.stop()
        else:
            pointer.click(self._assembly.view, self._assembly.view.rect().center())

    def _on_incident(self, incident: ViewIncident) -> None:
        self._incidents.append(incident)
        if incident.kind in FATAL:
            self._end()
        else:
            self._end_if_all_hold()

    def _on_text_received(self, text: str, _at: float) -> None:
        self._report = parse_canary_report(text, self._snapshot)
        self._end_if_all_hold()

    def _end_if_all_hold(self) -> None:
        if all(holds for _, holds, _ in self._checks()):
            self._end()

    def _end(self) -> None:
        if not self._deadline.isActive() and self._widget.isHidden():
            return
        checks = self._checks()
        self._deadline.stop()
        self._clicks.stop()
        self._assembly.close()
        self._widget.hide()
        self._widget.deleteLater()
        QTimer.singleShot(0, lambda: self._finish(checks))

    def _checks(self) -> tuple[Check, ...]:
        sandbox, said = self._assembly.report, self._report
        reached = self._listener.hasPendingConnections()
        kind, seen = IncidentKind, self._seen
        found = {
            SANDBOX: bool(sandbox and sandbox.adequate),
            MEMORY: self._memory_held,
            "content security policy": bool(said and said.by_policy),
            "permissions policy": bool(said and said.camera),
            "request filter": seen(kind.REQUEST_BLOCKED, FILTER_URL),
            "name resolution": bool(said and said.by_filter and said.by_resolver and not reached),
            "navigation": seen(kind.NAVIGATION_BLOCKED, "elsewhere"),
            "popup": bool(said and said.popup),
            "dialog": seen(kind.PERMISSION_REFUSED, "alert"),
            "file chooser": seen(kind.PERMISSION_REFUSED, FILE_CHOOSER),
            "permission": seen(kind.PERMISSION_REFUSED, "Notifications"),
            "download": seen(kind.DOWNLOAD_REFUSED, ""),
            "console": seen(kind.CONSOLE_ERROR, CONSOLE_LINE),
            "bridge": bool(said and said.bridge),
        }
        reasons = {SANDBOX: sandbox.sentence if sandbox else ""}
        return tuple(
            (name, holds, told(name, holds=holds, reason=reasons.get(name, "")))
            for name, holds in found.items()
        )

    def _seen(self, kind: IncidentKind, part: str) -> bool:
        return any(each.kind is kind and part in each.detail for each in self._incidents)
