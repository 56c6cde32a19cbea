"""What a server says while it works on a run, how far it is, and since when.

Law: the words are the server's: one plain line, led by ours. The clock runs only while the line is
shown. Main thread; part of a run's card.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QProgressBar, QWidget

from mcphost.domain.conversation import RunState, ServerWork, ToolRun
from mcphost.domain.text import one_line
from ui.widgets.layouts import column, row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.tokens import SPACE

_TICK_MS = 1000
_STEPS = 1000
_SHOWN = frozenset({RunState.RUNNING, RunState.WORKING})


class WorkLine(QWidget):
    """One line, and a bar where the server says how much there is to do."""

    def __init__(
        self, parent: QWidget | None = None, *, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._work: ServerWork | None = None
        outer = column(self, spacing=SPACE.xs)
        line = row(spacing=SPACE.sm)
        self._words = PlainLabel("", tone="secondary", size="sm", elide=True)
        self._since = PlainLabel("", tone="tertiary", size="sm", wrap=False)
        line.addWidget(self._words, 1)
        line.addWidget(self._since)
        outer.addLayout(line)
        self._bar = QProgressBar()
        self._bar.setRange(0, _STEPS)
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(SPACE.xs)
        outer.addWidget(self._bar)
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)
        self.hide()

    def show_run(self, run: ToolRun) -> None:
        """Show what the server of *run* says it is doing; nothing when it says nothing."""
        self._work = run.work if run.state in _SHOWN else None
        self.setVisible(self._work is not None)
        if self._work is None:
            self._timer.stop()
            return
        self._words.setText(work_words(self._work))
        share = _share(self._work)
        self._bar.setVisible(share is not None)
        if share is not None:
            self._bar.setValue(round(share * _STEPS))
        self.setAccessibleName(work_words(self._work))
        self._tick()
        self._timer.start()

    def _tick(self) -> None:
        if self._work is not None:
            self._since.setText(elapsed(self._clock() - self._work.since))


def work_words(work: ServerWork) -> str:
    """What the server does, led by our own words."""
    lead = "Working at the server" if work.task else "Running"
    far = "" if work.total is None or work.done is None else f"{work.done:g} of {work.total:g}"
    said = ", ".join(part for part in (far, one_line(work.message, limit=200)) if part)
    return f"{lead}: {said}" if said else lead


def elapsed(seconds: float) -> str:
    """A time that has passed, as `42 s`, `3:07` or `2:03:07`."""
    whole = max(int(seconds), 0)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02d}:{rest:02d}"
    return f"{minutes}:{rest:02d}" if minutes else f"{rest} s"


def _share(work: ServerWork) -> float | None:
    if work.done is None or not work.total or work.total <= 0:
        return None
    return min(max(work.done / work.total, 0.0), 1.0)
