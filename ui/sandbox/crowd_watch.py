"""Looks at all Apps together four times a second, and holds back those that take the window.

What follows from a look is decided by `crowd`. Law: only exactly the pid that a page names is
stopped, for less than `crowd.TURNS` looks, and it goes on before it is ended or let go. (Should
this process die meanwhile, the renderer dies with its pid namespace.) Where `vitals` knows nothing,
nobody is held. Main thread; one for the process.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QObject, Qt, QTimer

from ui.sandbox.crowd import Crowd, Use
from ui.sandbox.vitals import IDLE, Vitals, look_at, put_behind

EVERY_MS = 250


class Member(Protocol):
    """One View, as this watch sees it."""

    @property
    def pid(self) -> int:
        """Its renderer's process; 0 when it has none."""
        ...

    @property
    def refused(self) -> int:
        """How many things it has been refused or were dropped, so far."""
        ...

    def set_held(self, held: bool) -> None:
        """Its renderer does not run now, or runs again."""
        ...

    def slow(self, why: str) -> None:
        """It has to wait; tell."""
        ...

    def end(self, why: str) -> None:
        """It is over; tell."""
        ...


@dataclass(slots=True)
class _Seen:
    member: Member
    vitals: Vitals | None = None
    refused: int = 0
    stopped: int = 0
    """The pid that is stopped now; 0 when none is."""


class CrowdWatch(QObject):
    """Puts Apps behind, in turns, or an end to them."""

    _shared: CrowdWatch | None = None

    def __init__(self, *, look: Callable[[int], Vitals | None] = look_at) -> None:
        super().__init__()
        self._look = look
        self._crowd = Crowd()
        self._seen: dict[Hashable, _Seen] = {}
        self._last, self._used = 0.0, 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.look_around)

    @classmethod
    def shared(cls) -> CrowdWatch:
        """The one of this process."""
        if cls._shared is None:
            cls._shared = cls()
        return cls._shared

    def join(self, member: Member) -> None:
        """Watch *member*."""
        if not self._seen:
            self._crowd = Crowd()  # nobody answers for a crowd that is gone
            self._last, self._used = time.monotonic(), time.thread_time()
            self._timer.start()
        self._seen[member] = _Seen(member, self._look(member.pid), member.refused)

    def leave(self, member: Member) -> None:
        """*member* is over; what was stopped goes on, so that it can end."""
        seen = self._seen.pop(member, None)
        if seen is not None:
            self._go_on(seen)
        if not self._seen:
            self._timer.stop()

    def look_around(self) -> None:
        """One look at everybody."""
        now, used = time.monotonic(), time.thread_time()
        seconds, main = max(now - self._last, 0.001), used - self._used
        self._last, self._used = now, used
        uses = {who: use for who, seen in self._seen.items() if (use := self._use(seen, seconds))}
        ruling = self._crowd.look(uses, late=seconds - EVERY_MS / 1000, main=main / seconds)
        for who, why in ruling.behind.items():
            put_behind(self._seen[who].member.pid, IDLE)
            self._seen[who].member.slow(why)
        for who, why in ruling.paced.items():
            self._seen[who].member.slow(why)
        for who, seen in tuple(self._seen.items()):
            if who in ruling.held:
                self._hold(seen)
            else:
                self._go_on(seen)
        for who, why in ruling.ended.items():
            self._seen[who].member.end(why)

    def _use(self, seen: _Seen, seconds: float) -> Use | None:
        vitals, before = self._look(seen.member.pid), seen.vitals
        refused, known = seen.member.refused, seen.refused
        seen.vitals, seen.refused = vitals, refused
        if vitals is None or before is None:
            return None
        cores = max(0.0, vitals.cpu_seconds - before.cpu_seconds) / seconds
        return Use(cores=cores, refused=refused - known)

    def _hold(self, seen: _Seen) -> None:
        if seen.stopped or sys.platform == "win32" or seen.member.pid <= 0:
            return
        with suppress(OSError):  # it is gone
            os.kill(seen.member.pid, signal.SIGSTOP)
            seen.stopped = seen.member.pid
            seen.member.set_held(True)

    def _go_on(self, seen: _Seen) -> None:
        if not seen.stopped or sys.platform == "win32":
            return
        with suppress(OSError):  # it is gone
            os.kill(seen.stopped, signal.SIGCONT)
        seen.stopped = 0
        seen.member.set_held(False)
