"""Exact text in a fixed-pitch font with line numbers: JSON that will be sent, HTML under review.

Law: read-only, plain text, nothing cut: long lines wrap anywhere or scroll. Callers pass untrusted
text through `mcphost.domain.text.visible` first. Main thread.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent, QTextOption
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from ui.widgets.theme import Theme, mono_font


class CodeView(QPlainTextEdit):
    """*wrap* wraps long lines anywhere; without it they scroll."""

    def __init__(
        self,
        text: str = "",
        *,
        wrap: bool = True,
        numbers: bool = True,
        label: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._numbers = numbers
        self._fit: tuple[int, int] | None = None
        self.setProperty("variant", "code")
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)
        self.setFont(mono_font())
        self.setAccessibleName(label)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.document().setDocumentMargin(8)
        self._gutter = _Gutter(self)
        self.blockCountChanged.connect(self._place_gutter)
        self.updateRequest.connect(self._on_update_requested)
        self.set_wrap(wrap)
        self.set_code(text)

    def set_code(self, text: str) -> None:
        """Show *text*, from the top."""
        self.setPlainText(text)
        self._place_gutter()
        self._apply_fit()
        self.verticalScrollBar().setValue(0)

    def set_wrap(self, wrap: bool) -> None:
        """Wrap long lines, or let them scroll."""
        mode = QTextOption.WrapMode.WrapAnywhere if wrap else QTextOption.WrapMode.NoWrap
        self.setWordWrapMode(mode)

    def fit_height(self, *, least: int = 2, most: int = 12) -> None:
        """Keep the height at the lines there are, between *least* and *most*; the rest scrolls."""
        self._fit = (least, most)
        self._apply_fit()

    def gutter_width(self) -> int:
        """Pixels the line numbers take."""
        if not self._numbers:
            return 0
        digits = max(2, len(str(self.blockCount())))
        return 16 + self.fontMetrics().horizontalAdvance("9") * digits

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the gutter beside the text."""
        super().resizeEvent(event)
        self._place_gutter()
        if event.oldSize().width() != event.size().width():
            self._apply_fit()

    def changeEvent(self, event: QEvent) -> None:
        """A style change may undo the margins and the font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_gutter"):
            self.setFont(mono_font())
            self._place_gutter()

    def paint_gutter(self, event: QPaintEvent) -> None:
        """Draw the numbers of the visible lines."""
        colors = Theme.current().colors
        painter = QPainter(self._gutter)
        painter.fillRect(event.rect(), QColor(colors.background.secondary))
        painter.setPen(QColor(colors.text.tertiary))
        painter.setFont(self.font())
        block = self.firstVisibleBlock()
        while block.isValid():
            box = self.blockBoundingGeometry(block).translated(self.contentOffset())
            if box.top() > event.rect().bottom():
                break
            number = QRect(0, round(box.top()), self._gutter.width() - 6, round(box.height()))
            number.setHeight(self.fontMetrics().lineSpacing())
            painter.drawText(number, Qt.AlignmentFlag.AlignRight, str(block.blockNumber() + 1))
            block = block.next()
        painter.end()

    def _apply_fit(self) -> None:
        if self._fit is None:
            return
        least, most = self._fit
        # A plain text document measures its height in lines, wrapping included.
        lines = min(max(round(self.document().size().height()), least), most)
        laid = self.document().firstBlock().layout()
        step = laid.lineAt(0).height() if laid.lineCount() else self.fontMetrics().lineSpacing()
        self.setFixedHeight(round(lines * step) + 20)

    def _place_gutter(self, _count: int = 0) -> None:
        width = self.gutter_width()
        self.setViewportMargins(width, 0, 0, 0)
        inside = self.contentsRect()
        self._gutter.setGeometry(inside.left(), inside.top(), width, inside.height())
        self._gutter.setVisible(self._numbers)

    def _on_update_requested(self, rect: QRect, dy: int) -> None:
        if dy:
            self._gutter.scroll(0, dy)
        else:
            self._gutter.update(0, rect.y(), self._gutter.width(), rect.height())


class _Gutter(QWidget):
    def __init__(self, view: CodeView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self) -> QSize:
        return QSize(self._view.gutter_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._view.paint_gutter(event)
