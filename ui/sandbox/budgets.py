"""What one View may use up. A value; the tests pass smaller ones."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewBudget:
    """Bounds of one View."""

    burst: int = 400
    """Messages at once."""
    per_second: int = 400
    """Messages in the long run; more are dropped."""
    max_dropped: int = 2_000
    """Dropped messages before the View counts as flooding."""
    max_length: int = 4_000_000
    """Characters of one message."""
    length_per_message: int = 20_000
    """Characters that count as one more message: the rate is one of bytes, too (8 MB a second)."""
    max_waiting: int = 64
    """Messages that wait on either side until the channel is up."""
    beat_ms: int = 2_000
    """Between two questions for a sign of life."""
    beats: int = 5
    """Unanswered questions before the renderer counts as hung."""
    data_bytes: int = 900 << 20
    """Private memory of the renderer."""
