"""Whether a person says yes so fast, so often, that nobody can have read what was asked.

Law: it takes nothing away and holds nothing up; after `IN_A_ROW` such answers each further question
says so in one line, until one is answered slowly or with no. Kept in memory, for this run of the
program only. Main thread; kept by `presenter.py`.
"""

from __future__ import annotations

from mcphost.domain.consent import Answer, ConsentAnswer

IN_A_ROW = 20
FAST_MS = 2_000
WORDS = (
    f"Your last {IN_A_ROW} answers were a yes within {FAST_MS // 1000} seconds. A yes to what "
    "nobody read protects nobody."
)
NARROWER = "If this is asked too often, allow exactly this for longer below."


class Haste:
    """Counts fast answers."""

    def __init__(self) -> None:
        self._fast = 0

    @property
    def noticed(self) -> bool:
        """Whether to say something."""
        return self._fast >= IN_A_ROW

    def note(self, answer: ConsentAnswer) -> None:
        """A question was answered."""
        how = answer.circumstances
        armed = None if how is None else how.armed_ms
        fast = armed is not None and answer.shown_ms - armed < FAST_MS
        self._fast = self._fast + 1 if fast and answer.answer is Answer.ALLOW else 0
