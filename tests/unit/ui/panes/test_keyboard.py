"""The window by keyboard alone: where Tab leads, in the order of what is seen, and what is said."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.helpers import fake_data as data
from tests.helpers.fake_views import VIEW, entry, report
from tests.unit.ui.panes.conftest import Stage
from ui.main_window import PLACES
from ui.panes.run_card import RunCard


@pytest.fixture(autouse=True)
def screen_reader() -> Iterator[None]:
    QAccessible.setActive(True)
    yield
    QAccessible.setActive(False)


def stops(stage: Stage, qtbot: QtBot) -> list[QWidget]:
    """Where Tab leads, once round."""
    stage.window.activateWindow()
    qtbot.waitUntil(stage.window.isActiveWindow)
    place = next(key for key, _, _ in PLACES if stage.window.sidebar.button(key).isChecked())
    first: QWidget = stage.window.sidebar.button(place)
    first.setFocus()
    found = [first]
    for _ in range(80):
        QTest.keyClick(found[-1], Qt.Key.Key_Tab)
        now = QApplication.focusWidget()
        if now is None or now in found:
            break
        found.append(now)
    return found


def test_tab_leads_through_the_conversation_before_what_stands_below_it(
    stage: Stage, qtbot: QtBot
) -> None:
    talk = stage.window.chat.talk
    qtbot.waitUntil(lambda: len(talk.view(data.TALK).cards()) > 1)
    qtbot.waitUntil(lambda: not talk._ordering.isActive())
    found = stops(stage, qtbot)
    places = [each.mapTo(stage.window, QPoint(0, 0)).y() for each in found]
    inside = [at for at, each in enumerate(found) if talk._stack.isAncestorOf(each)]
    below = [at for at, each in enumerate(found) if talk.composer.isAncestorOf(each)]
    assert len(inside) > 2
    assert len(below) > 1
    assert max(inside) < min(below)
    assert places[below[0]] > places[inside[0]]
    assert any(isinstance(each.parent().parent(), RunCard) for each in found if each.parent())


def test_every_stop_of_every_place_says_what_it_is(stage: Stage, qtbot: QtBot) -> None:
    stage.host.reports[VIEW] = report(entry(1))
    unnamed: list[str] = []
    for key, _, _ in PLACES:
        stage.window.show_place(key)
        qtbot.waitUntil(getattr(stage.window, key).isVisible)
        for each in stops(stage, qtbot):
            face = QAccessible.queryAccessibleInterface(each)
            said = face.text(QAccessible.Text.Name) or face.text(QAccessible.Text.Value)
            if not said:
                unnamed.append(f"{key}: {type(each).__name__} in {type(each.parent()).__name__}")
    assert unnamed == []


def test_the_digest_comes_before_the_parts_of_a_review(stage: Stage, qtbot: QtBot) -> None:
    stage.window.show_place("review")
    detail = stage.window.review.detail
    qtbot.waitUntil(lambda: detail._tabs.count() > 2 and detail._copy.isVisible())
    found = stops(stage, qtbot)
    assert found.index(detail._copy) < found.index(detail._tabs.tabBar())
    detail._copy.click()
    assert detail._review is not None
    assert QApplication.clipboard().text() == detail._review.pin.content
