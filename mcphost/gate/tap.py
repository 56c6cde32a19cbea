"""Who listens to a walk: the record of the View that asked for it.

Law: a tap hears and changes nothing. It never hears a header, what a person answered to a server,
nor a server's questions and its `requestState`: of those it hears only that they were there (P8).
Loop thread.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from mcphost.domain.decision import Decision
from mcphost.domain.ports import OutboundFrame


class Tap(Protocol):
    """Hears one walk."""

    def decided(self, decision: Decision) -> None:
        """What the policy said; again for every time it was asked."""
        ...

    def left(self, frame: OutboundFrame, body: bytes) -> None:
        """*frame* is about to leave for the server. *body* is all of it, or nothing."""
        ...

    def came(self, how: str, body: bytes) -> None:
        """The server answered: *how* is `answer`, `error` or `question`."""
        ...


def body_of(frame: OutboundFrame, *, first: bool, plain: Collection[str]) -> bytes:
    """What a tap may hear of *frame*: all of it on the *first* round, when its method is one of
    *plain*; nothing of a retry, which carries what a person answered.
    """
    return frame.body if first and frame.method in plain else b""
