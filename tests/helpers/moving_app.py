"""An App that a person moves about in the program's own window, and what it has seen of that."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWebEngineCore import QWebEngineScript
from pytestqt.qtbot import QtBot

from mcphost.domain.conversation import ToolRun
from mcphost.domain.ids import ConversationId
from mcphost.domain.view import DisplayMode, Presence
from tests.helpers.app_server import AppServer, Thing
from tests.helpers.live_window import LiveWindow, live_window
from ui.panes.view_frame import ViewFrame
from ui.panes.view_overlay import ViewOverlay
from ui.sandbox.sandbox_view import SandboxView
from ui.sandbox.self_test import SelfTestReport

APP = """<!doctype html><meta charset="utf-8"><title>App</title>
<style>html{background:#1f6f5c;color:white;font:16px sans-serif}body{margin:16px}</style>
<h1>Harvest</h1><button id="grow">larger</button><button id="corner">corner</button>
<p id="ticks"></p>
<script>
const state = {ticks: 0, contexts: [], answers: [], results: [], keys: 0, started: Math.random()};
const waits = {};
let next = 0;
const save = () => { document.documentElement.dataset.state = JSON.stringify(state); };
const send = message => parent.postMessage({jsonrpc: '2.0', ...message}, '*');
const ask = (method, params) => new Promise(done => {
  waits[next] = done;
  send({id: next++, method, params});
});
addEventListener('message', event => {
  const {id, method, params, result} = event.data;
  if (method === undefined) waits[id](result);
  else if (method === 'ui/notifications/host-context-changed') state.contexts.push(params);
  else if (method === 'ui/notifications/tool-result') state.results.push(params);
  else if (id !== undefined) send({id, result: {}});
  save();
});
addEventListener('keydown', event => { state.keys += 1; event.preventDefault(); save(); });
setInterval(() => { state.ticks += 1; ticks.textContent = state.ticks; save(); }, 50);
const mode = async name => {
  state.answers.push(await ask('ui/request-display-mode', {mode: name}));
  save();
};
grow.onclick = () => mode('fullscreen');
corner.onclick = () => mode('pip');
ask('ui/initialize', {
  protocolVersion: '2026-01-26',
  appInfo: {name: 'harvest', version: '1'},
  appCapabilities: {availableDisplayModes: MODES},
}).then(result => {
  state.first = result.hostContext;
  send({method: 'ui/notifications/initialized'});
  send({method: 'ui/notifications/size-changed', params: {height: 180}});
  save();
});
</script>"""
ALL = '["inline", "fullscreen", "pip"]'


class Rig:
    """One window, one conversation, the server `shop` with the tools `look` and `see`."""

    def __init__(self, live: LiveWindow, server: AppServer) -> None:
        self.live = live
        self._server = server
        live.do(live.made.host.add_server(server.config))
        live.do(live.made.host.connect(server.key))
        for review in live.do(live.made.host.templates()):
            live.do(live.made.host.review_template(review.pin, True))
        self.talk: ConversationId = live.talk("talk")

    @property
    def overlay(self) -> ViewOverlay:
        return self.live.window.chat.overlay

    def until(self, condition: Callable[[], bool]) -> None:
        self.live.until(condition)

    def run(self, name: str = "look") -> ToolRun:
        """Run the tool; its App is drawn and has its result."""
        run = self.live.run(self._server.key, name, talk=self.talk)
        assert run.view is not None, run.view_note
        self.until(lambda: run.view in self.live.ready)
        self.until(lambda: self.frame(run).mounted is not None)
        self.until(lambda: bool(self.state(run).get("results")))
        return run

    def frame(self, run: ToolRun) -> ViewFrame:
        found = self.live.window.chat.talk.find_frame(self.talk, run.id)
        assert found is not None
        return found

    def sandbox(self, run: ToolRun) -> SandboxView:
        mounted = self.frame(run).mounted
        assert isinstance(mounted, SandboxView)
        return mounted

    def state(self, run: ToolRun) -> dict[str, Any]:
        """What the App itself has seen, read from a world that it cannot reach."""
        text = self.script(run, "document.documentElement.dataset.state", own=False)
        return json.loads(text) if text else {}

    def script(self, run: ToolRun, script: str, *, own: bool = True) -> Any:
        """Something done in the App that no person did; *own*: in the App's own world."""
        assembly = self.sandbox(run)._assembly
        assert assembly is not None
        frames = assembly.page.mainFrame().children()
        if not frames:
            return None
        worlds = QWebEngineScript.ScriptWorldId
        answers: list[Any] = []
        world = worlds.MainWorld if own else worlds.UserWorld
        frames[0].runJavaScript(script, world.value, answers.append)
        self.until(lambda: bool(answers))
        return answers[0]

    def click(self, run: ToolRun, selector: str) -> None:
        assert run.view is not None
        self.live.click(run.view, selector)

    def press(self, run: ToolRun, mode: DisplayMode) -> None:
        """Press the host's own button."""
        bar = self.overlay.bar if self.overlay.frame is self.frame(run) else self.frame(run).bar
        self.until(lambda: not bar.button(mode).isHidden())
        bar.button(mode).click()

    def context(self, run: ToolRun) -> dict[str, Any]:
        """The host context as the App has put it together."""
        state = self.state(run)
        whole: dict[str, Any] = dict(state["first"])
        for change in state["contexts"]:
            whole |= change
        return whole

    def told(self, run: ToolRun, mode: DisplayMode) -> dict[str, Any]:
        """The host context once the App knows that it is shown as *mode*."""
        self.until(lambda: self.context(run)["displayMode"] == mode.value)
        return self.context(run)

    def presence(self, run: ToolRun) -> Presence:
        """How much of the App the core knows to be seen."""
        assert run.view is not None
        return self.live.made.host._rooms.deck.presence(run.view)


MakeRig = Callable[..., Rig]


@pytest.fixture
def moving_app(qtbot: QtBot, self_test: SelfTestReport, tmp_path: Path) -> Iterator[MakeRig]:
    """Makes a rig whose App is *html* and names *modes*."""
    things = (Thing(name="look", app=True), Thing(name="see", app=True))
    with AppServer(*things) as server, live_window(qtbot, tmp_path, self_test) as live:

        def make(html: str = APP, *, modes: str = ALL) -> Rig:
            server.html = html.replace("MODES", modes)
            return Rig(live, server)

        yield make
