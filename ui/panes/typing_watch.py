"""When a key was last pressed in any window of ours.

Law: it listens at the windows, never at the application: an application-wide Python filter is
called for objects the web engine is still constructing, and the process dies. Main thread; made by
`ui.app` for the question presenter.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QGuiApplication, QWindow

_KEYS = frozenset({QEvent.Type.KeyPress, QEvent.Type.InputMethod})


class WindowTypingWatch(QObject):
    """Follows the focus from window to window and remembers the last key press."""

    def __init__(
        self,
        application: QGuiApplication,
        parent: QObject | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._last = float("-inf")
        application.focusWindowChanged.connect(self._on_focus_window_changed)
        self._on_focus_window_changed(application.focusWindow())

    def still_for(self) -> float:
        """Seconds since the last key press."""
        return self._clock() - self._last

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note key presses and composed input; take nothing away."""
        if event.type() in _KEYS:
            self._last = self._clock()
        return False

    def _on_focus_window_changed(self, window: QWindow | None) -> None:
        if window is not None:
            window.installEventFilter(self)  # again is no harm: Qt keeps a filter once
