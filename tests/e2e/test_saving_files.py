"""`ui/download-file` from a real App to a real folder: in the window, and by `mcphost render`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from mcphost.domain.consent import Answer
from mcphost.domain.tool import Effect
from tests.helpers.app_server import AppServer, Thing
from tests.helpers.apps_rendering import CONSENT, need_ordinary_user
from tests.helpers.apps_talk import join
from tests.helpers.cli import Cli
from tests.helpers.core import TestPerson
from tests.helpers.engine import CHATTER, self_test
from tests.helpers.live_window import LiveWindow, live_window
from tests.helpers.trap_views import page
from ui.sandbox.self_test import SelfTestReport

__all__ = ["self_test"]
pytestmark = [
    pytest.mark.engine,
    pytest.mark.timeout(300),
    pytest.mark.qt_log_ignore(*CHATTER, extend=True),
]

SAVE = """
@id("the-owner-lets-this-run-save")
permit(principal, action == McpHost::Action::"download", resource);
"""
APP = page(
    """
await hello();
const file = (uri, blob) => ({type: 'resource', resource: {uri, blob}});
const offers = {
  one: [file('file:///../../beds.csv', btoa('a;b'))],
  big: [file('file:///big.bin', 'A'.repeat(5_000_000))],
};
let times = 0;
for (const name of Object.keys(offers)) {
  document.querySelector('#' + name).onclick = async () => {
    const said = await ask('ui/download-file', {contents: offers[name]})
      .then(result => JSON.stringify(result), error => error.message);
    tell(`${name} ${++times}`, said);
  };
}
""",
    "<button id=one>one</button><button id=big>big</button>",
)


def saved_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


def told(live: LiveWindow, server: AppServer, step: str) -> str:
    """What the App says that it was answered in *step*."""
    steps: dict[str, Any] = {}

    def said() -> bool:
        calls = (each["arguments"] for each in server.calls if each["name"] == "witness")
        steps.update({each["step"]: each["value"] for each in calls})
        return step in steps

    live.until(said)
    return steps[step]


def test_what_a_person_agrees_to_is_saved_and_nothing_is_overwritten(
    qtbot: QtBot, tmp_path: Path, self_test: SelfTestReport
) -> None:
    folder, person = tmp_path / "saved", TestPerson()
    with (
        AppServer(Thing(name="look", app=True), Thing(name="witness")) as server,
        live_window(qtbot, tmp_path, self_test, person=person, downloads=folder) as live,
    ):
        server.html = APP
        join(live.made, server)
        live.do(live.made.host.classify_tool(server.key, "witness", Effect.READ))
        view = live.open(server.key, "look")
        for step in ("one 1", "one 2"):
            live.click(view, "#one")
            assert told(live, server, step) == "{}"
        assert saved_in(folder) == {"beds.csv": b"a;b", "beds (1).csv": b"a;b"}
        question = next(q for q in person.consents if q.verb == "Save a file")
        assert question.subject == "beds.csv"
        person.answer = Answer.DENY
        live.click(view, "#one")
        assert told(live, server, "one 3") == '{"isError":true}'
        live.click(view, "#big")
        assert "this request was not taken" in told(live, server, "big 4")
        assert len(saved_in(folder)) == 2


@pytest.mark.parametrize("folder", ["saved", None])
def test_render_saves_files_where_it_is_told_to_and_nowhere_else(
    tmp_path: Path, folder: str | None
) -> None:
    need_ordinary_user()
    policy, report = tmp_path / "consent.cedar", tmp_path / "report.json"
    policy.write_text(CONSENT + SAVE, encoding="utf-8")
    where = () if folder is None else ("--downloads", tmp_path / folder)
    with AppServer(Thing(name="look", app=True), Thing(name="witness")) as server:
        server.html = APP
        done = Cli(tmp_path / "home").run(
            *("render", server.url, "look", "--policy", policy, "--approve-template", "all"),
            *("--screenshot", tmp_path / "app.png", "--report", report, "--click", "#one"),
            *("--settle", "0.5", *where),
            seconds=100,
        )
    assert report.exists(), done.err
    rows = json.loads(report.read_text())["audit"]
    decided = [row["data"] for row in rows if row["data"].get("action") == "download"]
    verdicts = [row["verdict"] for row in decided if "verdict" in row]
    assert verdicts == (["allow"] if folder else [])
    assert saved_in(tmp_path / "saved") == ({"beds.csv": b"a;b"} if folder else {})
