"""The kill switch and the network list in the window."""

from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from mcphost.domain.events import KillSwitchChanged
from mcphost.domain.ids import ServerKey, ViewId
from mcphost.domain.kill import ALL, Kill, parse_scope
from mcphost.domain.network import HostTalk, Talker
from tests.unit.ui.panes.conftest import Stage
from ui.panes.kill_control import KillButton, KillStrip
from ui.panes.network import NetworkDialog, NetworkPill
from ui.widgets.banner import Banner
from ui.widgets.buttons import DangerButton, SecondaryButton

TALK = HostTalk(
    host="api.example.com",
    port=443,
    open=2,
    since=1_790_000_000.0,
    sent=4_200,
    received=1_300_000,
    refused=0,
    stopped=False,
    apps=(Talker(view=ViewId("ab12"), server=ServerKey("maps")),),
)


def _button(stage: Stage) -> KillButton:
    (button,) = stage.window.findChildren(KillButton)
    return button


def _strips(stage: Stage) -> list[str]:
    (strip,) = stage.window.findChildren(KillStrip)
    return [b.text() for b in strip.findChildren(Banner) if b.isVisibleTo(stage.window)]


def test_one_press_stops_everything_and_the_strip_leads_back(stage: Stage, qtbot: QtBot) -> None:
    qtbot.mouseClick(_button(stage), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(_strips(stage)) == 1, timeout=5_000)
    assert stage.host.asked("pull") == [(ALL,)]
    assert stage.host.asked("kill") == [(ALL,)]
    assert "also after a restart" in _strips(stage)[0]
    assert not _button(stage).isEnabled()
    (strip,) = stage.window.findChildren(KillStrip)
    (resume,) = [b for b in strip.findChildren(SecondaryButton) if b.text() == "Resume"]
    resume.click()
    qtbot.waitUntil(lambda: not _strips(stage), timeout=5_000)
    assert _button(stage).isEnabled()


def test_a_switch_that_was_turned_elsewhere_is_shown(stage: Stage, qtbot: QtBot) -> None:
    kill = Kill(scope=parse_scope("server:maps"), who="soc", how="flag file", at=0.0)
    stage.relay(KillSwitchChanged(kills=(kill,)))
    qtbot.waitUntil(lambda: len(_strips(stage)) == 1, timeout=5_000)
    assert "the server maps" in _strips(stage)[0]
    assert "soc, flag file" in _strips(stage)[0]
    assert _button(stage).isEnabled()


def test_the_network_list_names_host_bytes_and_app_and_stops_both(
    stage: Stage, qtbot: QtBot
) -> None:
    stage.host.talked_to = (TALK,)
    (pill,) = stage.window.findChildren(NetworkPill)
    qtbot.waitUntil(lambda: pill.text() == "App network: 2", timeout=5_000)
    pill.click()
    (dialog,) = stage.window.findChildren(NetworkDialog)
    qtbot.waitUntil(lambda: bool(dialog.findChildren(DangerButton)), timeout=5_000)
    (app,) = [b for b in dialog.findChildren(SecondaryButton) if b.text() == "Stop this App"]
    app.click()
    dialog.findChildren(DangerButton)[0].click()
    qtbot.waitUntil(lambda: stage.host.asked("stop_host") == [("api.example.com",)], timeout=5_000)
    assert stage.host.asked("kill") == [(parse_scope("view:ab12"),)]
    dialog.close()
