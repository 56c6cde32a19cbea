"""Sees a person's hand on a View. The page is not asked, so it cannot claim one.

Law: a gesture is a mouse press or a key press that Qt delivered to the engine's input widget;
`element.click()` and dispatched DOM events never pass there. The engine replaces that widget after
a renderer crash and after `setPage`, so the watch is moved on each load, crash and renderer start;
in between it sees nothing, which refuses. Main thread.

Outside the promise: an injector below Qt (another program that sends input) looks like a hand.
"""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWebEngineCore import QWebEnginePage
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QWidget

_NOT_AN_ACT = frozenset(
    {
        Qt.Key.Key_Shift,
        Qt.Key.Key_Control,
        Qt.Key.Key_Alt,
        Qt.Key.Key_AltGr,
        Qt.Key.Key_Meta,
        Qt.Key.Key_CapsLock,
        Qt.Key.Key_Escape,
        Qt.Key.Key_Tab,
        Qt.Key.Key_Backtab,
    }
)
_PRESSES = frozenset({QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick})


class GestureWatch(QObject):
    """Reports each real press inside one web view."""

    gesture_seen = Signal(float)
    """The monotonic second of the press."""
    target_found = Signal(QWidget)
    """The engine's present input widget; after each load, crash and renderer start."""

    def __init__(self, view: QWebEngineView) -> None:
        super().__init__(view)
        self._view = view
        self._target: QWidget | None = None
        self.follow(view.page())

    def follow(self, page: QWebEnginePage) -> None:
        """Watch the view while it shows *page*; to be called after each `setPage`."""
        page.loadFinished.connect(self.reinstall)
        page.renderProcessTerminated.connect(self.reinstall)
        page.renderProcessPidChanged.connect(self.reinstall)
        self.reinstall()

    def reinstall(self) -> None:
        """Move to the engine's present input widget. Harmless when it has not changed."""
        target = self._view.focusProxy()
        if target is None:
            return
        target.installEventFilter(self)
        self._target = target
        self.target_found.emit(target)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Never swallows an event."""
        if watched is self._target and _is_press(event):
            self.gesture_seen.emit(time.monotonic())
        return False


def _is_press(event: QEvent) -> bool:
    if event.type() in _PRESSES:
        return True
    if event.type() is not QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
        return False
    return not event.isAutoRepeat() and event.key() not in _NOT_AN_ACT
