"""What a run measured, in words: printed at its end (tests/conftest.py), judged nowhere."""

from __future__ import annotations

SAID: list[str] = []


def say(line: str) -> None:
    """Put *line* among the figures of this run."""
    SAID.append(line)
