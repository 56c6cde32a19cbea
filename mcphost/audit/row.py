"""One row of the log: its canonical bytes, its digest, and the data that may go into it.

Law: pure. `row_body` always succeeds for a record made of JSON: numbers that RFC 8785 cannot carry
and text that is no Unicode are replaced in words, and data beyond `MAX_DATA` is replaced by its
size and digest. A row that could not be written would stop the host, so odd server data must not
be able to cause one.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import cast

import rfc8785

from mcphost.domain.audit import AuditRecord
from mcphost.domain.ids import Digest
from mcphost.domain.json import Json, JsonObject, canonical_bytes

FORMAT = 1
GENESIS = "0" * 64
"""`prev` of the first row."""

MAX_DATA = 256 * 1024
_LARGEST_INTEGER = 2**53 - 1
_DEEPEST = 80
_TABLE = """
CREATE TABLE row (seq INTEGER PRIMARY KEY, body BLOB NOT NULL, digest BLOB NOT NULL) STRICT;
CREATE TRIGGER row_is_never_changed BEFORE UPDATE ON row
BEGIN SELECT raise(ABORT, 'audit rows are never changed'); END;
CREATE TRIGGER row_is_never_deleted BEFORE DELETE ON row
BEGIN SELECT raise(ABORT, 'audit rows are never deleted'); END;
"""
AUDIT_MIGRATIONS: tuple[str, ...] = (_TABLE,)
"""The formats of `audit.db`, oldest first."""


def row_digest(body: bytes) -> Digest:
    """The leaf hash of a row: SHA-256 over a zero byte and the body (RFC 6962)."""
    return Digest(hashlib.sha256(b"\x00" + body).hexdigest())


def row_body(record: AuditRecord, *, seq: int, prev: str, at: str, mono: int, run: str) -> bytes:
    """The RFC 8785 bytes of *record* as row *seq* after the row with digest *prev*."""
    fields: JsonObject = {
        "v": FORMAT,
        "seq": seq,
        "prev": prev,
        "at": at,
        "mono": min(mono, _LARGEST_INTEGER),
        "run": run,
        "kind": record.kind.value,
        "invocation": record.invocation,
        "principal": record.principal,
        "lineage": record.lineage,
        "server": record.server,
        "view": record.view,
        "data": record.data,
    }
    try:
        body = canonical_bytes(fields)
    except (rfc8785.CanonicalizationError, UnicodeError, RecursionError):
        fields = cast("JsonObject", _plain(fields))
        body = canonical_bytes(fields)
    if len(body) <= MAX_DATA:
        return body
    data = canonical_bytes(fields["data"])
    omitted: JsonObject = {
        "omitted_bytes": len(data),
        "omitted_sha256": hashlib.sha256(data).hexdigest(),
    }
    return canonical_bytes({**fields, "data": omitted})


def _plain(value: Json, depth: int = 0) -> Json:
    """*value* with everything replaced that RFC 8785 refuses."""
    if depth > _DEEPEST:
        return "(too deep)"
    match value:
        case bool() | None:
            return value
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case int():
            return value if abs(value) <= _LARGEST_INTEGER else json.dumps(value)
        case float():
            return value if math.isfinite(value) else repr(value)
        case Mapping():
            return {
                str(_plain(str(name))): _plain(inner, depth + 1) for name, inner in value.items()
            }
        case Sequence():
            return [_plain(inner, depth + 1) for inner in value]
        case _:
            return f"({type(value).__name__})"
