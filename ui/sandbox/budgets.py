"""What one View may use up. Values; the tests pass smaller ones, the help lists the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType


class Noise(Enum):
    """What costs the host time each time it happens; the value is how a person reads it."""

    CONSOLE = "console lines"
    REQUEST = "refused requests"
    NAVIGATION = "refused navigations or windows"
    PERMISSION = "refused permissions or dialogs"
    DOWNLOAD = "refused downloads"
    DOCUMENT = "loads of its own document"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """So many at once, so many a second in the long run; what is over is dropped, and after
    *patience* of them the View is ended.
    """

    burst: int
    per_second: float
    patience: int


ALLOWANCES: Mapping[Noise, Allowance] = MappingProxyType(
    {
        Noise.CONSOLE: Allowance(burst=500, per_second=100, patience=1_500),
        Noise.REQUEST: Allowance(burst=100, per_second=20, patience=500),
        Noise.NAVIGATION: Allowance(burst=20, per_second=2, patience=100),
        Noise.PERMISSION: Allowance(burst=20, per_second=2, patience=100),
        Noise.DOWNLOAD: Allowance(burst=20, per_second=2, patience=100),
        Noise.DOCUMENT: Allowance(burst=10, per_second=0.5, patience=20),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewBudget:
    """Bounds of one View."""

    burst: int = 600
    """Messages at once: the longest counts as 500."""
    per_second: int = 400
    """Messages in the long run; more are dropped."""
    max_dropped: int = 2_000
    """Dropped messages before the View counts as flooding."""
    max_length: int = 10_000_000
    """Characters of one message; of those that are no answers the core takes shorter ones only."""
    length_per_message: int = 20_000
    """Characters that count as one more message: the rate is one of bytes, too (8 MB a second)."""
    max_waiting: int = 64
    """Messages that wait on either side until the channel is up."""
    noise: Mapping[Noise, Allowance] = field(default_factory=lambda: ALLOWANCES)
    beat_ms: int = 500
    """Between two questions for a sign of life."""
    slow_beats: int = 4
    """Unanswered questions before a renderer that was busy meanwhile waits behind everything."""
    beats: int = 7
    """Unanswered questions before a renderer that was busy meanwhile counts as hung."""
    late_seconds: float = 0.5
    """Processor seconds it must have used meanwhile to be put behind."""
    hung_seconds: float = 2.5
    """Processor seconds it must have used meanwhile to count as hung: one that got little only
    waits for its turn, and a large App may need a second or two to begin.
    """
    idle_beats: int = 60
    """Unanswered questions before one that did nothing counts as hung, too."""
    data_bytes: int = 900 << 20
    """Private memory of the renderer."""
    max_threads: int = 64
    """Threads of the renderer; Chromium's own are about twenty."""
    max_cores: float = 0.6
    """Processors it may keep busy for *beats* beats before it waits behind more."""


OWN_BYTES = 512 << 20
"""Memory of the program itself, above what it had with no View: what Apps store is kept there."""
ALL_VIEWS_BYTES = 4 << 30
"""Memory of all renderers together."""
