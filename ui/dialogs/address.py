"""A web address shown whole, the site it belongs to in bold.

Law: every character of the address is drawn; nothing is shortened. Used where a link would be
opened and where a server wants an address visited. Main thread.
"""

from __future__ import annotations

from PySide6.QtGui import QColor, QFont, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QWidget

from mcphost.domain.text import visible
from ui.bridge.links import site_span
from ui.widgets.code_view import CodeView
from ui.widgets.layouts import column
from ui.widgets.plain_label import PlainLabel
from ui.widgets.theme import Theme
from ui.widgets.tokens import SPACE


class AddressView(QWidget):
    """*caption* over the exact *url*."""

    def __init__(self, url: str, parent: QWidget | None = None, *, caption: str) -> None:
        super().__init__(parent)
        layout = column(self, spacing=SPACE.xs)
        layout.addWidget(PlainLabel(caption, tone="tertiary", size="sm", strong=True))
        shown = visible(url, limit=max(len(url), 1))
        self.code = CodeView(shown, numbers=False, label=caption)
        self.code.fit_height(least=1, most=8)
        self._mark(*site_span(shown))
        layout.addWidget(self.code)

    def _mark(self, start: int, end: int) -> None:
        look = QTextCharFormat()
        look.setFontWeight(QFont.Weight.Bold)
        look.setForeground(QColor(Theme.current().colors.accent.base))
        cursor = QTextCursor(self.code.document())
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        cursor.setCharFormat(look)
