"""One request of ours in flight, and the clock it runs against.

Law: (1) time in which a person is asked does not count; (2) whatever a call has started (answers to
a server's questions) ends with it. Lives on the loop thread.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from mcphost.domain.json import JsonObject
from mcphost.domain.ports import Exchange
from mcphost.policy.bucket import Bucket
from mcphost.protocol.jsonrpc import MessageId


class Deadline:
    """An `asyncio.timeout` that can be stopped while somebody is asked, and begun anew, but not
    for ever.
    """

    def __init__(self, seconds: float, most: float = 0.0) -> None:
        """*most* seconds are what renewing can make of *seconds* in all."""
        self._timeout = asyncio.timeout(seconds)
        self._seconds = seconds
        self._most = max(seconds, most)
        self._began = 0.0
        self._held_at = 0.0
        self._holds = 0
        self._over = True
        """Whether the time does not run: not yet, or no longer."""
        self._left = seconds

    async def __aenter__(self) -> None:
        self._began = asyncio.get_running_loop().time()
        self._over = False
        await self._timeout.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        self._over = True
        return await self._timeout.__aexit__(kind, error, trace)

    @property
    def expired(self) -> bool:
        """Whether the time is over."""
        return self._timeout.expired()

    def expire(self) -> None:
        """The time is over now, whatever was left."""
        if not self._over and not self.expired:
            self._timeout.reschedule(asyncio.get_running_loop().time())

    def renew(self) -> None:
        """There was progress: the time begins anew, within the most there may be in all."""
        if self._over or self.expired:
            return
        now = asyncio.get_running_loop().time()
        if self._holds:
            spent = self._held_at - self._began
            self._left = min(self._seconds, max(self._most - spent, 0.0))
        else:
            self._timeout.reschedule(min(now + self._seconds, self._began + self._most))

    @contextmanager
    def held(self) -> Generator[None]:
        """The clock stands still inside; may be nested and may overlap."""
        if self._holds == 0:
            self._pause()
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1
            if self._holds == 0:
                self._resume()

    def _pause(self) -> None:
        when = self._timeout.when()
        if when is not None and not self._over and not self.expired:
            self._held_at = asyncio.get_running_loop().time()
            self._left = when - self._held_at
            self._timeout.reschedule(None)

    def _resume(self) -> None:
        if not self._over and not self.expired and self._timeout.when() is None:
            now = asyncio.get_running_loop().time()
            self._began += now - self._held_at
            self._timeout.reschedule(now + max(self._left, 0.0))


class Call:
    """A request from the moment it gets its id until its answer, failure or cancellation."""

    def __init__(self, *, number: int, method: str, exchange: Exchange) -> None:
        self.id = number
        self.method = method
        self.exchange = exchange
        self.deadline = Deadline(exchange.deadline, exchange.patience)
        self.sent = False
        """Whether the frame has left, so that there is something to cancel."""
        self.let_go = False
        """Whether the server has ended it without an answer."""
        self._progress = float("-inf")
        self._heard = Bucket(burst=20, per_second=20)
        self._tasks: dict[MessageId, asyncio.Task[None]] = {}

    @property
    def lasting(self) -> bool:
        """Whether it is meant to last: nothing but its own answer ends it."""
        return math.isinf(self.exchange.deadline)

    def lose(self) -> None:
        """The server ends it without an answer."""
        self.let_go = True
        self.deadline.expire()

    def progressed(self, params: JsonObject) -> None:
        """Report progress, unless it is malformed, goes backwards or comes too fast. What nobody
        asked for gives no time either.
        """
        value = params.get("progress")
        if isinstance(value, bool) or not isinstance(value, int | float):
            return
        if value <= self._progress or self.exchange.on_progress is None:
            return
        self._progress = value
        self.deadline.renew()
        if self._heard.take(asyncio.get_running_loop().time()):
            self.exchange.on_progress(params)

    def start(
        self,
        untrusted_id: MessageId,
        work: Coroutine[Any, Any, None],
        done: Callable[[asyncio.Task[None]], None],
    ) -> None:
        """Own the answer to one request of the server's."""
        task = asyncio.ensure_future(work)
        self._tasks[untrusted_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(untrusted_id, None))
        task.add_done_callback(done)

    def answering(self, untrusted_id: MessageId) -> bool:
        """Whether a question with that id is open."""
        return untrusted_id in self._tasks

    def withdraw(self, untrusted_id: MessageId) -> None:
        """The server takes a question back, if it is still open."""
        task = self._tasks.get(untrusted_id)
        if task is not None:
            task.cancel()

    def finish(self) -> None:
        """The call is over: nothing it started may go on."""
        for task in tuple(self._tasks.values()):
            task.cancel()
