"""Keeps what an App draws inside the View: the engine opens windows of its own for it.

A real click on a `<select>` opens a top-level window as wide as its longest option, far outside the
View; a colour field opens a modal dialog that looks like ours. Law: (1) a window of the engine is
cut and moved to the visible part of the View it came from, and closed when there is none; (2) a
dialog of the engine is refused and reported. Such windows name no owner: it is the View that was
touched last. Main thread; one for the process.

A Python event filter on the application object would see every window too, but ends the process
when a View opens (PySide6 6.11.3); so the windows are met when they get the focus.
"""

from __future__ import annotations

from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QObject, QPoint, QRect, QTimer
from PySide6.QtGui import QGuiApplication, QWindow
from PySide6.QtWidgets import QApplication, QColorDialog, QWidget

_LEAST = 24
"""Pixels of a View that must be visible for it to show a list."""
_ENGINE_CLASSES = ("QtWebEngine", "QQuickWidget")


class Fence(QObject):
    """Meets the engine's own windows."""

    _shared: Fence | None = None

    def __init__(self) -> None:
        super().__init__()
        self._views: list[tuple[QWidget, Callable[[str], None]]] = []
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.focusWindowChanged.connect(self._on_focus_window_changed)

    @classmethod
    def shared(cls) -> Fence:
        """The one of this process."""
        if cls._shared is None:
            cls._shared = cls()
        return cls._shared

    def guard(self, view: QWidget, refused: Callable[[str], None]) -> None:
        """Keep the windows of *view* in; *refused* hears of what is not shown at all."""
        self._views.append((view, refused))

    def touched(self, view: QWidget) -> None:
        """A hand was seen in *view*: what the engine opens now belongs to it."""
        self._views.sort(key=lambda each: each[0] is view)  # stable: the last one is the newest

    def leave(self, view: QWidget) -> None:
        """*view* is over."""
        self._views = [each for each in self._views if each[0] is not view]

    def _on_focus_window_changed(self, window: QWindow | None) -> None:
        self._views = [each for each in self._views if shiboken6.isValid(each[0])]
        if window is None or not self._views:
            return
        widget = next(
            (w for w in QApplication.topLevelWidgets() if w.windowHandle() is window), None
        )
        if widget is None:
            return
        view, refused = self._views[-1]
        if isinstance(widget, QColorDialog):
            refused("the colour chooser")
            QTimer.singleShot(0, widget, widget.reject)
        elif is_of_engine(widget):
            _hold(widget, window, view)


def is_of_engine(widget: QWidget) -> bool:
    """Whether the web engine made this top-level *widget*; nothing of ours is of these kinds."""
    name = widget.metaObject().className()
    return name.startswith(_ENGINE_CLASSES) or any(
        widget.inherits(each) for each in _ENGINE_CLASSES
    )


def inside(wanted: QRect, area: QRect) -> QRect:
    """*wanted* cut to the size of *area* and moved into it."""
    size = wanted.size().boundedTo(area.size())
    left = min(max(wanted.left(), area.left()), area.right() - size.width() + 1)
    top = min(max(wanted.top(), area.top()), area.bottom() - size.height() + 1)
    return QRect(QPoint(left, top), size)


def visible_part(view: QWidget) -> QRect:
    """What can be seen of *view* on the screen: it may be scrolled half out of its conversation."""
    area = QRect(view.mapToGlobal(QPoint(0, 0)), view.size())
    above = view.parentWidget()
    while above is not None:
        area &= QRect(above.mapToGlobal(QPoint(0, 0)), above.size())
        above = None if above.isWindow() else above.parentWidget()
    return area if view.isVisible() else QRect()


def _hold(widget: QWidget, window: QWindow, view: QWidget) -> None:
    """Cut *widget* now, and again whenever the engine moves or resizes it."""

    def cut() -> None:
        if not (shiboken6.isValid(widget) and shiboken6.isValid(view)):
            return
        area = visible_part(view)
        if min(area.width(), area.height()) < _LEAST:
            widget.close()
            return
        allowed = inside(widget.geometry(), area)
        if allowed != widget.geometry():
            widget.setGeometry(allowed)

    cut()
    for changed in (
        window.xChanged,
        window.yChanged,
        window.widthChanged,
        window.heightChanged,
    ):
        changed.connect(cut)
