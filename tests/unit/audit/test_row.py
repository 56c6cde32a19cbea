"""The canonical row."""

from __future__ import annotations

import hashlib
import json

import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from mcphost.audit.row import GENESIS, MAX_DATA, row_body, row_digest
from mcphost.domain.audit import AuditKind, AuditRecord
from mcphost.domain.json import Json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def body_of(data: dict[str, Json], mono: int = 5) -> bytes:
    record = AuditRecord(
        kind=AuditKind.FRAME_INTENDED,
        data=data,
        invocation="i",
        principal="user:local",
        lineage="gesture",
        server="demo",
        view="v",
    )
    return row_body(record, seq=7, prev=GENESIS, at="2026-01-01T00:00:00Z", mono=mono, run="r")


def test_a_row_is_exactly_its_canonical_form() -> None:
    assert json.loads(body_of({"b": 1, "a": "é"})) == {
        "v": 1,
        "seq": 7,
        "prev": "0" * 64,
        "at": "2026-01-01T00:00:00Z",
        "mono": 5,
        "run": "r",
        "kind": "frame_intended",
        "invocation": "i",
        "principal": "user:local",
        "lineage": "gesture",
        "server": "demo",
        "view": "v",
        "data": {"a": "é", "b": 1},
    }


def test_the_digest_is_the_rfc_6962_leaf_hash() -> None:
    body = body_of({})
    assert row_digest(body) == hashlib.sha256(b"\x00" + body).hexdigest()


@settings(database=None, deadline=None)
@given(data=st.dictionaries(st.text(), JSON, max_size=4))
def test_any_data_makes_a_canonical_row(data: dict[str, Json]) -> None:
    body = body_of(data)
    assert rfc8785.dumps(json.loads(body, parse_int=float)) == body


def test_data_too_deep_for_recursion_is_cut() -> None:
    deep: Json = 1
    for _ in range(5_000):
        deep = [deep]
    assert b"(too deep)" in body_of({"deep": deep})


def test_data_too_large_is_replaced_by_its_digest() -> None:
    data: dict[str, Json] = {"text": "x" * MAX_DATA}
    kept = json.loads(body_of(data))["data"]
    canonical = rfc8785.dumps(data)  # pyright: ignore
    assert kept == {
        "omitted_bytes": len(canonical),
        "omitted_sha256": hashlib.sha256(canonical).hexdigest(),
    }


def test_a_machine_up_for_years_still_writes_rows() -> None:
    assert json.loads(body_of({}, mono=2**60))["mono"] == 2**53 - 1
