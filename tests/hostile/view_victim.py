"""The window that hostile Apps are let loose on, in a process of its own that is measured.

`python -m tests.hostile.view_victim ORDER`: the program's own window, core, gate and sandbox, with
one conversation. A friendly App stays open all the time, a person calls a tool twice a second, and
a ticker on the main thread notes by how much it is late. Where the order says so, one more call of
the person's is answered by a stream that lasts. It prints one line of JSON.
"""

from __future__ import annotations

import faulthandler
import json
import sys
import time
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import mcphost.chat.wire  # noqa: F401  # the models' library first: it takes seconds
from ui.sandbox.environment import prepare_environment

prepare_environment()

from PySide6.QtCore import QObject, Qt, QTimer  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402

from mcphost.domain.conversation import ToolRun  # noqa: E402
from mcphost.domain.events import ItemChanged, ViewClosed, ViewInitialized  # noqa: E402
from mcphost.domain.ids import ViewId  # noqa: E402
from mcphost.domain.server import HttpEndpoint, ServerConfig  # noqa: E402
from mcphost.domain.summaries import ModelSettings  # noqa: E402
from mcphost.domain.view import ViewEnvironment, ViewReport  # noqa: E402
from mcphost.host import Host  # noqa: E402
from mcphost.views import deck  # noqa: E402
from tests.helpers.core import TestPerson  # noqa: E402
from tests.hostile.view_attacks import GO, HELD, SHOP  # noqa: E402
from tests.hostile.view_stream import ENOUGH, POURS, Heard, ended_well  # noqa: E402
from ui.bridge.relay import EventRelay  # noqa: E402
from ui.main_window import MainWindow  # noqa: E402
from ui.panes import view_slot  # noqa: E402
from ui.panes.core import Core  # noqa: E402
from ui.panes.isolation import Check, Isolation  # noqa: E402
from ui.sandbox.cell import living_cells  # noqa: E402
from ui.sandbox.self_test import SelfTestReport  # noqa: E402
from ui.shell import Shell, make_application  # noqa: E402

EVERY_MS = 5
PATIENCE_SECONDS = 60.0


class Ticker(QObject):
    """Wants to run every `EVERY_MS` on the main thread."""

    def __init__(self) -> None:
        super().__init__()
        self.late: list[float] = []
        self.busy: list[float] = []
        self._last, self._used = 0.0, 0.0
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_tick)

    def start(self) -> None:
        self._last, self._used = time.perf_counter(), time.thread_time()
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()
        self._on_tick()  # what it has waited for until now counts, too

    def _on_tick(self) -> None:
        now, used = time.perf_counter(), time.thread_time()
        self.late.append(max(0.0, (now - self._last) * 1000 - EVERY_MS))
        self.busy.append((used - self._used) * 1000)
        self._last, self._used = now, used


@dataclass(slots=True)
class Victim:
    """What became of one hostile View. Times are seconds after it was told to go."""

    name: str
    view: str
    ended: float | None = None
    held: float | None = None
    """When it was first ended or slowed down."""
    incidents: list[str] = field(default_factory=list[str])
    note: str = ""


class Run(QObject):
    """One window, from its start to its end."""

    def __init__(self, order: dict[str, Any]) -> None:
        super().__init__()
        self._order = order
        self._relay = EventRelay(self)
        self._isolation = Isolation(self)
        self._ready: Host | None = None
        self._shell = Shell(
            broker=TestPerson(),
            events=self._relay,
            on_ready=self._on_ready,
            on_failed=lambda why: sys.exit(why),
            on_self_test=self._on_tested,
            connect=False,
        )
        self._relay.happened.connect(self._on_event)
        self._events: list[tuple[float, object]] = []
        self.victims: dict[str, Victim] = {}
        self.calls: list[float] = []
        self.failed_calls = 0
        self._calling = 0.0
        self._heard: Heard | None = None
        self._stream: dict[str, Any] | None = None

    def go(self) -> dict[str, Any]:
        self._shell.start()
        self._until(lambda: self._ready is not None)
        assert self._ready is not None
        self._host = self._ready
        core = Core(self._host, self._shell.runtime, self._relay, self)
        window = MainWindow(core, self._isolation)
        window.show()
        self._prepare()
        self._talk = self._do(self._host.new_conversation("hostile"))
        window.chat.open(self._talk)
        self._ask_model("hello")  # the first message loads the model's library
        witness = self._open("witness")
        for name in self._order["attacks"]:
            view = self._open(name)
            self.victims[view] = Victim(name=name, view=view)
        QTest.qWait(500)
        before = _memory()
        with self._streaming():
            ticker = self._attack()
        after = _memory()
        pings = self._do(self._host.view_report(witness)).entries
        self._ask_model("what do you see?")
        window.chat.stage.close_all("over")
        self._stop(window)
        beats = sum(1 for entry in pings if entry.ms / 1000 > self._witness_from(pings))
        return {
            "late": ticker.late,
            "busy": ticker.busy,
            "victims": [asdict(each) for each in self.victims.values()],
            "calls": self.calls,
            "failed_calls": self.failed_calls,
            "witness": beats,
            "memory": [before, after],
            "stream": self._stream,
        }

    def _prepare(self) -> None:
        config = ServerConfig(
            key=SHOP, title="shop", endpoint=HttpEndpoint(url=self._order["server"])
        )
        self._do(self._host.add_server(config))
        self._do(self._host.connect(SHOP))
        for review in self._do(self._host.templates()):
            self._do(self._host.review_template(review.pin, True))
        if self._order["model"]:
            settings = ModelSettings(
                provider="openai-compatible",
                model="m",
                base_url=self._order["model"],
                has_key=False,
            )
            self._do(self._host.set_model(settings, "k"))

    def _open(self, name: str) -> ViewId:
        run = self._do(self._host.run_tool(self._talk, SHOP, name, {}))
        view = run.view
        assert view is not None, (name, run.view_note, run.text)
        self._until(
            lambda: any(isinstance(e, ViewInitialized) and e.view == view for _, e in self._events)
        )
        return view

    @contextmanager
    def _streaming(self) -> Generator[None]:
        """While it lasts, a call of the person's is answered by a stream; if one was ordered."""
        if not self._order["streams"]:
            yield
            return
        self._heard = Heard(self._host)
        call = self._shell.runtime.submit(self._host.run_tool(self._talk, SHOP, POURS, {}))
        self._until(lambda: self._heard is not None and self._heard.began)
        self._heard = Heard(self._host)
        yield
        found = self._heard.read(call)
        self._do(self._host.run_tool(self._talk, SHOP, ENOUGH, {}))
        self._until(call.done)
        self._stream = {**found, "ended": ended_well(call.result())}

    def _attack(self) -> Ticker:
        seconds = self._order["seconds"]
        self._began = time.perf_counter()
        for view in self.victims:
            self._shell.runtime.post(self._host.view_environment, ViewId(view), _go())
        ticker = Ticker()
        ticker.start()
        calls = QTimer(self, interval=500)
        calls.timeout.connect(self._call)
        calls.start()
        self._wait(seconds)
        ticker.stop()
        calls.stop()
        self._until(lambda: self._calling == 0.0)
        self._read_reports()
        return ticker

    def _call(self) -> None:
        """What direct mode does when a person runs a tool."""
        if self._calling:
            return
        self._calling = time.perf_counter()

        def done(run: object) -> None:
            if isinstance(run, ToolRun) and run.text == "fine":
                self.calls.append(time.perf_counter() - self._calling)
            else:
                self.failed_calls += 1
            self._calling = 0.0

        self._later(self._host.run_tool(self._talk, SHOP, "plain", {}), done)

    def _later(self, work: Coroutine[Any, Any, Any], done: Callable[[Any], None]) -> None:
        future = self._shell.runtime.submit(work)
        timer = QTimer(self, interval=10)

        def look() -> None:
            if future.done():
                timer.stop()
                done(future.exception() or future.result())

        timer.timeout.connect(look)
        timer.start()

    def _read_reports(self) -> None:
        for at, event in self._events:
            match event:
                case ViewClosed() if event.view in self.victims:
                    self.victims[event.view].ended = round(at - self._began, 2)
                case ItemChanged() if isinstance(event.item, ToolRun) and event.item.view_note:
                    for victim in self.victims.values():
                        if event.item.tool == victim.name:
                            victim.note = event.item.view_note
                case _:
                    continue
        for view, victim in self.victims.items():
            report = self._do(self._host.view_report(ViewId(view)))
            victim.incidents = sorted({fact.kind.value for _, fact in report.incidents})
            victim.held = self._first_held(ViewId(view), report)

    def _first_held(self, view: ViewId, report: ViewReport) -> float | None:
        """The report counts from the opening of the View; this run from the start of the attack."""
        (up,) = [at for at, e in self._events if isinstance(e, ViewInitialized) and e.view == view][
            :1
        ]
        opened = up - (report.initialized_ms or 0.0) / 1000
        times = [opened + ms / 1000 for ms, fact in report.incidents if fact.kind in HELD]
        return round(min(times) - self._began, 2) if times else None

    def _ask_model(self, text: str) -> None:
        if self._order["model"]:
            self._do(self._host.send_message(self._talk, text))

    def _witness_from(self, entries: tuple[Any, ...]) -> float:
        """Since when, in the witness's own seconds, the attack has lasted."""
        return max((entry.ms for entry in entries), default=0) / 1000 - self._order["seconds"]

    def _stop(self, window: MainWindow) -> None:
        stopped: list[bool] = []
        self._shell.stop(lambda: stopped.append(True))
        self._until(lambda: bool(stopped))
        self._until(lambda: living_cells() == 0)
        self._relay.close()
        window.close_for_good()

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        future = self._shell.runtime.submit(work)
        self._until(future.done)
        return future.result()

    def _until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            if time.monotonic() > deadline:
                faulthandler.dump_traceback()
                raise TimeoutError("the window did not get there")
            QTest.qWait(5)

    def _wait(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            QTest.qWait(20)

    def _on_event(self, event: object) -> None:
        if isinstance(event, ViewClosed | ViewInitialized | ItemChanged):
            self._events.append((time.perf_counter(), event))
        if self._heard is not None:
            self._heard.take(event)

    def _on_ready(self, host: Host) -> None:
        self._ready = host

    def _on_tested(self, report: SelfTestReport) -> None:
        checks = tuple(Check(name=n, passed=ok, detail=d) for n, ok, d in report.checks)
        self._isolation.settle(checks, passed=report.passed)


def _go() -> ViewEnvironment:
    return ViewEnvironment(
        theme="light",
        style_variables=(),
        locale=GO,
        time_zone="UTC",
        width=720,
        max_height=800,
    )


def _memory() -> float:
    """Resident MiB of this process."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096 / 2**20


def main() -> None:
    faulthandler.enable()
    # All are to attack at once, beside the friendly one: nobody is put to sleep meanwhile.
    deck.MAX_LIVE = 21
    view_slot.FREEZE_SECONDS = 3_600
    application = make_application()
    report = Run(json.loads(sys.argv[1])).go()
    del application
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main()
