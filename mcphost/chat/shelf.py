"""The context shelf: what Apps have put beside a conversation (`ui/update-model-context`).

Law: visible, attributed, capped, removable; the latest update of one View replaces its earlier one;
scoped by View, never by template. It reaches the model only as labelled third-party text.

Loop thread.
"""

from __future__ import annotations

from mcphost.domain.conversation import ContextShelfItem
from mcphost.domain.events import ContextShelfChanged
from mcphost.domain.ids import ConversationId, ViewId
from mcphost.domain.ports import EventSink
from mcphost.domain.text import visible

MAX_TEXT = 8_000
MAX_ITEMS = 20
"""Views that may have something on one shelf; the oldest falls off."""


class Shelf:
    """The shelves of all conversations."""

    def __init__(self, events: EventSink) -> None:
        self._events = events
        self._items: dict[ConversationId, dict[ViewId, ContextShelfItem]] = {}

    def put(self, conversation: ConversationId, view: ViewId, source: str, text: str) -> None:
        """Replace what *view* said; empty text takes it away."""
        shelf = self._items.setdefault(conversation, {})
        if text:
            shown = visible(text, limit=MAX_TEXT)
            shelf[view] = ContextShelfItem(view=view, source=source, text=shown)
            while len(shelf) > MAX_ITEMS:
                shelf.pop(next(iter(shelf)))
        else:
            shelf.pop(view, None)
        self._tell(conversation)

    def drop(self, conversation: ConversationId, view: ViewId) -> None:
        """The person removed it."""
        self._items.get(conversation, {}).pop(view, None)
        self._tell(conversation)

    def items(self, conversation: ConversationId) -> tuple[ContextShelfItem, ...]:
        """What is on the shelf now."""
        return tuple(self._items.get(conversation, {}).values())

    def _tell(self, conversation: ConversationId) -> None:
        self._events(ContextShelfChanged(conversation=conversation, items=self.items(conversation)))
