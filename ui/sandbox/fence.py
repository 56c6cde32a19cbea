"""Keeps what an App draws inside the View: the engine opens windows of its own for it.

A real click on a `<select>` opens a top-level window as wide as its longest option, far outside the
View; a colour field opens a modal dialog that looks like ours. Law: (1) a window of the engine is
cut and moved to the visible part of the View it came from, and closed when there is none; (2) a
dialog of the engine is refused and reported; (3) whose it is says the engine, by the widget that it
hangs from, never who was touched last: any key may open one. Main thread; one for the process.

A Python event filter on the application object would see every window too, but ends the process
when a View opens (PySide6 6.11.3); so the windows are met when they get the focus.
"""

from __future__ import annotations

from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QTimer
from PySide6.QtGui import QGuiApplication, QWindow
from PySide6.QtWidgets import QApplication, QColorDialog, QWidget

_LEAST = 24
"""Pixels of a View that must be visible for it to show a list."""
_ENGINE_CLASSES = ("QtWebEngine", "QQuickWidget")
_MOVES = frozenset({QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show})


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
        owner = self._owner(widget)
        if isinstance(widget, QColorDialog) and owner is not None:
            owner[1]("the colour chooser")
            QTimer.singleShot(0, widget, widget.reject)
        elif is_of_engine(widget):
            if owner is None:
                widget.close()
            elif not any(isinstance(each, _Hold) for each in widget.children()):
                _Hold(widget, owner[0])

    def _owner(self, widget: QWidget) -> tuple[QWidget, Callable[[str], None]] | None:
        """The View that *widget* hangs from, if it is one of ours."""
        above = widget.parentWidget()
        while above is not None:
            for view, refused in self._views:
                if view is above:
                    return view, refused
            above = above.parentWidget()
        return None


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


class _Hold(QObject):
    """Cuts *window* now, and again whenever the engine moves, resizes or shows it.

    WORKAROUND(PySide6 6.11.3): under X11 the signals of its `QWindow` do not tell that the engine
    has moved it back before the first cut was reported, so the widget's own events are watched.
    Test: test_a_list_that_the_engine_moves_back_is_cut_again. Re-check with every PySide6 release.
    """

    def __init__(self, window: QWidget, view: QWidget) -> None:
        super().__init__(window)
        self._window, self._view = window, view
        window.installEventFilter(self)
        self._cut()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Cut it when the event has been dealt with."""
        if event.type() in _MOVES:
            QTimer.singleShot(0, self, self._cut)
        return False

    def _cut(self) -> None:
        window, view = self._window, self._view
        if not (shiboken6.isValid(window) and shiboken6.isValid(view)):
            return
        area = visible_part(view)
        if min(area.width(), area.height()) < _LEAST:
            window.close()
            return
        allowed = inside(window.geometry(), area)
        if allowed != window.geometry():
            window.setGeometry(allowed)
