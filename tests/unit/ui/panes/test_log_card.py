"""What a local server wrote is shown as what it is: its last lines, as text."""

from __future__ import annotations

from dataclasses import replace

from pytestqt.qtbot import QtBot

from mcphost.domain.events import ServerChanged
from mcphost.domain.summaries import Link
from tests.helpers import fake_data as data
from tests.unit.ui.panes.conftest import Stage
from ui.panes.log_card import LINES, LogCard


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

    def said() -> list[str]:
        cards = stage.window.servers.detail.findChildren(LogCard)
        return [card.code.toPlainText() for card in cards if card.isVisible()]

    qtbot.waitUntil(lambda: words in said(), timeout=5_000)
