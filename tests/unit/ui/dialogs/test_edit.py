"""Changing the arguments in the dialog: an answer of its own, and never a yes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from mcphost.domain.consent import Answer, ConsentAnswer
from mcphost.domain.decision import Tier
from mcphost.domain.json import Json, JsonObject
from tests.helpers.questions import HandClock, consent_request
from ui.dialogs.consent import ConsentDialog
from ui.widgets.field_editors import NumberEditor, TextEditor

Opened = Callable[[ConsentDialog], ConsentDialog]
LEFT = Qt.MouseButton.LeftButton
SCHEMA: JsonObject = {
    "type": "object",
    "properties": {
        "guests": {"type": "integer", "minimum": 1},
        "name": {"type": "string"},
        "note": {"type": "string", "default": "window seat"},
    },
    "required": ["guests"],
}


@pytest.fixture
def answers() -> list[ConsentAnswer]:
    return []


@pytest.fixture
def make(clock: HandClock, answers: list[ConsentAnswer]) -> Callable[..., ConsentDialog]:
    def made(arguments: Json | None = None, **changes: Any) -> ConsentDialog:
        asked = {"guests": 4, "name": "Ada"} if arguments is None else arguments
        params: Json = {"method": "tools/call", "params": {"name": "book", "arguments": asked}}
        request = consent_request(params, **{"schema": SCHEMA, **changes})
        dialog = ConsentDialog(request, clock=clock)
        dialog.answered.connect(answers.append)
        return dialog

    return made


def type_guests(dialog: ConsentDialog, text: str) -> None:
    assert dialog.arguments.form is not None
    editor = dialog.arguments.form.editor("guests")
    assert isinstance(editor, NumberEditor)
    editor.set_text(text)


@pytest.mark.parametrize("tier", [Tier.SHOW_ARGUMENTS, Tier.EVERY_TIME])
def test_an_edit_is_answered_with_the_new_arguments_and_is_no_yes(
    qtbot: QtBot, make: Any, armed: Opened, answers: list[ConsentAnswer], tier: Tier
) -> None:
    dialog = armed(make(tier=tier))
    dialog.arguments.edit_toggle.click()
    type_guests(dialog, "2")
    armed(dialog)
    qtbot.mouseClick(dialog.arguments.accept, LEFT)
    assert [(a.answer, a.arguments, a.offer) for a in answers] == [
        (Answer.EDITED, {"guests": 2, "name": "Ada"}, None)
    ]


def test_while_the_form_is_open_nothing_can_be_allowed(
    qtbot: QtBot, make: Any, armed: Opened, answers: list[ConsentAnswer]
) -> None:
    dialog = armed(make())
    dialog.arguments.edit_toggle.click()
    assert not dialog.gate.armed, "it shows something else now"
    armed(dialog)
    assert not dialog.allow.isEnabled()
    qtbot.mouseClick(dialog.allow, LEFT)
    assert answers == []
    dialog.arguments.keep.click()
    armed(dialog)
    assert dialog.allow.isEnabled()


def test_the_press_that_ends_the_edit_is_guarded_like_a_yes(
    qtbot: QtBot, make: Any, shown: Opened, answers: list[ConsentAnswer]
) -> None:
    dialog = shown(make())
    dialog.arguments.edit_toggle.click()
    type_guests(dialog, "2")
    qtbot.mouseClick(dialog.arguments.accept, LEFT)
    dialog.arguments.accept.click()
    assert answers == []


def test_what_is_wrong_is_said_in_place_and_not_sent(
    qtbot: QtBot, make: Any, armed: Opened, answers: list[ConsentAnswer]
) -> None:
    dialog = armed(make())
    dialog.arguments.edit_toggle.click()
    type_guests(dialog, "0")
    armed(dialog)
    qtbot.mouseClick(dialog.arguments.accept, LEFT)
    assert answers == []
    assert dialog.arguments.form is not None
    assert dialog.arguments.form.problems()


def test_the_form_begins_with_what_was_asked_and_not_with_the_schemas_defaults(make: Any) -> None:
    form = make().arguments.form
    assert form is not None
    assert form.value() == {"guests": 4, "name": "Ada"}


@pytest.mark.parametrize(
    "arguments",
    [
        {"guests": 4, "unlisted": 1},
        {"guests": 4, "name": "A\u200bda"},
        {"guests": 4.5},
        {"guests": True},
        {"guests": 4, "name": None},
        {"guests": 4, "name": ""},
    ],
)
def test_what_the_form_cannot_hold_exactly_is_not_editable(
    make: Any, arguments: JsonObject
) -> None:
    assert make(arguments).arguments.edit_toggle.isHidden()


def test_nothing_is_editable_where_the_core_offers_no_schema_or_a_form_has_no_fields(
    make: Any,
) -> None:
    for schema in (None, {"type": "object"}, {"type": "object", "oneOf": [{}]}):
        assert make(schema=schema).arguments.edit_toggle.isHidden()


def test_a_field_left_as_it_was_keeps_its_exact_text(make: Any) -> None:
    form = make({"guests": 1, "name": "one\ntwo  "}).arguments.form
    assert form is not None
    assert form.value()["name"] == "one\ntwo  "
    assert isinstance(form.editor("name"), TextEditor)


def test_who_edits_has_the_time_for_it_and_then_the_answer_is_still_no(
    qtbot: QtBot, answers: list[ConsentAnswer], shown: Opened
) -> None:
    params: Json = {"method": "tools/call", "params": {"name": "book", "arguments": {"guests": 4}}}
    request = consent_request(params, schema=SCHEMA, deadline=0.2, editing=0.7)
    dialog = ConsentDialog(request)
    dialog.answered.connect(answers.append)
    shown(dialog)
    dialog.arguments.edit_toggle.click()
    qtbot.waitUntil(lambda: bool(answers), timeout=5_000)
    assert [answer.answer for answer in answers] == [Answer.TIMEOUT]
    assert answers[0].shown_ms >= 700 * 0.95  # by so much Qt's ordinary timers may be early


def test_who_leaves_the_arguments_as_they_were_has_the_usual_time_again(
    qtbot: QtBot, answers: list[ConsentAnswer], shown: Opened
) -> None:
    params: Json = {"method": "tools/call", "params": {"name": "book", "arguments": {"guests": 4}}}
    dialog = ConsentDialog(consent_request(params, schema=SCHEMA, deadline=0.2, editing=900.0))
    dialog.answered.connect(answers.append)
    shown(dialog)
    dialog.arguments.edit_toggle.click()
    dialog.arguments.keep.click()
    qtbot.waitUntil(lambda: bool(answers), timeout=5_000)
    assert [answer.answer for answer in answers] == [Answer.TIMEOUT]
