"""From a server's JSON Schema to form fields. Pure; any thread; called by `schema_form.py`.

Law: a schema is untrusted: whatever is not one of the plain shapes becomes a JSON text field, never
an error; texts pass `one_line` or `visible`; a default that hides characters is not filled in.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from mcphost.domain.consent import FieldType, FormField
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.text import hides, one_line, visible

MOST_FIELDS = 100
_SIMPLE = {t.value: t for t in FieldType if t not in (FieldType.ENUM, FieldType.MULTI_ENUM)}
_COMPLEX = ("anyOf", "oneOf", "allOf", "not", "if", "patternProperties", "$ref", "$dynamicRef")


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaField:
    """A field of the form. *json_type* is set when it is typed as JSON; *values* for enums."""

    field: FormField
    values: tuple[Json, ...] = ()
    json_type: str | None = None
    json_text: str = ""


def read_fields(schema: JsonObject) -> list[SchemaField] | None:
    """The fields of an object schema, or None when it has to be typed as one JSON object."""
    properties = schema.get("properties", {})
    if any(key in schema for key in _COMPLEX) or not isinstance(properties, Mapping):
        return None
    if len(properties) > MOST_FIELDS:
        return None
    required = _names(schema.get("required"))
    if any(name not in properties for name in required):
        return None
    return [
        _read(name, _plain(untrusted, schema), name in required)
        for name, untrusted in properties.items()
    ]


def _names(untrusted: Json) -> frozenset[str]:
    if not isinstance(untrusted, Sequence) or isinstance(untrusted, str):
        return frozenset()
    return frozenset(name for name in untrusted if isinstance(name, str))


def _plain(untrusted: Json, root: JsonObject) -> JsonObject:
    """One property without the two usual wrappings: a local `$ref`, and "or null"."""
    shape = _object(untrusted)
    either = shape.get("anyOf")
    if isinstance(either, Sequence) and not isinstance(either, str):
        real = [one for one in either if one != {"type": "null"}]
        if len(real) == 1:
            shape = {**_object(real[0]), **_without(shape, "anyOf")}
    reference = shape.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/$defs/"):
        target = _object(_object(root.get("$defs")).get(reference.removeprefix("#/$defs/")))
        if target and "$ref" not in target:
            shape = {**target, **_without(shape, "$ref")}
    return shape


def _object(untrusted: Json) -> JsonObject:
    return untrusted if isinstance(untrusted, Mapping) else {}


def _without(shape: JsonObject, name: str) -> JsonObject:
    return {key: value for key, value in shape.items() if key != name}


def _read(name: str, shape: JsonObject, required: bool) -> SchemaField:
    kind = _kind(shape)
    if "enum" in shape or "const" in shape:
        return _read_enum(name, shape, required)
    if any(key in shape for key in _COMPLEX) or kind not in _SIMPLE:
        return _read_json(name, shape, required, kind)
    default = shape.get("default")
    usable = isinstance(default, str | int | float) and not _hides(default)
    return SchemaField(
        field=FormField(
            **_words(name, shape),
            type=_SIMPLE[kind],
            required=required,
            default=cast("Any", default) if usable else None,
            format=_known_format(shape.get("format")),
            min_length=_whole(shape.get("minLength")),
            max_length=_whole(shape.get("maxLength")),
            minimum=_number(shape.get("minimum")),
            maximum=_number(shape.get("maximum")),
        )
    )


def _read_enum(name: str, shape: JsonObject, required: bool) -> SchemaField:
    listed = shape.get("enum", [shape.get("const")])
    values = tuple(listed) if isinstance(listed, Sequence) and not isinstance(listed, str) else ()
    if not values or len(values) > 500:
        return _read_json(name, shape, required, "")
    titles = [one_line(v if isinstance(v, str) else json.dumps(v), limit=120) for v in values]
    keys = [json.dumps(value, sort_keys=True) for value in values]
    default = shape.get("default")
    return SchemaField(
        field=FormField(
            **_words(name, shape),
            type=FieldType.ENUM,
            required=required,
            choices=tuple(zip(keys, titles, strict=True)),
            default=json.dumps(default, sort_keys=True) if "default" in shape else None,
        ),
        values=values,
    )


def _read_json(name: str, shape: JsonObject, required: bool, kind: str) -> SchemaField:
    default = shape.get("default")
    text = json.dumps(default, ensure_ascii=True) if default is not None else ""
    return SchemaField(
        field=FormField(**_words(name, shape), type=FieldType.STRING, required=required),
        json_type=kind if kind in ("array", "object") else "",
        json_text=text,
    )


def _words(name: str, shape: JsonObject) -> dict[str, Any]:
    title = shape.get("title")
    description = shape.get("description")
    return {
        "name": name,
        "title": one_line(title if isinstance(title, str) and title else name, limit=120),
        "description": visible(description, limit=1_000) if isinstance(description, str) else "",
    }


def _kind(shape: JsonObject) -> str:
    kind = shape.get("type")
    if isinstance(kind, Sequence) and not isinstance(kind, str):
        real = [one for one in kind if one != "null"]
        kind = real[0] if len(real) == 1 else ""
    return kind if isinstance(kind, str) else ""


def _hides(value: object) -> bool:
    return isinstance(value, str) and any(hides(character) for character in value)


def _known_format(untrusted: Json) -> str | None:
    known = ("email", "uri", "date", "date-time")
    return untrusted if isinstance(untrusted, str) and untrusted in known else None


def _whole(untrusted: Json) -> int | None:
    if isinstance(untrusted, bool) or not isinstance(untrusted, int) or untrusted < 0:
        return None
    return untrusted


def _number(untrusted: Json) -> float | None:
    if isinstance(untrusted, bool) or not isinstance(untrusted, int | float):
        return None
    return untrusted
