"""The inspector on a real App in the real engine: what was refused, and by which rule."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from mcphost.domain.events import ViewOpened
from mcphost.domain.ids import ViewId
from mcphost.domain.tool import Effect
from mcphost.domain.view import Direction
from tests.helpers.app_server import AppServer, Thing
from tests.helpers.apps_talk import join
from tests.helpers.engine import CHATTER, self_test
from tests.helpers.live_window import LiveWindow, live_window
from tests.helpers.talking_app import talking_app
from ui.dialogs.replay import ReplayDialog
from ui.models.exchange import HEADERS
from ui.panes.run_card import RunCard
from ui.sandbox.self_test import SelfTestReport
from ui.widgets.buttons import IconButton

__all__ = ["self_test"]
pytestmark = [pytest.mark.engine, pytest.mark.qt_log_ignore(*CHATTER, extend=True)]

CALLS = '[["more", {}], ["model_only", { secret: 1 }]]'


def _inspect(live: LiveWindow) -> list[dict[str, str]]:
    """Press the button in the frame of the App; the rows, once the App had an error."""
    (card,) = live.window.findChildren(RunCard)
    (button,) = (
        each
        for each in card.findChildren(IconButton)
        if each.accessibleName() == "Inspect this App"
    )
    button.click()
    model = live.window.inspector.detail.messages.model

    def rows() -> list[dict[str, str]]:
        cells = (
            [model.index(row, at).data() for at in range(len(HEADERS))]
            for row in range(model.rowCount())
        )
        return [dict(zip(HEADERS, each, strict=True)) for each in cells]

    live.until(lambda: any(row["Method"] == "tools/call (error)" for row in rows()))
    return rows()


def test_a_refused_call_of_an_app_is_shown_with_its_rule(
    qtbot: QtBot, tmp_path: Path, self_test: SelfTestReport
) -> None:
    more, hidden = Thing(name="more"), Thing(name="model_only", visibility=("model",))
    with (
        AppServer(Thing(name="look", app=True), more, hidden) as server,
        live_window(qtbot, tmp_path, self_test) as live,
    ):
        server.html = talking_app(CALLS)
        join(live.made, server)
        live.do(live.made.host.classify_tool(server.key, "more", Effect.READ))
        live.open(server.key, "look")
        rows = _inspect(live)
        (refused,) = (row for row in rows if row["Verdict"] == "denied")
        assert (refused["Method"], refused["Rule"]) == ("tools/call", "view-needs-app-visibility")
        detail = live.window.inspector.detail
        detail.messages.choose(int(refused["No."]))
        assert '"model_only"' in detail.messages.body.toPlainText()
        assert "default-src 'none'" in detail.policy.toPlainText()
        assert [row["Direction"] for row in rows if "server" in row["Direction"]] == [
            "host → server",
            "server → host",
        ]


def _replay(live: LiveWindow, template: Path) -> ViewId:
    """Press Replay on what is inspected, and play it to *template*; the View, once it is ready."""
    live.window.inspector.detail.replay.click()
    dialogs = live.window.findChildren
    live.until(lambda: bool(dialogs(ReplayDialog)))
    (dialog,) = dialogs(ReplayDialog)
    dialog.choose_file(template)
    live.until(dialog.play.isEnabled)
    before = len(live.made.seen(ViewOpened))
    dialog.play.click()
    live.until(lambda: len(live.made.seen(ViewOpened)) > before)
    view = live.made.seen(ViewOpened)[-1].view
    live.until(lambda: view in live.ready)
    return view


def test_an_exchange_is_played_to_a_changed_template_and_never_reaches_its_server(
    qtbot: QtBot, tmp_path: Path, self_test: SelfTestReport
) -> None:
    changed = tmp_path / "changed.html"
    changed.write_text(talking_app(CALLS, paper="rgb(10, 120, 60)"), encoding="utf-8")
    things = (Thing(name="look", app=True), Thing(name="more", says="page two"))
    with (
        AppServer(*things, Thing(name="model_only", visibility=("model",))) as server,
        live_window(qtbot, tmp_path, self_test) as live,
    ):
        server.html = talking_app(CALLS)
        join(live.made, server)
        live.do(live.made.host.classify_tool(server.key, "more", Effect.READ))
        live.open(server.key, "look")
        _inspect(live)
        before = (len(server.calls), len(live.made.rows("frame_intended")))
        view = _replay(live, changed)
        live.until(lambda: _decided(live, view) == ["in-the-record", "in-the-record"])
        assert "page two" in _told(live, view)
        assert before == (len(server.calls), len(live.made.rows("frame_intended")))
        live.until(lambda: live.sandbox(view).isVisible())


def _decided(live: LiveWindow, view: ViewId) -> list[str]:
    """The rules by which what the App asked was decided, in order."""
    return [rule for each in live.report(view).entries for rule in each.rules]


def _told(live: LiveWindow, view: ViewId) -> str:
    """All that the App was told."""
    said = live.report(view).entries
    return "".join(each.body for each in said if each.direction is Direction.TO_VIEW)
