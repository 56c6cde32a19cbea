"""The typing watch sees keys in our windows without listening at the application."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from ui.panes.typing_watch import WindowTypingWatch


def test_a_key_in_any_window_is_noted_and_passed_on(qtbot: QtBot, qapp: QApplication) -> None:
    now = [100.0]
    edit = QLineEdit()
    qtbot.addWidget(edit)
    watch = WindowTypingWatch(qapp, edit, clock=lambda: now[0])
    assert watch.still_for() > 1_000_000
    edit.show()
    edit.activateWindow()
    qtbot.waitUntil(edit.isActiveWindow, timeout=5_000)
    qtbot.keyClick(edit.windowHandle(), Qt.Key.Key_A)
    assert edit.text() == "a"
    now[0] += 3
    assert watch.still_for() == 3
