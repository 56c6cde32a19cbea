"""The stream by which an older HTTP server says what belongs to no request of ours.

Many older servers put their questions there, also those they ask in the middle of a tool call.

Law: (1) it is opened for a call that accepts input, before that call is sent, or to hear of
changes, and its frame passes the exchange it is opened for; (2) a server that has none is asked
once, one that does not answer holds up one call, for `limits.listen` seconds at most; (3) it is
taken up again by itself only while such a call is in flight, after the time the server asked for,
and only so often. Whose question it is, `legacy` decides, whatever it was opened for. Loop thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from mcphost.domain.errors import ServerUnreachable
from mcphost.domain.ports import Exchange
from mcphost.servers.limits import ServerLimits
from mcphost.servers.sse import Bookmark
from mcphost.servers.wire import HttpRefusal, Wire


class OwnStream:
    """Whether the server's own stream is heard."""

    def __init__(
        self, wire: Wire, limits: ServerLimits, *, waiting: Callable[[], Exchange | None]
    ) -> None:
        """*waiting* tells of a call in flight that accepts input, if there is one."""
        self._wire = wire
        self._limits = limits
        self._waiting = waiting
        self._offered = wire.over_http
        self._settled = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._opened = False

    async def ready(self, exchange: Exchange, own: Callable[[asyncio.Task[None]], None]) -> None:
        """Return when the stream is heard, is not to be had, or takes too long to come.

        *own* is given the task that hears it.
        """
        if not self._offered:
            return
        if self._task is None or self._task.done():
            settled = self._settled = asyncio.Event()
            self._task = asyncio.create_task(self._hear(exchange, settled))
            self._task.add_done_callback(lambda _: settled.set())
            own(self._task)
        settled = self._settled
        try:
            async with asyncio.timeout(self._limits.listen):
                await settled.wait()
        except TimeoutError:
            settled.set()  # some say nothing at all before they have something to ask

    async def lost(self) -> None:
        """Return when a stream that was heard is heard no more: what it told then is missed. Where
        there is none, that is never.
        """
        if self._task is not None:
            await asyncio.wait({self._task})
        if not self._opened or not self._offered:
            await asyncio.Event().wait()

    def stop(self) -> None:
        """Hang up; the next call that accepts input opens it again."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _hear(self, exchange: Exchange, settled: asyncio.Event) -> None:
        bookmark = Bookmark()

        def opened() -> None:
            self._opened = True
            settled.set()

        for _ in range(self._limits.resumptions):
            try:
                self._offered = await self._wire.listen(exchange, bookmark, opened)
            except HttpRefusal:
                return
            except ServerUnreachable:
                pass  # it broke: the same as if the server had ended it
            waiting = self._waiting()
            if not self._offered or waiting is None:
                return
            exchange = waiting
            settled.clear()
            await asyncio.sleep(bookmark.retry)
