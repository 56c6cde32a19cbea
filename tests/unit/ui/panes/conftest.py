"""A whole window on a host without a core, with stand-ins instead of sandboxes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mcphost.runtime import Runtime
from tests.helpers.fake_host import FakeHost
from tests.helpers.stand_in_view import StandInMaker
from ui.bridge.relay import EventRelay
from ui.main_window import MainWindow
from ui.panes.core import Core
from ui.panes.isolation import Check, Isolation
from ui.panes.view_slot import SandboxMaker
from ui.widgets.theme import Theme


@dataclass(slots=True)
class Stage:
    """Everything a test of the window needs."""

    host: FakeHost
    relay: EventRelay
    core: Core
    isolation: Isolation
    window: MainWindow
    maker: StandInMaker

    def isolate(self, *, passed: bool = True) -> None:
        """The self-test ended."""
        check = Check(name="canary", passed=passed, detail="it got out" if not passed else "")
        self.isolation.settle((check,), passed=passed)


MakeStage = Callable[..., Stage]


@pytest.fixture(scope="session")
def dressed(qapp: QApplication) -> Theme:
    """One theme for all windows: dressing is by far the slowest part of making one."""
    theme = Theme()
    theme.apply(qapp)
    return theme


@pytest.fixture
def make_stage(qtbot: QtBot, qapp: QApplication, dressed: Theme) -> Iterator[MakeStage]:
    """Builds a window; what was built is taken down in order afterwards."""
    runtime = Runtime()
    runtime.start()
    made: list[Stage] = []

    def make(*, empty: bool = False) -> Stage:
        relay = EventRelay()
        host = FakeHost(relay, empty=empty)
        core = Core(host, runtime, relay)
        isolation, maker = Isolation(), StandInMaker()
        window = MainWindow(core, isolation, make=cast(SandboxMaker, maker))
        made.append(Stage(host, relay, core, isolation, window, maker))
        window.show()
        qtbot.waitUntil(lambda: bool(window.known.tools(next(iter(host.known)))), timeout=5_000)
        return made[-1]

    yield make
    for stage in made:
        stage.relay.close()
        stage.window.chat.stage.close_all("the test is over")
        stage.window.close_for_good()
        stage.window.deleteLater()
    qapp.processEvents()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    runtime.stop(5.0)


@pytest.fixture
def stage(make_stage: MakeStage) -> Stage:
    """A window with a conversation in it."""
    return make_stage()
