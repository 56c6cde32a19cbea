"""Conversations and their items: kept in memory, written behind to the store, told to the window.

Law: (1) what the window and the rooms see is the value in memory. (2) Items are written one after
the other in the order they came, on a worker thread, so that a large result does not hold the loop;
of several values of one item waiting, only the latest is written, and never an earlier one after a
later one. (3) What cannot be kept is said. (4) `flush` returns when everything is written; without
it, a crash may lose the last moments of a conversation (never of the audit log).

Loop thread. Used by the runs and turns of this room.
"""

from __future__ import annotations

import asyncio
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
from mcphost.domain.errors import NotConfigured, StorageError
from mcphost.domain.events import ItemChanged, ProblemReported
from mcphost.domain.ids import ConversationId, ItemId
from mcphost.domain.ports import EventSink
from mcphost.domain.text import one_line

_UNDER_WAY = frozenset(
    {
        RunState.DECIDING,
        RunState.WAITING_FOR_CONSENT,
        RunState.RUNNING,
        RunState.WAITING_FOR_INPUT,
        RunState.WAITING_FOR_SIGN_IN,
        RunState.WORKING,
        RunState.NEEDS_ANSWER,
    }
)
TASK_LEFT = (
    "mcphost ended while the server was still working on this. It may have gone on since: look "
    "again to see what came of it."
)
_ON_STAGE = frozenset({ViewState.OPENING, ViewState.LIVE})


class ConversationStore(Protocol):
    """Where conversations are kept (`mcphost.storage.state`)."""

    def save_conversation(self, summary: ConversationSummary) -> None:
        """Insert or replace."""
        ...

    def save_item(self, conversation: ConversationId, item: Item, *, at: float) -> None:
        """Insert at the end, or replace where it stands; touches the conversation at *at*. Called
        on a worker thread, one call at a time. Raises `StorageError`.
        """
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
        self._waiting: dict[tuple[ConversationId, ItemId], tuple[Item, float]] = {}
        self._writing: asyncio.Task[None] | None = None

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
            self._waiting[conversation, item.id] = (item, now)
            self._touch(conversation, now)
            if self._writing is None or self._writing.done():
                self._writing = asyncio.create_task(self._write(), name="keep conversation")
        self._events(ItemChanged(conversation=conversation, item=item))

    def notice(self, conversation: ConversationId, text: str, *, level: str = "info") -> None:
        """The host's own word in a conversation."""
        self.put(conversation, Notice(id=new_item_id(), text=text, level=level))

    async def flush(self) -> None:
        """Wait until every item that was put is written, or said to be lost."""
        while self._writing is not None and not self._writing.done():
            await asyncio.shield(self._writing)

    async def _write(self) -> None:
        while self._waiting:
            key = next(iter(self._waiting))
            item, at = self._waiting.pop(key)
            try:
                await asyncio.to_thread(self._store.save_item, key[0], item, at=at)
            except StorageError as error:
                self._events(
                    ProblemReported(text=f"An entry of a conversation was not kept: {error}")
                )

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
                ended = _cut_short(item)
            if item.view_state in _ON_STAGE:
                ended = replace(ended, view=None, view_state=ViewState.CLOSED)
            return ended
        case _:
            return item


def _cut_short(run: ToolRun) -> ToolRun:
    if run.work is not None and run.work.task:
        return replace(run, state=RunState.TASK_LEFT, text=TASK_LEFT)
    text = run.text or "mcphost ended before this call did"
    return replace(run, state=RunState.FAILED, text=text, work=None)


def new_item_id() -> ItemId:
    """A fresh item id."""
    return ItemId(secrets.token_hex(8))
