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
    _methods: dict[str, str] = field(default_factory=dict[str, str])

    def note(self, direction: str, text: str, now: float) -> None:
        """One message on the channel; answers are listed under the method they answer."""
        if len(self.entries) < MAX_ENTRIES:
            entry = ChannelEntry(
                direction=direction,
                method=self._method(direction, text),
                ms=self._ms(now),
                size=len(text),
            )
            self.entries.append(entry)

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

    def _method(self, direction: str, text: str) -> str:
        """The method of a message; an answer carries the method of its request and `(answer)`."""
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            return "(not JSON)"
        if not isinstance(message, dict):
            return "(not an object)"
        untrusted_method = message.get("method")  # pyright: ignore
        ident = json.dumps(message.get("id"))[:80]  # pyright: ignore
        if isinstance(untrusted_method, str):
            method = untrusted_method[:120]
            self._methods[direction + ident] = method
            return method
        other = "host→view" if direction == "view→host" else "view→host"
        asked = self._methods.pop(other + ident, "?")
        return f"{asked} ({'error' if 'error' in message else 'answer'})"[:140]
