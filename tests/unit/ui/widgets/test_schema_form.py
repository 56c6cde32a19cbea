"""Native forms from untrusted JSON Schemas."""

from __future__ import annotations

from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from mcphost.domain.json import JsonObject
from ui.widgets.field_editors import (
    ChoiceEditor,
    FieldEditor,
    JsonEditor,
    NumberEditor,
    TextEditor,
)
from ui.widgets.schema_form import SchemaForm


def made(qtbot: QtBot, properties: JsonObject, **rest: Any) -> SchemaForm:
    form = SchemaForm({"type": "object", "properties": properties, **rest})
    qtbot.addWidget(form)
    return form


def the(form: SchemaForm, name: str, kind: type[FieldEditor]) -> Any:
    editor = form.editor(name)
    assert isinstance(editor, kind)
    return editor


def test_an_empty_optional_form_sends_an_empty_object(qtbot: QtBot) -> None:
    form = made(qtbot, {"a": {"type": "string"}, "b": {"type": "integer"}})
    assert form.value() == {}
    assert form.problems() == []


def test_defaults_are_filled_in(qtbot: QtBot) -> None:
    form = made(
        qtbot,
        {
            "s": {"type": "string", "default": "x"},
            "i": {"type": "integer", "default": 3},
            "n": {"type": "number", "default": 1.5},
            "b": {"type": "boolean", "default": False},
            "e": {"enum": ["low", "high"], "default": "high"},
            "l": {"type": "array", "default": [1]},
        },
    )
    assert form.value() == {"s": "x", "i": 3, "n": 1.5, "b": False, "e": "high", "l": [1]}


def test_a_required_field_left_empty_is_a_problem(qtbot: QtBot) -> None:
    form = made(qtbot, {"city": {"type": "string", "title": "City"}}, required=["city"])
    assert form.problems() == ["City: needs a value"]
    the(form, "city", TextEditor).set_text("Turin")
    assert form.problems() == []


@pytest.mark.parametrize(
    ("shape", "typed", "problem"),
    [
        ({"type": "integer"}, "1.5", "whole number"),
        ({"type": "integer"}, "9" * 30, "whole number"),
        ({"type": "integer", "minimum": 3}, "2", "at least 3"),
        ({"type": "number", "maximum": 3}, "3.1", "at most 3"),
        ({"type": "number"}, "nan", "number"),
        ({"type": "number"}, "inf", "number"),
        ({"type": "number"}, "many", "number"),
    ],
)
def test_a_wrong_number_is_said_in_words(
    qtbot: QtBot, shape: JsonObject, typed: str, problem: str
) -> None:
    form = made(qtbot, {"x": shape})
    the(form, "x", NumberEditor).set_text(typed)
    assert problem in form.problems()[0]
    assert form.value() == {}


@pytest.mark.parametrize(
    ("shape", "typed", "problem"),
    [
        ({"type": "string", "maxLength": 3}, "four", "at most 3"),
        ({"type": "string", "minLength": 9}, "four", "at least 9"),
        ({"type": "string", "format": "email"}, "nobody", "e-mail"),
        ({"type": "string", "format": "uri"}, "no address", "address"),
        ({"type": "string", "format": "date"}, "31.1.", "date"),
        ({"type": "string", "format": "date-time"}, "noon", "date and time"),
        ({"type": "array"}, '{"a": 1}', "JSON array"),
        ({"type": "object"}, "[1]", "JSON object"),
        ({"type": "object"}, "{", "not JSON"),
        ({"type": "object"}, '{"a": 1, "a": 2}', "twice"),
        ({}, "NaN", "NaN"),
        ({}, "1" * 30, "cannot be sent"),
        ({}, "[" * 100_000, "cannot be sent"),
    ],
)
def test_a_wrong_text_is_said_in_words(
    qtbot: QtBot, shape: JsonObject, typed: str, problem: str
) -> None:
    form = made(qtbot, {"x": shape})
    editor = form.editor("x")
    assert isinstance(editor, TextEditor | JsonEditor)
    editor.set_text(typed)
    assert problem in form.problems()[0]


def test_enums_keep_the_type_of_their_values(qtbot: QtBot) -> None:
    form = made(qtbot, {"x": {"enum": [1, "1", None, True]}})
    editor = the(form, "x", ChoiceEditor)
    values = []
    for index in range(4):
        editor.choose(index)
        values.append(form.value()["x"])
    assert values == [1, "1", None, True]


def test_an_optional_boolean_can_stay_unsaid(qtbot: QtBot) -> None:
    form = made(qtbot, {"x": {"type": "boolean"}})
    assert form.value() == {}
    the(form, "x", ChoiceEditor).choose(1)
    assert form.value() == {"x": False}


@pytest.mark.parametrize(
    "shape",
    [
        {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None},
        {"type": ["integer", "null"]},
        {"$ref": "#/$defs/Count"},
    ],
)
def test_the_usual_wrappings_of_a_plain_type_are_seen_through(
    qtbot: QtBot, shape: JsonObject
) -> None:
    form = made(qtbot, {"x": shape}, **{"$defs": {"Count": {"type": "integer"}}})
    the(form, "x", NumberEditor).set_text("7")
    assert form.value() == {"x": 7}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "oneOf": [{}, {}]},
        {"type": "object", "properties": ["not", "an", "object"]},
        {"type": "object", "properties": {}, "required": ["ghost"]},
        {"type": "object", "properties": {f"p{n}": {} for n in range(101)}},
    ],
)
def test_a_schema_too_involved_for_fields_is_typed_as_json(
    qtbot: QtBot, schema: JsonObject
) -> None:
    form = SchemaForm(schema)
    qtbot.addWidget(form)
    assert form.value() == {}
    the(form, "arguments", JsonEditor).set_text('{"deep": {"a": [1, 2]}}')
    assert form.value() == {"deep": {"a": [1, 2]}}


@pytest.mark.parametrize("shape", [True, None, 3, "x", [], {"type": 7}, {"enum": "abc"}])
def test_a_nonsense_property_becomes_a_json_field(qtbot: QtBot, shape: Any) -> None:
    form = made(qtbot, {"x": shape})
    the(form, "x", JsonEditor).set_text("[1]")
    assert form.value() == {"x": [1]}


def test_hostile_words_of_a_schema_are_made_visible(qtbot: QtBot) -> None:
    form = made(qtbot, {"x": {"type": "string", "title": "a\u202eb", "description": "c\u200bd"}})
    assert form.editor("x").field.title == "a⟨U+202E⟩b"
    assert form.editor("x").field.description == "c⟨U+200B⟩d"


def test_a_default_that_hides_characters_is_not_filled_in(qtbot: QtBot) -> None:
    form = made(qtbot, {"x": {"type": "string", "default": "safe\u200b"}})
    assert form.value() == {}


def test_every_edit_is_announced(qtbot: QtBot) -> None:
    form = made(qtbot, {"x": {"type": "string"}})
    with qtbot.waitSignal(form.changed, timeout=1_000):
        the(form, "x", TextEditor).set_text("y")


def test_revealed_problems_are_shown_in_place(qtbot: QtBot) -> None:
    form = made(qtbot, {"x": {"type": "string"}}, required=["x"])
    form.show()
    form.reveal_problems()
    editor = form.editor("x")
    assert editor._problem.isVisible()
    assert editor._problem.text() == "Needs a value"
