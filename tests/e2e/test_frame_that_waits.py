"""The frame that waits for the next App, in the program's own window: it comes, it is used, and the
kill switch ends it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mcphost.domain.kill import ALL, KillKind, KillScope
from tests.helpers.app_server import AppServer, Thing
from tests.helpers.engine import CHATTER, self_test
from tests.helpers.live_window import LiveWindow, live_window
from tests.helpers.processes import process_tree
from tests.helpers.spare_frames import waiting
from tests.hostile.view_attacks import attack
from ui.app import keep_frame_waiting
from ui.panes.kill_control import KillButton
from ui.sandbox.cell import living_cells
from ui.sandbox.self_test import SelfTestReport
from ui.sandbox.spare import SpareFrame

__all__ = ["self_test"]
pytestmark = [pytest.mark.engine, pytest.mark.qt_log_ignore(*CHATTER, extend=True)]


@pytest.fixture
def live(qtbot: QtBot, self_test: SelfTestReport, tmp_path: Path) -> Iterator[LiveWindow]:
    """A window that has one App to show."""
    with AppServer(Thing(name="look", app=True)) as server:
        server.html = attack("calm").html
        with live_window(qtbot, tmp_path, self_test) as window:
            window.do(window.made.host.add_server(server.config))
            window.do(window.made.host.connect(server.key))
            for review in window.do(window.made.host.templates()):
                window.do(window.made.host.review_template(review.pin, True))
            window.talk("talk")
            yield window
            SpareFrame.shared().stop()


def frame_of(live: LiveWindow) -> int:
    """The process of the frame that waits, once there is one."""
    live.until(lambda: SpareFrame.shared().ready)
    return waiting(SpareFrame.shared()).pid


def press_stop(live: LiveWindow) -> None:
    button = live.window.findChild(KillButton)
    assert button is not None
    button.click()


def test_the_kill_switch_ends_the_frame_and_none_comes_until_it_is_off(live: LiveWindow) -> None:
    keep_frame_waiting(live.window)
    renderer = frame_of(live)
    press_stop(live)
    live.until(lambda: living_cells() == 0)
    live.until(lambda: renderer not in process_tree(os.getpid()))
    SpareFrame.shared().make()
    assert living_cells() == 0
    live.do(live.made.host.resume(ALL))
    renderer = frame_of(live)
    view = live.open(AppServer().key, "look")
    assembly = live.sandbox(view)._assembly
    assert assembly is not None
    assert assembly.pid == renderer, "the App is in the frame that came after the switch was off"


def test_no_frame_is_given_away_while_everything_is_stopped(live: LiveWindow) -> None:
    live.do(live.made.host.kill(ALL))
    live.until(lambda: live.window.kill.everything)
    keep_frame_waiting(live.window)
    SpareFrame.shared().make()
    assert not SpareFrame.shared().ready
    assert living_cells() == 0


def test_a_switch_for_one_server_leaves_the_frame(live: LiveWindow) -> None:
    keep_frame_waiting(live.window)
    renderer = frame_of(live)
    live.do(live.made.host.kill(KillScope(kind=KillKind.SERVER, ident=AppServer().key)))
    live.until(lambda: bool(live.window.kill.kills))
    assert waiting(SpareFrame.shared()).pid == renderer


def test_typing_goes_on_while_the_frame_comes_and_an_app_takes_it(live: LiveWindow) -> None:
    keep_frame_waiting(live.window)
    field = QApplication.focusWidget()
    assert field is not None
    moves: list[object] = []
    QApplication.instance().focusChanged.connect(lambda *both: moves.append(both))
    renderer = frame_of(live)
    view = live.open(AppServer().key, "look", talk=live.window.chat.talk.current)
    assembly = live.sandbox(view)._assembly
    assert assembly is not None
    assert assembly.pid == renderer
    assert (QApplication.focusWidget(), moves) == (field, [])
