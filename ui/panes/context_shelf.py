"""What is in the model's context besides the talk: visible, attributed, removable.

Law: the text is an App's or a server's, shown as plain text; its source is the host's word; a chip
stays the same one while its text changes, or an App that says something new all the time could not
be removed: no press would ever end on the button that it began on. Main thread; held by the chat
pane.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from mcphost.domain.conversation import ContextShelfItem
from mcphost.domain.text import one_line
from ui.panes.quiet_icon import QuietIcon
from ui.widgets.buttons import IconButton
from ui.widgets.icons import Icon
from ui.widgets.layouts import clear, row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.tokens import SPACE


class ContextShelf(QWidget):
    """One chip for each item; `removed` carries the `ShelfKey` of the chip that was closed."""

    removed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = row(self, spacing=SPACE.sm)
        self._words: dict[tuple[str, str], PlainLabel] = {}
        self.hide()

    def show_items(self, items: Sequence[ContextShelfItem]) -> None:
        """Show exactly *items*."""
        if items and [(item.key, item.source) for item in items] == list(self._words):
            for item in items:
                self._words[item.key, item.source].setText(_words(item))
            return
        clear(self._row)
        self._words.clear()
        if items:
            label = PlainLabel("In the context", tone="secondary", size="sm", wrap=False)
            self._row.addWidget(label)
        for item in items:
            self._row.addWidget(self._chip(item), 1)
        self._row.addStretch(0)
        self.setVisible(bool(items))

    def _chip(self, item: ContextShelfItem) -> QFrame:
        chip = QFrame()
        chip.setProperty("surface", "sunken")
        chip.setMaximumWidth(360)
        line = row(chip, spacing=SPACE.sm)
        line.setContentsMargins(SPACE.sm, 2, 2, 2)
        line.addWidget(QuietIcon(Icon.APP, side=16))
        words = PlainLabel(_words(item), size="sm", elide=True)
        self._words[item.key, item.source] = words
        line.addWidget(words, 1)
        close = IconButton(Icon.CLOSE, f"Remove what {_source(item)} added")
        close.clicked.connect(lambda: self.removed.emit(item.key))
        line.addWidget(close)
        return chip


def _source(item: ContextShelfItem) -> str:
    return one_line(item.source, limit=60)


def _words(item: ContextShelfItem) -> str:
    return f"{_source(item)}: {one_line(item.text, limit=600)}"
