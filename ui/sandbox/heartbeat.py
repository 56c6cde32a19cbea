"""Watches one renderer: whether it answers, and what it uses. Main thread.

Law: (1) beats are counted, not seconds: when our own thread or the whole computer was busy or
asleep, few beats were sent, and nobody is blamed for it. (2) A renderer that does not answer is
hung once it has used processor time without answering; one that got none only waits for its turn,
and is given more patience. (3) What keeps the processor busy waits behind more; what does not
answer meanwhile waits behind everything. The first of both is said. (4) A sleeping App cannot
answer and is not asked; what it uses is watched all the same.
"""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWebEngineCore import QWebEnginePage

from ui.sandbox.budgets import ViewBudget
from ui.sandbox.channel import HOST_WORLD
from ui.sandbox.vitals import BUSY, LAST, Vitals, look_at, put_behind


class Heartbeat(QObject):
    """Asks the host page for a sign of life; the App shares its renderer."""

    missed = Signal(str)
    """It does not answer any more; says since when."""
    overran = Signal(str)
    """It uses more than any App needs; says what."""
    slowed = Signal(str)
    """It keeps the processor busy, or does not answer, and has to wait for others. Once."""

    def __init__(
        self,
        page: QWebEnginePage,
        budget: ViewBudget,
    ) -> None:
        super().__init__(page)
        self._page = page
        self._budget = budget
        self._unanswered = 0
        self._at_answer: Vitals | None = None
        """Of the first beat since it answered."""
        self._before: Vitals | None = None
        self._looked_at = time.monotonic()
        self._busy_beats = 0
        self._is_slowed = False
        self._asleep = False
        self.held = False
        """Whether the renderer is stopped for this moment: it is neither asked nor blamed."""
        self._timer = QTimer(self)
        self._timer.setInterval(budget.beat_ms)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        """Begin to ask."""
        self._timer.start()

    def set_asleep(self, asleep: bool) -> None:
        """The App cannot answer now, or it can again and begins with a clean sheet."""
        if asleep != self._asleep:
            self._asleep, self._unanswered, self._at_answer = asleep, 0, None

    def stop(self) -> None:
        """Ask no more."""
        self._timer.stop()

    def _beat(self) -> None:
        if self.held:
            return
        vitals = look_at(self._page.renderProcessPid())
        if self._at_answer is None:
            self._at_answer = vitals
        if self._hung(vitals):
            self.stop()
            self.missed.emit(f"the App has not answered for {self._seconds_unanswered():g} seconds")
            return
        if vitals is not None and vitals.threads > self._budget.max_threads:
            self.stop()
            self.overran.emit(f"{vitals.threads} threads (limit {self._budget.max_threads})")
            return
        self._watch_processors(vitals)
        if self._asleep:
            return
        self._unanswered += 1
        self._page.runJavaScript("0", HOST_WORLD, self._answered)

    def _hung(self, vitals: Vitals | None) -> bool:
        if self._unanswered >= self._budget.idle_beats:
            return True
        if self._unanswered < self._budget.beats:
            return False
        return self._spent_unanswered(vitals) >= self._budget.hung_seconds

    def _spent_unanswered(self, vitals: Vitals | None) -> float:
        """Processor seconds used since the last answer; 0 where nobody tells."""
        if vitals is None or self._at_answer is None:
            return 0.0
        return vitals.cpu_seconds - self._at_answer.cpu_seconds

    def _watch_processors(self, vitals: Vitals | None) -> None:
        now = time.monotonic()
        seconds, self._looked_at = now - self._looked_at, now
        before, self._before = self._before, vitals
        if vitals is None or before is None:
            return
        late = self._unanswered >= self._budget.slow_beats
        if late and self._spent_unanswered(vitals) >= self._budget.late_seconds:
            self._slow_down(LAST, f"it has not answered for {self._seconds_unanswered():g} seconds")
            return
        # A late beat of ours must not make its use look dense.
        seconds = max(seconds, self._timer.interval() / 1000)
        cores = (vitals.cpu_seconds - before.cpu_seconds) / seconds
        self._busy_beats = self._busy_beats + 1 if cores > self._budget.max_cores else 0
        if self._busy_beats >= self._budget.beats and not self._is_slowed:
            self._slow_down(BUSY, f"it keeps {cores:.1f} processors busy")

    def _slow_down(self, steps: int, why: str) -> None:
        put_behind(self._page.renderProcessPid(), steps)
        if not self._is_slowed:
            self._is_slowed = True
            self.slowed.emit(why)

    def _seconds_unanswered(self) -> float:
        return self._unanswered * self._timer.interval() / 1000

    def _answered(self, _result: object) -> None:
        """The engine also calls it for what a dying page leaves unanswered: nothing here may touch
        the page. An error raised there would be met by whoever waits for the end of the page.
        """
        self._unanswered, self._at_answer = 0, None
