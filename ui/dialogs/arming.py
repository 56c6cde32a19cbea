"""When a question may be answered: the guard against clicks that were meant for something else.

Law: an answer counts only when the dialog has been visible, exposed, active and unmoved for the
whole delay, and when the press itself began after that. Showing, moving, resizing, losing or
gaining focus and changing the screen each start the delay again. Main thread; the clock is an
argument, so that tests need not wait.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeAlias, cast

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWindow
from PySide6.QtWidgets import QWidget

from ui.widgets.buttons import SecondaryButton

Clock: TypeAlias = Callable[[], float]
"""Monotonic seconds."""

_POLL_MS = 50
_RESTARTS = frozenset(
    {
        QEvent.Type.Show,
        QEvent.Type.Hide,
        QEvent.Type.Move,
        QEvent.Type.Resize,
        QEvent.Type.WindowActivate,
        QEvent.Type.WindowDeactivate,
        QEvent.Type.WindowStateChange,
        QEvent.Type.ScreenChangeInternal,
        QEvent.Type.WindowBlocked,
        QEvent.Type.WindowUnblocked,
    }
)


class ArmingGate(QObject):
    """Watches *dialog* and says whether its buttons are armed. `changed` when that flips."""

    changed = Signal(bool)

    def __init__(self, dialog: QWidget, *, delay: float, clock: Clock = time.monotonic) -> None:
        super().__init__(dialog)
        self._dialog = dialog
        self._delay = delay
        self._clock = clock
        self._since: float | None = None
        self._armed = False
        self._serial = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self.tick)
        self._timer.start()
        dialog.installEventFilter(self)

    @property
    def armed(self) -> bool:
        """Whether a press that begins now counts."""
        return self._armed

    @property
    def serial(self) -> int:
        """Grows with each arming; a press belongs to the arming it began under."""
        return self._serial

    def restart(self) -> None:
        """Start the delay again: what the person sees has changed."""
        self._since = self._clock() if self._steady() else None
        self._set(False)

    def tick(self) -> None:
        """Look again. Called by a timer."""
        if not self._steady():
            self._since = None
            self._set(False)
        elif self._since is None:
            self._since = self._clock()
        elif self._clock() - self._since >= self._delay:
            self._set(True)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Start again on anything that moves the dialog under the pointer."""
        if event.type() in _RESTARTS:
            self.restart()
        return super().eventFilter(watched, event)

    def _steady(self) -> bool:
        # The stub forgets that a widget has no window before it is first shown.
        handle = cast("QWindow | None", self._dialog.windowHandle())
        exposed = handle is not None and handle.isExposed()
        return self._dialog.isVisible() and exposed and self._dialog.isActiveWindow()

    def _set(self, armed: bool) -> None:
        if armed == self._armed:
            return
        self._armed = armed
        if armed:
            self._serial += 1
        self.changed.emit(armed)


class GuardedButton(SecondaryButton):
    """`chosen` when it was pressed for good: armed, begun after arming, not by Enter or repeat."""

    chosen = Signal()

    def __init__(self, text: str, gate: ArmingGate, parent: QWidget | None = None) -> None:
        super().__init__(text, parent=parent)
        self._gate = gate
        self._pressed_under: int | None = None
        self.clicked.connect(self._on_clicked)

    def mousePressEvent(self, e: QMouseEvent) -> None:
        """A press before arming does not begin."""
        if not self._gate.armed:
            e.accept()
            return
        self._pressed_under = self._gate.serial
        super().mousePressEvent(e)

    def mouseDoubleClickEvent(self, e: QMouseEvent) -> None:
        """The second half of a double click is not a decision."""
        e.accept()

    def keyPressEvent(self, e: QKeyEvent) -> None:
        """Space presses, once armed; Enter and repeats do nothing."""
        enter = e.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        space = e.key() in (Qt.Key.Key_Space, Qt.Key.Key_Select)
        if enter or e.isAutoRepeat() or (space and not self._gate.armed):
            e.accept()
            return
        if space:
            self._pressed_under = self._gate.serial
        super().keyPressEvent(e)

    def _on_clicked(self) -> None:
        # Assistive technology clicks without a press; it is held to the arming alone.
        under, self._pressed_under = self._pressed_under, None
        if self._gate.armed and under in (None, self._gate.serial):
            self.chosen.emit()
