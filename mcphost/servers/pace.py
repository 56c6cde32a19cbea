"""Keeping a flooding server from taking the machine: a bucket and a breather. Loop thread only."""

from __future__ import annotations

import asyncio
import time

_NOTICED = 0.005
_LONGEST = 0.1


class Bucket:
    """At most *burst* at once and *per_second* for ever. Time is an argument."""

    def __init__(self, *, burst: int, per_second: float) -> None:
        self._burst = float(burst)
        self._rate = per_second
        self._left = float(burst)
        self._seen = 0.0

    def take(self, now: float) -> bool:
        """Whether one more may pass at *now* (monotonic seconds)."""
        self._left = min(self._burst, self._left + (now - self._seen) * self._rate)
        self._seen = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Breather:
    """Around the handling of a chunk: work that took long is followed by as long a rest.

    The peer meanwhile waits on its full pipe or socket, and half of the time is everybody else's.
    """

    def __init__(self) -> None:
        self._began = time.perf_counter()

    def begin(self) -> None:
        """Work on a chunk begins."""
        self._began = time.perf_counter()

    async def rest(self) -> None:
        """Work on a chunk is done."""
        spent = time.perf_counter() - self._began
        if spent > _NOTICED:
            await asyncio.sleep(min(spent, _LONGEST))


class Turns:
    """For a loop over things that are already here: lets everybody else go on now and then."""

    def __init__(self) -> None:
        self._last = time.perf_counter()

    async def turn(self) -> None:
        """Once for each thing."""
        now = time.perf_counter()
        if now - self._last > _NOTICED:
            await asyncio.sleep(0)
            self._last = time.perf_counter()
