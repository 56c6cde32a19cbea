"""Apps outside their card, and Apps that made room: what stands where, what the core is told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from mcphost.domain.conversation import ViewState
from mcphost.domain.events import (
    ItemChanged,
    ViewClosed,
    ViewInitialized,
    ViewModeAllowed,
    ViewResized,
)
from mcphost.domain.ids import ItemId, ViewId
from mcphost.domain.view import DisplayMode, ViewEnvironment
from tests.helpers import fake_data as data
from tests.helpers.stand_in_view import StandInView
from tests.unit.ui.panes.conftest import Stage
from ui.panes import view_return
from ui.panes.run_card import RunCard
from ui.panes.surroundings import START_HEIGHT
from ui.panes.view_bar import ViewBar
from ui.widgets.banner import Banner
from ui.widgets.buttons import IconButton

VIEW = ViewId("view-run1")
FULL, CORNER, INLINE = DisplayMode.FULLSCREEN, DisplayMode.PIP, DisplayMode.INLINE


def _card(stage: Stage, qtbot: QtBot) -> RunCard:
    view = stage.window.chat.talk.view(data.TALK)
    qtbot.waitUntil(lambda: view.card(ItemId("run1")) is not None)
    card = view.card(ItemId("run1"))
    assert card is not None
    return card


def _open(stage: Stage, qtbot: QtBot, modes: tuple[DisplayMode, ...] | None = None) -> StandInView:
    stage.isolate()
    card = _card(stage, qtbot)
    card.open_pressed.emit(card.run)
    qtbot.waitUntil(lambda: bool(stage.maker.made))
    stage.relay(ViewInitialized(view=VIEW, modes=modes))
    qtbot.waitUntil(lambda: not card.frame.bar.button(FULL).isHidden() or modes is not None)
    return stage.maker.made[0]


def _environment(stage: Stage) -> ViewEnvironment:
    view, environment = stage.host.asked("view_environment")[-1]
    assert view == VIEW
    assert isinstance(environment, ViewEnvironment)
    return environment


def _shown(stage: Stage, qtbot: QtBot, mode: DisplayMode) -> ViewEnvironment:
    qtbot.waitUntil(lambda: _environment(stage).mode is mode)
    return _environment(stage)


def _names(bar: ViewBar) -> list[str]:
    return [b.accessibleName() for b in bar.findChildren(IconButton) if not b.isHidden()]


def test_an_app_that_says_nothing_of_modes_can_be_shown_in_all_by_a_person(
    stage: Stage, qtbot: QtBot
) -> None:
    _open(stage, qtbot)
    assert _names(_card(stage, qtbot).frame.bar)[:2] == [
        "Show this App in the corner",
        "Show this App over the whole conversation",
    ]


@pytest.mark.requirement("APPS-25")
def test_nobody_can_show_an_app_as_it_says_it_cannot_be_shown(stage: Stage, qtbot: QtBot) -> None:
    sandbox = _open(stage, qtbot, (FULL,))
    bar = _card(stage, qtbot).frame.bar
    qtbot.waitUntil(lambda: "Show this App over the whole conversation" in _names(bar))
    assert "Show this App in the corner" not in _names(bar)
    stage.relay(ViewModeAllowed(view=VIEW, mode=CORNER))
    bar.button(FULL).click()
    _shown(stage, qtbot, FULL)
    assert stage.window.chat.overlay.isAncestorOf(sandbox)


@pytest.mark.requirement("APPS-I17")
def test_an_app_has_a_height_before_it_says_one_and_gets_its_own_back(
    stage: Stage, qtbot: QtBot
) -> None:
    sandbox = _open(stage, qtbot)
    assert sandbox.height() == START_HEIGHT
    stage.relay(ViewModeAllowed(view=VIEW, mode=FULL))
    told = _shown(stage, qtbot, FULL)
    assert (told.width, told.height) == (sandbox.width(), sandbox.height())
    assert sandbox.height() > START_HEIGHT
    stage.relay(ViewResized(view=VIEW, height=333))
    stage.relay(ViewModeAllowed(view=VIEW, mode=INLINE))
    _shown(stage, qtbot, INLINE)
    assert sandbox.height() == 333


def test_under_full_size_nothing_can_be_reached_and_escape_leads_back(
    stage: Stage, qtbot: QtBot
) -> None:
    sandbox = _open(stage, qtbot)
    chat = stage.window.chat
    _card(stage, qtbot).frame.bar.button(FULL).click()
    _shown(stage, qtbot, FULL)
    assert not chat.talk.isEnabled()
    assert chat.overlay.rect() == chat.rect()
    stage.window.activateWindow()
    qtbot.waitUntil(stage.window.isActiveWindow)
    QTest.keyClick(chat.overlay, Qt.Key.Key_Escape)
    _shown(stage, qtbot, INLINE)
    assert chat.talk.isEnabled()
    assert _card(stage, qtbot).frame.isAncestorOf(sandbox)


def test_in_the_corner_the_conversation_stays_in_use_and_says_where_the_app_is(
    stage: Stage, qtbot: QtBot
) -> None:
    _open(stage, qtbot)
    frame, chat = _card(stage, qtbot).frame, stage.window.chat
    frame.bar.button(CORNER).click()
    _shown(stage, qtbot, CORNER)
    assert chat.talk.isEnabled()
    assert chat.rect().contains(chat.overlay.geometry())
    assert "This App is shown in the corner." in _words(frame)
    chat.start_new()
    assert chat.overlay.isHidden()
    chat.open(data.TALK)
    assert not chat.overlay.isHidden()


@pytest.mark.parametrize("mode", [CORNER, INLINE])
def test_an_app_that_changes_its_place_takes_no_keyboard(
    stage: Stage, qtbot: QtBot, mode: DisplayMode
) -> None:
    sandbox = _open(stage, qtbot)
    sandbox.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    chat = stage.window.chat
    _card(stage, qtbot).frame.bar.button(CORNER).click()
    assert stage.window.focusWidget() is sandbox
    if mode is CORNER:
        chat.overlay.mode_wanted.emit(INLINE)
        _shown(stage, qtbot, INLINE)
    elsewhere = chat.list.findChild(QPushButton)
    assert elsewhere is not None
    elsewhere.setFocus()
    stage.relay(ViewModeAllowed(view=VIEW, mode=mode))
    _shown(stage, qtbot, mode)
    assert stage.window.focusWidget() is elsewhere


def test_an_app_that_ends_outside_leaves_nothing_there(stage: Stage, qtbot: QtBot) -> None:
    sandbox = _open(stage, qtbot)
    stage.relay(ViewModeAllowed(view=VIEW, mode=FULL))
    _shown(stage, qtbot, FULL)
    stage.relay(ViewClosed(view=VIEW, reason="the kill switch"))
    qtbot.waitUntil(lambda: sandbox.closed)
    assert stage.window.chat.overlay.isHidden()
    assert stage.window.chat.talk.isEnabled()


def test_an_app_that_made_room_leaves_its_picture_and_comes_back_when_looked_at(
    stage: Stage, qtbot: QtBot
) -> None:
    _open(stage, qtbot)
    frame = _card(stage, qtbot).frame
    _discard(stage, qtbot)
    assert frame.resting
    assert "It comes back when you look at it" in _note(frame)
    stage.window.show_place("review")
    qtbot.wait(3 * view_return.LOOK_MS)
    assert stage.host.asked("return_view") == []
    stage.window.show_place("chat")
    qtbot.waitUntil(lambda: len(stage.maker.made) == 2)
    assert stage.host.asked("return_view") == [(data.TALK, ItemId("run1"))]
    assert not frame.resting


def test_an_app_that_made_room_in_sight_does_not_push_another_out(
    stage: Stage, qtbot: QtBot
) -> None:
    _open(stage, qtbot)
    _discard(stage, qtbot)
    qtbot.wait(3 * view_return.LOOK_MS)
    assert stage.host.asked("return_view") == []


def _discard(stage: Stage, qtbot: QtBot) -> None:
    card = _card(stage, qtbot)
    live = replace(card.run, view=VIEW, view_state=ViewState.LIVE)
    stage.relay(ItemChanged(conversation=data.TALK, item=live))
    stage.relay(ViewClosed(view=VIEW, reason="others", discarded=True))
    qtbot.waitUntil(lambda: card.frame.mounted is None)


def _note(frame: QWidget) -> str:
    (note,) = [n for n in frame.findChildren(Banner) if n.isVisibleTo(frame)]
    return note.text()


def _words(frame: QWidget) -> list[str]:
    return [label.text() for label in frame.findChildren(QLabel) if label.isVisibleTo(frame)]
