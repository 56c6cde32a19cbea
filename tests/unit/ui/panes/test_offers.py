"""Prompts and resources in the window: chosen, filled in, looked at, and only then used."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from mcphost.domain.errors import NotConfigured
from mcphost.domain.events import ItemChanged
from mcphost.domain.ids import ItemId
from mcphost.domain.offers import PromptRef
from tests.helpers import fake_data as data
from tests.helpers import fake_offers
from tests.unit.ui.panes.conftest import Stage
from ui.panes.composer import Composer
from ui.panes.offer_result import OfferResult
from ui.panes.run_card import RunCard
from ui.widgets.banner import Banner
from ui.widgets.buttons import LinkButton, PrimaryButton
from ui.widgets.suggesting_editor import SuggestingEditor


def _opened(stage: Stage, qtbot: QtBot, *, model: bool = True) -> Composer:
    talk = stage.window.chat.talk
    qtbot.waitUntil(lambda: talk.current == data.TALK, timeout=5_000)
    if model:
        settings = replace(stage.host.model, provider="anthropic", model="some-model", has_key=True)
        stage.window.chat.show_model(settings)
    talk.composer.open_offers()
    qtbot.waitUntil(lambda: _rows(talk.composer) == 3, timeout=5_000)
    return talk.composer


def _rows(composer: Composer) -> int:
    return composer.offers.list.model().rowCount()


def _choose(composer: Composer, row: int, qtbot: QtBot) -> None:
    composer.offers.list.setCurrentIndex(composer.offers.list.model().index(row, 0))
    qtbot.waitUntil(lambda: bool(_visible(composer, PrimaryButton)), timeout=5_000)


def _editors(composer: Composer) -> dict[str, SuggestingEditor]:
    return {e.field.name: e for e in _visible(composer, SuggestingEditor)}


def _visible(composer: Composer, kind: type[QWidget]) -> list[QWidget]:
    return [w for w in composer.offers.findChildren(kind) if w.isVisibleTo(composer.offers)]


def _press(composer: Composer, text: str) -> None:
    (button,) = (b for b in _visible(composer, PrimaryButton) if b.text() == text)
    button.click()


def _result(composer: Composer, qtbot: QtBot) -> OfferResult:
    qtbot.waitUntil(lambda: bool(_visible(composer, OfferResult)), timeout=5_000)
    (result,) = _visible(composer, OfferResult)
    assert isinstance(result, OfferResult)
    return result


def _calls(stage: Stage, name: str) -> list[tuple[object, ...]]:
    return [call[1:] for call in stage.host.calls if call[0] == name]


def _banners(composer: Composer) -> list[str]:
    return [b.text() for b in composer.findChildren(Banner) if b.isVisibleTo(composer)]


@pytest.mark.requirement("MCP-113")
def test_a_prompt_is_seen_before_it_joins_the_message_and_is_marked(
    stage: Stage, qtbot: QtBot
) -> None:
    composer = _opened(stage, qtbot)
    composer.box.setPlainText("Please:")
    _choose(composer, 0, qtbot)
    _editors(composer)["fruit"].line.setText("apple")
    _press(composer, "Show")
    result = _result(composer, qtbot)
    assert composer.box.toPlainText() == "Please:"
    assert "[note://apple]\nred" in result.view.toPlainText()
    result.use.click()
    assert composer.box.toPlainText().startswith("Please:\n\nPraise the apple")
    marked = f"The server {data.DEMO} wrote it"
    qtbot.waitUntil(lambda: any(marked in text for text in _banners(composer)), timeout=5_000)
    composer.take_back_draft()  # another conversation is shown: the text stays, and so does this
    assert any(marked in text for text in _banners(composer))
    assert _calls(stage, "prompt") == [(data.DEMO, "praise", {"fruit": "apple"})]
    assert _calls(stage, "send_message") == []
    composer.box.clear()
    assert not any(marked in text for text in _banners(composer))


def test_what_came_with_a_prompt_goes_to_the_shelf_as_data(stage: Stage, qtbot: QtBot) -> None:
    composer = _opened(stage, qtbot)
    _choose(composer, 0, qtbot)
    _editors(composer)["fruit"].line.setText("apple")
    _press(composer, "Show")
    _result(composer, qtbot).use.click()
    shelf = stage.window.chat.talk.shelf
    qtbot.waitUntil(shelf.isVisible, timeout=5_000)
    assert any("note://apple" in label.text() for label in shelf.findChildren(QLabel))


def test_a_prompt_that_lacks_a_value_is_not_asked_for(stage: Stage, qtbot: QtBot) -> None:
    composer = _opened(stage, qtbot)
    _choose(composer, 0, qtbot)
    _press(composer, "Show")
    assert _editors(composer)["fruit"].problem()
    assert _calls(stage, "prompt") == []


def test_without_a_model_a_prompt_can_be_read_but_not_used(stage: Stage, qtbot: QtBot) -> None:
    composer = _opened(stage, qtbot, model=False)
    _choose(composer, 0, qtbot)
    _editors(composer)["fruit"].line.setText("apple")
    _press(composer, "Show")
    assert not _result(composer, qtbot).use.isEnabled()


def test_a_resource_is_seen_then_attached_and_can_be_taken_off(stage: Stage, qtbot: QtBot) -> None:
    composer = _opened(stage, qtbot)
    _choose(composer, 1, qtbot)
    _press(composer, "Read")
    result = _result(composer, qtbot)
    assert result.view.toPlainText() == "Herbs at the wall."
    assert _calls(stage, "attach") == []
    result.use.click()
    shelf = stage.window.chat.talk.shelf
    qtbot.waitUntil(shelf.isVisible, timeout=5_000)
    shelf.removed.emit("resource:note://plan")
    qtbot.waitUntil(shelf.isHidden, timeout=5_000)


def test_what_has_no_text_cannot_be_attached(stage: Stage, qtbot: QtBot) -> None:
    stage.host.next_contents = fake_offers.contents(text=None)
    composer = _opened(stage, qtbot)
    _choose(composer, 1, qtbot)
    _press(composer, "Read")
    result = _result(composer, qtbot)
    assert "[text/plain, 18 bytes]" in result.view.toPlainText()
    assert not result.use.isEnabled()


def test_the_gaps_of_a_template_are_filled_in_by_the_core(stage: Stage, qtbot: QtBot) -> None:
    composer = _opened(stage, qtbot)
    _choose(composer, 2, qtbot)
    _editors(composer)["day"].line.setText("monday")
    _press(composer, "Read")
    _result(composer, qtbot)
    ((template, values),) = _calls(stage, "fill_template")
    assert (template, values) == (fake_offers.offer_list().templates[0], {"day": "monday"})


@pytest.mark.requirement("MCP-116")
def test_suggestions_are_asked_for_once_after_a_pause_in_typing(stage: Stage, qtbot: QtBot) -> None:
    composer = _opened(stage, qtbot)
    _choose(composer, 0, qtbot)
    editors = _editors(composer)
    editors["tone"].line.setText("warm")
    fruit = editors["fruit"].line
    stage.window.activateWindow()
    fruit.setFocus()
    qtbot.waitUntil(fruit.hasFocus, timeout=5_000)
    qtbot.keyClicks(fruit, "ap")
    qtbot.waitUntil(lambda: bool(_calls(stage, "complete")), timeout=5_000)
    qtbot.waitUntil(fruit.completer().popup().isVisible, timeout=5_000)
    ((server, typed),) = _calls(stage, "complete")
    assert (server, typed.ref, typed.argument) == (data.DEMO, PromptRef(name="praise"), "fruit")
    assert (typed.value, typed.others) == ("ap", (("tone", "warm"),))
    qtbot.keyClick(fruit.completer().popup(), Qt.Key.Key_Down)
    qtbot.keyClick(fruit.completer().popup(), Qt.Key.Key_Return)
    assert fruit.text() == "apple"


def test_a_form_says_that_what_is_typed_leaves(stage: Stage, qtbot: QtBot) -> None:
    composer = _opened(stage, qtbot)
    _choose(composer, 0, qtbot)
    words = [label.text() for label in composer.offers.findChildren(QLabel)]
    assert f"While you type, the text goes to {data.DEMO}, which suggests values." in words


def test_trouble_is_said_in_the_panel(stage: Stage, qtbot: QtBot) -> None:
    composer = _opened(stage, qtbot)
    stage.host.fail_with["read_resource"] = NotConfigured("the server is gone")
    _choose(composer, 1, qtbot)
    _press(composer, "Read")
    qtbot.waitUntil(lambda: "the server is gone" in _banners(composer), timeout=5_000)


def test_tools_and_offers_are_never_open_together(stage: Stage, qtbot: QtBot) -> None:
    composer = _opened(stage, qtbot)
    composer.open_direct()
    assert not composer.offers.isVisibleTo(composer)
    composer.open_offers()
    assert not composer.direct.isVisibleTo(composer)
    assert composer.box.isVisible()


def test_the_server_pane_counts_what_a_server_offers(stage: Stage, qtbot: QtBot) -> None:
    stage.window.show_place("servers")
    detail = stage.window.servers.detail
    said = "Also offers: 1 prompt, 1 resource, 1 resource template"
    qtbot.waitUntil(
        lambda: said in [label.text() for label in detail.findChildren(QLabel)], timeout=5_000
    )


def _with_link(stage: Stage, qtbot: QtBot, identity: str) -> RunCard:
    composer_talk = stage.window.chat.talk
    qtbot.waitUntil(lambda: composer_talk.current == data.TALK, timeout=5_000)
    link = {"type": "resource_link", "uri": "note://linked", "name": "Linked"}
    run = replace(
        data.tool_run(),
        id=ItemId("linked"),
        server=data.DEMO,
        server_identity=identity,
        result={"content": [link]},
    )
    stage.host.events(ItemChanged(conversation=data.TALK, item=run))
    view = composer_talk.view(data.TALK)
    qtbot.waitUntil(lambda: view.card(run.id) is not None, timeout=5_000)
    card = view.card(run.id)
    assert card is not None
    return card


@pytest.mark.requirement("MCP-111")
def test_what_a_result_points_to_is_read_of_its_own_server_and_shown(
    stage: Stage, qtbot: QtBot
) -> None:
    card = _with_link(stage, qtbot, stage.host.known[data.DEMO].config.identity)
    (read,) = (b for b in card.findChildren(LinkButton) if b.text() == "Read")
    assert _calls(stage, "read_resource") == []
    read.click()
    composer = stage.window.chat.talk.composer
    result = _result(composer, qtbot)
    qtbot.waitUntil(lambda: _rows(composer) == 3, timeout=5_000)
    assert result.view.toPlainText() == "Herbs at the wall."
    assert _calls(stage, "read_resource") == [(data.DEMO, "note://linked")]


def test_what_a_result_points_to_is_not_read_of_another_server(stage: Stage, qtbot: QtBot) -> None:
    card = _with_link(stage, qtbot, "0" * 64)
    (read,) = (b for b in card.findChildren(LinkButton) if b.text() == "Read")
    read.click()
    talk = stage.window.chat.talk
    said = [banner.text() for banner in talk.findChildren(Banner)]
    assert any("is not the server that gave this result" in text for text in said)
    assert _calls(stage, "read_resource") == []
