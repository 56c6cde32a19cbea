"""Moves bytes between two connections, counting them. Loop thread; used by `proxy`.

Law: backpressure is kept (what is not drained is not read); a connection pair on which neither
side has moved a byte for the idle time ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

_CHUNK = 64 * 1024


class Activity:
    """When a connection pair last moved a byte."""

    def __init__(self, idle_seconds: float) -> None:
        self._clock = asyncio.get_running_loop().time
        self.idle_seconds = idle_seconds
        self._last = self._clock()

    def touch(self) -> None:
        """A byte has moved."""
        self._last = self._clock()

    @property
    def over(self) -> bool:
        """Whether the idle time has passed."""
        return self._clock() - self._last >= self.idle_seconds


async def pump(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    activity: Activity,
    count: Callable[[int], None],
    *,
    at_most: int | None = None,
) -> None:
    """Copy until the end of *reader*, *at_most* bytes, or the idle time. Raises `OSError`."""
    left = at_most
    while left is None or left > 0:
        chunk = await _read(reader, activity, _CHUNK if left is None else min(_CHUNK, left))
        if not chunk:
            break
        activity.touch()
        count(len(chunk))
        writer.write(chunk)
        await writer.drain()
        left = None if left is None else left - len(chunk)
    if at_most is None and writer.can_write_eof():
        writer.write_eof()


async def _read(reader: asyncio.StreamReader, activity: Activity, size: int) -> bytes:
    while True:
        try:
            async with asyncio.timeout(activity.idle_seconds):
                return await reader.read(size)
        except TimeoutError:
            if activity.over:
                raise
