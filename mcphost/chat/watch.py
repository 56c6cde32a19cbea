"""Following one run for the person: its card, its ticket, and whether anybody looks at it.

Law: (1) a ticket is on the disk before the path goes on; it is forgotten when the task is over.
(2) A question of a task is drawn only in a run whose conversation is in front of the person, within
a minute of the gesture that began or opened it; else it waits as a badge for its own gesture.
(3) What a server says while it works is shown, never kept.

Loop thread. Satisfies `gate.watch.Watcher`; made by `mcphost.chat.runs`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

from mcphost.chat.ports import Tickets
from mcphost.domain.conversation import ServerWork
from mcphost.domain.errors import StorageError
from mcphost.domain.ids import ConversationId, ItemId
from mcphost.domain.lineage import Lineage
from mcphost.domain.task import TaskTicket

ATTENTION = 60.0
"""Seconds a gesture covers the questions of a task: what comes later would come out of the blue."""


class Attention:
    """What is in front of the person. Without a window that says so: whatever runs (a terminal)."""

    leaving = False
    """Whether the program is ending."""

    def __init__(self) -> None:
        self._windowed = False
        self._shown: ConversationId | None = None

    def look(self, conversation: ConversationId | None) -> None:
        """The window shows *conversation*, or none."""
        self._windowed = True
        self._shown = conversation

    def covers(self, conversation: ConversationId, lineage: Lineage, now: float) -> bool:
        """Whether a question in *conversation* may be drawn because of the gesture in *lineage*."""
        if not lineage.may_prompt:
            return False
        if not self._windowed:
            return True
        return self._shown == conversation and now - lineage.started_at <= ATTENTION


class RunWatch:
    """Follows the run of *item*. *show* gets the newest state of the server's work."""

    def __init__(
        self,
        conversation: ConversationId,
        item: ItemId,
        lineage: Lineage,
        *,
        tickets: Tickets,
        attention: Attention,
        show: Callable[[ServerWork, bool], None],
        since: float | None = None,
    ) -> None:
        """*show* is told whether the value is to be kept."""
        self._conversation = conversation
        self._item = item
        self._lineage = lineage
        self._tickets = tickets
        self._attention = attention
        self._show = show
        self._opened = asyncio.Event()
        self._forgetting: asyncio.Task[None] | None = None
        self._work = ServerWork(since=time.time() if since is None else since)
        self.kept = False
        """Whether a task may be running that nobody has ended."""

    @property
    def leaving(self) -> bool:
        """Whether the program is ending."""
        return self._attention.leaving

    @property
    def gesture(self) -> Lineage | None:
        """What covers a question now."""
        covered = self._attention.covers(self._conversation, self._lineage, time.monotonic())
        return self._lineage if covered else None

    def open(self, lineage: Lineage) -> None:
        """The person opened the question that waits: look at once, and draw it."""
        self._lineage = lineage
        self._opened.set()

    async def pause(self, seconds: float) -> None:
        """Wait, or until the person opens a question."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._opened.wait()
        self._opened.clear()

    async def took(self, ticket: TaskTicket) -> None:
        """Keep *ticket*. Raises `StorageError`: then the task is not followed, and is cancelled."""
        self.kept = True
        await asyncio.to_thread(self._tickets.keep, self._conversation, self._item, ticket)
        self.resumed()

    def resumed(self) -> None:
        """The ticket is there already."""
        self.kept = True
        self._say(keep=True, message=self._work.message, task=True)

    def working(self, message: str) -> None:
        """The task goes on."""
        if message != self._work.message or not self._work.task:
            self._say(message=message, task=True)

    def progressed(self, message: str, done: float, total: float | None) -> None:
        """The server tells how far the call is."""
        self._say(message=message, done=done, total=total)

    def over(self) -> None:
        """Forget the ticket: behind the call, whose end does not wait for the disk."""
        if self.kept:
            self.kept = False
            self._forgetting = asyncio.ensure_future(self._forget())

    async def settled(self) -> None:
        """Wait until what was to be forgotten is."""
        if self._forgetting is not None:
            await self._forgetting

    async def _forget(self) -> None:
        with suppress(StorageError):  # a ticket too many is refused by its server
            await asyncio.to_thread(self._tickets.forget, self._conversation, self._item)

    def _say(
        self,
        *,
        message: str,
        done: float | None = None,
        total: float | None = None,
        task: bool = False,
        keep: bool = False,
    ) -> None:
        self._work = ServerWork(
            message=message, done=done, total=total, since=self._work.since, task=task
        )
        self._show(self._work, keep)
