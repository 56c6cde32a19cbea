"""Fields of a schema filled with values that are there already. Pure; called by `schema_form.py`.

Law: the form starts with exactly the values: a default of the schema is not among them, and what no
field can hold as it is makes the whole impossible, never a near miss.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from mcphost.domain.consent import FieldType
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.text import hides
from ui.widgets.schema_reading import SchemaField, read_fields


def filled(schema: JsonObject, values: JsonObject) -> Sequence[SchemaField] | None:
    """The fields of *schema* holding *values*, or None when they cannot."""
    fields = read_fields(schema)
    if not fields or not {item.field.name for item in fields}.issuperset(values):
        return None
    return [_fill(item, values) for item in fields]


def _fill(item: SchemaField, values: JsonObject) -> SchemaField:
    name = item.field.name
    if name not in values:
        return replace(item, field=replace(item.field, default=None), json_text="")
    value = values[name]
    if item.json_type is not None:
        return replace(item, json_text=json.dumps(value, ensure_ascii=True))
    return replace(item, field=replace(item.field, default=_default(item, value)))


def _default(item: SchemaField, value: Json) -> str | int | float | bool | None:
    if item.field.type is FieldType.ENUM:
        return json.dumps(value, sort_keys=True)
    if isinstance(value, str) and any(hides(character) for character in value):
        return None
    return value if isinstance(value, str | int | float) else None
