"""Keeping a flooding server from taking the machine: breathers and turns. Loop thread only."""

from __future__ import annotations

import asyncio
import time

_NOTICED = 0.005
_LONGEST = 0.1


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
