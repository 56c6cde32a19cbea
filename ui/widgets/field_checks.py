"""What can be said about a typed value before it is sent. Pure; any thread.

Law: a form's own check is a courtesy to the person; the schema is checked again by the core. JSON
is read strictly: no duplicate keys, no NaN, no huge integers, bounded depth and size.
"""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from typing import Any, cast
from urllib.parse import urlsplit

import rfc8785

from mcphost.domain.consent import FormField
from mcphost.domain.json import Json, canonical_bytes

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_LONGEST = 1_000_000
_TYPES: dict[str, type | tuple[type, ...]] = {"object": dict, "array": list}


def check_text(field: FormField, text: str) -> str:
    """What is wrong with *text* for *field*; empty when nothing is."""
    if field.min_length is not None and len(text) < field.min_length:
        return f"must have at least {field.min_length} characters"
    if field.max_length is not None and len(text) > field.max_length:
        return f"must have at most {field.max_length} characters"
    try:
        canonical_bytes(text)
    except (rfc8785.CanonicalizationError, UnicodeError):
        return "contains a character that cannot be sent"
    return _check_format(field.format, text)


def check_number(field: FormField, number: float) -> str:
    """What is wrong with *number* for *field*."""
    if field.minimum is not None and number < field.minimum:
        return f"must be at least {field.minimum:g}"
    if field.maximum is not None and number > field.maximum:
        return f"must be at most {field.maximum:g}"
    return ""


def check_items(field: FormField, count: int) -> str:
    """What is wrong with *count* chosen items for *field*."""
    if field.min_items is not None and count < field.min_items:
        return f"choose at least {field.min_items}"
    if field.max_items is not None and count > field.max_items:
        return f"choose at most {field.max_items}"
    return ""


def parse_strictly(text: str, expected: str = "") -> tuple[Json, str]:
    """*text* as JSON of the type *expected* (empty for any), and what is wrong with it."""
    if len(text) > _LONGEST:
        return None, "is too long"
    try:
        parsed = cast("Json", json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse))
        canonical_bytes(parsed)
    except json.JSONDecodeError as error:
        return None, f"is not JSON: {error.msg} in line {error.lineno}, column {error.colno}"
    except (ValueError, RecursionError) as error:
        return None, f"cannot be sent: {error}"
    kind = _TYPES.get(expected)
    if kind is not None and not isinstance(parsed, kind):
        return None, f"must be a JSON {expected}"
    return parsed, ""


def _check_format(name: str | None, text: str) -> str:
    match name:
        case "email":
            return "" if _EMAIL.fullmatch(text) else "must be an e-mail address"
        case "uri":
            return _check_uri(text)
        case "date":
            return _check_with(date.fromisoformat, text, "must be a date such as 2026-01-31")
        case "date-time":
            return _check_with(
                datetime.fromisoformat, text, "must be a date and time such as 2026-01-31T09:30:00Z"
            )
        case _:
            return ""


def _check_uri(text: str) -> str:
    try:
        parts = urlsplit(text)
    except ValueError:
        return "must be an address such as https://example.com/"
    good = parts.scheme and (parts.netloc or parts.path) and " " not in text
    return "" if good else "must be an address such as https://example.com/"


def _check_with(parse: Any, text: str, problem: str) -> str:
    try:
        parse(text)
    except ValueError:
        return problem
    return ""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key appears twice")
    return made


def _refuse(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
