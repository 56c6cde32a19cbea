"""JSON of data that may be large, in pieces that hold nobody up. Pure.

Law: (1) nothing is encoded once it is known to be too large; (2) no single step holds the
interpreter lock for longer than a piece of `_PIECE` values takes, so that a worker thread may run
this beside the loop; (3) small data, nearly all there is, is one piece.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from mcphost.domain.errors import ProtocolViolation
from mcphost.domain.json import Json

_PIECE: Final = 10_000
_SMALL_BYTES: Final = 256 * 1024
_SLICE: Final = 1_000
_DEEPEST: Final = 128
"""Deeper than any message may be."""


def is_small(value: Json) -> bool:
    """Whether encoding *value* in one piece takes but a moment. Looks at some `_PIECE` values at
    most. Raises `ProtocolViolation` when it is nested too deeply.
    """
    waiting: list[tuple[int, Json]] = [(1, value)]
    count = size = 0
    while waiting:
        depth, some = waiting.pop()
        if isinstance(some, str):
            size += len(some)
        elif isinstance(some, Mapping | Sequence):
            if depth > _DEEPEST:
                raise ProtocolViolation(f"the data is nested more than {_DEEPEST} levels deep")
            count += len(some)
            if count > _PIECE:
                return False
            if isinstance(some, Mapping):
                size += sum(map(len, some))
            members = some.values() if isinstance(some, Mapping) else some
            waiting.extend((depth + 1, member) for member in members)
        if size > _SMALL_BYTES:
            return False
    return True


def encode(value: Json, *, limit: int) -> bytes:
    """*value* as JSON of at most *limit* bytes. Raises `ProtocolViolation` when it is larger or
    nested too deeply.
    """
    parts: list[bytes] = []
    left = limit
    for part in _pieces(value, 0):
        left -= len(part)
        if left < 0:
            raise ProtocolViolation(f"the data is larger than {limit} bytes")
        parts.append(part)
    return b"".join(parts)


def _pieces(value: Json, depth: int) -> Iterator[bytes]:
    if depth > _DEEPEST:
        raise ProtocolViolation(f"the data is nested more than {_DEEPEST} levels deep")
    match value:
        case str() if len(value) > _SMALL_BYTES:
            yield b'"'
            for start in range(0, len(value), _SMALL_BYTES):
                yield _dumped(value[start : start + _SMALL_BYTES])[1:-1]
            yield b'"'
        case Mapping() if not is_small(value):
            yield from _members(value, depth + 1)
        case Sequence() if not isinstance(value, str) and not is_small(value):
            yield from _elements(value, depth + 1)
        case _:
            yield _dumped(value)


def _elements(values: Sequence[Json], depth: int) -> Iterator[bytes]:
    comma = b"["
    every = iter(values)
    while some := list(islice(every, _SLICE)):
        if is_small(some):
            yield comma + _dumped(some)[1:-1]
            comma = b","
            continue
        for one in some:
            yield comma
            yield from _pieces(one, depth)
            comma = b","
    yield b"]"


def _members(members: Mapping[str, Json], depth: int) -> Iterator[bytes]:
    comma = b"{"
    every = iter(members.items())
    while some := dict(islice(every, _SLICE)):
        if is_small(some):
            yield comma + _dumped(some)[1:-1]
            comma = b","
            continue
        for name, one in some.items():
            yield comma
            yield from _pieces(name, depth)
            yield b":"
            yield from _pieces(one, depth)
            comma = b","
    yield b"}"


def _dumped(value: Json) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
