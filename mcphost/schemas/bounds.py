"""What a schema must satisfy before any validator sees it. Pure.

Numbered as checked: (1) at most `MAX_DEPTH` levels; (2) at most `MAX_SUBSCHEMAS` objects; (3) a
dialect that is known: JSON Schema 2020-12, also when none is named, or draft-07, which much server
software still writes; (4) every reference stays inside the schema: nothing is ever fetched;
(5) at most `MAX_BYTES` as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from enum import StrEnum

from mcphost.domain.errors import ProtocolViolation
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.text import one_line

MAX_BYTES = 256 * 1024
MAX_DEPTH = 64
MAX_SUBSCHEMAS = 5_000

_REFERENCES = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})
_DATA = frozenset({"const", "enum", "default", "example", "examples"})
"""Keywords whose values are instances, not schemas."""


class Dialect(StrEnum):
    """The dialects that are checked. Values are what goes to the worker."""

    DRAFT_2020_12 = "2020-12"
    DRAFT_07 = "draft-07"


_DIALECTS = {
    "https://json-schema.org/draft/2020-12/schema": Dialect.DRAFT_2020_12,
    "http://json-schema.org/draft-07/schema": Dialect.DRAFT_07,
    "https://json-schema.org/draft-07/schema": Dialect.DRAFT_07,
}


def encode_schema(untrusted_schema: JsonObject) -> tuple[Dialect, bytes]:
    """The dialect and the JSON of a schema within bounds. Raises `ProtocolViolation`."""
    dialect = _dialect(untrusted_schema.get("$schema"), Dialect.DRAFT_2020_12)
    for count, (depth, subschema) in enumerate(_walk(untrusted_schema), 1):
        if depth > MAX_DEPTH:
            raise ProtocolViolation(f"it is nested more than {MAX_DEPTH} levels deep")
        if count > MAX_SUBSCHEMAS:
            raise ProtocolViolation(f"it has more than {MAX_SUBSCHEMAS} subschemas")
        _check_keywords(subschema, dialect)
    encoded = json.dumps(untrusted_schema, separators=(",", ":")).encode()
    if len(encoded) > MAX_BYTES:
        raise ProtocolViolation(f"it is larger than {MAX_BYTES} bytes")
    return dialect, encoded


def _walk(root: JsonObject) -> Iterator[tuple[int, JsonObject]]:
    """Every object of *root* that may be a schema, with the depth of its nesting. No recursion."""
    waiting: list[tuple[int, Json, bool]] = [(1, root, False)]
    while waiting:
        depth, value, data = waiting.pop()
        if isinstance(value, Mapping):
            # Plain data is only walked for its depth.
            yield depth, ({} if data else value)
            waiting.extend(
                (depth + 1, inner, data or name in _DATA)
                for name, inner in value.items()
                if isinstance(inner, Mapping | list | tuple)
            )
        elif isinstance(value, list | tuple):
            if depth > MAX_DEPTH:
                yield depth, {}
            waiting.extend(
                (depth + 1, inner, data)
                for inner in value
                if isinstance(inner, Mapping | list | tuple)
            )


def _check_keywords(subschema: JsonObject, dialect: Dialect) -> None:
    for name in _REFERENCES & subschema.keys():
        target = subschema[name]
        if isinstance(target, str) and not target.startswith("#"):
            raise ProtocolViolation(
                f"it refers to {one_line(target, limit=100)}: references outside a schema are "
                "never followed"
            )
    if isinstance(subschema.get("$schema"), str):
        _dialect(subschema["$schema"], dialect)


def _dialect(named: Json, default: Dialect) -> Dialect:
    if named is None:
        return default
    if isinstance(named, str) and (known := _DIALECTS.get(named.removesuffix("#"))):
        return known
    shown = one_line(named, limit=100) if isinstance(named, str) else "something else than text"
    raise ProtocolViolation(f"its dialect is not supported: {shown}")
