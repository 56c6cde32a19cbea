"""Watches the folder of kill flags, on a thread of its own.

Law: it needs neither the window nor the loop, so a switch turned from outside is seen while both
stand still; a failure to look counts as `all`. Its thread is a daemon; `stop` ends it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from mcphost.domain.kill import Kill
from mcphost.storage.kill_flags import KillFlags

_log = logging.getLogger(__name__)
SECONDS: Final = 0.1
"""Between two looks."""


class KillWatch:
    """Calls *heard*, on its own thread, with all that is stopped, whenever that has changed."""

    def __init__(
        self,
        flags: KillFlags,
        heard: Callable[[tuple[Kill, ...]], None],
        *,
        known: tuple[Kill, ...],
    ) -> None:
        self._flags = flags
        self._heard = heard
        self._known = known
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="mcphost-kill", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no more; returns when the thread has ended, or after a second."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(1.0)

    def _watch(self) -> None:
        while not self._over.wait(SECONDS):
            found = self._flags.read()
            if found == self._known:
                continue
            self._known = found
            try:
                self._heard(found)
            except Exception:  # noqa: BLE001  # the next flag must be seen all the same
                _log.exception("a kill flag was seen and could not be followed")
