"""Notices a renderer that no longer answers. Main thread.

Beats are counted, not seconds: when our own thread or the whole computer was busy or asleep, few
beats were sent, and nobody is blamed for it.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWebEngineCore import QWebEnginePage

from ui.sandbox.budgets import ViewBudget
from ui.sandbox.channel import HOST_WORLD


class Heartbeat(QObject):
    """Asks the host page for a sign of life; the App shares its renderer."""

    missed = Signal(str)

    def __init__(
        self,
        page: QWebEnginePage,
        budget: ViewBudget,
    ) -> None:
        super().__init__(page)
        self._page = page
        self._allowed = budget.beats
        self._unanswered = 0
        self._timer = QTimer(self)
        self._timer.setInterval(budget.beat_ms)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        """Begin to ask."""
        self._timer.start()

    def stop(self) -> None:
        """Ask no more."""
        self._timer.stop()

    def _beat(self) -> None:
        if self._unanswered >= self._allowed:
            self.stop()
            seconds = self._allowed * self._timer.interval() / 1000
            self.missed.emit(f"the App has not answered for {seconds:g} seconds")
            return
        self._unanswered += 1
        self._page.runJavaScript("0", HOST_WORLD, self._answered)

    def _answered(self, _result: object) -> None:
        self._unanswered = 0
