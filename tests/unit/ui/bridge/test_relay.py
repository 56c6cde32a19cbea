"""Events cross to the main thread, in order."""

from __future__ import annotations

import threading

from pytestqt.qtbot import QtBot

from mcphost.domain.events import Event, ProblemReported
from mcphost.runtime import Runtime
from ui.bridge.relay import EventRelay


def test_events_arrive_in_order_on_the_main_thread(qtbot: QtBot, runtime: Runtime) -> None:
    relay = EventRelay()
    seen: list[tuple[str, threading.Thread]] = []

    def hear(event: Event) -> None:
        assert isinstance(event, ProblemReported)
        seen.append((event.text, threading.current_thread()))

    relay.happened.connect(hear)
    for number in range(500):
        runtime.post(relay, ProblemReported(text=str(number)))
    qtbot.waitUntil(lambda: len(seen) == 500, timeout=5_000)
    assert [text for text, _ in seen] == [str(number) for number in range(500)]
    assert {thread for _, thread in seen} == {threading.main_thread()}


def test_nothing_arrives_inside_the_call_itself(qtbot: QtBot) -> None:
    relay = EventRelay()
    seen: list[object] = []
    relay.happened.connect(seen.append)
    relay(ProblemReported(text="x"))
    assert seen == []
    qtbot.waitUntil(lambda: len(seen) == 1, timeout=5_000)


def test_a_closed_relay_drops_what_still_arrives(qtbot: QtBot) -> None:
    relay, other = EventRelay(), EventRelay()
    seen: list[object] = []
    relay.happened.connect(seen.append)
    relay(ProblemReported(text="x"))
    relay.close()
    with qtbot.waitSignal(other.happened, timeout=5_000):
        other(ProblemReported(text="y"))
    assert seen == []
