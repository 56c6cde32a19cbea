"""Watches the memory that no bound of one renderer covers: the program's own, and the sum of all.

The engine keeps what Apps store (blobs, databases) in this very process, and names no owner for
it. So: (1) when the program has grown by more than `OWN_BYTES`, the View whose renderer touched the
most new memory meanwhile is ended, and its store goes with it. If it was another, the next look
finds it. (2) When all renderers together hold more than `ALL_VIEWS_BYTES`, the largest is ended.
Where `vitals` knows nothing, nobody is ended. Main thread; one for the process.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer

from ui.sandbox.budgets import ALL_VIEWS_BYTES, OWN_BYTES
from ui.sandbox.vitals import Vitals, look_at

_EVERY_MS = 500
_REST = 4
"""Looks after an ending during which nobody else is ended: memory comes back with a delay."""


@dataclass(slots=True)
class _Watched:
    pid: Callable[[], int]
    end: Callable[[str], None]
    faults: int = 0


class MemoryWatch(QObject):
    """Ends the View that takes the memory of all."""

    _shared: MemoryWatch | None = None

    def __init__(
        self,
        *,
        look: Callable[[int], Vitals | None] = look_at,
        own_limit: int = OWN_BYTES,
        all_limit: int = ALL_VIEWS_BYTES,
    ) -> None:
        super().__init__()
        self._look = look
        self._own_limit, self._all_limit = own_limit, all_limit
        self._watched: dict[Hashable, _Watched] = {}
        self._base = 0
        self._rest = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self.look_around)

    @classmethod
    def shared(cls) -> MemoryWatch:
        """The one of this process."""
        if cls._shared is None:
            cls._shared = cls()
        return cls._shared

    def join(self, who: Hashable, pid: Callable[[], int], end: Callable[[str], None]) -> None:
        """Watch *who*, whose renderer is *pid()* and who is ended by *end(why)*."""
        if not self._watched:
            self._base = self._own()
            self._timer.start()
        self._watched[who] = _Watched(pid=pid, end=end)

    def leave(self, who: Hashable) -> None:
        """*who* is over."""
        self._watched.pop(who, None)
        if not self._watched:
            self._timer.stop()

    def look_around(self) -> None:
        """One look at everybody."""
        looks = {who: self._look(each.pid()) for who, each in self._watched.items()}
        known = {who: vitals for who, vitals in looks.items() if vitals is not None}
        own = self._own() - self._base
        if own <= self._own_limit // 2:
            for who, vitals in known.items():
                self._watched[who].faults = vitals.page_faults
        self._rest = max(0, self._rest - 1)
        if self._rest or not known:
            return
        if own > self._own_limit:
            culprit = max(known, key=lambda who: known[who].page_faults - self._watched[who].faults)
            self._end(culprit, f"the program held {own >> 20} MB for its Apps")
        elif (together := _sum(known)) > self._all_limit:
            culprit = max(known, key=lambda who: known[who].resident_bytes)
            self._end(culprit, f"all Apps together held {together >> 20} MB, this one the most")

    def _end(self, who: Hashable, why: str) -> None:
        self._rest = _REST
        self._watched[who].end(why)

    def _own(self) -> int:
        vitals = self._look(os.getpid())
        return 0 if vitals is None else vitals.resident_bytes


def _sum(known: Mapping[Hashable, Vitals]) -> int:
    return sum(vitals.resident_bytes for vitals in known.values())
