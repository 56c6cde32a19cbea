"""What a local server wrote is shown as what it is: its last lines, as text."""

from __future__ import annotations

from dataclasses import replace

from pytestqt.qtbot import QtBot

from mcphost.domain.events import ServerChanged
from mcphost.domain.summaries import Link
from tests.helpers import fake_data as data
from tests.unit.ui.panes.conftest import Stage
from ui.panes.log_card import LINES, LogCard
from ui.panes.server_detail import STARTING
from ui.widgets.banner import Banner


def test_only_the_last_lines_are_shown_and_as_text(qtbot: QtBot) -> None:
    card = LogCard()
    qtbot.addWidget(card)
    card.show_log("\n".join(f"<b>line {n}</b>" for n in range(100)) + "\n", broken=True)
    shown = card.code.toPlainText().split("\n")
    assert len(shown) == LINES
    assert shown[-1] == "<b>line 99</b>"
    assert not card.isHidden()


def test_an_empty_log_takes_no_room(qtbot: QtBot) -> None:
    card = LogCard()
    qtbot.addWidget(card)
    card.show_log("", broken=False)
    assert card.isHidden()


def test_a_local_server_that_died_shows_its_log(stage: Stage, qtbot: QtBot) -> None:
    words = "no such garden\n[mcphost] stopped with exit code 3"
    stage.host.logs[data.DEMO] = words + "\n"
    died = replace(stage.host.known[data.DEMO], link=Link.FAILED, problem="it stopped")
    stage.window.show_place("servers")
    stage.window.servers.list.view.setCurrentIndex(stage.window.known.servers.index(0))
    stage.host.events(ServerChanged(summary=died))
    qtbot.waitUntil(lambda: words in shown_logs(stage), timeout=5_000)


def test_while_a_program_is_being_started_its_log_is_followed(stage: Stage, qtbot: QtBot) -> None:
    starting = replace(stage.host.known[data.DEMO], link=Link.CONNECTING, problem="")
    pane = stage.window.servers
    stage.window.show_place("servers")
    pane.list.view.setCurrentIndex(stage.window.known.servers.index(0))
    pane.followed.setInterval(20)
    stage.host.events(ServerChanged(summary=starting))
    qtbot.waitUntil(lambda: said(stage) == [STARTING], timeout=5_000)
    stage.host.logs[data.DEMO] = "fetching 212 packages\n"
    qtbot.waitUntil(lambda: "fetching 212 packages" in shown_logs(stage), timeout=5_000)
    stage.host.events(ServerChanged(summary=replace(starting, link=Link.ONLINE)))
    qtbot.waitUntil(lambda: said(stage) == [] and not pane.followed.isActive(), timeout=5_000)


def said(stage: Stage) -> list[str]:
    return [each.text() for each in stage.window.servers.detail.findChildren(Banner)]


def shown_logs(stage: Stage) -> list[str]:
    cards = stage.window.servers.detail.findChildren(LogCard)
    return [card.code.toPlainText() for card in cards if card.isVisible()]
