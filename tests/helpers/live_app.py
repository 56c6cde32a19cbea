"""A View of a whole core in the real engine, joined by the window's own wires (`MountedView`).

A test turns Qt's loop; what the core has for the View is carried to it on the way.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from mcphost.domain.events import ViewClosed, ViewPosted
from mcphost.domain.ids import ViewId
from mcphost.domain.view import ViewIncident
from tests.helpers.core import Core
from tests.helpers.engine import WAIT
from ui.bridge.relay import EventRelay
from ui.panes.core import Core as PaneCore
from ui.panes.view_slot import MountedView
from ui.sandbox.cell import living_cells
from ui.sandbox.sandbox_view import SandboxView

SHAKE_HANDS = """const waiting = new Map(); let count = 0;
const send = message => parent.postMessage({jsonrpc: '2.0', ...message}, '*');
const ask = (method, params) => new Promise(found => {
  waiting.set(count, found); send({id: count++, method, params}); });
const tell = data => send({method: 'notifications/message', params: {level: 'info', data}});
addEventListener('message', e => waiting.get(e.data.id)?.(e.data.result));
const ready = ask('ui/initialize', {appInfo: {name: 'p', version: '1'}, appCapabilities: {},
  protocolVersion: '2026-01-26'}).then(result => {
  send({method: 'ui/notifications/initialized'}); return result; });"""
"""A View SDK of ten lines: `ready` is the result of the handshake, `tell` reaches the test."""


class LiveApp:
    """One View, mounted. `said` is what it told by `tell`."""

    def __init__(self, bot: QtBot, made: Core, view: ViewId) -> None:
        self._bot, self._made, self.view = bot, made, view
        self.said: list[Any] = []
        self.incidents: list[ViewIncident] = []
        self.over = False
        self._carried = 0
        self.widget = SandboxView(made.run(made.host.view_launch(view)))
        self.widget.text_received.connect(self._on_text)
        self.widget.incident.connect(self.incidents.append)
        self.widget.resize(400, 300)
        self._relay = EventRelay()
        self._core = PaneCore(made.host, made.runtime, self._relay, self._relay)
        self._mounted = MountedView(self._core, view, self.widget)
        self._carrying = QTimer(self._relay, interval=10)
        self._carrying.timeout.connect(self._carry)
        self._carrying.start()
        self.widget.show()
        self._mounted.start([])

    def tells(self, number: int = 0) -> Any:
        """What it tells, when it has come."""
        self.until(lambda: len(self.said) > number)
        return self.said[number]

    def until(self, condition: Callable[[], bool]) -> None:
        self._bot.waitUntil(condition, timeout=WAIT)

    def click(self, selector: str) -> None:
        """A real press."""
        done: list[bool] = []
        self.widget.click_css(selector, done.append)
        self.until(lambda: bool(done))
        assert done == [True]

    def close(self) -> None:
        """As the window does when a View is over."""
        if not self.over:
            self.over = True
            self._carrying.stop()
            self._mounted.close()

    def _carry(self) -> None:
        events = self._made.events
        for event in events[self._carried : (end := len(events))]:
            if isinstance(event, ViewPosted) and event.view == self.view:
                self._mounted.post(event.text)
            if isinstance(event, ViewClosed) and event.view == self.view:
                self.close()
        self._carried = end

    def _on_text(self, text: str, _at: float) -> None:
        message = json.loads(text)
        if message.get("method") == "notifications/message":
            self.said.append(message["params"]["data"])


@contextmanager
def live_app(bot: QtBot, made: Core, view: ViewId) -> Iterator[LiveApp]:
    """*view*, mounted; torn down with its profile afterwards."""
    app = LiveApp(bot, made, view)
    try:
        yield app
    finally:
        app.close()
        bot.waitUntil(lambda: living_cells() == 0, timeout=WAIT)
