"""Sees a person's hand on a View. The page is not asked, so it cannot claim one.

Law: a gesture is what Qt delivered to the engine's input widget and a person does to act: a press
of the left button, a tap, a key that writes, deletes or presses (Enter, Space). What only moves,
scrolls, looks or asks is none, and so is everything unknown; `element.click()` and dispatched DOM
events never pass there. The engine replaces that widget after a renderer crash and after `setPage`,
so the watch is moved on each load, crash and renderer start; in between it sees nothing, which
refuses. Main thread.

Outside the promise: an injector below Qt (another program that sends input) looks like a hand.
"""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QMouseEvent, QTouchEvent
from PySide6.QtWebEngineCore import QWebEnginePage
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QWidget

_ACTS = frozenset(
    {
        Qt.Key.Key_Return,
        Qt.Key.Key_Enter,
        Qt.Key.Key_Space,
        Qt.Key.Key_Backspace,
        Qt.Key.Key_Delete,
    }
)
_SHORTCUT = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
)
_PRESSES = frozenset({QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick})
_HANDS = _PRESSES | {
    QEvent.Type.MouseButtonRelease,
    QEvent.Type.KeyPress,
    QEvent.Type.TouchBegin,
    QEvent.Type.TouchEnd,
    QEvent.Type.TabletPress,
    QEvent.Type.TabletRelease,
}
_TOUCHES = frozenset(
    {QEvent.Type.TouchBegin, QEvent.Type.TouchUpdate, QEvent.Type.TouchEnd, QEvent.Type.TouchCancel}
)


class GestureWatch(QObject):
    """Reports each act of a person inside one web view."""

    gesture_seen = Signal(float)
    """The monotonic second of the act."""
    hand_seen = Signal(float)
    """That of any press, act or not: the engine lets a page copy after every one of them."""
    target_found = Signal(QWidget)
    """The engine's present input widget; after each load, crash and renderer start."""

    def __init__(self, view: QWebEngineView) -> None:
        super().__init__(view)
        self._view = view
        self._target: QWidget | None = None
        self._touched: QPointF | None = None
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
        if watched is self._target:
            if event.type() in _HANDS:
                self.hand_seen.emit(time.monotonic())
            if self._is_act(event):
                self.gesture_seen.emit(time.monotonic())
        return False

    def _is_act(self, event: QEvent) -> bool:
        if isinstance(event, QTouchEvent) and event.type() in _TOUCHES:
            return self._is_tap(event)
        if isinstance(event, QMouseEvent) and event.type() in _PRESSES:
            return event.button() is Qt.MouseButton.LeftButton
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            return _is_acting_key(event)
        return False

    def _is_tap(self, event: QTouchEvent) -> bool:
        """One finger, put down and lifted in one place; a finger that moves scrolls."""
        began, self._touched = self._touched, None
        if event.pointCount() != 1:
            return False
        at = event.points()[0].position()
        match event.type():
            case QEvent.Type.TouchBegin:
                self._touched = at
            case QEvent.Type.TouchUpdate if began is not None and _near(began, at):
                self._touched = began
            case QEvent.Type.TouchEnd:
                return began is not None and _near(began, at)
            case _:
                pass
        return False


def _near(one: QPointF, other: QPointF) -> bool:
    return (one - other).manhattanLength() < QGuiApplication.styleHints().startDragDistance()


def _is_acting_key(event: QKeyEvent) -> bool:
    if event.isAutoRepeat():
        return False
    if event.key() in _ACTS:
        return True
    return not event.modifiers() & _SHORTCUT and event.text().isprintable() and event.text() != ""
