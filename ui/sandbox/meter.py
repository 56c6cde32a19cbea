"""Counts one kind of noise of a View against its allowance. Pure; time is an argument."""

from __future__ import annotations

from enum import Enum

from mcphost.policy.bucket import Bucket
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

    def __init__(self, allowance: Allowance) -> None:
        self._bucket = Bucket(burst=allowance.burst, per_second=allowance.per_second)
        self._patience = allowance.patience
        self.over = 0

    def count(self, now: float, cost: int = 1) -> Reading:
        """One more at *now* (monotonic seconds), as large as *cost* ordinary ones."""
        if self._bucket.take(now, cost):
            return Reading.FINE
        before, self.over = self.over, self.over + cost
        if before < self._patience <= self.over:
            return Reading.ENOUGH
        return Reading.DROPPED if before else Reading.TOO_MUCH
