"""Runs one script against a started shell, off the screen, and ends everything in order.

Main thread; the script itself is a coroutine on the loop thread.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, cast

from PySide6.QtCore import QObject, QTimer

from mcphost.domain.errors import McpHostError
from mcphost.domain.ports import ConsentBroker
from mcphost.host import Host
from ui.bridge.operation import Operation
from ui.bridge.relay import EventRelay
from ui.bridge.script import Hearing, MainThread
from ui.panes.core import Core
from ui.panes.isolation import Check, Isolation
from ui.sandbox.self_test import SelfTestReport
from ui.shell import Shell, make_application

DONE, REFUSED, COULD_NOT_RUN = 0, 1, 3
_TICK_MS = 200


@dataclass(slots=True)
class Stage:
    """What a script is given."""

    host: Host
    core: Core
    hearing: Hearing
    main: MainThread
    isolation: Isolation
    self_test: SelfTestReport


Script = Callable[[Stage], Coroutine[Any, Any, int]]


def say(text: str) -> None:
    """One line of progress, on standard error."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201  # a command's own output


def run_script(
    script: Script,
    *,
    broker: ConsentBroker,
    policy_files: tuple[Path, ...] = (),
    automation: bool = True,
    downloads: Path | None = None,
) -> int:
    """Start everything, run *script*, stop everything; returns the exit code."""
    application = make_application()
    run = _Run(script, broker, policy_files, automation, downloads, application.exit)
    signal.signal(signal.SIGINT, run.interrupt)
    signal.signal(signal.SIGTERM, run.interrupt)
    ticking = QTimer()  # lets Python see a signal while Qt waits
    ticking.start(_TICK_MS)
    ticking.timeout.connect(lambda: None)
    QTimer.singleShot(0, run.start)
    code = application.exec()
    run.finish()
    return code


class _Run(QObject):
    def __init__(
        self,
        script: Script,
        broker: ConsentBroker,
        policy_files: tuple[Path, ...],
        automation: bool,
        downloads: Path | None,
        leave: Callable[[int], None],
    ) -> None:
        super().__init__()
        self._script = script
        self._leave = leave
        self._code = COULD_NOT_RUN
        self._relay = EventRelay(self)
        self._hearing = Hearing(self._relay)
        self._main = MainThread(self)
        self._isolation = Isolation(self)
        self._tested: SelfTestReport | None = None
        self._operation: Operation | None = None
        self._core: Core | None = None
        self._shell = Shell(
            broker=broker,
            events=self._hearing,
            on_ready=self._on_ready,
            on_failed=self._on_failed,
            on_self_test=self._on_tested,
            policy_files=policy_files,
            automation=automation,
            connect=False,
            downloads=downloads,
        )

    def start(self) -> None:
        self._shell.start()

    def interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        say("mcphost: interrupted")
        self._end(COULD_NOT_RUN)

    def finish(self) -> None:
        """After the event loop: nothing of ours may outlive it."""
        self._relay.close()

    def _on_tested(self, report: SelfTestReport) -> None:
        self._tested = report
        checks = tuple(Check(name=n, passed=ok, detail=d) for n, ok, d in report.checks)
        self._isolation.settle(checks, passed=report.passed, milliseconds=report.milliseconds)

    def _on_ready(self, host: Host) -> None:
        assert self._tested is not None
        self._core = Core(host, self._shell.runtime, self._relay, self)
        stage = Stage(
            host=host,
            core=self._core,
            hearing=self._hearing,
            main=self._main,
            isolation=self._isolation,
            self_test=self._tested,
        )
        self._operation = Operation(self._shell.runtime, self._script(stage), parent=self)
        self._operation.succeeded.connect(self._on_done)
        self._operation.failed.connect(self._on_script_failed)

    def _on_done(self, code: object) -> None:
        self._end(cast(int, code))

    def _on_script_failed(self, error: McpHostError) -> None:
        say(f"mcphost: {error}")
        self._end(COULD_NOT_RUN)

    def _on_failed(self, reason: str) -> None:
        say(f"mcphost: {reason}")
        self._end(COULD_NOT_RUN)

    def _end(self, code: int) -> None:
        self._code = code
        self._shell.stop(self._on_stopped)

    def _on_stopped(self) -> None:
        # one more turn, so that pages die before their profiles
        QTimer.singleShot(50, lambda: self._leave(self._code))
