"""The keyboard goes into an App when a person sends it there, and never by the App's doing."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.helpers.engine import WAIT, Opener, OpenView
from tests.helpers.spare_frames import spare, taken
from ui.sandbox.spare import SpareFrame

__all__ = ["spare"]
pytestmark = pytest.mark.engine

SAY = "const say = params => parent.postMessage({params}, '*');"
HEARS = (
    f"<body><script>{SAY} onkeydown = e => say(['key', e.key]);"
    " onfocus = () => say('here'); say('up')</script>"
)
FIELD = f"<body><input id=i><script>{SAY} i.onfocus = () => say('in'); say('up')</script>"


def a_line(bot: QtBot) -> tuple[QWidget, QVBoxLayout, QLineEdit]:
    """A window with a line that has the keyboard, and room beneath it."""
    window, line = QWidget(), QLineEdit()
    bot.addWidget(window)
    layout = QVBoxLayout(window)
    layout.addWidget(line)
    window.show()
    line.setFocus()
    return window, layout, line


def beside_a_line(bot: QtBot, open_view: Opener, html: str) -> tuple[QWidget, QLineEdit, OpenView]:
    """The same, with an App in that room."""
    window, layout, line = a_line(bot)
    view = open_view(html, parent=window)
    layout.addWidget(view.widget)
    view.message()
    assert QApplication.focusWidget() is line
    return window, line, view


@pytest.mark.parametrize(
    "reason",
    [
        Qt.FocusReason.OtherFocusReason,
        Qt.FocusReason.TabFocusReason,
        Qt.FocusReason.BacktabFocusReason,
        Qt.FocusReason.ShortcutFocusReason,
    ],
)
def test_the_keys_of_a_person_who_goes_into_an_app_reach_its_document(
    open_view: Opener, qtbot: QtBot, reason: Qt.FocusReason
) -> None:
    _window, line, view = beside_a_line(qtbot, open_view, HEARS)
    view.widget.setFocus(reason)
    view.until(lambda: not line.hasFocus())
    view.until(lambda: '{"params":"here"}' in view.texts)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_A)
    view.until(lambda: '{"params":["key","a"]}' in view.texts)
    view.close()


def test_tab_goes_to_the_first_thing_in_the_app(open_view: Opener, qtbot: QtBot) -> None:
    _window, line, view = beside_a_line(qtbot, open_view, FIELD)
    QTest.keyClick(line, Qt.Key.Key_Tab)
    view.until(lambda: '{"params":"in"}' in view.texts)
    view.close()


@pytest.mark.parametrize("key", [Qt.Key.Key_Tab, Qt.Key.Key_Backtab])
def test_tab_leaves_the_app_again_both_ways(open_view: Opener, qtbot: QtBot, key: Qt.Key) -> None:
    window, line, view = beside_a_line(qtbot, open_view, FIELD)
    after = QLineEdit()
    layout = window.layout()
    assert layout is not None
    layout.addWidget(after)
    view.widget.setFocus(Qt.FocusReason.TabFocusReason)
    view.until(lambda: '{"params":"in"}' in view.texts)
    inside = QApplication.focusWidget()
    QTest.keyClick(inside, key)
    view.until(lambda: (after if key is Qt.Key.Key_Tab else line).hasFocus())
    view.close()


GREEDY = (
    f"<body><input id=i><script>{SAY} let n = 0; setInterval(() => {{"
    " parent.focus(); window.focus(); i.focus(); parent.frames[0].focus(); say(n++); }, 20)"
    "</script>"
)


def test_an_app_that_wants_the_keyboard_does_not_get_it_nor_keep_it(
    open_view: Opener, qtbot: QtBot
) -> None:
    _window, line, view = beside_a_line(qtbot, open_view, GREEDY)
    view.message(10)
    assert QApplication.focusWidget() is line
    view.widget.setFocus(Qt.FocusReason.OtherFocusReason)
    view.until(lambda: not line.hasFocus())
    line.setFocus()
    view.message(len(view.texts) + 10)
    QTest.keyClicks(line, "secret")
    assert line.text() == "secret"
    view.close()


@pytest.mark.parametrize("html", [FIELD, GREEDY])
def test_a_frame_that_is_made_and_taken_never_moves_the_keyboard(
    spare: SpareFrame, open_view: Opener, qtbot: QtBot, html: str
) -> None:
    window, layout, line = a_line(qtbot)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is line, timeout=WAIT)
    moves: list[tuple[object, object]] = []
    QApplication.instance().focusChanged.connect(lambda old, new: moves.append((old, new)))
    spare.keep(window)
    spare.make()
    qtbot.waitUntil(lambda: spare.ready, timeout=WAIT)
    view = taken(spare, lambda: open_view(html, parent=window))
    layout.addWidget(view.widget)
    view.message(5 if html == GREEDY else 0)
    QTest.keyClicks(QApplication.focusWidget(), "secret")
    assert (moves, line.text()) == ([], "secret")
    assert QApplication.activeWindow() is window
    spare.stop()
    view.close()
