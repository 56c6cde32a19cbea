"""How much may be asked in a minute, and the breaker that opens when more is.

    closed ─ budget spent ─▶ open ─ pause over ─▶ half-open ─ trial over ─▶ closed
                              ▲                              │
                              └── it failed, or too much ────┘

Law: (1) never more than the budget in any minute, so an open breaker stays so for a minute or more;
(2) half-open means one call at a time; (3) pauses double up to `LONGEST`, and begin anew after a
calm time. Pure: time and jitter are arguments. Used by `gate.budgets`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mcphost.domain.budget import Budget
from mcphost.domain.sizes import MIB

MINUTE: Final = 60.0
LONGEST: Final = 15 * MINUTE
JITTER: Final = 0.1
"""What may be added to a pause, as a part of it, so that not everything comes back at once."""


class Breaker(StrEnum):
    """What a meter lets through."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(frozen=True, slots=True)
class _Spent:
    at: float
    calls: int
    size: int
    rounds: int


class Meter:
    """What one party has spent in the last minute, and its breaker. *asker* is whatever tells one
    call from another.
    """

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.state = Breaker.CLOSED
        self.because = ""
        """What opened it, in words."""
        self.until = 0.0
        """When an open one lets a call on trial through."""
        self._spent: deque[_Spent] = deque()
        # All of `_spent` together: a busy minute is not added up again for every frame.
        self._calls = self._size = self._rounds = 0
        self._running = 0
        self._trial: object = None
        self._openings = 0
        self._closed_at = float("-inf")

    def refusal(self, now: float, asker: object) -> str:
        """Why *asker* may not go on now; empty when it may. Changes nothing."""
        match self.state:
            case Breaker.OPEN if now < self.until:
                return self._paused(now)
            case Breaker.HALF_OPEN if self._trial is not None and self._trial is not asker:
                return f"{self.because}; one call is on trial now"
            case _:
                return ""

    def crowded(self) -> str:
        """Why nothing more may be under way; empty when it may."""
        if self._running < self.budget.at_once:
            return ""
        return f"{self.budget.at_once} calls are under way at once, and no more may be"

    def spend(self, now: float, asker: object, *, size: int, again: bool, jitter: float) -> str:
        """One request of *size* bytes is about to leave; *again*: with an answer that its server
        wanted. Why it may not; empty when it may, and is counted.
        """
        if refused := self.refusal(now, asker):
            return refused
        if self.state is not Breaker.CLOSED:
            self.state, self._trial = Breaker.HALF_OPEN, asker
        too_much = self._too_much(now, calls=1, size=size, rounds=int(again))
        if too_much:
            self._open(now, too_much, jitter)
            return self._paused(now)
        self._spend(_Spent(now, 1, size, int(again)))
        return ""

    def received(self, now: float, size: int, jitter: float) -> None:
        """An answer of *size* bytes is here; too much of it stops what comes next."""
        too_much = self._too_much(now, calls=0, size=size, rounds=0)
        self._spend(_Spent(now, 0, size, 0))
        if too_much and self.state is not Breaker.OPEN:
            self._open(now, too_much, jitter)

    def begin(self) -> None:
        """A request waits for its answer from now on."""
        self._running += 1

    def end(self, now: float, asker: object, *, well: bool | None, jitter: float) -> None:
        """It does not any more. *well*: whether it was answered; None: nobody can say."""
        self._running -= 1
        if self.state is not Breaker.HALF_OPEN or self._trial is not asker:
            return
        self._trial = None
        if well is False:
            self._open(now, f"{self.because}, and the call on trial failed", jitter)
        elif well:
            self.state, self._closed_at = Breaker.CLOSED, now

    def calm(self, now: float) -> bool:
        """Whether forgetting it changes nothing."""
        self._forget(now)
        idle = not self._spent and not self._running
        return idle and self.state is Breaker.CLOSED and now - self._closed_at > LONGEST

    def _paused(self, now: float) -> str:
        return f"{self.because}; it pauses for {max(1, round(self.until - now))} s"

    def _too_much(self, now: float, *, calls: int, size: int, rounds: int) -> str:
        self._forget(now)
        most = self.budget
        if calls + self._calls > most.calls:
            return f"more than {most.calls} calls in a minute"
        if rounds + self._rounds > most.rounds:
            return f"more than {most.rounds} answered questions in a minute"
        if size + self._size > most.size:
            return f"more than {most.size // MIB} MiB in a minute"
        return ""

    def _forget(self, now: float) -> None:
        while self._spent and self._spent[0].at <= now - MINUTE:
            self._count(self._spent.popleft(), -1)

    def _spend(self, spent: _Spent) -> None:
        self._spent.append(spent)
        self._count(spent, 1)

    def _count(self, spent: _Spent, sign: int) -> None:
        self._calls += sign * spent.calls
        self._size += sign * spent.size
        self._rounds += sign * spent.rounds

    def _open(self, now: float, because: str, jitter: float) -> None:
        if self._closed_at < now - LONGEST and self.state is Breaker.CLOSED:
            self._openings = 0
        pause = min(MINUTE * 2**self._openings, LONGEST)
        self._openings = min(self._openings + 1, 10)
        self.state, self._trial = Breaker.OPEN, None
        self.because = because
        self.until = now + pause * (1 + JITTER * jitter)
