"""What a screen reader is told, in which order, and that a keyboard alone is enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from mcphost.domain.consent import Answer, ConsentAnswer
from tests.helpers.questions import HandClock, consent_request, form_field, form_request
from ui.dialogs.add_server import AddServerDialog
from ui.dialogs.consent import ConsentDialog
from ui.dialogs.elicitation import ElicitationDialog
from ui.dialogs.question import QuestionDialog

Opened = Callable[[Any], Any]
NAME = QAccessible.Text.Name
READ = {QAccessible.Role.StaticText, QAccessible.Role.EditableText, QAccessible.Role.Button}


@pytest.fixture(autouse=True)
def screen_reader() -> Iterator[None]:
    QAccessible.setActive(True)
    yield
    QAccessible.setActive(False)


def spoken(dialog: QuestionDialog) -> list[str]:
    """Every visible text with a role that is read, from top to bottom."""
    found: list[tuple[int, int, str]] = []
    for widget in dialog.findChildren(QWidget):
        face = QAccessible.queryAccessibleInterface(widget)
        if widget.isVisible() and face is not None and face.role() in READ and face.text(NAME):
            place = widget.mapTo(dialog, QPoint(0, 0))
            found.append((place.y(), place.x(), face.text(NAME)))
    return [text for _, _, text in sorted(found)]


def stops(dialog: QuestionDialog) -> list[QWidget]:
    """Where Tab leads, from the first focus round to it again."""
    first = dialog.focusWidget()
    assert first is not None
    order = [first]
    for _ in range(40):
        QTest.keyClick(order[-1], Qt.Key.Key_Tab)
        now = dialog.focusWidget()
        if now is None or now is first:
            break
        order.append(now)
    return order


def test_it_is_a_dialog_with_a_name_and_a_description(shown: Opened) -> None:
    face = QAccessible.queryAccessibleInterface(shown(ConsentDialog(consent_request())))
    assert face.role() == QAccessible.Role.Dialog
    assert face.text(NAME) == "Call a tool: book_table"
    assert "You → App of bistro" in face.text(QAccessible.Text.Description)


def test_it_reads_who_what_where_to_why_and_consequence_in_this_order(shown: Opened) -> None:
    texts = spoken(shown(ConsentDialog(consent_request())))
    told = ["You → App of bistro", "book_table", "Exactly this will be sent", "Goes to"]
    told += ["Why you are asked", "Can it be undone?", "Deny", "Allow once"]
    places = [texts.index(text) for text in told]
    assert places == sorted(places)


def test_a_keyboard_alone_reaches_every_control_and_allows(armed: Opened, clock: HandClock) -> None:
    answers: list[ConsentAnswer] = []
    dialog = armed(ConsentDialog(consent_request(), clock=clock))
    dialog.answered.connect(answers.append)
    reached = stops(dialog)
    allow = dialog.allow
    assert {dialog.deny, allow, dialog.arguments.code, dialog.arguments.exact_toggle} <= set(
        reached
    )
    allow.setFocus()
    QTest.keyClick(allow, Qt.Key.Key_Space)
    assert [answer.answer for answer in answers] == [Answer.ALLOW]


def test_adding_a_server_has_no_text_without_words(qtbot: QtBot) -> None:
    dialog = AddServerDialog({"demo"})
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.open()
    for remote in (True, False):
        dialog.remote.setChecked(remote)
        dialog.local.setChecked(not remote)
        faces = {w: QAccessible.queryAccessibleInterface(w) for w in dialog.findChildren(QWidget)}
        named = {w: f.text(NAME) for w, f in faces.items() if f is not None and f.role() in READ}
        assert [w for w, name in named.items() if w.isVisible() and not name] == []
    dialog.title.setText("!!!")
    dialog.command.setText("x")
    assert dialog.problem.isVisible()


def test_the_labels_of_a_form_name_its_fields(shown: Opened) -> None:
    fields = (form_field("who", title="Your name"), form_field("town", title="Your town"))
    dialog = shown(ElicitationDialog(form_request(*fields)))
    face = QAccessible.queryAccessibleInterface(dialog)
    assert face.text(NAME) == "The server bistro asks you something"
    assert dialog.form is not None
    names = [QAccessible.queryAccessibleInterface(w).text(NAME) for w in stops(dialog)]
    assert {"Your name", "Your town", "Cancel", "Decline"} <= set(names)
