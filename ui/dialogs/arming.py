"""When a question may be answered: the guard against clicks that were meant for something else.

Law: an answer counts only when the dialog has been visible, exposed, active, uncovered and unmoved
for the whole delay, and when the press itself began after that. Showing, moving, resizing, losing
or gaining focus, changing the screen, being covered, typing and a press that came too early each
start the delay again. Main thread; the clock is an argument, so that tests need not wait.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeAlias, cast

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QWindow
from PySide6.QtWidgets import QWidget

from mcphost.domain.consent import Circumstances
from ui.dialogs.covering import Covering, watch_covering

Clock: TypeAlias = Callable[[], float]
"""Monotonic seconds."""

COVERED = "Another window covers this one. Move it away to answer."
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
        QEvent.Type.DevicePixelRatioChange,
        QEvent.Type.WindowBlocked,
        QEvent.Type.WindowUnblocked,
    }
)


class ArmingGate(QObject):
    """Watches *dialog* and says whether its buttons are armed. `changed` when that flips."""

    changed = Signal(bool)
    covered_changed = Signal(bool)
    """Whether another window lies over the dialog, as far as the window system tells."""

    def __init__(
        self,
        dialog: QWidget,
        *,
        delay: float,
        clock: Clock = time.monotonic,
        watch: Callable[[QWidget], Covering] = watch_covering,
    ) -> None:
        super().__init__(dialog)
        self._dialog = dialog
        self._delay = delay
        self._clock = clock
        self._watch = watch
        self._covering: Covering | None = None
        self._was_covered = False
        self._since: float | None = None
        self._shown_at: float | None = None
        self._armed_at: float | None = None
        self._armed = False
        self._serial = 0
        self._refused = 0
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

    @property
    def covered(self) -> bool:
        """Whether a window is known to lie over the dialog."""
        return self._was_covered

    def restart(self) -> None:
        """Start the delay again: what the person sees has changed."""
        self._since = self._clock() if self._steady() else None
        self._set(False)

    def refuse(self) -> None:
        """An input came that does not count: too early, made by a program, or a repeat."""
        self._refused += 1
        if not self._armed:
            self.restart()

    def may_begin(self) -> bool:
        """Look once more, now that a press begins: whether it counts."""
        self.tick()
        return self._armed

    def tick(self) -> None:
        """Look again. Called by a timer."""
        if not self._steady():
            self._since = None
            self._set(False)
        elif self._since is None:
            self._since = self._clock()
        elif self._clock() - self._since >= self._delay:
            self._set(True)

    def circumstances(self, device: str) -> Circumstances:
        """What is known of an answer given now with *device*."""
        return Circumstances(
            armed_ms=self._after_showing(self._armed_at),
            armings=self._serial,
            refused=self._refused,
            device=device,
            active=self._dialog.isActiveWindow(),
            covered=self._covering.covered if self._covering is not None else None,
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Start again on anything that moves the dialog under the pointer."""
        if event.type() == QEvent.Type.Show and self._shown_at is None:
            self._shown_at = self._clock()
            self._covering = self._watch(self._dialog)
        if event.type() in _RESTARTS:
            self.restart()
        return super().eventFilter(watched, event)

    def _steady(self) -> bool:
        # The stub forgets that a widget has no window before it is first shown.
        handle = cast("QWindow | None", self._dialog.windowHandle())
        exposed = handle is not None and handle.isExposed()
        seen = self._dialog.isVisible() and exposed and self._dialog.isActiveWindow()
        return seen and not self._is_covered()

    def _is_covered(self) -> bool:
        covered = self._covering is not None and self._covering.look() is True
        if covered != self._was_covered:
            self._was_covered = covered
            self.covered_changed.emit(covered)
        return covered

    def _after_showing(self, moment: float | None) -> int | None:
        if moment is None or self._shown_at is None:
            return None
        return max(round((moment - self._shown_at) * 1000), 0)

    def _set(self, armed: bool) -> None:
        if armed == self._armed:
            return
        self._armed = armed
        if armed:
            self._serial += 1
            self._armed_at = self._clock()
        self.changed.emit(armed)
