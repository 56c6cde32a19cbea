"""Navigation, folds, code, the growing editor and the icons."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, Qt
from pytestqt.qtbot import QtBot

from ui.widgets.buttons import PrimaryButton
from ui.widgets.code_view import CodeView
from ui.widgets.empty_state import EmptyState
from ui.widgets.fold import Fold
from ui.widgets.growing_edit import GrowingEdit
from ui.widgets.icons import Icon, icon_pixmap
from ui.widgets.plain_label import PlainLabel
from ui.widgets.sidebar import Sidebar


@pytest.mark.parametrize("name", list(Icon))
def test_every_icon_draws_in_the_colour_asked_for(qtbot: QtBot, name: Icon) -> None:
    del qtbot
    image = icon_pixmap(name, "#ff0000", 48).toImage()
    drawn = [
        image.pixelColor(x, y)
        for x in range(0, 48, 2)
        for y in range(0, 48, 2)
        if image.pixelColor(x, y).alpha() > 200
    ]
    assert drawn
    assert all(color.red() > 200 and color.green() < 60 for color in drawn)


def test_a_place_is_chosen_by_click_and_by_shortcut(qtbot: QtBot) -> None:
    sidebar = Sidebar()
    qtbot.addWidget(sidebar)
    sidebar.add_place("chat", "Chat", Icon.CHAT, "Ctrl+1")
    sidebar.add_place("review", "Review", Icon.REVIEW, "Ctrl+2")
    seen: list[str] = []
    sidebar.selected.connect(seen.append)
    with qtbot.waitExposed(sidebar):
        sidebar.show()
    qtbot.mouseClick(sidebar.button("chat"), Qt.MouseButton.LeftButton)
    sidebar.activateWindow()
    qtbot.waitUntil(sidebar.isActiveWindow, timeout=3_000)
    qtbot.keyClick(sidebar, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert seen == ["chat", "review"]
    assert sidebar.button("review").isChecked()


def test_a_places_count_is_spoken_too(qtbot: QtBot) -> None:
    sidebar = Sidebar()
    qtbot.addWidget(sidebar)
    button = sidebar.add_place("review", "Review", Icon.REVIEW)
    button.set_count(3)
    assert button.accessibleDescription() == "3 waiting"
    button.set_count(0)
    assert button.accessibleDescription() == ""


def test_code_is_read_only_plain_and_whole(qtbot: QtBot) -> None:
    text = "<b>not bold</b>\n" + "x" * 50_000
    view = CodeView(text)
    qtbot.addWidget(view)
    view.show()
    assert view.isReadOnly()
    assert view.toPlainText() == text


def test_code_takes_the_height_of_its_lines_up_to_a_limit(qtbot: QtBot) -> None:
    view = CodeView("one")
    qtbot.addWidget(view)
    view.resize(400, 100)
    view.show()
    view.fit_height(least=1, most=10)
    one = view.height()
    view.set_code("\n".join("abc"))
    three = view.height()
    view.set_code("x\n" * 500)
    assert one < three < view.height() < 400
    assert view.verticalScrollBar().maximum() > 0


def test_a_fold_starts_closed_and_opens(qtbot: QtBot) -> None:
    body = PlainLabel("inside")
    fold = Fold("Details", body)
    qtbot.addWidget(fold)
    fold.show()
    assert not body.isVisible()
    with qtbot.waitSignal(fold.toggled, timeout=1_000):
        fold.set_open(True)
    assert body.isVisible()


def test_the_growing_editor_grows_up_to_a_limit(qtbot: QtBot) -> None:
    edit = GrowingEdit(most=4)
    qtbot.addWidget(edit)
    edit.show()
    one = edit.height()
    edit.setPlainText("a\nb\nc")
    three = edit.height()
    edit.setPlainText("x\n" * 100)
    assert one < three < edit.height() < 200


def test_enter_submits_only_where_asked_to(qtbot: QtBot) -> None:
    edit = GrowingEdit(submits=True)
    qtbot.addWidget(edit)
    seen: list[bool] = []
    edit.submitted.connect(lambda: seen.append(True))
    qtbot.keyClick(edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert edit.toPlainText() == "\n"
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert seen == [True]
    assert edit.toPlainText() == "\n"


def test_pasted_formatting_is_dropped(qtbot: QtBot) -> None:
    edit = GrowingEdit()
    qtbot.addWidget(edit)
    pasted = QMimeData()
    pasted.setHtml("<b>bold</b>")
    pasted.setText("bold")
    edit.insertFromMimeData(pasted)
    assert edit.toPlainText() == "bold"


def test_an_empty_state_offers_the_next_step(qtbot: QtBot) -> None:
    state = EmptyState("No servers", "Add one to begin.", action="Add a server")
    qtbot.addWidget(state)
    state.show()
    with qtbot.waitSignal(state.triggered, timeout=1_000):
        state.findChild(PrimaryButton).click()
