"""How the items of a conversation look, except tool runs (`run_card.py`).

Law: what the person said and what the host says is plain text; what the model said goes through the
one markup door; nothing here opens a link. Main thread.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from mcphost.domain.conversation import ModelText, Notice, UserText
from mcphost.domain.text import one_line, visible
from ui.panes.quiet_icon import QuietIcon
from ui.widgets.banner import Banner
from ui.widgets.icons import Icon
from ui.widgets.layouts import column, row
from ui.widgets.markup import MarkdownLabel
from ui.widgets.plain_label import PlainLabel
from ui.widgets.tokens import SPACE

_LEVELS = frozenset({"info", "warning", "error"})


class UserBubble(QWidget):
    """What the person said, at the right."""

    def __init__(self, item: UserText, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        bubble = QFrame()
        bubble.setProperty("surface", "sunken")
        inner = column(bubble)
        inner.setContentsMargins(SPACE.md, SPACE.sm, SPACE.md, SPACE.sm)
        inner.addWidget(PlainLabel(visible(item.text), selectable=True))
        line = row(self)
        line.addStretch(1)
        line.addWidget(bubble, 4)
        self.setAccessibleName(f"You: {one_line(item.text)}")


class ModelBlock(QWidget):
    """What the model said, growing while it streams."""

    link_pressed = Signal(str)

    def __init__(self, item: ModelText, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        outer = column(self, spacing=SPACE.xs)
        head = row(spacing=SPACE.sm)
        head.addWidget(QuietIcon(Icon.MODEL, side=18))
        head.addWidget(PlainLabel(one_line(item.model, limit=80), tone="secondary", size="sm"))
        self._busy = PlainLabel("is writing…", tone="tertiary", size="sm", wrap=False)
        head.addWidget(self._busy)
        head.addStretch(1)
        outer.addLayout(head)
        self._text = MarkdownLabel()
        self._text.link_clicked.connect(self.link_pressed)
        outer.addWidget(self._text)
        self.show_text(item)

    def show_text(self, item: ModelText) -> None:
        """Show the newest value."""
        self._text.set_markdown(item.text)
        self._text.setVisible(bool(item.text))
        self._busy.setVisible(not item.done)


class NoticeLine(Banner):
    """The host's own word."""

    def __init__(self, item: Notice, parent: QWidget | None = None) -> None:
        level = item.level if item.level in _LEVELS else "info"
        super().__init__(visible(item.text, limit=2_000), level=level, parent=parent)
