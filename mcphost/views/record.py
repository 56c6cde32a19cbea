"""What one View did, bounded: the record behind `ViewReport`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from mcphost.domain.view import ChannelEntry, ViewIncident

MAX_ENTRIES = 5_000
MAX_INCIDENTS = 500


@dataclass(slots=True)
class ViewRecord:
    """Grows while the View lives. Times are milliseconds since it was opened."""

    opened_at: float
    initialized_ms: float | None = None
    entries: list[ChannelEntry] = field(default_factory=list[ChannelEntry])
    incidents: list[tuple[float, ViewIncident]] = field(
        default_factory=list[tuple[float, ViewIncident]]
    )
    denials: list[str] = field(default_factory=list[str])
    _asked: dict[int, str] = field(default_factory=dict[int, str])

    def heard(self, untrusted_text: str, now: float) -> None:
        """The View said something; answers are listed under the method they answer."""
        if len(self.entries) < MAX_ENTRIES:
            self._add("view→host", self._method(untrusted_text), len(untrusted_text), now)

    def told(self, method: str, size: int, now: float, *, asks: int | None = None) -> None:
        """The View was told something; *asks* is the id when it was asked something."""
        if len(self.entries) < MAX_ENTRIES:
            self._add("host→view", method, size, now)
            if asks is not None:
                self._asked[asks] = method

    def incident(self, incident: ViewIncident, now: float) -> None:
        """Something the sandbox or the core noticed."""
        if len(self.incidents) < MAX_INCIDENTS:
            self.incidents.append((self._ms(now), incident))

    def denied(self, sentence: str) -> None:
        """A refused request of this View."""
        if len(self.denials) < MAX_INCIDENTS:
            self.denials.append(sentence)

    def ready(self, now: float) -> None:
        """The handshake is done."""
        self.initialized_ms = self._ms(now)

    def _ms(self, now: float) -> float:
        return round((now - self.opened_at) * 1000, 1)

    def _add(self, direction: str, method: str, size: int, now: float) -> None:
        entry = ChannelEntry(direction=direction, method=method, ms=self._ms(now), size=size)
        self.entries.append(entry)

    def _method(self, untrusted_text: str) -> str:
        """The method of a message; an answer carries the method of its request and `(answer)`."""
        try:
            message = json.loads(untrusted_text)
        except (ValueError, RecursionError):
            return "(not JSON)"
        if not isinstance(message, dict):
            return "(not an object)"
        untrusted_method = message.get("method")  # pyright: ignore
        if isinstance(untrusted_method, str):
            return untrusted_method[:120]
        ident = message.get("id")  # pyright: ignore
        asked = self._asked.pop(ident, "?") if isinstance(ident, int) else "?"
        return f"{asked} ({'error' if 'error' in message else 'answer'})"
