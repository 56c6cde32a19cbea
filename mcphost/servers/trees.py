"""The process trees of all local servers, so that they can be ended from outside the loop.

Law: a tree is known from its start to its end, and only then; ending one is a signal to its group
and waits for nothing. Added to on the loop thread; `end` and `all` may be called by any thread, for
they must work while the loop stands still.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress

from mcphost.domain.ids import ServerKey


class ProcessTrees:
    """Process group → server."""

    def __init__(self) -> None:
        self._owners: dict[int, ServerKey] = {}
        self.on_change: Callable[[], None] = _unheard
        """Called, on the loop thread, when a tree was added or has ended."""

    def add(self, group: int, owner: ServerKey) -> Callable[[], None]:
        """Know *group* as *owner*'s; call what is returned when it has ended."""
        self._owners[group] = owner
        self.on_change()

        def ended() -> None:
            if self._owners.pop(group, None) is not None:
                self.on_change()

        return ended

    def all(self) -> dict[int, ServerKey]:
        """A copy of what is known."""
        return dict(self._owners)

    def end(self, stopped: Callable[[ServerKey], bool]) -> int:
        """End every tree whose server is *stopped*, at once; how many."""
        groups = [group for group, owner in self.all().items() if stopped(owner)]
        for group in groups:
            end_group(group)
        return len(groups)


def end_group(group: int, *, politely: bool = False) -> None:
    """Tell every program of *group* to end. One that has ended is no error. Windows has no groups:
    there only the first program is ended, and never politely.
    """
    with suppress(OSError):
        if sys.platform == "win32":
            os.kill(group, signal.SIGTERM)
        else:
            os.killpg(group, signal.SIGTERM if politely else signal.SIGKILL)


def _unheard() -> None:
    """Nobody wants to know."""
