"""The lane to the main thread: in order, a slice at a time, and for the living only."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from weakref import WeakMethod

import shiboken6
from PySide6.QtCore import QObject, QTimer
from pytestqt.qtbot import QtBot

from mcphost.domain.events import ProblemReported
from mcphost.runtime import Runtime
from ui.bridge.lane import SLICE_SECONDS, Lane
from ui.bridge.operation import Operation
from ui.bridge.relay import EventRelay

MANY = 50


class Ear(QObject):
    """Hears numbers and does something at each."""

    def __init__(self, at_each: Callable[[int], None] = lambda _: None) -> None:
        super().__init__()
        self.heard: list[int] = []
        self._at_each = at_each
        self.ref = WeakMethod(self.hear)

    def hear(self, number: int) -> None:
        self.heard.append(number)
        self._at_each(number)


def _last_for(seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass


def test_timers_get_their_turn_however_much_is_carried(qtbot: QtBot) -> None:
    between: list[int] = []
    ear = Ear(lambda _: _last_for(SLICE_SECONDS / 2))
    timer = QTimer(interval=0)
    timer.timeout.connect(lambda: between.append(len(ear.heard)))
    timer.start()
    for number in range(MANY):
        Lane.shared().carry(ear.ref, number)
    qtbot.waitUntil(lambda: len(ear.heard) == MANY)
    timer.stop()
    assert ear.heard == list(range(MANY))
    assert max(b - a for a, b in zip([0, *between], [*between, MANY], strict=False)) <= MANY / 5


def test_more_that_comes_meanwhile_takes_nobody_s_turn(qtbot: QtBot) -> None:
    """Each delivery brings the next: that alone would never end."""
    turns: list[int] = []
    timer = QTimer(interval=0)
    timer.timeout.connect(lambda: turns.append(1))

    def more(number: int) -> None:
        _last_for(SLICE_SECONDS / 4)
        if len(turns) < 3:
            Lane.shared().carry(ear.ref, number + 1)

    ear = Ear(more)
    timer.start()
    Lane.shared().carry(ear.ref, 0)
    qtbot.waitUntil(lambda: len(turns) >= 3)
    timer.stop()
    last = len(ear.heard)
    Lane.shared().carry(ear.ref, -1)
    qtbot.waitUntil(lambda: len(ear.heard) > last and ear.heard[-1] == -1)


def test_a_listener_that_raises_holds_up_nothing(qtbot: QtBot) -> None:
    def stumble(number: int) -> None:
        if number == 1:
            raise ValueError("it fell")

    ear = Ear(stumble)
    with qtbot.captureExceptions() as fallen:
        for number in range(3):
            Lane.shared().carry(ear.ref, number)
        qtbot.waitUntil(lambda: ear.heard == [0, 1, 2])
    assert [str(each[1]) for each in fallen] == ["it fell"]


def test_a_listener_that_waits_in_a_loop_of_its_own_holds_up_nothing(qtbot: QtBot) -> None:
    def wait_for_the_rest(number: int) -> None:
        if number == 0:
            qtbot.waitUntil(lambda: len(ear.heard) == 3)

    ear = Ear(wait_for_the_rest)
    for number in range(3):
        Lane.shared().carry(ear.ref, number)
    qtbot.waitUntil(lambda: ear.heard == [0, 1, 2])


def test_what_was_for_somebody_who_is_gone_is_dropped(qtbot: QtBot) -> None:
    deleted, dropped, living = Ear(), Ear(), Ear()
    heard = deleted.heard, dropped.heard
    for ear in (deleted, dropped, living):
        Lane.shared().carry(ear.ref, 1)
    shiboken6.delete(deleted)
    del dropped, ear
    qtbot.waitUntil(lambda: living.heard == [1])
    assert heard == ([], [])


def test_the_end_of_an_operation_does_not_overtake_what_was_said_before(
    qtbot: QtBot, runtime: Runtime
) -> None:
    relay, owner, seen = EventRelay(), QObject(), list[str]()

    def hear(event: ProblemReported) -> None:
        _last_for(SLICE_SECONDS / 2)
        seen.append(event.text)

    async def speak_and_end() -> str:
        for number in range(MANY):
            relay(ProblemReported(text=str(number)))
        return "ended"

    relay.happened.connect(hear)
    operation = Operation(runtime, speak_and_end(), parent=owner)
    operation.succeeded.connect(seen.append)
    qtbot.waitUntil(lambda: "ended" in seen)
    assert seen == [*map(str, range(MANY)), "ended"]


def test_nothing_is_lost_between_threads_that_carry_at_once(qtbot: QtBot) -> None:
    ear, lane = Ear(), Lane.shared()

    def carry() -> None:
        for number in range(2_000):
            lane.carry(ear.ref, number)

    threads = [threading.Thread(target=carry) for _ in range(4)]
    for thread in threads:
        thread.start()
    qtbot.waitUntil(lambda: len(ear.heard) == 8_000)
    for thread in threads:
        thread.join()
