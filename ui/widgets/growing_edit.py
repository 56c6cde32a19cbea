"""A plain text editor that starts at one line and grows with what is typed, up to a limit.

Law: pasted text loses its formatting. Enter makes a new line, or with *submits* Enter submits and
Shift+Enter makes the line. Main thread; called by forms and the chat's composer.
"""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QTextOption
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QWidget


class GrowingEdit(QPlainTextEdit):
    """`submitted` when Enter is pressed and *submits* is set."""

    submitted = Signal()

    def __init__(
        self,
        text: str = "",
        *,
        most: int = 6,
        submits: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._most = most
        self._submits = submits
        self.setTabChangesFocus(True)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(2)
        self.textChanged.connect(self._fit)
        self.setPlainText(text)
        self._fit()

    def sizeHint(self) -> QSize:
        """The height there is now."""
        return QSize(240, self.height())

    def keyPressEvent(self, e: QKeyEvent) -> None:
        """Submit on Enter where asked to; never while a character is being composed."""
        enter = e.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        shift = bool(e.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if self._submits and enter and not shift:
            if not e.isAutoRepeat():
                self.submitted.emit()
            return
        super().keyPressEvent(e)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Paste text as text."""
        if source.hasText():
            self.insertPlainText(source.text())

    def resizeEvent(self, e: QResizeEvent) -> None:
        """Wrapping depends on the width, the height on wrapping."""
        super().resizeEvent(e)
        if e.oldSize().width() != e.size().width():
            self._fit()

    def _fit(self) -> None:
        lines = min(max(round(self.document().size().height()), 1), self._most)
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + 18)
