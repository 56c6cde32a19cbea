"""Six View SDKs in the real window: one App for each, that does all an App may do, seen from both
ends. What the App saw it says through its server's tool `witness`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from mcphost.domain.events import ContextShelfChanged, DraftOffered
from mcphost.domain.ids import ViewId
from mcphost.domain.tool import Effect
from tests.helpers.app_server import AppServer, Thing
from tests.helpers.apps_talk import join
from tests.helpers.engine import CHATTER, self_test
from tests.helpers.live_window import LiveWindow, live_window
from tests.helpers.npm_sdk import VERSIONS, view_sdk
from tests.helpers.servers.http_peer import Reply, Seen
from ui.sandbox.self_test import SelfTestReport

__all__ = ["self_test"]
pytestmark = [
    pytest.mark.engine,
    pytest.mark.npm,
    pytest.mark.timeout(300),
    pytest.mark.qt_log_ignore(*CHATTER, extend=True),
]

APP = """
const version = '%s';
const modes = {availableDisplayModes: ['inline', 'fullscreen']};
const app = new sdk.App({name: 'matrix', version}, modes, {autoResize: true});
const tell = (step, value) =>
  app.callServerTool({name: 'witness', arguments: {step, value: value ?? null}});
app.ontoolinput = params => tell('input', params.arguments);
app.ontoolresult = result => tell('result', result.structuredContent);
app.onteardown = async () => ({});
const context = {content: [{type: 'text', text: `three seeds, says ${version}`}]};
const acts = {
  call: async () => (await app.callServerTool({name: 'count', arguments: {by: 3}})).content[0].text,
  say: () => app.sendMessage({role: 'user', content: [{type: 'text', text: `hello, ${version}`}]}),
  context: () => app.updateModelContext
    ? app.updateModelContext(context)
    : app.request({method: 'ui/update-model-context', params: context},
        sdk.McpUiOpenLinkResultSchema),
  link: () => app.openLink({url: `https://example.com/seeds-${version}`}),
  mode: () => app.requestDisplayMode({mode: 'fullscreen'}),
};
for (const [name, act] of Object.entries(acts)) {
  const button = document.createElement('button');
  Object.assign(button, {id: name, textContent: name});
  button.onclick = () => act().then(it => tell(name, it), error => tell(name, String(error)));
  document.body.append(button);
}
await app.connect();
const {availableDisplayModes: offered, theme} = app.getHostContext();
await tell('context of the host', {offered, theme, ...app.getHostVersion()});
"""


class Matrix:
    """One App of one SDK, and what both ends know of it."""

    def __init__(self, live: LiveWindow, server: AppServer, version: str) -> None:
        self.live, self.server, self.version = live, server, version
        self.view = ViewId("")

    def told(self, step: str) -> Any:
        """What the App says of *step*, when it has said it."""
        self.live.until(lambda: step in self._steps())
        return self._steps()[step]

    def act(self, name: str) -> Any:
        """A person presses the button *name*; what the App got for it."""
        self.live.click(self.view, f"#{name}")
        return self.told(name)

    def _steps(self) -> dict[str, Any]:
        calls = (each["arguments"] for each in self.server.calls if each["name"] == "witness")
        return {each["step"]: each["value"] for each in calls}


async def _looked(seen: Seen, reply: Reply) -> None:
    content = [{"type": "text", "text": "a bed of fennel"}]
    await reply.result({"content": content, "structuredContent": {"beds": [1, 2]}})


@pytest.fixture(params=VERSIONS)
def matrix(
    request: pytest.FixtureRequest, qtbot: QtBot, tmp_path: Path, self_test: SelfTestReport
) -> Iterator[Matrix]:
    """The App of one SDK version, open and ready."""
    version = request.param
    things = (Thing(name="look", app=True, answer=_looked), Thing(name="count", says="3 so far"))
    with AppServer(*things, Thing(name="witness")) as server:
        script = f"{view_sdk(version)}{APP % version}"
        server.html = (
            f"<!doctype html><meta charset=utf-8><body><script type=module>{script}</script>"
        )
        with live_window(qtbot, tmp_path, self_test) as live:
            join(live.made, server)
            live.do(live.made.host.classify_tool(server.key, "witness", Effect.READ))
            found = Matrix(live, server, version)
            found.view = live.open(server.key, "look", bed="fennel")
            yield found


@pytest.mark.requirement(
    "APPS-22",
    "APPS-23",
    "APPS-36",
    "APPS-38",
    "APPS-I01",
    "APPS-I05",
    "APPS-I06",
    "APPS-I07",
    "APPS-I08",
    "APPS-T01",
)
def test_a_view_sdk_does_all_that_an_app_may_do_and_both_ends_agree(matrix: Matrix) -> None:
    made, version = matrix.live.made, matrix.version
    assert matrix.told("input") == {"bed": "fennel"}
    assert matrix.told("result") == {"beds": [1, 2]}
    host = matrix.told("context of the host")
    assert (host["name"], host["theme"]) == ("mcphost", "light")
    assert matrix.act("call") == "3 so far"
    assert matrix.act("say") == {}
    assert f"hello, {version}" in made.wait(DraftOffered).text
    assert matrix.act("context") == {}
    assert f"says {version}" in made.wait(ContextShelfChanged).items[0].text
    assert matrix.act("link") == {}
    assert made.opened == [f"https://example.com/seeds-{version}"]
    wanted = "fullscreen" if "fullscreen" in host["offered"] else "inline"
    assert matrix.act("mode")["mode"] == wanted
    assert [each["name"] for each in matrix.server.calls].count("count") == 1
    _ended_well(matrix)


def _ended_well(matrix: Matrix) -> None:
    """The host's record of it: in order, nothing in trouble, and the View answered its end."""
    report = matrix.live.close(matrix.view)
    said = [entry.method for entry in report.entries]
    order = ("ui/initialize", "ui/notifications/initialized", "ui/notifications/tool-input")
    places = [said.index(method) for method in (*order, "ui/notifications/tool-result")]
    assert places == sorted(places)
    assert report.app == f"matrix {matrix.version}"
    assert "ui/resource-teardown (answer)" in said
    assert report.denials == ()
    assert report.wanted == ()
    assert [fact for _, fact in report.incidents] == []
