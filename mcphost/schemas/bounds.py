"""What a schema must satisfy before any validator sees it. Pure.

Numbered as checked: (1) at most `MAX_DEPTH` levels; (2) at most `MAX_SUBSCHEMAS` objects; (3) a
dialect that is known, or described inside the schema (`dialects.py`); (4) every reference stays
inside the schema: nothing is ever fetched (`references.py`); (5) at most `MAX_BYTES` as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from mcphost.domain.errors import ProtocolViolation
from mcphost.domain.json import Json, JsonObject
from mcphost.schemas.dialects import Dialect, Dialects
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


def encode_schema(untrusted_schema: JsonObject) -> tuple[Dialect, bytes]:
    """The dialect and the JSON of a schema within bounds. Raises `ProtocolViolation`."""
    dialects = Dialects(untrusted_schema)
    references = References()
    for count, (base, subschema) in enumerate(_walk(untrusted_schema, references), 1):
        if count > MAX_SUBSCHEMAS:
            raise ProtocolViolation(f"it has more than {MAX_SUBSCHEMAS} subschemas")
        dialects.note(base, subschema)
    references.require_inside()
    encoded = json.dumps(untrusted_schema, separators=(",", ":")).encode()
    if len(encoded) > MAX_BYTES:
        raise _too_large()
    return dialects.of_whole, encoded


def _walk(root: JsonObject, references: References) -> Iterator[tuple[str, JsonObject]]:
    """Every object of *root* that may be a schema, with its address. No recursion, and no more
    steps than bytes are allowed, so that a huge one costs no more time than the largest.
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
            yield inside, {} if data else value
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
