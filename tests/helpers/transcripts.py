"""A store of conversations in memory, slow on demand."""

from __future__ import annotations

import threading

from mcphost.domain.conversation import ConversationSummary, Item
from mcphost.domain.errors import StorageError
from mcphost.domain.ids import ConversationId, ItemId


class MemoryStore:
    """Keeps every value in the order it was written. While *open* is clear, writing waits; *full*
    fails it.
    """

    def __init__(self) -> None:
        self.open = threading.Event()
        self.open.set()
        self.full = False
        self.written: list[Item] = []
        self.threads: set[str] = set()

    def save_conversation(self, summary: ConversationSummary) -> None:
        return

    def save_item(self, conversation: ConversationId, item: Item, *, at: float) -> None:
        self.threads.add(threading.current_thread().name)
        assert self.open.wait(30)
        if self.full:
            raise StorageError("the disk is full")
        self.written.append(item)

    def conversations(self) -> tuple[ConversationSummary, ...]:
        return ()

    def items(self, conversation: ConversationId) -> tuple[Item, ...]:
        latest: dict[ItemId, Item] = {item.id: item for item in self.written}
        return tuple(latest.values())
