"""A label that can only show plain text.

Law: `Qt.PlainText` always; the text is drawn whole (wrapped anywhere, if a word does not fit) or,
with *elide*, cut with an ellipsis while the tool tip and accessible name keep all of it. Callers
pass untrusted text through `mcphost.domain.text` first. Main thread.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from ui.widgets.tips import plain_tip

_NARROW = 48
"""Pixels that a label can always be told to make do with."""
_REMEMBERED = 16
"""Heights one label remembers."""


class PlainLabel(QLabel):
    """*tone* and *size* name steps of the design system (`secondary`, `sm`, `heading-lg`, …)."""

    def __init__(
        self,
        text: str = "",
        *,
        tone: str = "primary",
        size: str = "md",
        strong: bool = False,
        wrap: bool = True,
        elide: bool = False,
        selectable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._heights: dict[tuple[int, int], int] = {}
        self._elide = elide
        self._cut: str | None = "" if elide and not selectable else None
        """What is drawn cut. `QLabel` does not get it: it would ask every layout above for room."""
        self._selectable = selectable
        self._wraps = wrap and not elide
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setOpenExternalLinks(False)
        self.setProperty("tone", tone)
        self.setProperty("step", size)
        self.setProperty("strong", strong)
        self.setWordWrap(self._wraps)
        if selectable:
            self.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse
                | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
        if self._wraps:
            policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)
        if elide:
            self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Show *text*, exactly."""
        if text == self.text():
            return
        self._heights.clear()
        if self._cut is None:
            super().setText(text)
        else:
            self._cut_words(text)
        if self._elide:
            self.setToolTip(plain_tip(text))
            self.setAccessibleName(text)

    def text(self) -> str:
        """What is shown, whole."""
        return super().text() if self._cut is None else self._cut

    def _cut_words(self, text: str) -> None:
        before, self._cut = self.minimumSizeHint(), text
        if self.minimumSizeHint() != before:
            self.updateGeometry()
        self.update()

    def set_tone(self, tone: str) -> None:
        """Change the tone."""
        self.setProperty("tone", tone)
        self.style().unpolish(self)
        self.style().polish(self)

    def minimumSizeHint(self) -> QSize:
        """Wrapped and elided labels may become narrow."""
        if not self._own_drawing():
            return super().minimumSizeHint()
        metrics = self.fontMetrics()
        if self._cut is None:
            width = super().minimumSizeHint().width()
        else:
            width = metrics.horizontalAdvance(self._cut[:_NARROW]) + 2
        return QSize(min(width, _NARROW), metrics.lineSpacing())

    def sizeHint(self) -> QSize:
        """As wide as the text, within reason."""
        if not self._own_drawing():
            return super().sizeHint()
        lines = self.text().split("\n")
        widest = max(self.fontMetrics().horizontalAdvance(line) for line in lines) + 2
        width = min(widest, 480)
        height = self.heightForWidth(width) if self._wraps else self.fontMetrics().lineSpacing()
        return QSize(width, height)

    def heightForWidth(self, width: int) -> int:
        """Height of the wrapped text at *width*."""
        if not self._wraps:
            return super().heightForWidth(width)
        return self._height_at(width)

    def changeEvent(self, event: QEvent) -> None:
        """Another font needs other heights."""
        if event.type() == QEvent.Type.FontChange:
            self._heights.clear()
        super().changeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for the height the new width needs, where a layout would not."""
        super().resizeEvent(event)
        if self._wraps and event.oldSize().width() != event.size().width():
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw wrapped anywhere, or elided; a selectable label draws itself."""
        if not self._own_drawing():
            super().paintEvent(event)
            return
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)  # as the words run
        if self._elide:
            shown = self.fontMetrics().elidedText(
                self.text().replace("\n", " "), Qt.TextElideMode.ElideRight, self.width()
            )
            painter.drawText(QRectF(self.rect()), int(self.alignment()), shown)
        else:
            self._layout_lines(self.width(), painter, self._first_line_top())
        painter.end()

    def _own_drawing(self) -> bool:
        return (self._wraps or self._elide) and not self._selectable and bool(self.text())

    def _first_line_top(self) -> float:
        free = self.height() - self._height_at(self.width())
        centred = bool(self.alignment() & Qt.AlignmentFlag.AlignVCenter)
        return free / 2 if centred and free > 0 else 0.0

    def _height_at(self, width: int) -> int:
        """Remembered: a layout asks every label for the same few widths at each turn, hundreds of
        times when one App of many grows.
        """
        key = (width, self.logicalDpiY())
        if key not in self._heights:
            if len(self._heights) >= _REMEMBERED:
                self._heights.clear()
            own = self._own_drawing()
            height = self._layout_lines(width, None) if own else super().heightForWidth(width)
            self._heights[key] = height
        return self._heights[key]

    def _layout_lines(self, width: int, painter: QPainter | None, top: float = 0.0) -> int:
        option = QTextOption(self.alignment())
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        for paragraph in self.text().split("\n"):
            layout = QTextLayout(paragraph, self.font())
            layout.setTextOption(option)
            layout.beginLayout()
            while (line := layout.createLine()).isValid():
                line.setLineWidth(max(width, 8))
                line.setPosition(QPointF(0, top))
                top += max(line.height(), self.fontMetrics().lineSpacing())
            layout.endLayout()
            if painter is not None:
                layout.draw(painter, QPointF(0, 0))
        return int(top + 0.999)
