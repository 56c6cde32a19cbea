"""`elicitation/create`: what a server asks, parsed strictly into what the host is willing to show.

Law: (1) the schema is the flat subset of primitives and nothing else; whatever is not understood is
refused, never guessed; (2) a form that asks for a secret is refused before anybody sees it; (3) a
URL is https (or http on this computer), carries no user name, and is kept exact; (4) an answer is
checked against what was asked, not against what the server says later. Pure; called by
`gate.input` and the elicitation desk.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit

from mcphost.domain.consent import FieldType, FormField
from mcphost.domain.errors import PolicyDenied, ProtocolViolation
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.links import require_web_link
from mcphost.domain.text import one_line, visible
from mcphost.protocol.elicitation_schema import parse_fields
from mcphost.protocol.secrets import asks_for_secret, message_asks_for_secret

NO_SECRETS = "elicit-no-secrets"
MAX_MESSAGE = 4000
MAX_TEXT = 10_000
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")
_SECRET_TYPES = frozenset({FieldType.STRING, FieldType.INTEGER, FieldType.NUMBER})
_HOLDS_NO_SECRET = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSpec:
    """A form the host is willing to draw."""

    message: str
    fields: tuple[FormField, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlSpec:
    """A URL the host is willing to show; *url* is exact."""

    message: str
    url: str
    url_host: str


def parse_elicitation(untrusted_params: JsonObject) -> FormSpec | UrlSpec:
    """Parse the params of `elicitation/create`.

    Raises `ProtocolViolation` for what is malformed and `PolicyDenied` for a form that asks for a
    secret.
    """
    untrusted_message = untrusted_params.get("message")
    if not isinstance(untrusted_message, str):
        raise ProtocolViolation("a question without a message")
    message = visible(untrusted_message, limit=MAX_MESSAGE)
    mode = untrusted_params.get("mode", "form")
    if mode == "form":
        fields = parse_fields(untrusted_params.get("requestedSchema"))
        _refuse_secrets(untrusted_message, fields)
        return FormSpec(message=message, fields=fields)
    if mode == "url":
        return _parse_url(untrusted_params.get("url"), message)
    raise ProtocolViolation(f"a question of unknown mode {one_line(str(mode), limit=40)}")


def check_content(fields: Sequence[FormField], content: JsonObject) -> None:
    """Raise `ValueError` unless *content* answers exactly *fields*."""
    known = {field.name: field for field in fields}
    unknown = sorted(content.keys() - known.keys())
    if unknown:
        raise ValueError(f"{one_line(unknown[0], limit=80)} was not asked for")
    for field in fields:
        if field.name not in content:
            if field.required:
                raise ValueError(f"{_label(field)} is required")
            continue
        problem = _problem(field, content[field.name])
        if problem is not None:
            raise ValueError(f"{_label(field)} {problem}")


def _parse_url(untrusted_url: Json, message: str) -> UrlSpec:
    if not isinstance(untrusted_url, str):
        raise ProtocolViolation("a URL question without a URL")
    try:
        link = require_web_link(untrusted_url)
    except ValueError as error:
        raise ProtocolViolation(f"a URL that is not opened: {error}") from error
    return UrlSpec(message=message, url=link.url, url_host=link.host_shown)


def _refuse_secrets(untrusted_message: str, fields: Sequence[FormField]) -> None:
    typed = [field for field in fields if field.type in _SECRET_TYPES and not _too_small(field)]
    for field in typed:
        numeric = field.type is not FieldType.STRING
        word = asks_for_secret(field.name, field.title, field.description, numeric=numeric)
        if word is not None:
            raise _secret(_label(field), word)
    word = message_asks_for_secret(untrusted_message) if typed else None
    if word is not None:
        raise _secret("the message", word)


def _too_small(field: FormField) -> bool:
    """Whether only so few whole numbers are allowed that none is a secret, whatever is said."""
    return (
        field.type is FieldType.INTEGER
        and field.minimum is not None
        and field.maximum is not None
        and 0 <= field.minimum <= field.maximum <= _HOLDS_NO_SECRET
    )


def _secret(where: str, word: str) -> PolicyDenied:
    return PolicyDenied(
        f'the form asks for a secret ({where} says "{one_line(word, limit=40)}"); refused (rule '
        f"{NO_SECRETS}). Secrets belong on the server's own page, never in a form.",
        rules=(NO_SECRETS,),
    )


def _label(field: FormField) -> str:
    return one_line(field.title or field.name, limit=80)


def _problem(field: FormField, value: Json) -> str | None:
    match field.type:
        case FieldType.STRING:
            return _text_problem(field, value)
        case FieldType.INTEGER | FieldType.NUMBER:
            return _number_problem(field, value)
        case FieldType.BOOLEAN:
            return None if isinstance(value, bool) else "must be yes or no"
        case FieldType.ENUM:
            return None if _is_choice(field, value) else "must be one of the choices"
        case FieldType.MULTI_ENUM:
            return _selection_problem(field, value)


def _text_problem(field: FormField, value: Json) -> str | None:
    if not isinstance(value, str):
        return "must be text"
    if len(value) < (field.min_length or 0):
        return f"must have at least {field.min_length} characters"
    if len(value) > (MAX_TEXT if field.max_length is None else field.max_length):
        return f"must have at most {MAX_TEXT if field.max_length is None else field.max_length}"
    return None if field.format is None else _format_problem(field.format, value)


def _format_problem(name: str, value: str) -> str | None:
    match name:
        case "email":
            return None if _EMAIL.fullmatch(value) else "must be an e-mail address"
        case "uri":
            return None if _is_uri(value) else "must be a URI"
        case "date":
            return None if _is_date(value) else "must be a date (YYYY-MM-DD)"
        case "date-time":
            return None if _is_date_time(value) else "must be a date and time (RFC 3339)"
        case _:
            return "has a format that cannot be checked"


def _is_uri(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return bool(parts.scheme and (parts.netloc or parts.path)) and not re.search(r"\s", value)


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII))


def _is_date_time(value: str) -> bool:
    pattern = r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})"
    if not re.fullmatch(pattern, value, re.ASCII):
        return False
    try:
        datetime.fromisoformat(re.sub(r"\.\d+", "", value.upper()))
    except ValueError:
        return False
    return True


def _number_problem(field: FormField, value: Json) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "must be a number"
    if field.type is FieldType.INTEGER and not float(value).is_integer():
        return "must be a whole number"
    if field.minimum is not None and value < field.minimum:
        return f"must be at least {field.minimum:g}"
    if field.maximum is not None and value > field.maximum:
        return f"must be at most {field.maximum:g}"
    return None if abs(value) <= 2**53 - 1 else "is too large"


def _is_choice(field: FormField, value: Json) -> bool:
    return isinstance(value, str) and any(value == choice for choice, _ in field.choices)


def _selection_problem(field: FormField, value: Json) -> str | None:
    if isinstance(value, str | Mapping) or not isinstance(value, Sequence):
        return "must be a list of choices"
    if not all(_is_choice(field, item) for item in value):
        return "must be one of the choices"
    if len(set(map(str, value))) != len(value):
        return "names a choice twice"
    if len(value) < (field.min_items or 0):
        return f"needs at least {field.min_items} choices"
    if field.max_items is not None and len(value) > field.max_items:
        return f"takes at most {field.max_items} choices"
    return None
