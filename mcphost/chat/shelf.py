"""The context shelf: what Apps have put beside a conversation (`ui/update-model-context`), and the
resources that the person attached to it.

Law: visible, attributed, labelled, capped, removable: what a person took away stays away until they
use that App again, whatever it says meanwhile; the latest update of one View replaces its
earlier one, and the latest reading of one resource, and what was replaced can still be looked at;
scoped by View, never by template. It reaches the model only as labelled third-party text.

Loop thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from mcphost.domain.conversation import ContextShelfItem
from mcphost.domain.errors import UserFacingError
from mcphost.domain.events import ContextShelfChanged
from mcphost.domain.ids import ConversationId, ShelfKey, ViewId
from mcphost.domain.json import canonical_digest
from mcphost.domain.labels import UNKNOWN, Label, server_data
from mcphost.domain.offers import ResourceContents
from mcphost.domain.ports import EventSink
from mcphost.domain.text import one_line, visible

MAX_TEXT = 8_000
MAX_ATTACHED = 20_000
"""Characters of one attached resource."""
MAX_ITEMS = 20
"""Things that may be on one shelf; the oldest falls off."""
MAX_EARLIER = 5
"""Replaced texts of one thing that can still be looked at."""


class Shelf:
    """The shelves of all conversations."""

    def __init__(self, events: EventSink, wall: Callable[[], float] = time.time) -> None:
        self._events = events
        self._wall = wall
        self._items: dict[ConversationId, dict[ShelfKey, ContextShelfItem]] = {}
        self._removed: set[ShelfKey] = set()

    def put(
        self, conversation: ConversationId, view: ViewId, source: str, text: str, label: Label
    ) -> None:
        """Replace what *view* said; empty text takes it away. Raises `UserFacingError` when the
        person has taken away what it said, and has not used it since.
        """
        if text and ShelfKey(view) in self._removed:
            raise UserFacingError(
                "The person took away what this App had put on the shelf. It may put something "
                "there again once they have used it."
            )
        self._put(conversation, ShelfKey(view), source, visible(text, limit=MAX_TEXT), label)

    def attach(
        self, conversation: ConversationId, contents: ResourceContents, identity: str = ""
    ) -> None:
        """The person wants a resource that they have seen to be in the model's context. *identity*
        is that of its server. Raises `UserFacingError` when there is no text in it.
        """
        if not contents.text:
            raise UserFacingError(
                f"{one_line(contents.uri)} has no text, so it was not attached: only text reaches "
                "the model. Choose another resource."
            )
        key = ShelfKey(f"resource:{canonical_digest([contents.server, contents.uri])}")
        source = f"{contents.server}, {one_line(contents.uri, limit=200)}"
        label = server_data(contents.server, identity) if identity else UNKNOWN
        self._put(conversation, key, source, visible(contents.text, limit=MAX_ATTACHED), label)

    def drop(self, conversation: ConversationId, key: ShelfKey) -> None:
        """The person removed it."""
        self._removed.add(key)
        self._items.get(conversation, {}).pop(key, None)
        self._tell(conversation)

    def readmit(self, view: ViewId) -> None:
        """The person has just used *view*: what it says from now on may stand here again. Or it has
        ended, and says nothing any more; what it said stays until it is removed.
        """
        self._removed.discard(ShelfKey(view))

    def items(self, conversation: ConversationId) -> tuple[ContextShelfItem, ...]:
        """What is on the shelf now."""
        return tuple(self._items.get(conversation, {}).values())

    def _put(
        self, conversation: ConversationId, key: ShelfKey, source: str, text: str, label: Label
    ) -> None:
        shelf = self._items.setdefault(conversation, {})
        if text:
            shelf[key] = ContextShelfItem(
                key=key,
                source=source,
                text=text,
                label=label,
                at=self._wall(),
                earlier=_replaced(shelf.get(key), text),
            )
            while len(shelf) > MAX_ITEMS:
                shelf.pop(next(iter(shelf)))
        else:
            shelf.pop(key, None)
        self._tell(conversation)

    def _tell(self, conversation: ConversationId) -> None:
        self._events(ContextShelfChanged(conversation=conversation, items=self.items(conversation)))


def _replaced(known: ContextShelfItem | None, text: str) -> tuple[tuple[float, str], ...]:
    """What *known* said and had said before, when *text* is something new."""
    if known is None:
        return ()
    if known.text == text:
        return known.earlier
    return ((known.at, known.text), *known.earlier)[:MAX_EARLIER]
