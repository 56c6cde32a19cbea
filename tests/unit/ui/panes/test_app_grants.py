"""Grants where a person meets them: the note at the App, and the list in the review."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from mcphost.domain.app_grant import AppGrant, AppGrantKind, AppGrantLine
from mcphost.domain.template import ReviewState
from ui.panes.app_grants_page import AppGrantsPage
from ui.panes.grant_notes import SHOWN, GrantNotes
from ui.widgets.buttons import DangerButton, SecondaryButton

WEBGL = AppGrant(kind=AppGrantKind.WEBGL)
CAMERA = AppGrant(kind=AppGrantKind.CAMERA)


def test_a_note_says_what_is_off_and_leads_to_the_question(qtbot: QtBot) -> None:
    notes, pressed = GrantNotes(), list[str]()
    qtbot.addWidget(notes)
    assert notes.isHidden()
    notes.say(WEBGL, lambda: pressed.append("allow"))
    notes.say(WEBGL, lambda: pressed.append("again"))
    assert notes.texts() == ("This App wants to use WebGL (3-D drawing). It is off.",)
    (button,) = notes.findChildren(SecondaryButton)
    button.click()
    assert pressed == ["allow"]
    notes.forget()
    assert notes.texts() == ()


def test_an_app_that_wants_everything_does_not_fill_the_window(qtbot: QtBot) -> None:
    notes = GrantNotes()
    qtbot.addWidget(notes)
    for number in range(20):
        host = f"https://h{number}.example.com"
        notes.say(AppGrant(kind=AppGrantKind.CONNECT, host=host), lambda: None)
    assert len(notes.texts()) == SHOWN


def _page(qtbot: QtBot, state: ReviewState, *lines: AppGrantLine) -> AppGrantsPage:
    page = AppGrantsPage(state)
    qtbot.addWidget(page)
    page.show_lines(lines)
    return page


def test_the_list_gives_and_takes_back(qtbot: QtBot) -> None:
    off, on = AppGrantLine(grant=WEBGL), AppGrantLine(grant=WEBGL, given=True, live=1)
    page = _page(qtbot, ReviewState.APPROVED, off)
    with qtbot.waitSignal(page.give) as given:
        page.findChildren(SecondaryButton)[0].click()
    page = _page(qtbot, ReviewState.APPROVED, on)
    with qtbot.waitSignal(page.take_back) as back:
        page.findChildren(DangerButton)[0].click()
    assert (given.args, back.args) == ([WEBGL], [WEBGL])


def test_nothing_is_given_to_a_template_that_is_not_approved(qtbot: QtBot) -> None:
    page = _page(qtbot, ReviewState.PENDING, AppGrantLine(grant=WEBGL))
    assert page.findChildren(SecondaryButton) == []


def test_what_ends_with_its_view_is_not_given_in_the_list(qtbot: QtBot) -> None:
    page = _page(qtbot, ReviewState.APPROVED, AppGrantLine(grant=CAMERA))
    assert page.findChildren(SecondaryButton) == []
