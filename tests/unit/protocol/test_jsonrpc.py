"""The strict JSON-RPC parser: what it takes, and everything it refuses."""

from __future__ import annotations

import json
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcphost.domain.errors import ProtocolViolation
from mcphost.protocol.jsonrpc import (
    ErrorResponse,
    Notification,
    Request,
    Response,
    encode_error,
    encode_notification,
    encode_request,
    encode_response,
    parse_json,
    parse_message,
    parse_messages,
)

SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20)
VALUES = st.recursive(
    SCALARS | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=20,
)


@pytest.mark.requirement("APPS-I06", "MCP-001")
@settings(database=None, deadline=None)
@given(st.integers() | st.text(min_size=1), st.dictionaries(st.text(max_size=8), VALUES))
def test_what_is_encoded_is_parsed_back(identity: int | str, params: dict[str, object]) -> None:
    parsed = parse_message(encode_request(identity, "tools/call", params))
    assert parsed == Request(id=identity, method="tools/call", params=params)


@pytest.mark.requirement("MCP-003")
def test_a_notification_without_params_has_none_on_the_wire() -> None:
    body = encode_notification("notifications/initialized")
    assert json.loads(body) == {"jsonrpc": "2.0", "method": "notifications/initialized"}
    assert parse_message(body) == Notification(method="notifications/initialized", params={})


@pytest.mark.requirement("APPS-I06")
def test_answers_are_told_apart() -> None:
    assert parse_message(encode_response("a", {"x": 1})) == Response(id="a", result={"x": 1})
    assert parse_message(encode_error(4, -32601, "no", {"why": 1})) == ErrorResponse(
        id=4, code=-32601, untrusted_message="no", data={"why": 1}
    )


@pytest.mark.requirement("MCP-019")
def test_an_error_may_come_without_an_id() -> None:
    parsed = parse_message('{"jsonrpc":"2.0","error":{"code":-32700,"message":"?"}}')
    assert isinstance(parsed, ErrorResponse)
    assert parsed.id is None


@pytest.mark.requirement("MCP-001")
@pytest.mark.parametrize(
    "text",
    [
        '{"jsonrpc":"2.0","id":1,"result":{},"result":{}}',
        '{"jsonrpc":"2.0","id":1,"result":{"a":1,"a":2}}',
        '{"jsonrpc":"2.0","id":1,"result":{"a":NaN}}',
        '{"jsonrpc":"2.0","id":1,"result":{"a":-Infinity}}',
        '{"jsonrpc":"2.0","id":1,"result":{"a":1e999}}',
        '{"jsonrpc":"2.0","id":1,"result":{"a":"\\ud800"}}',
        '{"jsonrpc":"2.0","id":1,"result":{"\\udc00":1}}',
        '[{"jsonrpc":"2.0","id":1,"result":{}}]',
        '{"jsonrpc":"2.0","id":1,"result":{},"extra":1}',
        '{"jsonrpc":"2.0","id":1,"result":{},"error":null}',
        '{"jsonrpc":"2.0","id":true,"result":{}}',
        '{"jsonrpc":"2.0","id":1.0,"result":{}}',
        '{"jsonrpc":"2.0","id":null,"result":{}}',
        '{"jsonrpc":"2.0","id":null,"method":"ping"}',
        '{"jsonrpc":"2.0","result":{}}',
        '{"jsonrpc":"2.0","id":1,"result":[]}',
        '{"jsonrpc":"1.0","id":1,"result":{}}',
        '{"jsonrpc":"2.0","id":1,"method":"","params":{}}',
        '{"jsonrpc":"2.0","id":1,"method":"a","params":[]}',
        '{"jsonrpc":"2.0","id":1,"error":{"code":"1","message":""}}',
        '{"jsonrpc":"2.0","id":1,"error":{"code":1}}',
        '{"jsonrpc":"2.0","id":1}',
        "[]",
        "3",
        "",
        "{",
        '{"jsonrpc":"2.0","id":1,"result":{}} {}',
    ],
)
def test_a_malformed_message_is_refused(text: str) -> None:
    with pytest.raises(ProtocolViolation):
        parse_message(text)


@pytest.mark.requirement("MCP-001")
@pytest.mark.parametrize("data", [b"\xff\xfe{}", b'{"a":"\xc3"}', b"\xef\xbb\xbf{}"])
def test_bytes_that_are_not_utf8_json_are_refused(data: bytes) -> None:
    with pytest.raises(ProtocolViolation):
        parse_message(data)


def test_a_pair_of_surrogate_escapes_is_one_character() -> None:
    assert parse_json('"\\ud83d\\ude00"') == "😀"


def test_depth_is_counted_exactly_and_strings_do_not_count() -> None:
    inner = '{"a":' * 64 + '"[[[[{{{{\\"[["' + "}" * 64
    assert parse_json(inner) is not None
    with pytest.raises(ProtocolViolation, match="deeper than 64"):
        parse_json("[" + inner + "]")


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 100_000 + b"]" * 100_000,
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'"\\"' * 100_000,
        b"[" + b'"\\' * 100_000,
        b"[" + (b"[" * 63 + b"]" * 63 + b",") * 4_000,
        b"[" + b"[]," * 2_000_000 + b"1]",
    ],
)
def test_hostile_nesting_is_refused_in_linear_time(data: bytes) -> None:
    started = time.thread_time()
    with pytest.raises(ProtocolViolation):
        parse_json(data)
    assert time.thread_time() - started < 2.0


@settings(database=None, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200))
def test_no_input_gets_past_the_parser_but_as_a_message_or_a_violation(data: bytes | str) -> None:
    with suppress(ProtocolViolation):
        parse_messages(data)


def test_commas_inside_strings_are_not_values() -> None:
    assert parse_json(b'["' + b"," * 2_000_000 + b'"]') is not None


def test_size_is_checked_in_bytes_before_anything_else() -> None:
    with pytest.raises(ProtocolViolation, match="more than 8 bytes"):
        parse_json('"€€€"', max_bytes=8)


def test_a_batch_is_read_only_where_it_is_allowed() -> None:
    one = '{"jsonrpc":"2.0","id":1,"result":{}}'
    assert parse_messages(f"[{one},{one}]") == (Response(id=1, result={}),) * 2
    assert parse_messages(one) == (Response(id=1, result={}),)
    with pytest.raises(ProtocolViolation, match="empty batch"):
        parse_messages("[]")
