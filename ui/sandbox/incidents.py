"""Facts about a View, bounded: what its hooks refused and what its console said.

Law: (1) every text of a View is sanitised and cut here; (2) each kind is reported at most
`PER_KIND` times, then counted; (3) more than `FLOOD` facts within one second is itself a fatal
fact, reported once. Main thread; owned by one `SandboxView`.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable

from mcphost.domain.text import one_line
from mcphost.domain.view import FATAL, IncidentKind, ViewIncident

PER_KIND = 50
FLOOD = 2_000
_WINDOW = 1.0
_DETAIL = 300
_CONSOLE_LINES = 100


class IncidentBook:
    """Counts, bounds and passes on the incidents of one View."""

    def __init__(
        self, report: Callable[[ViewIncident], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._report = report
        self._clock = clock
        self._seen: Counter[IncidentKind] = Counter()
        self._console: deque[str] = deque(maxlen=_CONSOLE_LINES)
        self._window_start = clock()
        self._in_window = 0

    def record(self, kind: IncidentKind, untrusted_detail: str) -> None:
        """Report one fact, unless its kind has been reported often enough."""
        self._seen[kind] += 1
        self._meter()
        if kind in FATAL or self._seen[kind] <= PER_KIND:
            self._report(ViewIncident(kind=kind, detail=one_line(untrusted_detail, limit=_DETAIL)))

    def console_error(self, untrusted_line: str) -> None:
        """Keep and report one error line of the console."""
        self._console.append(one_line(untrusted_line, limit=_DETAIL))
        self.record(IncidentKind.CONSOLE_ERROR, untrusted_line)

    def count_noise(self) -> None:
        """Count something that is not worth a report but costs time (a console line)."""
        self._meter()

    def count(self, kind: IncidentKind) -> int:
        """How many facts of *kind* there were, reported or not."""
        return self._seen[kind]

    @property
    def console_errors(self) -> tuple[str, ...]:
        """The last error lines, oldest first."""
        return tuple(self._console)

    def _meter(self) -> None:
        now = self._clock()
        if now - self._window_start > _WINDOW:
            self._window_start, self._in_window = now, 0
        self._in_window += 1
        if self._in_window > FLOOD and not self._seen[IncidentKind.FLOODED]:
            detail = f"more than {FLOOD} refused or logged events within one second"
            self.record(IncidentKind.FLOODED, detail)
