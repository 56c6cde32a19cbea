"""How often an App may ask. A View that nags is answered by the host, not by the person.

Law: at most three questions of one View wait at a time, and what was refused is not asked again for
a minute. People and models are not held to this: they do not gain by wearing a person down.
Used by `ConsentDesk`; loop thread only. Time is an argument.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager

from mcphost.domain.ids import Digest, ViewId

MAX_WAITING = 3
REST_SECONDS = 60.0


class Manners:
    """What each View has pending, and what it was refused lately."""

    def __init__(self) -> None:
        self._waiting: Counter[ViewId] = Counter()
        self._refused: dict[tuple[ViewId, Digest], float] = {}

    def objection(self, view: ViewId | None, question: Digest, *, now: float) -> str | None:
        """Why *view* may not ask *question* now; None when it may."""
        if view is None:
            return None
        if self._waiting[view] >= MAX_WAITING:
            return f"the App already has {MAX_WAITING} questions waiting"
        if now - self._refused.get((view, question), -REST_SECONDS) < REST_SECONDS:
            return f"the same question was refused less than {REST_SECONDS:.0f} seconds ago"
        return None

    @contextmanager
    def waiting(self, view: ViewId | None) -> Generator[None]:
        """One question of *view* waits or is shown."""
        if view is None:
            yield
            return
        self._waiting[view] += 1
        try:
            yield
        finally:
            self._waiting[view] -= 1
            if not self._waiting[view]:
                del self._waiting[view]

    def refused(self, view: ViewId | None, question: Digest, *, now: float) -> None:
        """Remember that *question* was refused."""
        if view is None:
            return
        fresh = {key: at for key, at in self._refused.items() if now - at < REST_SECONDS}
        self._refused = {**fresh, (view, question): now}
