"""The program's own window on its own core, in this process, with real sandboxes: what a person
uses, and a test's hands on it.

    with live_window(qtbot, tmp_path, self_test) as live: ...

Only who answers questions is a stand-in (`TestPerson`). Needs the engine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pytestqt.qtbot import QtBot

from mcphost.domain.conversation import ToolRun
from mcphost.domain.events import Event, ViewClosed, ViewInitialized, ViewOpened
from mcphost.domain.ids import ConversationId, ServerKey, ViewId
from mcphost.domain.view import ViewReport
from tests.helpers.core import Core, TestPerson, core
from tests.helpers.engine import WAIT
from ui.bridge.relay import EventRelay
from ui.main_window import MainWindow
from ui.panes import core as panes
from ui.panes.isolation import Check, Isolation
from ui.sandbox.cell import living_cells
from ui.sandbox.sandbox_view import SandboxView
from ui.sandbox.self_test import SelfTestReport

T = TypeVar("T")


@dataclass(slots=True)
class LiveWindow:
    """See the module. Every wait lets the window live."""

    bot: QtBot
    made: Core
    window: MainWindow
    ready: dict[ViewId, float]
    """When each View had shaken hands; seconds of `time.perf_counter`."""

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """What came of *work* on the loop thread."""
        future = self.made.runtime.submit(work)
        self.until(future.done)
        return future.result()

    def until(self, condition: Callable[[], bool]) -> None:
        self.bot.waitUntil(condition, timeout=WAIT)

    def talk(self, title: str) -> ConversationId:
        """A new conversation, on the screen."""
        made = self.do(self.made.host.new_conversation(title))
        self.window.chat.open(made)
        return made

    def run(
        self, server: ServerKey, tool: str, *, talk: ConversationId | None = None, **arguments: Any
    ) -> ToolRun:
        """A person runs *tool*, in *talk* or in a conversation of its own."""
        where = talk or self.talk(tool)
        return self.do(self.made.host.run_tool(where, server, tool, arguments))

    def open(
        self, server: ServerKey, tool: str, *, talk: ConversationId | None = None, **arguments: Any
    ) -> ViewId:
        """A person runs *tool*, and its App has shaken hands."""
        run = self.run(server, tool, talk=talk, **arguments)
        assert run.view is not None, run.view_note or run.text
        view = run.view
        self.until(lambda: view in self.ready)
        return view

    def sandbox(self, view: ViewId) -> SandboxView:
        """The sandbox of *view* where it is shown."""
        opened = next(e for e in self.made.seen(ViewOpened) if e.view == view)
        frame = self.window.chat.talk.find_frame(opened.conversation, opened.item)
        assert frame is not None
        self.until(lambda: frame.mounted is not None)
        assert isinstance(frame.mounted, SandboxView)
        return frame.mounted

    def click(self, view: ViewId, css: str) -> None:
        """A real press on the first match of *css*."""
        found: list[bool] = []
        self.sandbox(view).click_css(css, found.append)
        self.until(lambda: bool(found))
        assert found == [True], f"nothing to click at {css}"

    def report(self, view: ViewId) -> ViewReport:
        return self.do(self.made.host.view_report(view))

    def close(self, view: ViewId) -> ViewReport:
        """A person closes the App; what happened to it, to its end."""
        self.do(self.made.host.close_view(view))
        self.until(lambda: any(e.view == view for e in self.made.seen(ViewClosed)))
        return self.report(view)


@contextmanager
def live_window(
    bot: QtBot,
    home: Path,
    self_test: SelfTestReport,
    *,
    person: TestPerson | None = None,
    initialize_seconds: float = 10.0,
    downloads: Path | None = None,
) -> Iterator[LiveWindow]:
    """See the module; everything that it starts has ended when it is left."""
    relay = EventRelay()
    ready: dict[ViewId, float] = {}

    def hear(event: Event) -> None:
        if isinstance(event, ViewInitialized):
            ready[event.view] = time.perf_counter()
        relay(event)

    with core(
        home, person=person, initialize_seconds=initialize_seconds, downloads=downloads, also=hear
    ) as made:
        isolation = Isolation()
        checks = tuple(Check(name=n, passed=ok, detail=d) for n, ok, d in self_test.checks)
        isolation.settle(checks, passed=self_test.passed)
        window = MainWindow(panes.Core(made.host, made.runtime, relay), isolation)
        live = LiveWindow(bot, made, window, ready)
        window.show()
        try:
            yield live
        finally:
            closed = {event.view for event in made.seen(ViewClosed)}
            for event in made.seen(ViewOpened):
                if event.view not in closed:
                    live.do(made.host.close_view(event.view))
            relay.close()
            window.chat.stage.close_all("the test is over")
            bot.waitUntil(lambda: living_cells() == 0, timeout=WAIT)
            window.close_for_good()
            window.deleteLater()
