"""A token bucket: how often something may happen. Pure; time is an argument."""

from __future__ import annotations


class Bucket:
    """At most *burst* at once and *per_second* for ever. *now* is in monotonic seconds."""

    def __init__(self, *, burst: int, per_second: float) -> None:
        self._burst = float(burst)
        self._rate = per_second
        self._left = float(burst)
        self._seen = 0.0

    def take(self, now: float, cost: int = 1) -> bool:
        """Whether one more may pass at *now* (monotonic seconds). One that costs more than is left
        passes and is paid off before the next.
        """
        self._left = min(self._burst, self._left + (now - self._seen) * self._rate)
        self._seen = now
        if self._left < 1:
            return False
        self._left -= cost
        return True
