"""An App inline, over the whole conversation and in its corner: one life, one host line above."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from mcphost.domain.conversation import ToolRun
from mcphost.domain.events import ViewOpened
from mcphost.domain.view import DisplayMode
from tests.helpers.engine import CHATTER, self_test
from tests.helpers.moving_app import MakeRig, Rig, moving_app
from ui.panes.view_slot import drawn_by
from ui.panes.view_still import StillPicture
from ui.widgets.theme import Mode, Theme

__all__ = ["moving_app", "self_test"]
pytestmark = [pytest.mark.engine, pytest.mark.qt_log_ignore(*CHATTER, extend=True)]
FULL, CORNER, INLINE = DisplayMode.FULLSCREEN, DisplayMode.PIP, DisplayMode.INLINE


@pytest.mark.requirement("APPS-27")
def test_a_view_lives_on_through_every_mode_and_back(moving_app: MakeRig) -> None:
    rig = moving_app()
    run = rig.run()
    born = rig.state(run)["started"]
    for mode in (FULL, CORNER, FULL, INLINE, CORNER, INLINE):
        ticks = rig.state(run)["ticks"]
        rig.press(run, mode)
        context = rig.told(run, mode)
        assert context["availableDisplayModes"] == ["inline", "fullscreen", "pip"]
        rig.until(lambda ticks=ticks: rig.state(run)["ticks"] > ticks)
        assert rig.state(run)["started"] == born
    assert _asked(rig, run, "ui/initialize") == 1
    assert rig.sandbox(run).height() == 180


def _asked(rig: Rig, run: ToolRun, method: str) -> int:
    """How often the App sent *method*."""
    assert run.view is not None
    entries = rig.live.report(run.view).entries
    return sum(1 for entry in entries if entry.method == method)


@pytest.mark.requirement("APPS-23")
def test_the_room_an_app_is_told_is_the_room_it_has(moving_app: MakeRig) -> None:
    rig = moving_app()
    run = rig.run()
    first = rig.state(run)["first"]["containerDimensions"]
    assert first == {"width": rig.frame(run).view_width(), "maxHeight": 1_000}
    for mode in (FULL, CORNER):
        rig.press(run, mode)
        size = rig.sandbox(run).size()
        room = rig.told(run, mode)["containerDimensions"]
        assert room == {"width": size.width(), "height": size.height()}
    rig.live.window.resize(950, 620)
    rig.until(lambda: rig.context(run)["containerDimensions"] != room)
    size = rig.sandbox(run).size()
    told = rig.context(run)["containerDimensions"]
    assert told == {"width": size.width(), "height": size.height()}


@pytest.mark.requirement("APPS-48")
def test_the_host_says_whose_app_it_is_in_every_mode(moving_app: MakeRig) -> None:
    rig = moving_app()
    run = rig.run()
    overlay = rig.overlay
    assert rig.frame(run).bar.who == "shop · look"
    for mode in (FULL, CORNER):
        rig.press(run, mode)
        assert overlay.bar.isVisible()
        assert overlay.bar.who == "shop · look"
        assert not rig.sandbox(run).isAncestorOf(overlay.bar)
        side = rig.live.window.sidebar
        assert side.visibleRegion().boundingRect() == side.rect()


def test_escape_leaves_full_size_whatever_the_app_does_with_its_keys(
    moving_app: MakeRig,
) -> None:
    rig = moving_app()
    run = rig.run()
    rig.press(run, FULL)
    rig.click(run, "h1")
    inner = drawn_by(rig.sandbox(run))
    rig.live.window.activateWindow()
    rig.until(rig.live.window.isActiveWindow)
    QTest.keyClick(inner, Qt.Key.Key_A)
    rig.until(lambda: rig.state(run)["keys"] == 1)
    assert not rig.live.window.chat.talk.isEnabled()
    QTest.keyClick(inner, Qt.Key.Key_Escape)
    rig.told(run, INLINE)
    assert rig.frame(run).isAncestorOf(rig.sandbox(run))
    assert rig.live.window.chat.talk.isEnabled()
    assert rig.state(run)["keys"] == 1


@pytest.mark.requirement("APPS-26")
def test_an_app_grows_when_a_person_presses_in_it_and_not_by_itself(
    moving_app: MakeRig,
) -> None:
    rig = moving_app()
    run = rig.run()
    rig.click(run, "#grow")
    rig.told(run, FULL)
    rig.until(lambda: rig.state(run)["answers"] == [{"mode": "fullscreen"}])
    rig.script(run, "corner.onclick()")
    rig.until(lambda: len(rig.state(run)["answers"]) == 2)
    assert rig.state(run)["answers"][1] == {"mode": "fullscreen"}
    decided = [row["data"] for row in rig.live.made.rows("action_decided")]
    asked = [each for each in decided if each["action"] == "display_mode"]
    assert [each["verdict"] for each in asked] == ["allow", "deny"]


def test_one_app_at_a_time_stands_outside_the_conversation(moving_app: MakeRig) -> None:
    rig = moving_app()
    first, second = rig.run(), rig.run("see")
    rig.press(first, CORNER)
    rig.told(first, CORNER)
    rig.press(second, CORNER)
    rig.told(second, CORNER)
    rig.told(first, INLINE)
    overlay = rig.overlay
    assert overlay.isAncestorOf(rig.sandbox(second))
    assert rig.frame(first).isAncestorOf(rig.sandbox(first))


def test_a_view_in_the_corner_lives_on_while_its_place_is_scrolled_away(
    moving_app: MakeRig,
) -> None:
    rig = moving_app()
    run = rig.run()
    rig.press(run, CORNER)
    rig.told(run, CORNER)
    for _ in range(4):
        rig.run("see")
    talk = rig.live.window.chat.talk.view(rig.talk)
    talk.follow()
    rig.until(lambda: rig.frame(run).visibleRegion().isEmpty())
    ticks = rig.state(run)["ticks"]
    rig.until(lambda: rig.state(run)["ticks"] > ticks + 3)
    assert rig.presence(run).visible


@pytest.mark.requirement("APPS-28", "APPS-I03")
def test_another_theme_is_told_in_whole_fields(moving_app: MakeRig) -> None:
    rig = moving_app()
    run = rig.run()
    variables = rig.state(run)["first"]["styles"]["variables"]
    assert len(variables) == 76
    theme = Theme.current()
    try:
        theme.set_override(Mode.DARK if theme.mode is Mode.LIGHT else Mode.LIGHT)
        rig.until(lambda: bool(rig.state(run)["contexts"]))
        assert rig.state(run)["contexts"] == [{"theme": theme.mode.value}]
    finally:
        theme.set_override(None)


def test_the_core_knows_which_apps_a_person_sees(moving_app: MakeRig) -> None:
    rig = moving_app()
    first, second = rig.run(), rig.run("see")
    for run in (first, second):
        rig.until(lambda run=run: rig.presence(run).visible)
    rig.press(second, FULL)
    rig.until(lambda: not rig.presence(first).visible)
    assert rig.presence(second).visible
    rig.click(second, "h1")
    rig.until(lambda: rig.presence(second).focused)
    rig.live.window.showMinimized()
    rig.until(lambda: not rig.presence(second).visible)


def test_an_app_that_made_room_comes_back_from_its_record_and_only_draws(
    moving_app: MakeRig,
) -> None:
    rig = moving_app()
    run = rig.run()
    first, heard = rig.state(run), rig.live.made.seen(ViewOpened)
    assert run.view is not None
    rig.live.window.show_place("review")
    rig.until(lambda: not rig.presence(run).visible)
    rig.live.do(rig.live.made.host._rooms.deck._discard(run.view))
    rig.until(lambda: rig.frame(run).resting)
    rig.live.window.show_place("chat")
    rig.until(lambda: len(rig.live.made.seen(ViewOpened)) > len(heard))
    (opened,) = rig.live.made.seen(ViewOpened)[len(heard) :]
    rig.until(lambda: opened.view in rig.live.ready)
    rig.until(lambda: bool(rig.state(run).get("results")))
    back = rig.state(run)
    assert back["started"] != first["started"]
    assert back["results"] == first["results"]
    assert rig.live.made.rows("view_opened")[-1]["data"]["returned"] is True


def test_the_last_picture_of_an_app_is_what_it_drew(moving_app: MakeRig) -> None:
    rig = moving_app()
    run = rig.run()
    assert run.view is not None
    rig.live.window.show_place("review")
    rig.until(lambda: not rig.presence(run).visible)
    rig.live.do(rig.live.made.host._rooms.deck._discard(run.view))
    rig.until(lambda: rig.frame(run).resting)
    (still,) = rig.frame(run).findChildren(StillPicture)
    assert still.height() == 180
    colour = still.grab().toImage().pixelColor(still.width() // 2, 8)
    assert colour.green() > colour.red() + 20  # pale, and green as the App is
