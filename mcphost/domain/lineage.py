"""What started the chain an action belongs to.

The root is set by host code when the chain starts and inherited; it is never read from a message.
Only a `GESTURE` root may ever draw a prompt, and only it declares an elicitation capability on the
wire.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Root(StrEnum):
    """How a chain began."""

    GESTURE = "gesture"
    APP_TIMER = "app-timer"
    BACKGROUND = "background"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """*gesture* names the host-seen gesture; *started_at* is monotonic seconds."""

    root: Root
    started_at: float
    gesture: str | None = None

    @property
    def may_prompt(self) -> bool:
        """Whether this chain may draw a consent prompt or an elicitation."""
        return self.root is Root.GESTURE


def background(started_at: float) -> Lineage:
    """A chain the host itself began."""
    return Lineage(root=Root.BACKGROUND, started_at=started_at)
