"""Paints a verdict cell: a coloured word, never colour alone. Main thread."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from ui.models.records import Role
from ui.widgets.theme import Theme


class VerdictDelegate(QStyledItemDelegate):
    """The word in the tone of the row."""

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Colour the word, also in a selected row."""
        super().initStyleOption(option, index)
        text = Theme.current().colors.text
        tone = str(index.data(Role.TONE) or "neutral")
        color = QColor(str(getattr(text, tone, text.secondary)))
        palette: QPalette = option.palette  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]  # a field the stub leaves out
        palette.setColor(QPalette.ColorRole.Text, color)
        palette.setColor(QPalette.ColorRole.HighlightedText, color)
