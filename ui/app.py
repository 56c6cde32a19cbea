"""The window's composition root: start-up and shutdown order. `run_window` is the entry point.

Start: environment → schemes → application and theme → host, proxy, self-test (`ui.shell`) → window.
End, each step bounded: no new operations → open questions end as deny → Views, servers, log (the
core, `Shell.stop`) → sandboxes still mounted, and their profiles → window → quit. Main thread.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from mcphost.host import webgl_granted
from ui.sandbox.environment import prepare_environment

prepare_environment(webgl=webgl_granted())  # before anything below imports Qt

from PySide6.QtCore import QObject, QStandardPaths, QTimer  # noqa: E402  # the line above must run first
from PySide6.QtWidgets import QApplication  # noqa: E402

from mcphost.host import Host  # noqa: E402
from ui.bridge.broker import WindowBroker  # noqa: E402
from ui.bridge.operation import Operation  # noqa: E402
from ui.bridge.relay import EventRelay  # noqa: E402
from ui.dialogs.presenter import QuestionPresenter  # noqa: E402
from ui.main_window import MainWindow  # noqa: E402
from ui.panes.core import Core  # noqa: E402
from ui.panes.isolation import Check, Isolation  # noqa: E402
from ui.panes.starting import StartingWindow  # noqa: E402
from ui.panes.typing_watch import WindowTypingWatch  # noqa: E402
from ui.sandbox.cell import living_cells  # noqa: E402
from ui.sandbox.self_test import SelfTestReport  # noqa: E402
from ui.sandbox.spare import SpareFrame  # noqa: E402
from ui.shell import Shell, make_application  # noqa: E402
from ui.widgets.theme import Theme  # noqa: E402

_TICK_MS = 200
_PROFILE_MS, _PROFILE_TRIES = 50, 60


def run_window(arguments: argparse.Namespace) -> int:
    """Open the window and stay until it is closed; returns the exit code."""
    del arguments
    application = make_application()
    run = _Run(application)
    signal.signal(signal.SIGINT, run.interrupt)
    signal.signal(signal.SIGTERM, run.interrupt)
    ticking = QTimer()  # lets Python see a signal while Qt waits
    ticking.timeout.connect(lambda: None)
    ticking.start(_TICK_MS)
    QTimer.singleShot(0, run.start)
    code = application.exec()
    run.finish()
    return code


def keep_frame_waiting(window: MainWindow) -> None:
    """Have a frame ready for the next App of *window*, but none while everything is stopped."""
    spare = SpareFrame.shared()
    spare.keep(window)
    spare.rest(window.kill.everything)
    window.kill.changed.connect(lambda: spare.rest(window.kill.everything))


class _Run(QObject):
    """One run of the window, from its start to its end."""

    def __init__(self, application: QApplication) -> None:
        super().__init__()
        self._application = application
        self._code = 0
        self._ending = False
        self._relay = EventRelay(self)
        self._broker = WindowBroker(self)
        self._isolation = Isolation(self)
        self._window: MainWindow | None = None
        self._presenter: QuestionPresenter | None = None
        self._starting = StartingWindow()
        self._starting.left.connect(self.end)
        self._shell = Shell(
            broker=self._broker,
            events=self._relay,
            on_made=self._on_made,
            on_ready=self._on_ready,
            on_failed=self._on_failed,
            on_self_test=self._on_tested,
            downloads=_downloads_folder(),
        )

    def start(self) -> None:
        """Show that something happens, and begin."""
        self._starting.show()
        self._shell.start()

    def interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        """Ctrl+C in the terminal ends the program in order."""
        self.end()

    def end(self) -> None:
        """Begin the shutdown. It happens once."""
        if self._ending:
            return
        self._ending = True
        self._starting.hide()
        if self._window is not None:
            self._window.setEnabled(False)
        self._broker.detach()
        if self._presenter is not None:
            self._presenter.close()  # a dialog on the screen must not outlive the interpreter
        self._shell.stop(self._on_stopped)

    def finish(self) -> None:
        """After the event loop: the windows go while the application still exists."""
        self._relay.close()
        self._window = None
        self._starting.deleteLater()

    def _on_made(self, host: Host) -> None:
        asked = Operation(self._shell.runtime, host.preference("theme"), parent=self)
        asked.succeeded.connect(Theme.current().choose)
        asked.failed.connect(self._on_failed)

    def _on_tested(self, report: SelfTestReport) -> None:
        checks = tuple(Check(name=n, passed=ok, detail=d) for n, ok, d in report.checks)
        self._isolation.settle(checks, passed=report.passed, milliseconds=report.milliseconds)

    def _on_ready(self, host: Host) -> None:
        core = Core(host, self._shell.runtime, self._relay, self)
        window = MainWindow(core, self._isolation)
        window.closing.connect(self.end)
        typing = WindowTypingWatch(self._application, window)
        presenter = QuestionPresenter(
            self._broker,
            window,
            still_for=typing.still_for,
        )
        core.happened.connect(presenter.handle)
        self._presenter = presenter
        self._shell.opener.refused.connect(window.say)
        self._window = window
        self._broker.attach()
        window.fit_into(window.screen().availableSize())
        window.show()
        keep_frame_waiting(window)
        self._starting.hide()

    def _on_failed(self, what: object) -> None:
        reason, self._code = str(what), 3
        sys.stderr.write(f"mcphost: {reason}\n")
        if self._window is not None:
            self._window.say(reason, "error")
        else:
            self._starting.say_failed(reason)

    def _on_stopped(self) -> None:
        if self._window is not None:
            self._window.chat.stage.close_all("mcphost is closing")
        SpareFrame.shared().stop()
        self._wait_for_profiles(_PROFILE_TRIES)

    def _wait_for_profiles(self, tries: int) -> None:
        """Pages die before their profiles, one turn later; then the application may go."""
        if living_cells() and tries:
            QTimer.singleShot(_PROFILE_MS, lambda: self._wait_for_profiles(tries - 1))
            return
        if self._window is not None:
            self._window.close_for_good()
        self._application.exit(self._code)


def _downloads_folder() -> Path | None:
    """The person's own, as the desktop has it; None where there is none."""
    place = QStandardPaths.StandardLocation.DownloadLocation
    folder = QStandardPaths.writableLocation(place)
    return Path(folder) if folder else None
