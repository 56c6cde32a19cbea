"""The items of one conversation, in the order they first appeared.

Law: (1) an item is replaced whole. (2) Until the stored items are loaded, live ones wait, so that
the order is the conversation's. (3) A new item is told at once; further values of a text that grows
are told at most once per `FLUSH_MS`, the last one winning, so that a fast model cannot keep the
window busy. (4) A text that is done is told at once.

Called by the chat pane, on the main thread.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, QTimer, Signal

from mcphost.domain.conversation import Item, ModelText
from mcphost.domain.ids import ItemId

FLUSH_MS = 40


class Transcript(QObject):
    """Keeps items and says what is new."""

    added = Signal(object)
    changed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._items: dict[ItemId, Item] = {}
        self._waiting: dict[ItemId, Item] = {}
        self._held: list[Item] | None = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(FLUSH_MS)
        self._timer.timeout.connect(self._on_timeout)

    def items(self) -> tuple[Item, ...]:
        """All items in order, newest value of each."""
        return tuple(self._items.values())

    def find(self, item: ItemId) -> Item | None:
        """The newest value of the item, or None."""
        return self._items.get(item)

    def load(self, items: Iterable[Item]) -> None:
        """Take the stored *items*, then what came live meanwhile. It happens once."""
        held, self._held = self._held or [], None
        for item in (*items, *held):
            self.apply(item)

    def apply(self, item: Item) -> None:
        """Take a new item, or the new value of a known one."""
        if self._held is not None:
            self._held.append(item)
            return
        known = item.id in self._items
        self._items[item.id] = item
        if not known:
            self.added.emit(item)
        elif isinstance(item, ModelText) and not item.done:
            self._waiting[item.id] = item
            if not self._timer.isActive():
                self._timer.start()
        else:
            self._waiting.pop(item.id, None)
            self.changed.emit(item)

    def _on_timeout(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for item in waiting.values():
            self.changed.emit(item)
