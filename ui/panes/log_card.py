"""The last lines that a local server wrote to its stderr, and how it ended.

Law: it is cut to its end, with whatever hides in it spelled out, and shown as text, never as
anything else. It is the server's word, and marked so. Main thread; made by `server_detail`.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QWidget

from mcphost.domain.text import visible
from ui.widgets.code_view import CodeView
from ui.widgets.fold import Fold
from ui.widgets.layouts import column
from ui.widgets.plain_label import PlainLabel
from ui.widgets.tokens import SPACE

LINES: Final = 40
"""Of the log; `mcphost servers log` prints all of it."""


class LogCard(QWidget):
    """Hidden until there is something; open when the server is in trouble."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        inside = QWidget()
        lines = column(inside, spacing=SPACE.xs)
        words = "What the program wrote (unverified); lines of [mcphost] are the host's own."
        lines.addWidget(PlainLabel(words, tone="secondary", size="sm"))
        self.code = CodeView(numbers=False, label="Log of this server")
        lines.addWidget(self.code)
        self._fold = Fold("Log", inside)
        column(self, spacing=0).addWidget(self._fold)
        self.hide()

    def show_log(self, text: str, *, broken: bool) -> None:
        """Show the end of *text*; *broken*: unfolded, because somebody will want to know why."""
        end = "\n".join(text.rstrip("\n").split("\n")[-LINES:])
        self.code.set_code(visible(end, limit=len(end)))
        self.code.fit_height(least=2, most=14)
        self.setVisible(bool(text))
        if broken:
            self._fold.set_open(True)
        bar = self.code.verticalScrollBar()
        bar.setValue(bar.maximum())
