"""Strings of megabytes are read in pieces, and come out as if they had been read at once."""

from __future__ import annotations

import json

import pytest

from mcphost.domain.errors import ProtocolViolation
from mcphost.protocol.jsonrpc import parse_json
from mcphost.protocol.long_strings import LONG, put_aside

BITS = ["a", "é", "😀", "\n", '"', "\\", "\u2028", "/"]


def text(bit: str, *, ascii_only: bool) -> tuple[str, bytes]:
    string = "x" + bit * (3 * LONG // len(bit.encode()))
    return string, json.dumps({"a": [1, string, "short"]}, ensure_ascii=ascii_only).encode()


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("bit", BITS)
def test_a_long_string_is_read_as_it_was_written(bit: str, ascii_only: bool) -> None:
    string, raw = text(bit, ascii_only=ascii_only)
    assert len(put_aside(raw)[1]) == 1
    assert parse_json(raw) == {"a": [1, string, "short"]}


def test_several_keep_their_order() -> None:
    strings = [letter * (2 * LONG) for letter in "abc"]
    assert parse_json(json.dumps({"x": strings, "y": strings[::-1]})) == {
        "x": strings,
        "y": strings[::-1],
    }


LONG_TEXT = b'"' + b"a" * (2 * LONG) + b'"'


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"[NaN," + LONG_TEXT + b"]", "NaN"),
        (b"[" + LONG_TEXT + b",NaN]", "NaN"),
        (b"[" + LONG_TEXT + b",Infinity]", "Infinity"),
        (b"{" + LONG_TEXT + b":1}", "not JSON"),
        (b'["' + b"a" * (2 * LONG), "not JSON"),
        (b'["' + b"a" * (2 * LONG) + b"\\", "not JSON"),
        (b'["' + b"a" * (2 * LONG) + b'\\x"]', "not JSON"),
        (b'["' + b"a" * (2 * LONG) + b'\n"]', "not JSON"),
        (b'["' + b"a" * (2 * LONG) + b'\\ud800"]', "lone surrogate"),
        (b'["' + b"a" * (2 * LONG) + b'\xff"]', "UTF-8"),
        (LONG_TEXT + LONG_TEXT, "not JSON"),
    ],
)
def test_what_is_no_json_stays_none(raw: bytes, why: str) -> None:
    with pytest.raises(ProtocolViolation, match=why):
        parse_json(raw)
