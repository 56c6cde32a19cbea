"""What a schema must satisfy before any validator sees it. Pure.

Numbered as checked: (1) at most `MAX_DEPTH` levels; (2) at most `MAX_SUBSCHEMAS` objects; (3) a
dialect that is known: JSON Schema 2020-12, also when none is named, or draft-07, which much server
software still writes; (4) every reference stays inside the schema: nothing is ever fetched
(`references.py`); (5) at most `MAX_BYTES` as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TypeAlias

from mcphost.domain.errors import ProtocolViolation
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.text import one_line
from mcphost.schemas.references import References

MAX_BYTES = 256 * 1024
MAX_DEPTH = 64
MAX_SUBSCHEMAS = 5_000

_AT_LEAST = 2
"""The bytes that the smallest member of a list or an object takes."""
_DATA = frozenset({"const", "enum", "default", "example", "examples"})
"""Keywords whose values are instances, not schemas."""
_Place: TypeAlias = "tuple[int, str, Mapping[str, Json] | Sequence[Json], bool]"
"""Depth, base address, value, and whether it is plain data."""


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
    references = References()
    for count, subschema in enumerate(_walk(untrusted_schema, references), 1):
        if count > MAX_SUBSCHEMAS:
            raise ProtocolViolation(f"it has more than {MAX_SUBSCHEMAS} subschemas")
        if isinstance(subschema.get("$schema"), str):
            _dialect(subschema["$schema"], dialect)
    references.require_inside()
    encoded = json.dumps(untrusted_schema, separators=(",", ":")).encode()
    if len(encoded) > MAX_BYTES:
        raise _too_large()
    return dialect, encoded


def _walk(root: JsonObject, references: References) -> Iterator[JsonObject]:
    """Every object of *root* that may be a schema. No recursion, and no more steps than bytes are
    allowed, so that a huge one costs no more time than the largest.
    """
    waiting: list[_Place] = [(1, "", root, False)]
    size = 0
    while waiting:
        depth, base, value, data = waiting.pop()
        if depth > MAX_DEPTH:
            raise ProtocolViolation(f"it is nested more than {MAX_DEPTH} levels deep")
        size += _AT_LEAST * len(value)
        if size > MAX_BYTES:
            raise _too_large()
        texts = (*value, *value.values()) if isinstance(value, Mapping) else value
        size += sum(len(text) for text in texts if isinstance(text, str))
        if size > MAX_BYTES:
            raise _too_large()
        if isinstance(value, Mapping):
            # Plain data is only walked for its size and depth.
            inside = base if data else references.note(base, value)
            yield {} if data else value
            waiting.extend(
                (depth + 1, inside, inner, data or name in _DATA)
                for name, inner in value.items()
                if isinstance(inner, Mapping | list | tuple)
            )
        else:
            waiting.extend(
                (depth + 1, base, inner, data)
                for inner in value
                if isinstance(inner, Mapping | list | tuple)
            )


def _too_large() -> ProtocolViolation:
    return ProtocolViolation(f"it is larger than {MAX_BYTES} bytes")


def _dialect(named: Json, default: Dialect) -> Dialect:
    if named is None:
        return default
    if isinstance(named, str) and (known := _DIALECTS.get(named.removesuffix("#"))):
        return known
    shown = one_line(named, limit=100) if isinstance(named, str) else "something else than text"
    raise ProtocolViolation(f"its dialect is not supported: {shown}")
