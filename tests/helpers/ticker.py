"""How long the loop was ever held up: a ticker that wants to run every 5 ms."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

EVERY = 0.005


@dataclass(slots=True)
class Ticker:
    """What was seen: number of ticks, and the longest time by which one was late, in seconds."""

    ticks: int = 0
    longest: float = 0.0
    busiest: float = 0.0
    """The most processor time the loop's own thread used between two ticks."""
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def next(self) -> None:
        """Return once it has ticked again."""
        async with asyncio.timeout(30), self._news:
            await self._news.wait()

    async def run(self) -> None:
        last, used = time.perf_counter(), time.thread_time()
        while True:
            await asyncio.sleep(EVERY)
            now, spent = time.perf_counter(), time.thread_time()
            self.ticks += 1
            self.longest = max(self.longest, now - last - EVERY)
            self.busiest = max(self.busiest, spent - used)
            last, used = now, spent
            async with self._news:
                self._news.notify_all()


@asynccontextmanager
async def ticking() -> AsyncIterator[Ticker]:
    """A ticker that runs until the block ends."""
    ticker = Ticker()
    task = asyncio.ensure_future(ticker.run())
    try:
        await ticker.next()
        yield ticker
        await ticker.next()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
