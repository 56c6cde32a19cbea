"""HTTP headers that mirror a request: `Mcp-Method`, `Mcp-Name` and the `x-mcp-header` parameters.

Law: (1) headers are built from the very params object that is serialised, never from a copy that
might differ. (2) A header value is printable ASCII: anything else, and anything that already looks
encoded, travels in the Base64 form. (3) A tool whose annotations break the rules is refused whole.
Pure; called on the loop thread by the servers room.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias, cast

from mcphost.domain.errors import ProtocolViolation, UserFacingError
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.text import one_line

Headers: TypeAlias = tuple[tuple[str, str], ...]
HeaderParameters: TypeAlias = tuple[tuple[tuple[str, ...], str], ...]
"""(property path, header name) pairs of one tool."""

ANNOTATION: Final = "x-mcp-header"
_NAMED_BY: Final = {
    "tools/call": "name",
    "prompts/get": "name",
    "resources/read": "uri",
    "tasks/get": "taskId",
    "tasks/update": "taskId",
    "tasks/cancel": "taskId",
}
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_SAFE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_MARKS: Final = ("=?base64?", "?=")
_LARGEST: Final = 2**53 - 1
_LONGEST: Final = 128
_ANNOTATABLE: Final = frozenset({"integer", "string", "boolean"})
_SCHEMA_KEYWORDS: Final = frozenset(
    {
        *("items", "additionalProperties", "unevaluatedItems", "unevaluatedProperties"),
        *("contains", "propertyNames", "not", "if", "then", "else", "contentSchema"),
        "additionalItems",
    }
)
_SCHEMA_LISTS: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems", "items"})
_SCHEMA_MAPS: Final = frozenset(
    {"properties", "patternProperties", "dependentSchemas", "$defs", "definitions", "dependencies"}
)


def header_value(text: str) -> str:
    """*text* as a header value: itself when that is safe, else its Base64 form."""
    begin, end = _MARKS
    looks_encoded = text.startswith(begin) and text.endswith(end)
    if not text or (_SAFE.fullmatch(text) and not looks_encoded):
        return text
    return f"{begin}{base64.b64encode(text.encode()).decode('ascii')}{end}"


def request_headers(version: str, method: str, params: JsonObject) -> Headers:
    """The headers every request of 2026-07-28 carries over HTTP."""
    headers = [("MCP-Protocol-Version", version), ("Mcp-Method", method)]
    name = params.get(_NAMED_BY.get(method, ""))
    if isinstance(name, str):
        headers.append(("Mcp-Name", header_value(name)))
    return tuple(headers)


def parameter_headers(parameters: HeaderParameters, arguments: Json) -> Headers:
    """`Mcp-Param-*` headers for *arguments*; absent and null ones are left out.

    Raises `UserFacingError` for an argument that a header cannot carry.
    """
    return tuple(
        (name, header_value(_scalar(_at(arguments, path), path)))
        for path, name in mirrored(parameters, arguments)
    )


def mirrored(parameters: HeaderParameters, arguments: Json) -> HeaderParameters:
    """The (property path, `Mcp-Param-*`) pairs that *arguments* have a value for: what more people
    than the server may get to read.
    """
    return tuple(
        (path, f"Mcp-Param-{name}") for path, name in parameters if _at(arguments, path) is not None
    )


def find_header_parameters(schema: JsonObject) -> HeaderParameters:
    """The checked `x-mcp-header` annotations of an input schema.

    Raises `ProtocolViolation` when one is (1) not a token, (2) on something that is not an
    integer, string or boolean, (3) not reachable by `properties` alone, or (4) used twice.
    """
    found: list[tuple[tuple[str, ...], str]] = []
    names: set[str] = set()
    for path, position in _positions(schema):
        if ANNOTATION not in position:
            continue
        name = _checked_name(path, position)
        if name.lower() in names:
            raise ProtocolViolation(f"{ANNOTATION} names the header {name} twice")
        names.add(name.lower())
        found.append((path or (), name))
    return tuple(found)


def _checked_name(path: tuple[str, ...] | None, position: JsonObject) -> str:
    name = position[ANNOTATION]
    if not isinstance(name, str) or not _TOKEN.fullmatch(name):
        raise ProtocolViolation(f"{ANNOTATION} is not a header name")
    if len(name) > _LONGEST:
        raise ProtocolViolation(f"{ANNOTATION} is longer than {_LONGEST} characters")
    if not path:
        raise ProtocolViolation(f"{ANNOTATION} {name} is not on a plain property")
    kind = position.get("type")
    if not isinstance(kind, str) or kind not in _ANNOTATABLE:
        where = one_line(".".join(path), limit=80)
        raise ProtocolViolation(
            f"{ANNOTATION} on {where}, which is not of type integer, string or boolean"
        )
    return name


def _positions(root: JsonObject) -> Iterator[tuple[tuple[str, ...] | None, JsonObject]]:
    """Every subschema with its property path, or None where `properties` alone does not lead."""
    waiting: list[tuple[tuple[str, ...] | None, Json]] = [((), root)]
    while waiting:
        path, schema = waiting.pop()
        if not isinstance(schema, Mapping):
            continue
        yield path, schema
        for keyword, value in schema.items():
            if keyword in _SCHEMA_MAPS and isinstance(value, Mapping):
                plain = keyword == "properties" and path is not None
                waiting.extend(
                    ((*path, name) if plain and path is not None else None, child)
                    for name, child in value.items()
                )
            elif keyword in _SCHEMA_LISTS and _is_list(value):
                waiting.extend((None, child) for child in cast("Sequence[Json]", value))
            elif keyword in _SCHEMA_KEYWORDS:
                waiting.append((None, value))


def _is_list(value: Json) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _at(arguments: Json, path: tuple[str, ...]) -> Json:
    value = arguments
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def _scalar(value: Json, path: tuple[str, ...]) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int() | float() if abs(value) <= _LARGEST and value == int(value):
            return str(int(value))
        case _:
            where = one_line(".".join(path), limit=80)
            raise UserFacingError(
                f"The argument {where} must be text, a whole number (not beyond {_LARGEST}) or "
                "true/false, because the tool sends it as a header. Change it and try again."
            )
