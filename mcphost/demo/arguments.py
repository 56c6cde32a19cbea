"""Checks a value against the few JSON Schema words that this server's own schemas use.

Not a validator for anybody else's schemas: those words are all there are in `definitions`, and a
test keeps it so. Pure; called by `tools` for arguments and by `service` for form contents.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final, cast

from mcphost.demo.wire import Object

WORDS: Final = frozenset(
    {
        *("type", "properties", "required", "additionalProperties", "items", "enum", "oneOf"),
        *("minimum", "maximum", "minLength", "maxLength", "maxItems", "format"),
        *("default", "title", "description", "x-mcp-header"),
    }
)
_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


class BadArgument(Exception):
    """The value does not fit; the message says where and why."""


def check(schema: Object, value: Any, where: str = "arguments") -> None:  # any JSON value
    """Raise `BadArgument` when *value* does not fit *schema*."""
    kind = schema["type"]
    is_bool = isinstance(value, bool)
    if not isinstance(value, _TYPES[kind]) or (is_bool and kind != "boolean"):
        raise BadArgument(f"{where} must be of type {kind}")
    if isinstance(value, dict):
        _check_object(schema, cast("Object", value), where)
    elif isinstance(value, list):
        _check_list(schema, cast("list[Any]", value), where)
    else:
        _check_scalar(schema, value, where)


def _check_object(schema: Object, value: Object, where: str) -> None:
    properties = schema["properties"]
    for name in schema["required"]:
        if name not in value:
            raise BadArgument(f"{where}.{name} is missing")
    for name, inner in value.items():
        if name not in properties:
            raise BadArgument(f"{where} has an unknown member")
        check(properties[name], inner, f"{where}.{name}")


def _check_list(schema: Object, value: list[Any], where: str) -> None:
    if len(value) > schema.get("maxItems", 100):
        raise BadArgument(f"{where} has too many items")
    for index, inner in enumerate(value):
        check(schema["items"], inner, f"{where}[{index}]")


def _check_scalar(schema: Object, value: str | float | bool, where: str) -> None:
    allowed = schema.get("enum") or [choice["const"] for choice in schema.get("oneOf", ())]
    if allowed and value not in allowed:
        raise BadArgument(f"{where} must be one of {', '.join(map(str, allowed))}")
    if isinstance(value, str):
        _check_text(schema, value, where)
    elif not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        raise BadArgument(f"{where} must be from {schema.get('minimum')} to {schema['maximum']}")


def _check_text(schema: Object, value: str, where: str) -> None:
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        raise BadArgument(f"{where} is too short or too long")
    if schema.get("format") == "date":
        try:
            date.fromisoformat(value)
        except ValueError as error:
            raise BadArgument(f"{where} must be a date such as 2026-05-01") from error
