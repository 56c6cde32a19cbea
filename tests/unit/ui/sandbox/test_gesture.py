"""A hand is told from a script, before and after the engine replaces its input widget."""

from __future__ import annotations

import os
import signal

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWebEngineCore import QWebEnginePage
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.helpers.engine import WAIT, Opener
from ui.sandbox import pointer
from ui.sandbox.gesture import GestureWatch
from ui.sandbox.self_test import SelfTestReport

pytestmark = pytest.mark.engine

SAY = "const say = params => parent.postMessage({method: 'm', params}, '*');"
BUTTON = f"<button id=b style='width:80px;height:40px'>b</button><script>{SAY} "
REPORT = "b.onclick = e => say(e.isTrusted);"


def test_a_click_by_script_is_not_a_gesture(open_view: Opener) -> None:
    view = open_view(
        f"{BUTTON}{REPORT} b.click(); b.dispatchEvent(new MouseEvent('click'));</script>"
    )
    assert view.message(0)["params"] is False
    assert view.message(1)["params"] is False
    assert view.gestures == []


def test_a_real_click_is_trusted_by_the_page_and_seen_as_one_gesture(open_view: Opener) -> None:
    view = open_view(f"{BUTTON}{REPORT} say('up');</script>")
    view.message()
    view.click("#b")
    assert view.message(1)["params"] is True
    assert len(view.gestures) == 1


def test_the_gesture_comes_before_the_message_it_causes(open_view: Opener) -> None:
    view = open_view(f"{BUTTON}{REPORT} say('up');</script>")
    view.message()
    order: list[str] = []
    view.widget.gesture_seen.connect(lambda _at: order.append("gesture"))
    view.widget.text_received.connect(lambda _text, _at: order.append("text"))
    view.click("#b")
    view.message(1)
    assert order == ["gesture", "text"]


def test_a_key_is_a_gesture_and_a_modifier_is_not(open_view: Opener) -> None:
    view = open_view(f"{BUTTON} onkeydown = e => say([e.key, e.isTrusted]); say('up');</script>")
    view.message()
    view.click("#b")
    target = view.widget.focusProxy().focusProxy()
    QTest.keyClick(target, Qt.Key.Key_Shift)
    QTest.keyClick(target, Qt.Key.Key_Escape)
    assert len(view.gestures) == 1
    QTest.keyClick(target, Qt.Key.Key_A)
    view.until(lambda: any('["a",true]' in text for text in view.texts))
    assert len(view.gestures) == 2


def test_a_key_held_down_is_one_gesture(open_view: Opener) -> None:
    view = open_view(f"{BUTTON} say('up');</script>")
    view.message()
    target = view.widget.focusProxy().focusProxy()
    kind, none = QEvent.Type.KeyPress, Qt.KeyboardModifier.NoModifier
    for repeated in (False, True, True):
        QApplication.sendEvent(target, QKeyEvent(kind, Qt.Key.Key_A, none, "a", repeated))
    assert len(view.gestures) == 1


def test_a_press_on_a_widget_of_the_past_is_no_gesture(
    qtbot: QtBot, self_test: SelfTestReport
) -> None:
    view, old = QWebEngineView(), QWidget()
    qtbot.addWidget(view)
    qtbot.addWidget(old)
    view.show()
    watch, seen = GestureWatch(view), list[float]()
    watch.gesture_seen.connect(seen.append)
    old.installEventFilter(watch)
    none = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(old, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_A, none, "a"))
    assert seen == []


def test_moving_the_mouse_is_not_a_gesture(open_view: Opener) -> None:
    view = open_view(f"{BUTTON} onmousemove = e => say('moved'); say('up');</script>")
    view.message()
    QTest.mouseMove(view.widget.focusProxy().focusProxy(), QPoint(20, 20))
    view.message(1)
    assert view.gestures == []


def test_the_watch_follows_a_crash_and_a_new_page(qtbot: QtBot, self_test: SelfTestReport) -> None:
    view = QWebEngineView()
    qtbot.addWidget(view)
    view.resize(200, 100)
    watch, seen = GestureWatch(view), list[float]()
    watch.gesture_seen.connect(seen.append)
    view.show()
    with qtbot.waitSignal(view.loadFinished, timeout=WAIT):
        view.setHtml("<p>one")
    pointer.click(view, QPoint(50, 50))
    assert len(seen) == 1
    before = view.focusProxy()
    with qtbot.waitSignal(view.renderProcessTerminated, timeout=WAIT):
        os.kill(view.page().renderProcessPid(), signal.SIGKILL)
    with qtbot.waitSignal(view.loadFinished, timeout=WAIT):
        view.setHtml("<p>two")
    assert view.focusProxy() is not before
    pointer.click(view, QPoint(50, 50))
    assert len(seen) == 2
    view.setPage(QWebEnginePage(view))
    watch.follow(view.page())
    with qtbot.waitSignal(view.loadFinished, timeout=WAIT):
        view.setHtml("<p>three")
    pointer.click(view, QPoint(50, 50))
    assert len(seen) == 3
