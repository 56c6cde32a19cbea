"""Figures. Every run takes them and prints them at its end; only a run that says so judges them.

A wall clock says as much about the neighbours as about us, so no ordinary run may fail for one. On
a machine with nothing else to do, the promised figures are checked with

    MCPHOST_TEST_BENCH=judge ./packaging/test tests/bench
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

import pytest

from tests.helpers.figures import SAID

JUDGED = os.environ.get("MCPHOST_TEST_BENCH") == "judge"


@dataclass
class Figures:
    """What was measured, in words, and whether it is as good as promised."""

    said: list[str] = field(default_factory=lambda: SAID)

    def at_most(self, what: str, value: float, limit: float, unit: str) -> None:
        """*what* took *value*, promised to be at most *limit*."""
        self._say(what, f"{value:,.3f} {unit}", f"at most {limit:g}", kept=value <= limit)

    def at_least(self, what: str, value: float, limit: float, unit: str) -> None:
        """*what* came to *value*, promised to be at least *limit*."""
        self._say(what, f"{value:,.0f} {unit}", f"at least {limit:,.0f}", kept=value >= limit)

    def _say(self, what: str, value: str, promised: str, *, kept: bool) -> None:
        self.said.append(f"{what}: {value} (promised: {promised}{'' if kept else ', MISSED'})")
        assert kept or not JUDGED, self.said[-1]


FIGURES = Figures()


@pytest.fixture
def figures() -> Figures:
    """Where a bench puts what it measured."""
    return FIGURES
