"""Headers that mirror a request. The encoding vectors are those of the specification."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp.shared.inbound import decode_header_value

from mcphost.domain.errors import ProtocolViolation, UserFacingError
from mcphost.protocol.headers import (
    find_header_parameters,
    header_value,
    mirrored,
    parameter_headers,
    request_headers,
)


@pytest.mark.requirement("MCP-052", "MCP-056")
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("us-west1", "us-west1"),
        ("two words", "two words"),
        ("", ""),
        (" padded ", "=?base64?IHBhZGRlZCA=?="),
        ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="),
        ("Zürich", "=?base64?WsO8cmljaA==?="),
        ("a\nb", "=?base64?YQpi?="),
        ("a\tb", "=?base64?YQli?="),
        ("=?BASE64?x?=", "=?BASE64?x?="),
        ("=?base64?=", "=?base64?PT9iYXNlNjQ/PQ==?="),
        ("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="),
        ("line1\nline2", "=?base64?bGluZTEKbGluZTI=?="),
    ],
)
def test_a_value_that_is_unsafe_travels_encoded(text: str, value: str) -> None:
    assert header_value(text) == value
    assert decode_header_value(value) == text


@pytest.mark.requirement("MCP-052")
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_survives_the_way_through_a_header(text: str) -> None:
    value = header_value(text)
    assert decode_header_value(value) == text
    assert re.fullmatch(r"(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?", value)


@pytest.mark.requirement("MCP-052")
@given(st.lists(st.sampled_from(["=?base64?", "?=", "=?BASE64?", "a", "Zg==", " "])).map("".join))
def test_what_only_looks_encoded_is_encoded(text: str) -> None:
    value = header_value(text)
    assert decode_header_value(value) == text
    if text.startswith("=?base64?") and text.endswith("?="):
        assert value != text


@pytest.mark.requirement("MCP-046", "MCP-047", "MCP-048")
def test_every_request_names_version_and_method_and_some_their_object() -> None:
    assert request_headers("2026-07-28", "tools/list", {"name": "x"}) == (
        ("MCP-Protocol-Version", "2026-07-28"),
        ("Mcp-Method", "tools/list"),
    )
    assert request_headers("v", "tools/call", {"name": "café"})[2] == (
        "Mcp-Name",
        "=?base64?Y2Fmw6k=?=",
    )
    assert request_headers("v", "resources/read", {"uri": "ui://a"})[2] == ("Mcp-Name", "ui://a")


MARKED = {"type": "string", "x-mcp-header": "A"}


def schema(**properties: object) -> dict[str, object]:
    return {"type": "object", "properties": properties}


@pytest.mark.requirement("AMB-05", "MCP-049")
def test_annotated_parameters_are_found_at_any_depth_of_properties() -> None:
    where = schema(region={"type": "string", "x-mcp-header": "Region"})
    found = find_header_parameters(schema(dry={"type": "boolean", "x-mcp-header": "Dry"}, at=where))
    assert set(found) == {(("dry",), "Dry"), (("at", "region"), "Region")}


@pytest.mark.requirement("MCP-050", "MCP-056")
@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (schema(a={"type": "string", "x-mcp-header": ""}), "not a header name"),
        (schema(a={"type": "string", "x-mcp-header": "a b"}), "not a header name"),
        (schema(a={"type": "string", "x-mcp-header": "a\r\nX: y"}), "not a header name"),
        (schema(a={"type": "string", "x-mcp-header": 3}), "not a header name"),
        (schema(a={"type": "string", "x-mcp-header": "é"}), "not a header name"),
        (schema(a={"type": "string", "x-mcp-header": "a:b"}), "not a header name"),
        (schema(a={"type": "string", "x-mcp-header": "A" * 129}), "longer than 128"),
        (schema(a={"type": "number", "x-mcp-header": "A"}), "not of type"),
        (schema(a={"type": ["string"], "x-mcp-header": "A"}), "not of type"),
        (schema(a={"x-mcp-header": "A"}), "not of type"),
        (
            schema(
                a={"type": "string", "x-mcp-header": "A"}, b={"type": "string", "x-mcp-header": "a"}
            ),
            "twice",
        ),
        (schema(a={"items": {"type": "string", "x-mcp-header": "A"}}), "plain property"),
        (schema(a={"anyOf": [{"type": "string", "x-mcp-header": "A"}]}), "plain property"),
        (schema(a={"not": {"type": "string", "x-mcp-header": "A"}}), "plain property"),
        (schema(a={"if": {"properties": {"b": MARKED}}}), "plain property"),
        (schema(a={"then": {"properties": {"b": MARKED}}}), "plain property"),
        (schema(a={"oneOf": [{"properties": {"b": MARKED}}]}), "plain property"),
        (schema(a={"prefixItems": [MARKED]}), "plain property"),
        (schema(a={"additionalProperties": MARKED}), "plain property"),
        ({**schema(), "allOf": [schema(a=MARKED)]}, "plain property"),
        ({**schema(a={"$ref": "#/$defs/a"}), "$defs": {"a": MARKED}}, "plain property"),
        ({**schema(), "type": "string", "x-mcp-header": "A"}, "plain property"),
    ],
)
def test_a_broken_annotation_is_refused(broken: dict[str, object], reason: str) -> None:
    with pytest.raises(ProtocolViolation, match=reason):
        find_header_parameters(broken)


@pytest.mark.requirement("MCP-050")
def test_data_that_looks_like_an_annotation_is_none() -> None:
    harmless = schema(a={"type": "object", "default": {"x-mcp-header": "A"}})
    harmless["properties"]["x-mcp-header"] = {"type": "string"}
    assert find_header_parameters(harmless) == ()


@pytest.mark.requirement("MCP-053")
def test_values_are_read_at_their_path_and_absent_ones_left_out() -> None:
    parameters = tuple(((name,), name.upper()) for name in ("text", "flag", "n", "null", "gone"))
    arguments = {"text": "", "flag": False, "n": -7, "null": None}
    assert parameter_headers(parameters, arguments) == (
        ("Mcp-Param-TEXT", ""),
        ("Mcp-Param-FLAG", "false"),
        ("Mcp-Param-N", "-7"),
    )
    assert parameter_headers(((("a", "b"), "B"),), {"a": "not an object"}) == ()


@pytest.mark.requirement("MCP-052")
def test_a_value_no_header_can_carry_is_said_before_anything_is_sent() -> None:
    for odd in ([1], {"a": 1}, 1.5, 2**53, -(2**53), 1e300):
        with pytest.raises(UserFacingError, match="where must be text"):
            parameter_headers(((("where",), "W"),), {"where": odd})


@pytest.mark.requirement("MCP-052")
@pytest.mark.parametrize(
    ("value", "sent"),
    [(2**53 - 1, "9007199254740991"), (-(2**53) + 1, "-9007199254740991"), (42.0, "42"), (0, "0")],
)
def test_a_whole_number_is_decimal_and_within_what_everybody_can_hold(
    value: float, sent: str
) -> None:
    assert parameter_headers(((("n",), "N"),), {"n": value}) == (("Mcp-Param-N", sent),)


def test_what_is_mirrored_is_said_by_path_and_header() -> None:
    parameters = ((("a", "b"), "B"), (("gone",), "Gone"))
    assert mirrored(parameters, {"a": {"b": ""}, "gone": None}) == ((("a", "b"), "Mcp-Param-B"),)


@pytest.mark.requirement("MCP-186")
@pytest.mark.parametrize("method", ["tasks/get", "tasks/update", "tasks/cancel"])
def test_requests_about_a_task_name_it(method: str) -> None:
    assert ("Mcp-Name", "t-1") in request_headers("2026-07-28", method, {"taskId": "t-1"})
    encoded = dict(request_headers("2026-07-28", method, {"taskId": " ä"}))["Mcp-Name"]
    assert encoded.startswith("=?base64?")
