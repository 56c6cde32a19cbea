"""core → ui: the one way by which anything from another thread reaches the main thread.

Law: (1) what is carried arrives on the main thread, later than `carry` returns, in the order in
which it was carried, whoever carried it: an operation's end never overtakes an event that came
before. (2) The main thread takes it in slices: however much comes, input, painting and timers get
their turn in between. (3) What was for somebody who is gone is dropped. (4) A listener that raises,
or that waits in a loop of its own, holds up nothing.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any
from weakref import WeakMethod

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from shiboken6 import isValid

SLICE_SECONDS = 0.004
"""Of deliveries at a stretch; the one that begins in it is ended."""
_REST_MS = 1

Receiver = WeakMethod[Any]
"""A method of a `QObject`. Weak: the other thread must not be the last to let go of a widget."""


class Lane(QObject):
    """Carries to the main thread. Lives as long as the process."""

    _woken = Signal()
    _shared: Lane | None = None

    def __init__(self) -> None:
        super().__init__()
        self._waiting: deque[tuple[Receiver, tuple[Any, ...]]] = deque()
        self._awake = False
        """Whether a turn is on its way."""
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.setTimerType(Qt.TimerType.PreciseTimer)
        self._rest.timeout.connect(self._take_turn)
        self._woken.connect(self._take_turn, Qt.ConnectionType.QueuedConnection)

    @classmethod
    def shared(cls) -> Lane:
        """The one lane, made on the main thread by whoever is first carried to."""
        if cls._shared is None:
            cls._shared = cls()
        return cls._shared

    def carry(self, receiver: Receiver, *news: Any) -> None:
        """Call *receiver* with *news* on the main thread. Any thread."""
        self._waiting.append((receiver, news))
        if not self._awake:
            self._awake = True
            self._woken.emit()

    @Slot()
    def _take_turn(self) -> None:
        self._rest.start()  # first: so that law (4) holds
        until = time.monotonic() + SLICE_SECONDS
        while self._waiting and time.monotonic() < until:
            receiver, news = self._waiting.popleft()
            method = receiver()
            if method is not None and isValid(method.__self__):
                method(*news)
        if self._waiting:
            return
        self._rest.stop()
        self._awake = False
        if self._waiting:  # it came between the look and the word
            self._awake = True
            self._rest.start()


def to_main_thread(method: Callable[..., None]) -> Callable[..., None]:
    """What calls *method* of a `QObject` on the main thread, from any. Made on the main thread."""
    return partial(Lane.shared().carry, WeakMethod(method))
