"""The chat: running tools, sending, drafts, context, what goes wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QLabel, QPushButton, QScrollBar, QWidget
from pytestqt.qtbot import QtBot

from mcphost.domain.conversation import ContextShelfItem, ModelText, RunState
from mcphost.domain.errors import ConsentRefused, NotConfigured
from mcphost.domain.events import ContextShelfChanged, DraftOffered, ItemChanged
from mcphost.domain.ids import ItemId, ShelfKey
from mcphost.domain.summaries import Link
from tests.helpers import fake_data as data
from tests.unit.ui.panes.conftest import MakeStage, Stage
from ui.panes.composer import Composer
from ui.widgets.badge import Badge
from ui.widgets.banner import Banner
from ui.widgets.buttons import IconButton, PrimaryButton
from ui.widgets.plain_label import PlainLabel


def _settled(stage: Stage, qtbot: QtBot) -> Composer:
    talk = stage.window.chat.talk
    qtbot.waitUntil(lambda: talk.current == data.TALK, timeout=5_000)
    qtbot.waitUntil(lambda: bool(talk.view(data.TALK).cards()), timeout=5_000)
    return talk.composer


def _with_model(stage: Stage) -> None:
    settings = replace(stage.host.model, provider="anthropic", model="some-model", has_key=True)
    stage.window.chat.show_model(settings)


def _banners(widget: QWidget) -> list[str]:
    return [b.text() for b in widget.findChildren(Banner) if b.isVisibleTo(widget)]


def test_the_newest_conversation_opens_with_its_items(stage: Stage, qtbot: QtBot) -> None:
    _settled(stage, qtbot)
    assert len(stage.window.chat.talk.view(data.TALK).transcript.items()) == 6


@pytest.mark.parametrize("model", [True, False])
def test_every_button_below_the_talk_is_whole_in_the_smallest_window(
    stage: Stage, qtbot: QtBot, model: bool
) -> None:
    composer = _settled(stage, qtbot)
    if model:
        _with_model(stage)
    stage.window.resize(stage.window.minimumSize())
    for opened in (False, True):
        composer.open_direct(opened)
        shown = [b for b in composer.findChildren(QPushButton) if b.isVisibleTo(composer)]
        assert len(shown) >= 2
        qtbot.waitUntil(
            lambda shown=shown: all(
                b.width() >= b.sizeHint().width() and composer.rect().contains(_place(b, composer))
                for b in shown
            ),
            timeout=5_000,
        )


def _place(widget: QWidget, inside: QWidget) -> QRect:
    return QRect(widget.mapTo(inside, QPoint(0, 0)), widget.size())


def test_the_first_steps_are_whole_in_the_smallest_window(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    stage = make_stage(empty=True)
    welcome = stage.window.chat.talk.welcome
    stage.window.resize(stage.window.minimumSize())
    area = welcome.viewport()

    def whole() -> bool:
        buttons = [b for b in area.findChildren(QPushButton) if b.isVisibleTo(area)]
        return len(buttons) == 3 and all(area.rect().contains(_place(b, area)) for b in buttons)

    qtbot.waitUntil(whole, timeout=5_000)


def test_first_start_offers_the_demo_in_order(make_stage: MakeStage, qtbot: QtBot) -> None:
    stage = make_stage(empty=True)
    welcome = stage.window.chat.talk.welcome
    assert welcome.isVisible()
    wanted: list[object] = []
    stage.window.chat.review_wanted.connect(wanted.append)

    def offered() -> list[PrimaryButton]:
        return [b for b in welcome.findChildren(PrimaryButton) if b.isVisible()]

    qtbot.waitUntil(lambda: len(offered()) == 1, timeout=5_000)
    assert offered()[0].text() == "Review the template"
    offered()[0].click()
    assert wanted == [None]
    assert stage.window.review.isVisible()


def test_running_a_tool_on_first_start_makes_a_conversation(
    make_stage: MakeStage, qtbot: QtBot
) -> None:
    stage = make_stage(empty=True)
    tool, _ = stage.window.known.demo_tools()
    assert tool is not None
    stage.window.chat.talk.welcome.run_wanted.emit(tool)
    qtbot.waitUntil(lambda: bool(stage.host.asked("run_tool")), timeout=5_000)
    assert stage.host.asked("new_conversation") == [("Garden overview",)]
    talk = stage.window.chat.talk
    qtbot.waitUntil(
        lambda: talk.current is not None and bool(talk.view(talk.current).cards()), timeout=5_000
    )


def _said_in_direct_mode(stage: Stage) -> str:
    """The words beside the list of tools."""
    direct = stage.window.chat.talk.composer.direct
    labels = (w for w in direct.findChildren(QLabel) if w.isVisibleTo(direct))
    return " ".join(label.text() for label in labels)


def test_while_a_server_starts_direct_mode_says_so_and_not_that_there_is_none(
    stage: Stage, qtbot: QtBot
) -> None:
    composer = stage.window.chat.talk.composer
    composer.open_direct()
    starting = replace(data.servers()[0], link=Link.CONNECTING)
    composer.show_servers((starting,))
    qtbot.waitUntil(lambda: "A server is starting" in _said_in_direct_mode(stage))
    assert "Kitchen garden (demo) is being connected" in _said_in_direct_mode(stage)
    composer.show_servers((starting, replace(data.servers()[1], link=Link.CONNECTING)))
    qtbot.waitUntil(lambda: "Servers are starting" in _said_in_direct_mode(stage))
    composer.show_servers((replace(starting, link=Link.FAILED),))
    qtbot.waitUntil(lambda: "No server is online" in _said_in_direct_mode(stage))
    composer.open_offers()
    composer.show_servers((starting,))
    labels = composer.offers.findChildren(QLabel)
    assert "A server is starting" in {label.text() for label in labels}


def test_in_the_smallest_window_the_form_has_the_room_and_the_list_is_one_press_away(
    stage: Stage, qtbot: QtBot
) -> None:
    composer = _settled(stage, qtbot)
    stage.window.resize(stage.window.minimumSize())
    composer.choose_tool(data.DEMO, "record_watering")
    direct = composer.direct
    qtbot.waitUntil(lambda: direct._form is not None and direct._form.width() > 370)
    assert not direct._list.isVisible()
    (back,) = (b for b in direct.findChildren(QPushButton) if b.text() == "All tools")
    back.click()
    qtbot.waitUntil(direct._list.isVisible)
    assert (direct._list.width() > 380, back.isVisible()) == (True, False)
    qtbot.keyClick(direct._list, Qt.Key.Key_Down)
    qtbot.keyClick(direct._list, Qt.Key.Key_Down)
    assert (direct._list.currentIndex().row(), direct._list.isVisible()) == (1, True)
    qtbot.keyClick(direct._list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: direct._beside.isVisible() and not direct._list.isVisible())
    back.click()
    stage.window.resize(1280, 860)
    qtbot.waitUntil(lambda: direct._beside.isVisible() and direct._list.isVisible())


def test_direct_mode_runs_the_chosen_tool_with_its_form(stage: Stage, qtbot: QtBot) -> None:
    composer = _settled(stage, qtbot)
    composer.choose_tool(data.DEMO, "garden_overview")
    run = "Run"
    qtbot.waitUntil(
        lambda: any(b.text() == run for b in composer.findChildren(PrimaryButton)), timeout=5_000
    )
    next(b for b in composer.findChildren(PrimaryButton) if b.text() == run).click()
    qtbot.waitUntil(lambda: bool(stage.host.asked("run_tool")), timeout=5_000)
    assert stage.host.asked("run_tool") == [(data.TALK, data.DEMO, "garden_overview", {})]
    assert not composer.direct.isVisible()


def test_an_incomplete_form_is_not_run(stage: Stage, qtbot: QtBot) -> None:
    composer = _settled(stage, qtbot)
    composer.choose_tool(data.DEMO, "record_watering")
    qtbot.waitUntil(
        lambda: any(b.text() == "Run" for b in composer.findChildren(PrimaryButton)), timeout=5_000
    )
    next(b for b in composer.findChildren(PrimaryButton) if b.text() == "Run").click()
    assert not stage.host.asked("run_tool")
    assert composer.direct.isVisible()


def test_enter_sends_and_shift_enter_does_not(stage: Stage, qtbot: QtBot) -> None:
    composer = _settled(stage, qtbot)
    _with_model(stage)
    composer.box.setFocus()
    qtbot.keyClicks(composer.box, "one")
    qtbot.keyClick(composer.box, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(composer.box, "two")
    assert not stage.host.asked("send_message")
    qtbot.keyClick(composer.box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(stage.host.asked("send_message")), timeout=5_000)
    assert stage.host.asked("send_message") == [(data.TALK, "one\ntwo")]


def offered(stage: Stage, qtbot: QtBot, own: str = "") -> Composer:
    """The composer, after an App offered a draft."""
    composer = _settled(stage, qtbot)
    _with_model(stage)
    composer.box.setPlainText(own)
    stage.relay(DraftOffered(conversation=data.TALK, source="App of demo", text="buy seeds"))
    qtbot.waitUntil(lambda: bool(_banners(composer)), timeout=5_000)
    return composer


def test_a_draft_gets_into_the_box_only_by_its_button(stage: Stage, qtbot: QtBot) -> None:
    composer = offered(stage, qtbot)
    qtbot.keyClick(composer.box, Qt.Key.Key_Return)
    assert composer.box.toPlainText() == ""
    composer.findChild(Banner).triggered.emit()
    assert composer.box.toPlainText() == "buy seeds"
    assert not stage.host.asked("send_message")


def test_a_draft_never_replaces_what_the_person_wrote(stage: Stage, qtbot: QtBot) -> None:
    composer = offered(stage, qtbot, own="my own words")
    assert composer.box.toPlainText() == "my own words"


def test_a_draft_stays_with_its_conversation(stage: Stage, qtbot: QtBot) -> None:
    composer = offered(stage, qtbot)
    stage.window.chat.open(stage.host.talks[1].id)
    assert _banners(composer) == []
    stage.window.chat.open(data.TALK)
    qtbot.waitUntil(lambda: any("buy seeds" in t for t in _banners(composer)), timeout=5_000)


def test_context_of_an_app_is_shown_and_can_be_removed(stage: Stage, qtbot: QtBot) -> None:
    _settled(stage, qtbot)
    item = ContextShelfItem(key=ShelfKey("v"), source="App of demo", text="notes")
    stage.host.shelves[data.TALK] = [item]
    stage.relay(ContextShelfChanged(conversation=data.TALK, items=(item,)))
    shelf = stage.window.chat.talk.shelf
    qtbot.waitUntil(shelf.isVisible, timeout=5_000)
    (remove,) = [b for b in shelf.findChildren(IconButton) if b.isVisibleTo(shelf)]
    remove.click()
    qtbot.waitUntil(lambda: not shelf.isVisible(), timeout=5_000)
    assert stage.host.asked("drop_context") == [(data.TALK, "v")]


def test_context_that_changes_all_the_time_can_still_be_removed(stage: Stage, qtbot: QtBot) -> None:
    _settled(stage, qtbot)
    shelf = stage.window.chat.talk.shelf
    for number in range(3):
        item = ContextShelfItem(key=ShelfKey("v"), source="App of demo", text=f"note {number}")
        stage.relay(ContextShelfChanged(conversation=data.TALK, items=(item,)))
        if number == 0:
            qtbot.waitUntil(shelf.isVisible, timeout=5_000)
            (pressed,) = shelf.findChildren(IconButton)
    words = shelf.findChildren(PlainLabel)
    qtbot.waitUntil(lambda: any("note 2" in each.text() for each in words), timeout=5_000)
    assert shelf.findChildren(IconButton) == [pressed]


def test_an_operation_that_fails_is_said_above_the_composer(stage: Stage, qtbot: QtBot) -> None:
    _settled(stage, qtbot)
    _with_model(stage)
    stage.host.fail_with["send_message"] = NotConfigured("no model is configured")
    stage.window.chat.send("hello")
    talk = stage.window.chat.talk
    qtbot.waitUntil(lambda: "no model is configured" in _banners(talk), timeout=5_000)


@pytest.mark.requirement("MCP-143")
def test_a_waiting_run_can_be_stopped(stage: Stage, qtbot: QtBot) -> None:
    _settled(stage, qtbot)
    card = stage.window.chat.talk.view(data.TALK).card(ItemId("run2"))
    assert card is not None
    (stop,) = [
        b for b in card.findChildren(IconButton) if b.isVisibleTo(card) and "Stop" in b.toolTip()
    ]
    stop.click()
    qtbot.waitUntil(lambda: stage.host.asked("cancel") == [("run2",)], timeout=5_000)


@pytest.mark.requirement("MCP-023")
def test_a_card_follows_its_run_in_place(stage: Stage, qtbot: QtBot) -> None:
    _settled(stage, qtbot)
    card = stage.window.chat.talk.view(data.TALK).card(ItemId("run2"))
    assert card is not None
    done = replace(card.run, state=RunState.DONE, text="Recorded.")
    stage.relay(ItemChanged(conversation=data.TALK, item=done))
    qtbot.waitUntil(lambda: card.run == done, timeout=5_000)
    assert "done" in [badge.text() for badge in card.findChildren(Badge)]


def test_a_models_link_goes_to_the_core_and_nowhere_else(stage: Stage, qtbot: QtBot) -> None:
    _settled(stage, qtbot)
    said = ModelText(id=ItemId("m9"), model="m", text="[x](https://a.example/?d=1)", done=True)
    stage.relay(ItemChanged(conversation=data.TALK, item=said))
    stage.window.chat.talk.link_pressed.emit("https://a.example/?d=1")
    asked = [(data.TALK, "https://a.example/?d=1")]
    qtbot.waitUntil(lambda: stage.host.asked("open_link") == asked, timeout=5_000)


def test_of_links_that_were_not_opened_only_a_plain_no_is_not_told_again(
    stage: Stage, qtbot: QtBot
) -> None:
    _settled(stage, qtbot)
    talk = stage.window.chat.talk
    stage.host.fail_with["open_link"] = ConsentRefused("The first.", how="denied")
    talk.link_pressed.emit("https://a.example/")
    qtbot.waitUntil(lambda: bool(stage.host.asked("open_link")), timeout=5_000)
    assert "The first." not in _banners(talk)
    stage.host.fail_with["open_link"] = ConsentRefused("The second.", how="timeout")
    talk.link_pressed.emit("https://a.example/")
    qtbot.waitUntil(lambda: "The second." in _banners(talk), timeout=5_000)
    assert "The first." not in _banners(talk)


def _at_rest(bar: QScrollBar, qtbot: QtBot) -> None:
    """Wait until the talk has been laid out: its length is the same many times in a row."""
    seen: list[int] = []

    def still() -> bool:
        seen.append(bar.maximum())
        return len(seen) > 20 and len(set(seen[-20:])) == 1

    qtbot.waitUntil(still, timeout=5_000)


def test_showing_an_app_again_keeps_its_place_in_the_talk(stage: Stage, qtbot: QtBot) -> None:
    _settled(stage, qtbot)
    view = stage.window.chat.talk.view(data.TALK)
    card, bar = view.cards()[0], view.verticalScrollBar()
    _at_rest(bar, qtbot)
    view.follow()
    card.open_pressed.emit(card.run)
    _at_rest(bar, qtbot)
    before, room = bar.value(), bar.maximum()
    stage.relay(ItemChanged(conversation=data.TALK, item=replace(card.run, text="word " * 400)))
    qtbot.waitUntil(lambda: bar.maximum() > room, timeout=5_000)
    assert bar.value() == before
