"""The height of one View inline: what it reports, against what it is given.

Law: (1) a report is applied exactly, within its bounds: adding even 2 px makes a page of 100vh grow
for ever. (2) A shrink of `SLACK` or less is noise. (3) Two changes are `GAP` apart, and in the long
run there are `PER_SECOND`; of several reports in between the last counts. (4) A page that answers
each growth with the same growth is asked to wait once; if it has nothing to say meanwhile and goes
on afterwards, it follows its own frame: it gets the height it began with, and is heard again when
it wants something else.

Pure: times are monotonic seconds, heights CSS pixels. Owned by `ViewController`, loop thread.
"""

from __future__ import annotations

from dataclasses import dataclass

from mcphost.policy.bucket import Bucket

LEAST, START = 24, 240
"""The lowest a View can be, and how high it is until it says something."""
SLACK = 4
GAP = 0.03
AT_ONCE, PER_SECOND = 60, 4.0
"""Each change of a height lays the whole conversation out again."""
ANSWER = 0.15
"""Seconds within which a growth is an answer to the growth before it."""
STEPS = 5
HOLD = 0.6


class Sizing:
    """What is applied now, and what is to be applied when."""

    def __init__(self) -> None:
        self.height = START
        self.restless = False
        """It was slowed down for changing its height too often."""
        self._wanted = START
        self._applied_at = float("-inf")
        self._said = False
        self._pace = Bucket(burst=AT_ONCE, per_second=PER_SECOND)
        self._run = _Run()
        self._follows: int = 0

    def heard(self, height: int, most: int, now: float) -> float | None:
        """The View reports *height*, and may be *most* high. Seconds until `apply`, 0 for at once;
        None when there is nothing to apply.
        """
        wanted = max(LEAST, min(height, most))
        grown = wanted - self.height
        if self._follows and grown == self._follows:
            return None
        first, self._said = not self._said, True
        if -SLACK <= grown < 0 or (grown == 0 and not first):
            self._wanted = self.height
            return None
        self._wanted, self._follows = wanted, 0
        if not (grown == self._run.step and now - self._applied_at <= ANSWER):
            self._run = _Run(step=grown, began=self.height)
        elif self._run.waited:
            self._follows, self._wanted = grown, self._run.began
        elif self._run.steps >= STEPS:
            self._run.waits = True
            return HOLD
        if not self._pace.take(now):
            self.restless = True
            return 1 / PER_SECOND
        return max(0.0, self._applied_at + GAP - now)

    def apply(self, now: float) -> int:
        """The height to give the View at *now*."""
        if self._wanted - self.height == self._run.step:
            self._run.steps += 1
            self._run.waited = self._run.waits
        self.height, self._applied_at = self._wanted, now
        return self.height


@dataclass(slots=True)
class _Run:
    """Growths by the same *step*, each an answer to the one before."""

    step: int = 0
    began: int = START
    steps: int = 0
    waits: bool = False
    waited: bool = False
