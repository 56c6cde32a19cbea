"""Only a hand is a gesture: what a person does counts as the table says, what a page does never.

The table runs in the real engine, and again after each of the ways by which the engine replaces
the widget that is watched.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWebEngineCore import QWebEnginePage
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from mcphost.domain.lineage import Root
from mcphost.views.gestures import WINDOW, Gestures
from tests.helpers.engine import WAIT, Opener
from tests.helpers.figures import say
from tests.hostile.gesture_cases import HANDS, PAGE, PRETENCES
from ui.sandbox.gesture import GestureWatch
from ui.sandbox.self_test import SelfTestReport

pytestmark = pytest.mark.engine

TELL = "const tell = params => parent.postMessage({method: 'm', params}, '*');"


class Watched:
    """A web view and how many gestures were seen in it."""

    def __init__(self, bot: QtBot) -> None:
        self.bot = bot
        self.view = QWebEngineView()
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)  # as the product
        self.view.resize(300, 200)
        self.watch, self.seen = GestureWatch(self.view), list[float]()
        self.watch.gesture_seen.connect(self.seen.append)
        self.view.show()
        self.load()

    def load(self) -> None:
        with self.bot.waitSignal(self.view.loadFinished, timeout=WAIT):
            self.view.setHtml(PAGE)

    def crash(self) -> None:
        with self.bot.waitSignal(self.view.renderProcessTerminated, timeout=WAIT):
            os.kill(self.view.page().renderProcessPid(), signal.SIGKILL)
        self.load()

    def reload(self) -> None:
        with self.bot.waitSignal(self.view.loadFinished, timeout=WAIT):
            self.view.reload()

    def new_page(self) -> None:
        self.view.setPage(QWebEnginePage(self.view))
        self.watch.follow(self.view.page())
        self.load()

    def faults(self) -> list[str]:
        """Each hand of the table that counted as something else."""
        bad: list[str] = []
        for hand in HANDS:
            before = len(self.seen)
            target = self.view.focusProxy()
            assert target is not None
            hand.do(target)
            acts = len(self.seen) - before
            if acts != hand.acts:
                bad.append(f"{hand.name}: {acts} instead of {hand.acts}")
        return bad

    def ask(self, script: str) -> Any:
        answers: list[Any] = []
        self.view.page().runJavaScript(f"JSON.stringify({script})", answers.append)
        self.bot.waitUntil(lambda: bool(answers), timeout=WAIT)
        return json.loads(answers[0])

    def close(self) -> None:
        self.view.close()
        self.view.deleteLater()
        self.bot.waitUntil(lambda: not shiboken6.isValid(self.view), timeout=WAIT)


@pytest.fixture
def watched(qtbot: QtBot, self_test: SelfTestReport) -> Iterator[Watched]:
    assert self_test.passed
    watched = Watched(qtbot)
    yield watched
    watched.close()


def test_a_hand_counts_as_the_table_says_through_crash_reload_and_set_page(
    watched: Watched,
) -> None:
    runs = {"at first": watched.faults()}
    assert watched.ask("seen")["true"] > 20  # the page did get what the table sent
    for change in (watched.crash, watched.reload, watched.new_page, watched.crash):
        change()
        runs[change.__name__] = watched.faults()
    assert {name: faults for name, faults in runs.items() if faults} == {}
    say(f"gestures: {len(HANDS)} hands, {len(runs) + 1} times; {len(PRETENCES)} pretences")


def test_what_a_page_does_itself_is_never_a_gesture(open_view: Opener) -> None:
    tries = "".join(f"[{json.dumps(each)}, () => {each}],\n" for each in PRETENCES)
    run = f"""<script>{TELL} addEventListener('message', () => {{
      let thrown = 0;
      for (const [name, act] of [{tries}])
        try {{ Promise.resolve(act()).catch(() => 0); }} catch {{ thrown++; }}
      setTimeout(() => tell({{...seen, thrown}}), 200); }}, {{once: true}}); tell('up');</script>"""
    view = open_view(PAGE + run)
    view.message()
    view.widget.post("{}")
    view.until(lambda: any('"thrown"' in text for text in view.texts))
    told = next(m["params"] for m in map(json.loads, view.texts) if "thrown" in str(m))
    assert told["false"] > 10  # it did see its own events
    assert told["thrown"] < len(PRETENCES) / 4
    assert len(HANDS) + len(PRETENCES) >= 100
    assert view.gestures == []


def test_a_page_that_reloads_itself_is_still_watched(open_view: Opener) -> None:
    view = open_view(f"<button id=b>b</button><script>{TELL} b.onclick = () => location.reload(); tell('up')</script>")  # fmt: skip  # noqa: E501
    for times in range(1, 4):
        view.message(times - 1)
        view.click("#b")
        view.message(times)
        assert len(view.gestures) == times


def test_a_gesture_in_one_view_is_none_of_another(open_view: Opener) -> None:
    html = f"<button id=b>b</button><script>{TELL} b.onclick = () => tell('clicked'); tell('up')</script>"  # fmt: skip  # noqa: E501
    one, other = open_view(html), open_view(html)
    one.message()
    other.message()
    one.click("#b")
    one.message(1)
    assert (len(one.gestures), len(other.gestures)) == (1, 0)


def test_a_page_cannot_keep_a_click_for_later(open_view: Opener) -> None:
    late = f"setTimeout(tell, {WINDOW * 1000 + 200}, 'late')"
    view = open_view(f"<button id=b>b</button><script>{TELL} b.onclick = () => {late}; tell('up')</script>")  # fmt: skip  # noqa: E501
    arrived: list[float] = []

    def arrive(_text: str, at: float) -> None:
        arrived.append(at)

    view.widget.text_received.connect(arrive)
    view.message()
    view.click("#b")
    view.message(1)
    gestures = Gestures(view="v")
    gestures.seen(view.gestures[0])
    assert gestures.lineage(arrived[-1]).root is Root.APP_TIMER


def test_a_press_beside_the_view_is_none_in_it(watched: Watched) -> None:
    room = QWidget()
    watched.bot.addWidget(room)
    beside = QPushButton("beside")
    row = QHBoxLayout(room)
    row.addWidget(beside)
    row.addWidget(watched.view)
    room.resize(500, 200)
    room.show()
    watched.bot.waitExposed(room)
    window = room.windowHandle()
    outside = beside.mapTo(room, beside.rect().center())
    inside = watched.view.mapTo(room, QPoint(50, 50))
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mousePress(window, left, none, outside)
    QTest.mouseMove(window, inside)
    QTest.mouseRelease(window, left, none, inside)
    assert watched.seen == []
    QTest.mousePress(window, left, none, inside)
    QTest.mouseMove(window, outside)
    QTest.mouseRelease(window, left, none, outside)
    assert len(watched.seen) == 1
    watched.view.setParent(None)
