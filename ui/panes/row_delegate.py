"""Paints a row of a `RecordModel`: title, one quieter line below, a pill at the right.

Law: everything is drawn as plain text and elided, nothing is interpreted. Main thread.
"""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from ui.models.records import Role
from ui.widgets.theme import Theme
from ui.widgets.tokens import SPACE

ROW_HEIGHT = 54
_PILL_HEIGHT = 18


class RowDelegate(QStyledItemDelegate):
    """Two lines and a pill."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Every row is as high as every other."""
        return QSize(120, ROW_HEIGHT)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw the row at *index*."""
        colors = Theme.current().colors
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]  # fields the stub leaves out
        rect: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)  # as the words run
        selected = bool(state & QStyle.StateFlag.State_Selected)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        if selected or hovered:
            fill = colors.selection.base if selected else colors.selection.hover
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(fill))
            painter.drawRoundedRect(QRectF(rect).adjusted(2, 1, -2, -1), 6, 6)
        inner = rect.adjusted(SPACE.md, SPACE.sm, -SPACE.md, -SPACE.sm)
        pill_width = self._paint_pill(painter, inner, index)
        title_color = colors.selection.on if selected else colors.text.primary
        self._paint_lines(painter, inner, index, pill_width, title_color)
        painter.restore()

    def _paint_lines(
        self,
        painter: QPainter,
        inner: QRect,
        index: QModelIndex | QPersistentModelIndex,
        pill_width: int,
        title_color: str,
    ) -> None:
        bold = _font(painter.font(), 14, QFont.Weight.Medium)
        small = _font(painter.font(), 12, QFont.Weight.Normal)
        top = QRect(inner.left(), inner.top(), inner.width() - pill_width, 20)
        below = QRect(inner.left(), inner.top() + 20, inner.width(), 18)
        title, detail = str(index.data() or ""), str(index.data(Role.DETAIL) or "")
        if not detail:
            top.moveTop(inner.center().y() - 10)
        left = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        elide = Qt.TextElideMode.ElideRight
        painter.setFont(bold)
        painter.setPen(QColor(title_color))
        painter.drawText(top, left, QFontMetrics(bold).elidedText(title, elide, top.width()))
        painter.setFont(small)
        painter.setPen(QColor(Theme.current().colors.text.secondary))
        painter.drawText(below, left, QFontMetrics(small).elidedText(detail, elide, below.width()))

    def _paint_pill(
        self, painter: QPainter, inner: QRect, index: QModelIndex | QPersistentModelIndex
    ) -> int:
        """Draw the pill, if there is one, and return the width it takes from the title."""
        text = str(index.data(Role.PILL) or "")
        if not text:
            return 0
        back, front, edge = pill_colors(str(index.data(Role.TONE) or "neutral"))
        font = _font(painter.font(), 11, QFont.Weight.Medium)
        width = QFontMetrics(font).horizontalAdvance(text) + 16
        box = QRect(inner.right() - width + 1, inner.top() + 1, width, _PILL_HEIGHT)
        painter.setPen(QColor(edge))
        painter.setBrush(QColor(back))
        painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), 9, 9)
        painter.setFont(font)
        painter.setPen(QColor(front))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)
        return width + SPACE.sm


def pill_colors(tone: str) -> tuple[str, str, str]:
    """(background, text, border) of a pill; an unknown tone is neutral."""
    colors = Theme.current().colors
    match tone:
        case "info" | "success" | "warning" | "danger":
            back, front = getattr(colors.background, tone), getattr(colors.text, tone)
            return back, front, getattr(colors.border, tone)
        case _:
            return colors.background.tertiary, colors.text.secondary, colors.border.secondary


def row_list(name: str) -> QListView:
    """A list view that shows `RecordModel` rows; *name* is its accessible name."""
    view = QListView()
    view.setItemDelegate(RowDelegate(view))
    view.setAccessibleName(name)
    view.setMouseTracking(True)
    view.setUniformItemSizes(True)
    view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    view.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
    return view


def _font(base: QFont, size: int, weight: QFont.Weight) -> QFont:
    font = QFont(base)
    font.setPixelSize(size)
    font.setWeight(weight)
    return font
