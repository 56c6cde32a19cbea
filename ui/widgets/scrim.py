"""A veil over a whole window: what lies under it cannot be used now, and looks it.

Law: it covers its window whatever that shows, Views included, and follows its size. It takes no
input itself; the dialog it is drawn for is modal and does that. Main thread; called by dialogs.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ui.widgets.theme import Theme

_DEPTH = 0.45
"""How much of the veil's colour covers what is below: dimmed, and still legible."""


class Scrim(QWidget):
    """Covers *window* from `cover` to `lift`."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        window.installEventFilter(self)

    def cover(self) -> None:
        """Dim the window."""
        self._fit()
        self.show()
        self.raise_()

    def lift(self) -> None:
        """Show the window as it is."""
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the window."""
        if event.type() == QEvent.Type.Resize:
            self._fit()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """One flat colour."""
        color = QColor(Theme.current().colors.shadow[:7])
        color.setAlphaF(_DEPTH)
        painter = QPainter(self)
        painter.fillRect(event.rect(), color)
        painter.end()

    def _fit(self) -> None:
        window = self.parentWidget()
        if window is not None:
            self.setGeometry(window.rect())
