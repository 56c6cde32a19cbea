"""Host-seen gestures of one View: which request of a View a real click or key press stands behind.

Law: (1) only the sandbox's event filter reports gestures; nothing a page does counts. (2) A gesture
lasts `WINDOW` seconds, covers one action and is consumed by it. (3) Times are monotonic seconds,
taken where the event and the message were seen, so a slow loop thread widens nothing. (4) What a
View that came back by itself does is the host's own chain until a person presses something in it.
"""

from __future__ import annotations

from dataclasses import dataclass

from mcphost.domain.lineage import Lineage, Root

WINDOW = 1.5
"""Seconds a gesture lasts (DESIGN §4)."""


@dataclass(slots=True)
class Gestures:
    """The gestures of one View."""

    view: str
    returned: bool = False
    """It came back by itself, after it had made room for others."""
    _last: float | None = None
    _count: int = 0

    def seen(self, at: float) -> None:
        """A real press happened in this View at *at*."""
        self._last = at
        self._count += 1

    def lineage(self, received: float) -> Lineage:
        """The lineage of a request at *received*; consumes the gesture behind it, if any."""
        last = self._last
        if last is None or not 0.0 <= received - last <= WINDOW:
            return self.unasked(received)
        self._last = None
        return Lineage(root=Root.GESTURE, started_at=last, gesture=f"{self.view}-{self._count}")

    def unasked(self, received: float) -> Lineage:
        """The lineage of a request at *received* that no gesture can stand behind."""
        waiting = self.returned and self._count == 0
        return Lineage(root=Root.BACKGROUND if waiting else Root.APP_TIMER, started_at=received)
