"""Who is held back when Apps take the computer from the window. Pure; time is an argument.

Law: (1) when all Apps together keep the processors busy, each that takes its share of that waits
behind everything; (2) when the window itself comes late for a second and Apps are why (their
renderers use the processors, or what they send uses the main thread), the loud are ended and,
where Apps use much of the processors, the busy run one look in `TURNS`; (3) a late window while
neither is so is somebody else's doing, and no App is blamed; (4) who is quiet while it runs, and
the window not late for a while, runs freely again.
"""

from __future__ import annotations

import os
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

PROCESSORS = float(os.cpu_count() or 1)
CROWDED = 0.5 * PROCESSORS
"""Processors all Apps together may keep busy."""
CROWDED_LOOKS = 2
STILL_CROWDED_LOOKS = 8
"""Looks after a crowded one in which those that use their share are still put behind."""
LATE_SECONDS = 0.05
"""By which a look of the main thread comes late before the window counts as late."""
LATE_LOOKS = 4
BUSY_MAIN = 0.5
"""Share of the main thread's time in use from which on its lateness is of its own making."""
HEAVY = 0.25 * PROCESSORS
"""Processors all Apps together must keep busy before one is held: what slows the window otherwise
is not theirs.
"""
BUSY = 0.1
"""Processors from which on an App counts as busy."""
SHARE = 0.03
"""Processors from which on an App has a share in a crowd."""
LOUD = 25
"""Refused or dropped things of one App between two looks from which on it counts as loud."""
TURNS = 4
CALM_LOOKS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What one App did since the last look: processors it kept busy, things it was refused."""

    cores: float
    refused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What follows from one look. Who is not in *held* runs."""

    behind: Mapping[Hashable, str] = field(default_factory=dict[Hashable, str])
    """Who has to wait behind everything from now on, and why."""
    ended: Mapping[Hashable, str] = field(default_factory=dict[Hashable, str])
    held: frozenset[Hashable] = frozenset()
    """Who does not run until the next look."""
    paced: Mapping[Hashable, str] = field(default_factory=dict[Hashable, str])
    """Who runs only in turns from now on, and why."""


class Crowd:
    """Remembers the last looks."""

    def __init__(self) -> None:
        self._crowded = 0
        self._still_crowded = 0
        self._late = 0
        self._calm = 0
        self._turn = 0
        self._behind: set[Hashable] = set()
        self._paced: dict[Hashable, int] = {}
        self._held: frozenset[Hashable] = frozenset()

    def look(self, uses: Mapping[Hashable, Use], *, late: float, main: float) -> Ruling:
        """*late* in seconds; *main* is the share of the time the main thread was in use."""
        self._forget_the_gone(uses)
        together = sum(use.cores for use in uses.values())
        self._count(together, late, main)
        behind = self._put_behind(uses, together)
        ended: dict[Hashable, str] = {}
        paced: dict[Hashable, str] = {}
        if self._late >= LATE_LOOKS:
            ended = self._loud(uses)
            paced = self._pace(uses, ended) if together >= HEAVY else {}
        elif self._calm >= CALM_LOOKS:
            self._release(uses)
        return Ruling(behind=behind, ended=ended, paced=paced, held=self._next_turn(ended))

    def _forget_the_gone(self, uses: Mapping[Hashable, Use]) -> None:
        self._behind &= uses.keys()
        self._paced = {who: turn for who, turn in self._paced.items() if who in uses}

    def _count(self, together: float, late: float, main: float) -> None:
        self._crowded = self._crowded + 1 if together > CROWDED else 0
        crowded = self._crowded >= CROWDED_LOOKS
        self._still_crowded = STILL_CROWDED_LOOKS if crowded else max(0, self._still_crowded - 1)
        by_apps = main >= BUSY_MAIN or together >= PROCESSORS / 2
        is_late = late >= LATE_SECONDS
        # Whoever is held now would make it late again: then the count stands where it is.
        self._late = self._late + 1 if is_late and by_apps else max(0, self._late - 1)
        self._calm = 0 if is_late else self._calm + 1

    def _put_behind(self, uses: Mapping[Hashable, Use], together: float) -> dict[Hashable, str]:
        if not self._still_crowded:
            return {}
        share = max(SHARE, together / (2 * len(uses)))
        new = {who for who, use in uses.items() if use.cores >= share} - self._behind
        self._behind |= new
        return {
            who: f"all Apps together keep {together:.1f} processors busy, "
            f"this one {uses[who].cores:.1f}"
            for who in new
        }

    def _loud(self, uses: Mapping[Hashable, Use]) -> dict[Hashable, str]:
        return {
            who: f"it was refused {use.refused} things in a moment, and the window came late"
            for who, use in uses.items()
            if use.refused >= LOUD
        }

    def _pace(
        self, uses: Mapping[Hashable, Use], ended: Mapping[Hashable, str]
    ) -> dict[Hashable, str]:
        new = [
            who
            for who, use in uses.items()
            if use.cores >= BUSY and who not in self._paced and who not in ended
        ]
        for who in new:
            self._paced[who] = len(self._paced) % TURNS
        return dict.fromkeys(new, "the window came late because of it; it runs in turns")

    def _release(self, uses: Mapping[Hashable, Use]) -> None:
        for who in [who for who in self._paced if who not in self._held]:
            if uses[who].cores < BUSY:
                del self._paced[who]

    def _next_turn(self, ended: Mapping[Hashable, str]) -> frozenset[Hashable]:
        self._turn = (self._turn + 1) % TURNS
        held = (w for w, turn in self._paced.items() if turn != self._turn and w not in ended)
        self._held = frozenset(held)
        return self._held
