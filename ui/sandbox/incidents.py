"""Facts about a View, bounded: what its hooks refused and what its console said.

Law: (1) every text of a View is sanitised and cut here; (2) each kind is reported at most
`PER_KIND` times, then counted; (3) each kind of noise has an allowance: what is over it is dropped,
said once (`THROTTLED`), and in the end fatal (`FLOODED`, once); a long text counts as several: it
costs the host time before anybody can cut it. Main thread; owned by one `SandboxView`.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable

from mcphost.domain.text import one_line
from mcphost.domain.view import FATAL, IncidentKind, ViewIncident
from ui.sandbox.budgets import Noise, ViewBudget
from ui.sandbox.meter import Meter, Reading

PER_KIND = 50
_DETAIL = 300
_CONSOLE_LINES = 100
PER_ONE = 20_000
"""Characters that count as one more."""
_NOISE = {
    IncidentKind.CONSOLE_ERROR: Noise.CONSOLE,
    IncidentKind.REQUEST_BLOCKED: Noise.REQUEST,
    IncidentKind.POLICY_STOPPED: Noise.REQUEST,
    IncidentKind.NAVIGATION_BLOCKED: Noise.NAVIGATION,
    IncidentKind.PERMISSION_REFUSED: Noise.PERMISSION,
    IncidentKind.DOWNLOAD_REFUSED: Noise.DOWNLOAD,
}


class IncidentBook:
    """Counts, bounds and passes on the incidents of one View."""

    def __init__(
        self,
        report: Callable[[ViewIncident], None],
        budget: ViewBudget | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._report = report
        self._clock = clock
        self._seen: Counter[IncidentKind] = Counter()
        self._console: deque[str] = deque(maxlen=_CONSOLE_LINES)
        self._allowances = (budget or ViewBudget()).noise
        self._meters = {noise: Meter(each) for noise, each in self._allowances.items()}

    def tell(self, report: Callable[[ViewIncident], None]) -> None:
        """From now on *report* hears the facts."""
        self._report = report

    def record(self, kind: IncidentKind, untrusted_detail: str) -> None:
        """Report one fact, unless its kind has been reported often enough."""
        noise = _NOISE.get(kind)
        if noise is not None and not self.count(noise, untrusted_detail):
            return
        self._seen[kind] += 1
        if kind in FATAL or self._seen[kind] <= PER_KIND:
            self._report(ViewIncident(kind=kind, detail=_short(untrusted_detail)))

    def console_error(self, untrusted_line: str) -> None:
        """Keep and report one error line of the console."""
        if self._seen[IncidentKind.FLOODED]:
            return
        self._console.append(_short(untrusted_line))
        self.record(IncidentKind.CONSOLE_ERROR, untrusted_line)

    def count(self, noise: Noise, untrusted_text: str = "") -> bool:
        """Count one more of *noise*; whether it is within its allowance."""
        cost = 1 + len(untrusted_text) // PER_ONE
        reading = self._meters[noise].count(self._clock(), cost)
        match reading:
            case Reading.FINE:
                return True
            case Reading.TOO_MUCH:
                rate = f"more than {self._allowances[noise].per_second:g} {noise.value} a second"
                self.record(IncidentKind.THROTTLED, rate)
            case Reading.ENOUGH:
                many = f"{self._meters[noise].over} {noise.value} over what is allowed"
                self.record(IncidentKind.FLOODED, many)
            case Reading.DROPPED:
                pass
        return False

    def reported(self, kind: IncidentKind) -> int:
        """How many facts of *kind* there were within the allowance, reported or not."""
        return self._seen[kind]

    @property
    def over(self) -> int:
        """How much noise of all kinds was over its allowance."""
        return sum(meter.over for meter in self._meters.values())

    @property
    def console_errors(self) -> tuple[str, ...]:
        """The last error lines, oldest first."""
        return tuple(self._console)


def _short(untrusted: str) -> str:
    """Cut first: a line of megabytes must not cost more than one of a few hundred characters."""
    return one_line(untrusted[: 2 * _DETAIL], limit=_DETAIL)
