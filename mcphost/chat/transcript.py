"""Conversations and their items: kept in memory, written through to the store, told to the window.

Loop thread. Used by the runs and turns of this room.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from typing import Protocol

from mcphost.domain.conversation import (
    ConversationSummary,
    Item,
    ModelText,
    Notice,
    RunState,
    ToolRun,
    ViewState,
)
from mcphost.domain.errors import NotConfigured
from mcphost.domain.events import ItemChanged
from mcphost.domain.ids import ConversationId, ItemId
from mcphost.domain.ports import EventSink
from mcphost.domain.text import one_line

_UNDER_WAY = frozenset(
    {
        RunState.DECIDING,
        RunState.WAITING_FOR_CONSENT,
        RunState.RUNNING,
        RunState.WAITING_FOR_INPUT,
    }
)
_ON_STAGE = frozenset({ViewState.OPENING, ViewState.LIVE})


class ConversationStore(Protocol):
    """Where conversations are kept (`mcphost.storage.state`)."""

    def save_conversation(self, summary: ConversationSummary) -> None:
        """Insert or replace."""
        ...

    def save_item(self, conversation: ConversationId, item: Item, *, at: float) -> None:
        """Insert at the end, or replace where it stands; touches the conversation at *at*."""
        ...

    def conversations(self) -> tuple[ConversationSummary, ...]:
        """Newest first."""
        ...

    def items(self, conversation: ConversationId) -> tuple[Item, ...]:
        """In order."""
        ...


class Transcripts:
    """The one place that changes a conversation."""

    def __init__(self, store: ConversationStore, events: EventSink) -> None:
        self._store = store
        self._events = events
        self._items: dict[ConversationId, dict[ItemId, Item]] = {}
        self._summaries = {s.id: s for s in store.conversations()}

    def new(self, title: str) -> ConversationId:
        """A new, empty conversation."""
        id = ConversationId(secrets.token_hex(8))
        summary = ConversationSummary(
            id=id, title=one_line(title, limit=80) or "New conversation", updated_at=time.time()
        )
        self._summaries[id] = summary
        self._items[id] = {}
        self._store.save_conversation(summary)
        return id

    def all(self) -> list[ConversationSummary]:
        """Newest first."""
        return sorted(self._summaries.values(), key=lambda s: s.updated_at, reverse=True)

    def items(self, conversation: ConversationId) -> list[Item]:
        """The items of *conversation*, in order."""
        return list(self._loaded(conversation).values())

    def item(self, conversation: ConversationId, item: ItemId) -> Item:
        """One item. Raises `NotConfigured`."""
        found = self._loaded(conversation).get(item)
        if found is None:
            raise NotConfigured("this conversation has no such entry")
        return found

    def put(self, conversation: ConversationId, item: Item, *, keep: bool = True) -> None:
        """Add or replace *item*; *keep* False shows an intermediate value without storing it."""
        self._loaded(conversation)[item.id] = item
        if keep:
            now = time.time()
            self._store.save_item(conversation, item, at=now)
            self._touch(conversation, now)
        self._events(ItemChanged(conversation=conversation, item=item))

    def notice(self, conversation: ConversationId, text: str, *, level: str = "info") -> None:
        """The host's own word in a conversation."""
        self.put(conversation, Notice(id=new_item_id(), text=text, level=level))

    def _touch(self, conversation: ConversationId, now: float) -> None:
        old = self._summaries[conversation]
        self._summaries[conversation] = ConversationSummary(
            id=old.id, title=old.title, updated_at=now
        )

    def _loaded(self, conversation: ConversationId) -> dict[ItemId, Item]:
        if conversation not in self._summaries:
            raise NotConfigured("there is no such conversation")
        if conversation not in self._items:
            stored = self._store.items(conversation)
            self._items[conversation] = {item.id: _settled(item) for item in stored}
        return self._items[conversation]


def _settled(item: Item) -> Item:
    """An item of an earlier run of the program: nothing of it can be under way any more."""
    match item:
        case ModelText(done=False):
            return replace(item, done=True)
        case ToolRun():
            ended = item
            if item.state in _UNDER_WAY:
                text = item.text or "mcphost ended before this call did"
                ended = replace(item, state=RunState.FAILED, text=text)
            if item.view_state in _ON_STAGE:
                ended = replace(ended, view=None, view_state=ViewState.CLOSED)
            return ended
        case _:
            return item


def new_item_id() -> ItemId:
    """A fresh item id."""
    return ItemId(secrets.token_hex(8))
