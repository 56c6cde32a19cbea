"""What an App may do to the pointer, to tooltips and to drags: nothing that leaves the View.

Law: (1) no tooltip, since it is a window of the system's look with the App's words; (2) no pointer
picture larger than `LARGEST_CURSOR`, which could cover what lies beside the View; (3) nothing is
dropped in, and nothing is dragged out: a script refuses a drag before it begins, and one that an
App gets past it is cancelled at once and reported. Main thread.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QDrag
from PySide6.QtWebEngineCore import QWebEnginePage, QWebEngineScript
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QWidget

from mcphost.assets import asset_text

LARGEST_CURSOR = 32
_DRAGS = frozenset({QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop})


class Edge(QObject):
    """Filters what the engine's widgets of one View get."""

    refused = Signal(str)
    """A drag that had begun."""

    def __init__(self, view: QWebEngineView) -> None:
        super().__init__(view)
        self._view = view
        view.setAcceptDrops(False)
        view.installEventFilter(self)

    def follow(self, target: QWidget) -> None:
        """Watch the engine's present input widget *target*, too."""
        target.setAcceptDrops(False)
        target.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Swallow tooltips and drags; take a large pointer picture back."""
        kind = event.type()
        if kind is QEvent.Type.ChildAdded:
            # It is not yet what it will be, and must not be touched. A drag turns the event loop.
            QTimer.singleShot(0, self, self._end_drag)
        if kind is QEvent.Type.ToolTip or kind in _DRAGS:
            event.ignore()
            return True
        if kind is QEvent.Type.CursorChange and isinstance(watched, QWidget):
            size = watched.cursor().pixmap().deviceIndependentSize()
            if max(size.width(), size.height()) > LARGEST_CURSOR:
                watched.setCursor(Qt.CursorShape.ArrowCursor)
        return False

    def _end_drag(self) -> None:
        if self._view.findChild(QDrag) is not None:
            QDrag.cancel()
            self.refused.emit("a drag out of the View")


def refuse_drags(page: QWebEnginePage) -> None:
    """No drag begins in any frame of *page*: this script is there first, and unreachable."""
    script = QWebEngineScript()
    script.setName("no drags")
    script.setSourceCode(asset_text("sandbox/no_drags.js"))
    script.setWorldId(QWebEngineScript.ScriptWorldId.UserWorld.value)
    script.setInjectionPoint(QWebEngineScript.InjectionPoint.DocumentCreation)
    script.setRunsOnSubFrames(True)
    page.scripts().insert(script)
