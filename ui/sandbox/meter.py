"""Counts one kind of noise of a View against its allowance. Pure; time is an argument."""

from __future__ import annotations

from enum import Enum

from ui.sandbox.budgets import Allowance


class Reading(Enum):
    """What one more means."""

    FINE = "fine"
    TOO_MUCH = "too much"
    """The first one over the allowance."""
    DROPPED = "dropped"
    ENOUGH = "enough"
    """The one that exhausts the patience. It comes once."""


class Meter:
    """A token bucket that also remembers how often it was empty."""

    def __init__(self, allowance: Allowance, now: float) -> None:
        self._allowance = allowance
        self._left = float(allowance.burst)
        self._seen = now
        self.over = 0

    def count(self, now: float) -> Reading:
        """One more at *now* (monotonic seconds)."""
        allowed = self._allowance
        refilled = self._left + (now - self._seen) * allowed.per_second
        self._left, self._seen = min(float(allowed.burst), refilled), now
        if self._left >= 1.0:
            self._left -= 1.0
            return Reading.FINE
        self.over += 1
        if self.over == allowed.patience:
            return Reading.ENOUGH
        return Reading.TOO_MUCH if self.over == 1 else Reading.DROPPED
