"""A native form made from a tool's input schema.

Law: the form asks, it does not judge: the core checks the arguments against the schema again. A
schema too involved for fields is typed as one JSON object. Main thread; called by the chat pane and
by the consent dialog.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from mcphost.domain.consent import FieldType, FormField
from mcphost.domain.json import Json, JsonObject
from ui.widgets.field_editors import ChoiceEditor, FieldEditor, JsonEditor, build_editor
from ui.widgets.field_form import FieldForm
from ui.widgets.layouts import column
from ui.widgets.plain_label import PlainLabel
from ui.widgets.schema_filling import filled
from ui.widgets.schema_reading import SchemaField, read_fields
from ui.widgets.tokens import SPACE


class SchemaForm(FieldForm):
    """`changed` on every edit; `value` and `problems` say what would be sent and what is wrong."""

    changed = Signal()

    def __init__(
        self,
        schema: JsonObject,
        parent: QWidget | None = None,
        *,
        fields: Sequence[SchemaField] | None = None,
    ) -> None:
        """*fields* are those of *schema* with other values than its defaults."""
        super().__init__(parent)
        self._whole: JsonEditor | None = None
        layout = column(self, spacing=SPACE.md)
        fields = read_fields(schema) if fields is None else fields
        if fields is None:
            self._whole = _whole_object()
            self._editors = [self._whole]
        else:
            self._editors = [_editor(field) for field in fields]
        for editor in self._editors:
            editor.changed.connect(self.changed)
            layout.addWidget(editor)
        if not self._editors:
            layout.addWidget(PlainLabel("No arguments needed.", tone="secondary"))
        else:
            self.setFocusProxy(self._editors[0])

    def value(self) -> dict[str, Json]:
        """The arguments as they would be sent; fields left empty are absent."""
        if self._whole is not None:
            whole = self._whole.value()
            return dict(whole) if isinstance(whole, dict) else {}
        return super().value()


def form_of(schema: JsonObject, values: JsonObject) -> SchemaForm | None:
    """A form that says exactly *values*, or None when the fields of *schema* cannot."""
    fields = filled(schema, values)
    if fields is None:
        return None
    form = SchemaForm(schema, fields=fields)
    if _same(form.value(), values):
        return form
    form.deleteLater()
    return None


def _same(one: JsonObject, other: JsonObject) -> bool:
    """As JSON: to Python `True` is `1`."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _whole_object() -> JsonEditor:
    field = FormField(
        name="arguments",
        type=FieldType.STRING,
        title="Arguments",
        description="This tool's schema is too involved for a form: write one JSON object.",
        required=True,
    )
    return JsonEditor(field, expected="object", text="{}")


def _editor(item: SchemaField) -> FieldEditor:
    if item.json_type is not None:
        return JsonEditor(item.field, expected=item.json_type, text=item.json_text)
    if item.values:
        return ChoiceEditor(item.field, values=item.values)
    return build_editor(item.field)
