"""Starting a local server again after it ended by itself: soon, then later, then not any more.

Law: (1) only what the gate lets pass is started, so a program that changed meanwhile is not; (2)
each attempt waits longer, and after `ATTEMPTS` within `WINDOW` seconds the server stays down and
its line says so; (3) no call is ever sent again. Loop thread; used by `fleet`.
"""

from __future__ import annotations

from collections import deque
from typing import Final

ATTEMPTS: Final = 5
WINDOW: Final = 600.0
FIRST_DELAY: Final = 0.5
LONGEST_DELAY: Final = 30.0
GIVEN_UP: Final = (
    f"It has been started again {ATTEMPTS} times within {WINDOW / 60:.0f} minutes and is left "
    "alone now: look at its log, then connect it yourself."
)


class Restarts:
    """The attempts of one server. Time is an argument (monotonic seconds)."""

    def __init__(self) -> None:
        self._attempts: deque[float] = deque()

    def next_delay(self, now: float) -> float | None:
        """Seconds to wait before it is started again, counted as an attempt; None: not any more."""
        while self._attempts and self._attempts[0] <= now - WINDOW:
            self._attempts.popleft()
        if len(self._attempts) >= ATTEMPTS:
            return None
        delay = min(FIRST_DELAY * 2 ** len(self._attempts), LONGEST_DELAY)
        self._attempts.append(now)
        return delay

    def forgive(self) -> None:
        """A person connects it: what was before does not count."""
        self._attempts.clear()
