"""The inspector on a real App in the real engine: what was refused, and by which rule."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from mcphost.domain.tool import Effect
from tests.helpers.app_server import AppServer, Thing
from tests.helpers.apps_talk import join
from tests.helpers.engine import CHATTER, self_test
from tests.helpers.live_window import LiveWindow, live_window
from tests.helpers.talking_app import talking_app
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
