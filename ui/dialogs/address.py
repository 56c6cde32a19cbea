"""A web address shown whole, the site it belongs to in bold, with a warning where the
host may deceive.

Law: every character of the address is drawn; nothing is shortened. Main thread.
"""

from __future__ import annotations

from PySide6.QtGui import QColor, QFont, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QWidget

from mcphost.domain.confusable import disguises
from mcphost.domain.text import visible
from ui.bridge.links import site_span
from ui.widgets.banner import Banner
from ui.widgets.code_view import CodeView
from ui.widgets.layouts import column, row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.theme import Theme
from ui.widgets.tokens import SPACE


class AddressView(QWidget):
    """*host* is the host in Unicode and, when it differs, its punycode, as the core wrote it."""

    def __init__(
        self, url: str, host: str, parent: QWidget | None = None, *, opened: bool = False
    ) -> None:
        super().__init__(parent)
        layout = column(self, spacing=SPACE.xs)
        caption = "This page was opened" if opened else "This page would open"
        layout.addWidget(PlainLabel(caption, tone="tertiary", size="sm", strong=True))
        head = row(spacing=SPACE.sm)
        head.addWidget(PlainLabel(host, size="heading-md"), 1)
        layout.addLayout(head)
        shown = visible(url, limit=max(len(url), 1))
        self.code = CodeView(shown, numbers=False, label="The whole address")
        self.code.fit_height(least=1, most=8)
        self._mark(*site_span(shown))
        layout.addWidget(self.code)
        if is_disguised(url, host):
            for deceiving in disguises(host.partition(" ")[0]):
                layout.addWidget(Banner(deceiving, level="error"))
            layout.addWidget(
                Banner(
                    "This host is written with letters beyond plain English ones, and may look "
                    "like another. Compare it letter by letter with the one you expect.",
                    level="warning",
                )
            )
        layout.addWidget(
            PlainLabel(
                "It opens in your browser, where mcphost cannot see what you type. Opening it "
                "tells the server only that you agreed to go there.",
                tone="secondary",
                size="sm",
            )
        )

    def _mark(self, start: int, end: int) -> None:
        look = QTextCharFormat()
        look.setFontWeight(QFont.Weight.Bold)
        look.setForeground(QColor(Theme.current().colors.accent.base))
        cursor = QTextCursor(self.code.document())
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        cursor.setCharFormat(look)


def is_disguised(url: str, host: str) -> bool:
    """Whether the host is an internationalised name."""
    return "xn--" in url.lower() or "xn--" in host.lower() or not (url + host).isascii()
