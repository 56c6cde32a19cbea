"""Noise instead of messages: every parser answers with a value or a `ProtocolViolation`, in time
that grows with the input and no faster.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcphost.domain.errors import ProtocolViolation, UserFacingError
from mcphost.protocol.elicitation import parse_elicitation
from mcphost.protocol.headers import find_header_parameters, header_value, parameter_headers
from mcphost.protocol.jsonrpc import parse_message, parse_messages
from mcphost.protocol.mcp import (
    parse_input_required,
    parse_result_type,
    parse_server_info_legacy,
    parse_server_info_modern,
    parse_supported_versions,
    parse_tool,
    result_text,
)
from mcphost.schemas.bounds import encode_schema

WORDS = st.sampled_from(
    [
        *("jsonrpc", "2.0", "id", "method", "params", "result", "error", "code", "message"),
        *("name", "inputSchema", "properties", "type", "object", "string", "$ref", "$id"),
        *("#", "_meta", "x-mcp-header", "enum", "ui", "resourceUri", "visibility"),
        *("content", "text", "resultType", "inputRequests", "requestState"),
        *("requestedSchema", "mode", "form", "url", "required", "items", "oneOf"),
        *("supportedVersions", "capabilities", "protocolVersion", "const", "title"),
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=20,
)
OBJECTS = st.dictionaries(WORDS, VALUES, max_size=8)
QUIET = settings(database=None, deadline=None, max_examples=40)
PARSERS: list[Callable[[Any], object]] = [
    lambda value: parse_tool("peer", value),
    parse_result_type,
    parse_input_required,
    parse_supported_versions,
    parse_server_info_legacy,
    lambda value: parse_server_info_modern(value, "2026-07-28"),
    parse_elicitation,
    result_text,
    find_header_parameters,
    encode_schema,
]


@QUIET
@given(noise=st.binary(max_size=300))
def test_bytes_are_a_message_or_refused(noise: bytes) -> None:
    for parse in (parse_message, parse_messages):
        try:
            parse(noise)
        except ProtocolViolation:
            continue


@QUIET
@given(value=OBJECTS)
def test_json_is_a_message_or_refused(value: dict[str, Any]) -> None:
    for message in (value, {"jsonrpc": "2.0", **value}):
        try:
            parse_message(json.dumps(message))
        except ProtocolViolation:
            continue


@pytest.mark.parametrize("parse", PARSERS)
@QUIET
@given(value=OBJECTS)
def test_an_object_is_understood_or_refused(
    parse: Callable[[Any], object], value: dict[str, Any]
) -> None:
    try:
        parse(value)
    except (ProtocolViolation, UserFacingError):
        return


@QUIET
@given(text=st.text(), value=VALUES)
def test_any_argument_becomes_a_header_or_is_refused(text: str, value: Any) -> None:
    try:
        headers = [
            header_value(text),
            *dict(parameter_headers(((("a",), "A"),), {"a": value})).values(),
        ]
    except (UserFacingError, ProtocolViolation):
        return
    assert all(header.isascii() and header.isprintable() for header in headers)


SHAPES: dict[str, Callable[[int], bytes]] = {
    "quotes": lambda n: b'"' * n,
    "backslashes": lambda n: b'"' + b"\\" * n,
    "opening brackets": lambda n: b"[" * n,
    "closing brackets": lambda n: b"]" * n,
    "braces": lambda n: b'{"":' * (n // 4),
    "digits": lambda n: b"[" + b"1" * n + b"]",
    "commas": lambda n: b"[" + b"," * n,
    "spaces": lambda n: b" " * n,
    "surrogates": lambda n: b'["' + b"\\ud83d" * (n // 6) + b'"]',
    "exponents": lambda n: b"[" + b"1e5," * (n // 4) + b"1]",
    "nuls": lambda n: b"\0" * n,
    "escapes": lambda n: b'["' + b"\\\\u" * (n // 3) + b'"]',
}


@pytest.mark.parametrize("name", SHAPES)
def test_no_shape_of_noise_takes_more_than_linear_time(name: str) -> None:
    def spent(size: int) -> float:
        noise = SHAPES[name](size)
        began = time.thread_time()
        with pytest.raises(ProtocolViolation):
            parse_message(noise)
        return time.thread_time() - began

    small, large = spent(500_000), spent(4_000_000)
    assert large < 24 * small + 0.05, f"{small * 1000:.0f} ms, then {large * 1000:.0f} ms"
