"""Large data becomes the same JSON as small data, in pieces, and never more of it than allowed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcphost.domain.errors import ProtocolViolation
from mcphost.schemas import encoding
from mcphost.schemas.encoding import encode, is_small

MANY = 100_000_000
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(max_examples=60, deadline=None)
@given(value=VALUES)
def test_what_is_encoded_in_pieces_is_what_was_given(value: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoding, "_PIECE", 2)
        patch.setattr(encoding, "_SLICE", 3)
        patch.setattr(encoding, "_SMALL_BYTES", 4)
        assert json.loads(encode(value, limit=MANY)) == value


@pytest.mark.parametrize(
    "value",
    [
        ["x" * 100] * 50_000,
        {str(n): [n] for n in range(50_000)},
        "é\u2028\U0001f331" * 200_000,
        [[1] * 20_000, {"a": "x" * 400_000}, []],
    ],
    ids=["list", "object", "text", "mixed"],
)
def test_large_data_is_whole(value: Any) -> None:
    assert not is_small(value)
    assert json.loads(encode(value, limit=MANY)) == value


def test_more_than_the_limit_is_refused_at_the_first_piece_too_many() -> None:
    assert encode("x" * 8, limit=10) == b'"xxxxxxxx"'
    for value in ("x" * 9, ["x" * 1_000] * 1_000_000):
        with pytest.raises(ProtocolViolation, match="the data is larger than 10 bytes"):
            encode(value, limit=10)


def test_large_data_that_is_nested_too_deeply_is_refused() -> None:
    value: Any = ["x" * 100] * 20_000
    for _ in range(200):
        value = [value]
    with pytest.raises(ProtocolViolation, match="nested more than 128 levels deep"):
        encode(value, limit=MANY)
