"""Native editors, one for each kind of form field: text, number, yes/no, one choice, many, JSON.

Law: an editor never invents a value: empty and optional means absent. What a server wrote (titles,
descriptions, choices) arrives sanitised and is shown as plain text. A problem is said in words, in
place. Main thread; called by `schema_form.py` and by the elicitation dialog.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QVBoxLayout, QWidget

from mcphost.domain.consent import FieldType, FormField
from mcphost.domain.json import Json
from ui.widgets.field_checks import check_items, check_number, check_text, parse_strictly
from ui.widgets.growing_edit import GrowingEdit
from ui.widgets.layouts import column, row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.theme import mono_font

NOT_SET: Final = "Not set"
_SAFE_INTEGER: Final = 2**53 - 1


class FieldEditor(QWidget):
    """Title, description, input and problem of one field. `changed` on every edit."""

    changed = Signal()

    def __init__(self, field: FormField, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._field = field
        self._touched = False
        title = row(spacing=6)
        title.addWidget(PlainLabel(field.title, strong=True, wrap=False))
        title.addWidget(
            PlainLabel("required" if field.required else "optional", tone="tertiary", size="xs")
        )
        title.addStretch(1)
        self._layout = column(self, spacing=4)
        self._layout.addLayout(title)
        if field.description:
            self._layout.addWidget(PlainLabel(field.description, tone="secondary", size="sm"))
        self._problem = PlainLabel("", tone="danger", size="sm")
        self._problem.hide()

    @property
    def field(self) -> FormField:
        """What it edits."""
        return self._field

    def value(self) -> Json:
        """The value as it would be sent; only meaningful when `is_set` and without a problem."""
        raise NotImplementedError

    def is_set(self) -> bool:
        """Whether there is a value to send."""
        raise NotImplementedError

    def problem(self) -> str:
        """What is wrong, in words; empty when nothing is."""
        if not self.is_set():
            return "needs a value" if self._field.required else ""
        return self._check()

    def reveal(self) -> None:
        """Show the problem, if any, from now on."""
        self._touched = True
        self._show_problem()

    def _check(self) -> str:
        return ""

    def _input(self) -> QWidget:
        raise NotImplementedError

    def _finish(self) -> None:
        widget = self._input()
        widget.setAccessibleName(self._field.title)
        widget.setAccessibleDescription(self._field.description)
        self.setFocusProxy(widget)
        self._layout.addWidget(widget)
        self._layout.addWidget(self._problem)

    def _on_edited(self, *_: object) -> None:
        self._touched = True
        self._show_problem()
        self.changed.emit()

    def _show_problem(self) -> None:
        text = self.problem() if self._touched else ""
        self._problem.setText(text[:1].upper() + text[1:])
        self._problem.setVisible(bool(text))
        widget = self._input()
        if bool(widget.property("problem")) != bool(text):
            widget.setProperty("problem", bool(text))
            widget.style().unpolish(widget)
            widget.style().polish(widget)


class TextEditor(FieldEditor):
    """A string: one line where it has a format or is short, else a growing box."""

    def __init__(self, field: FormField, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        default = field.default if isinstance(field.default, str) else ""
        short = field.format is not None or (field.max_length or 1_000) <= 120
        self._line = QLineEdit(default) if short else None
        self._box = None if short else GrowingEdit(default)
        if self._line is not None:
            self._line.textChanged.connect(self._on_edited)
        if self._box is not None:
            self._box.textChanged.connect(self._on_edited)
        self._finish()

    def _input(self) -> QWidget:
        widget = self._line or self._box
        assert widget is not None
        return widget

    def _text(self) -> str:
        if self._line is not None:
            return self._line.text()
        return self._box.toPlainText() if self._box is not None else ""

    def set_text(self, text: str) -> None:
        """Put *text* in, as if typed."""
        if self._line is not None:
            self._line.setText(text)
        elif self._box is not None:
            self._box.setPlainText(text)

    def value(self) -> Json:
        """The text."""
        return self._text()

    def is_set(self) -> bool:
        """Anything typed counts."""
        return bool(self._text())

    def _check(self) -> str:
        return check_text(self._field, self._text())


class NumberEditor(FieldEditor):
    """An integer or a number, typed; nothing typed means absent."""

    def __init__(self, field: FormField, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        given = isinstance(field.default, int | float) and not isinstance(field.default, bool)
        self._line = QLineEdit(json.dumps(field.default) if given else "")
        self._line.setPlaceholderText(_range_hint(field))
        self._line.textChanged.connect(self._on_edited)
        self._finish()

    def _input(self) -> QWidget:
        return self._line

    def set_text(self, text: str) -> None:
        """Put *text* in, as if typed."""
        self._line.setText(text)

    def value(self) -> Json:
        """The number; whole numbers are integers."""
        return self._parsed()

    def is_set(self) -> bool:
        """Anything typed counts, even what is not a number."""
        return bool(self._line.text().strip())

    def _check(self) -> str:
        number = self._parsed()
        if number is None:
            whole = self._field.type is FieldType.INTEGER
            return "must be a whole number" if whole else "must be a number"
        return check_number(self._field, number)

    def _parsed(self) -> int | float | None:
        text = self._line.text().strip()
        try:
            if self._field.type is FieldType.INTEGER:
                whole = int(text)
                return whole if abs(whole) <= _SAFE_INTEGER else None
            number = float(text)
        except ValueError:
            return None
        if not math.isfinite(number):
            return None
        return int(number) if number.is_integer() and abs(number) <= _SAFE_INTEGER else number


class ChoiceEditor(FieldEditor):
    """One of several values. *values* are the JSON values of the choices, strings by default."""

    def __init__(
        self,
        field: FormField,
        parent: QWidget | None = None,
        *,
        values: Sequence[Json] | None = None,
        chosen: int | None = None,
    ) -> None:
        super().__init__(field, parent)
        self._values = list(values) if values is not None else [v for v, _ in field.choices]
        self._combo = QComboBox()
        self._combo.addItem("Choose…" if field.required else NOT_SET)
        for value, title in field.choices:
            self._combo.addItem(title)
            if chosen is None and value == field.default:
                chosen = self._combo.count() - 2
        self._combo.setCurrentIndex(0 if chosen is None else chosen + 1)
        self._combo.currentIndexChanged.connect(self._on_edited)
        self._finish()

    def _input(self) -> QWidget:
        return self._combo

    def choose(self, index: int) -> None:
        """Choose the value at *index*."""
        self._combo.setCurrentIndex(index + 1)

    def value(self) -> Json:
        """The chosen value."""
        return self._values[self._combo.currentIndex() - 1] if self.is_set() else None

    def is_set(self) -> bool:
        """Whether a value is chosen."""
        return self._combo.currentIndex() > 0


def boolean_editor(field: FormField, parent: QWidget | None = None) -> ChoiceEditor:
    """Yes, no or not set: a check box could not say the third."""
    shown = FormField(
        name=field.name,
        type=FieldType.ENUM,
        title=field.title,
        description=field.description,
        required=field.required,
        choices=(("true", "Yes"), ("false", "No")),
    )
    chosen = None if not isinstance(field.default, bool) else (0 if field.default else 1)
    return ChoiceEditor(shown, parent, values=(True, False), chosen=chosen)


class MultiChoiceEditor(FieldEditor):
    """Any of several strings."""

    def __init__(self, field: FormField, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        default = field.default if isinstance(field.default, tuple) else ()
        self._panel = QWidget()
        inner: QVBoxLayout = column(self._panel, spacing=2)
        self._boxes: list[tuple[str, QCheckBox]] = []
        for value, title in field.choices:
            box = QCheckBox(title.replace("&", "&&"))
            box.setChecked(value in default)
            box.toggled.connect(self._on_edited)
            inner.addWidget(box)
            self._boxes.append((value, box))
        self._finish()
        if self._boxes:
            self.setFocusProxy(self._boxes[0][1])

    def _input(self) -> QWidget:
        return self._panel

    def choose(self, values: Sequence[str]) -> None:
        """Tick exactly *values*."""
        for value, box in self._boxes:
            box.setChecked(value in values)

    def value(self) -> Json:
        """The ticked values, in the order of the choices."""
        return [value for value, box in self._boxes if box.isChecked()]

    def is_set(self) -> bool:
        """Nothing ticked counts as absent where the field is optional."""
        ticked = any(box.isChecked() for _, box in self._boxes)
        return ticked or (self._field.required and not self._field.min_items)

    def _check(self) -> str:
        return check_items(self._field, sum(box.isChecked() for _, box in self._boxes))


class JsonEditor(FieldEditor):
    """Anything else, typed as JSON; *expected* is the JSON type asked for, or empty."""

    def __init__(
        self,
        field: FormField,
        parent: QWidget | None = None,
        *,
        expected: str = "",
        text: str = "",
    ) -> None:
        super().__init__(field, parent)
        self._expected = expected
        self._box = GrowingEdit(text, most=10)
        self._box.setFont(mono_font())
        self._box.setPlaceholderText({"array": "[ … ]", "object": "{ … }"}.get(expected, "JSON"))
        self._box.textChanged.connect(self._on_edited)
        self._finish()

    def _input(self) -> QWidget:
        return self._box

    def set_text(self, text: str) -> None:
        """Put *text* in, as if typed."""
        self._box.setPlainText(text)

    def value(self) -> Json:
        """The parsed value."""
        parsed, _ = parse_strictly(self._box.toPlainText(), self._expected)
        return parsed

    def is_set(self) -> bool:
        """Anything typed counts."""
        return bool(self._box.toPlainText().strip())

    def _check(self) -> str:
        return parse_strictly(self._box.toPlainText(), self._expected)[1]


def build_editor(field: FormField, parent: QWidget | None = None) -> FieldEditor:
    """The editor of *field*."""
    match field.type:
        case FieldType.STRING:
            return TextEditor(field, parent)
        case FieldType.INTEGER | FieldType.NUMBER:
            return NumberEditor(field, parent)
        case FieldType.BOOLEAN:
            return boolean_editor(field, parent)
        case FieldType.ENUM:
            return ChoiceEditor(field, parent)
        case FieldType.MULTI_ENUM:
            return MultiChoiceEditor(field, parent)


def _range_hint(field: FormField) -> str:
    low = "" if field.minimum is None else f"from {field.minimum:g}"
    high = "" if field.maximum is None else f"up to {field.maximum:g}"
    return " ".join(part for part in (low, high) if part)
