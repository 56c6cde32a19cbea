"""The elicitation dialog: the server asks, the person decides what it learns."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from mcphost.domain.consent import (
    ElicitationAction,
    ElicitationAnswer,
    ElicitationRequest,
    FieldType,
)
from tests.helpers.questions import HandClock, form_field, form_request, url_request
from ui.dialogs.elicitation import ElicitationDialog
from ui.widgets.banner import Banner
from ui.widgets.code_view import CodeView

Opened = Callable[[ElicitationDialog], ElicitationDialog]
LEFT = Qt.MouseButton.LeftButton
ALL = (
    form_field("name", required=True, default="Ada"),
    form_field("guests", FieldType.INTEGER, default=2, minimum=1, maximum=12),
    form_field("price", FieldType.NUMBER, default=9.5),
    form_field("terrace", FieldType.BOOLEAN, default=True),
    form_field("menu", FieldType.ENUM, choices=(("v", "Veg"), ("m", "Meat")), default="m"),
    form_field(
        "extras",
        FieldType.MULTI_ENUM,
        choices=(("w", "Wine"), ("c", "Cake")),
        default=("c",),
        max_items=1,
    ),
)


class Desk:
    """Collects answers."""

    def __init__(self, clock: HandClock) -> None:
        self.clock = clock
        self.answers: list[ElicitationAnswer] = []

    def dialog(self, request: ElicitationRequest) -> ElicitationDialog:
        made = ElicitationDialog(request, clock=self.clock)
        made.answered.connect(self.answers.append)
        return made

    @property
    def actions(self) -> list[ElicitationAction]:
        return [answer.action for answer in self.answers]


@pytest.fixture
def desk(clock: HandClock) -> Desk:
    return Desk(clock)


@pytest.mark.requirement("MCP-091")
def test_defaults_are_sent_as_they_were_prefilled(qtbot: QtBot, desk: Desk, armed: Opened) -> None:
    dialog = armed(desk.dialog(form_request(*ALL)))
    qtbot.mouseClick(dialog.accept_button, LEFT)
    assert desk.actions == [ElicitationAction.ACCEPT]
    assert desk.answers[0].content == {
        "name": "Ada",
        "guests": 2,
        "price": 9.5,
        "terrace": True,
        "menu": "m",
        "extras": ["c"],
    }


@pytest.mark.requirement("MCP-088")
def test_what_will_be_sent_is_shown_and_is_what_is_sent(
    qtbot: QtBot, desk: Desk, armed: Opened
) -> None:
    dialog = armed(desk.dialog(form_request(*ALL)))
    assert dialog.form is not None
    editor: Any = dialog.form.editor("guests")
    editor.set_text("5")
    shown = json.loads(dialog.form.review.toPlainText())
    qtbot.mouseClick(dialog.accept_button, LEFT)
    assert desk.answers[0].content == shown
    assert shown["guests"] == 5


def test_a_form_with_a_problem_is_not_sent(qtbot: QtBot, desk: Desk, armed: Opened) -> None:
    dialog = armed(desk.dialog(form_request(form_field("name", required=True))))
    qtbot.mouseClick(dialog.accept_button, LEFT)
    assert desk.answers == []
    assert "Needs a value" in [w.text() for w in dialog.findChildren(QLabel)]


def test_too_many_choices_are_a_problem(qtbot: QtBot, desk: Desk, armed: Opened) -> None:
    dialog = armed(desk.dialog(form_request(*ALL)))
    assert dialog.form is not None
    editor: Any = dialog.form.editor("extras")
    editor.choose(("w", "c"))
    qtbot.mouseClick(dialog.accept_button, LEFT)
    assert desk.answers == []


def test_an_early_submit_and_enter_do_nothing(qtbot: QtBot, desk: Desk, shown: Opened) -> None:
    dialog = shown(desk.dialog(form_request(*ALL)))
    assert not dialog.accept_button.isEnabled()
    qtbot.mouseClick(dialog.accept_button, LEFT)
    assert dialog.form is not None
    qtbot.keyClick(dialog.form.editor("guests")._input(), Qt.Key.Key_Return)
    assert desk.answers == []
    assert dialog.isVisible()


@pytest.mark.requirement("MCP-087")
@pytest.mark.parametrize("how", ["escape", "close", "cancel"])
def test_escape_closing_and_cancel_cancel(
    qtbot: QtBot, desk: Desk, armed: Opened, how: str
) -> None:
    dialog = armed(desk.dialog(form_request(*ALL)))
    match how:
        case "escape":
            qtbot.keyClick(dialog, Qt.Key.Key_Escape)
        case "close":
            dialog.close()
        case _:
            qtbot.mouseClick(dialog.cancel, LEFT)
    assert desk.actions == [ElicitationAction.CANCEL]
    assert desk.answers[0].content is None


@pytest.mark.requirement("MCP-087", "MCP-090")
def test_decline_sends_no_content(qtbot: QtBot, desk: Desk, armed: Opened) -> None:
    dialog = armed(desk.dialog(form_request(*ALL)))
    qtbot.mouseClick(dialog.decline, LEFT)
    assert desk.actions == [ElicitationAction.DECLINE]
    assert desk.answers[0].content is None


def test_the_deadline_cancels(qtbot: QtBot, desk: Desk) -> None:
    desk.dialog(form_request(*ALL, deadline=0.05)).open()
    qtbot.waitUntil(lambda: bool(desk.answers), timeout=5_000)
    assert (desk.actions, desk.answers[0].answered_by) == ([ElicitationAction.CANCEL], "deadline")


@pytest.mark.requirement("MCP-086", "MCP-090")
def test_the_server_and_the_cause_are_named(desk: Desk, shown: Opened) -> None:
    dialog = shown(desk.dialog(form_request(message="<b>Pay</b>\u202e now")))
    said = [label.text() for label in dialog.findChildren(QLabel)]
    assert "bistro asks you" in said
    assert "You ran the tool “book_table”" in said
    assert "<b>Pay</b>⟨U+202E⟩ now" in said


@pytest.mark.requirement("MCP-100")
def test_no_address_in_a_form_can_be_clicked(desk: Desk, shown: Opened) -> None:
    link = '<a href="https://evil.example/">https://evil.example/</a>'
    field = form_field("name", title=link, description=link)
    dialog = shown(desk.dialog(form_request(field, message=link)))
    labels = [label for label in dialog.findChildren(QLabel) if label.text()]
    assert [label for label in labels if link in label.text()]
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in labels)
    assert not any(label.openExternalLinks() for label in labels)


@pytest.mark.requirement("MCP-089", "MCP-095")
def test_a_url_is_agreed_to_only_by_its_button(qtbot: QtBot, desk: Desk, armed: Opened) -> None:
    dialog = armed(desk.dialog(url_request("https://bistro.example.com/pay?x=" + "a" * 500)))
    assert dialog.focusWidget() is dialog.cancel
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert desk.actions == []
    qtbot.mouseClick(dialog.accept_button, LEFT)
    assert desk.actions == [ElicitationAction.ACCEPT]


@pytest.mark.requirement("MCP-089", "MCP-097")
def test_a_url_is_shown_whole(desk: Desk, shown: Opened) -> None:
    url = "https://bistro.example.com/" + "long/" * 400
    dialog = shown(desk.dialog(url_request(url)))
    views = [view.toPlainText() for view in dialog.findChildren(CodeView)]
    assert url in views


@pytest.mark.requirement("MCP-099")
@pytest.mark.parametrize(
    ("url", "host", "warns"),
    [
        ("https://xn--bstro-3ya.example/", "bístro.example (xn--bstro-3ya.example)", True),
        ("https://bistro.example.com/", "bistro.example.com", False),
    ],
)
def test_a_disguised_host_is_warned_about(
    desk: Desk, shown: Opened, url: str, host: str, warns: bool
) -> None:
    dialog = shown(desk.dialog(url_request(url, url_host=host)))
    banners = [b for b in dialog.findChildren(Banner) if b.level == "warning"]
    assert bool(banners) is warns


@pytest.mark.requirement("MCP-101")
@pytest.mark.parametrize(
    ("button", "said", "action"),
    [
        ("accept_button", "I am done, continue", ElicitationAction.ACCEPT),
        ("decline", "Open it again", ElicitationAction.DECLINE),
        ("cancel", "Give up", ElicitationAction.CANCEL),
    ],
)
def test_after_the_visit_a_person_continues_opens_it_again_or_gives_up(
    qtbot: QtBot, desk: Desk, armed: Opened, button: str, said: str, action: ElicitationAction
) -> None:
    dialog = armed(desk.dialog(url_request(opened=1)))
    pressed = getattr(dialog, button)
    assert pressed.text() == said
    qtbot.mouseClick(pressed, LEFT)
    assert desk.actions == [action]


def test_one_of_several_questions_says_which(desk: Desk, shown: Opened) -> None:
    dialog = shown(desk.dialog(form_request(place=(2, 3))))
    assert "2 of 3" in [label.text() for label in dialog.findChildren(QLabel)]
