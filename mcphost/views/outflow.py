"""How much a View may pull out of the host: what it is told crosses two processes and a window.

Law: a View that asks for more than `BURST` at once or `PER_SECOND` for ever is not fed any more;
its controller ends it and says so. Time is an argument. Loop thread; held by `ViewController`.
"""

from __future__ import annotations

from dataclasses import dataclass

BURST = 64 * 1024 * 1024
"""Characters at once: several of the largest results a server may give (16 MiB)."""
PER_SECOND = 8.0 * 1024 * 1024


@dataclass(slots=True)
class Outflow:
    """What one View has left."""

    seen: float
    left: float = float(BURST)

    def spend(self, size: int, now: float) -> bool:
        """Whether *size* characters may still go to the View at *now* (monotonic seconds)."""
        self.left = min(float(BURST), self.left + (now - self.seen) * PER_SECOND)
        self.seen = now
        if size > self.left:
            return False
        self.left -= size
        return True
