"""Headers that mirror a request. The encoding vectors are those of the specification."""

from __future__ import annotations

import pytest
from mcp.shared.inbound import decode_header_value

from mcphost.domain.errors import ProtocolViolation, UserFacingError
from mcphost.protocol.headers import (
    find_header_parameters,
    header_value,
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
    ],
)
def test_a_value_that_is_unsafe_travels_encoded(text: str, value: str) -> None:
    assert header_value(text) == value
    assert decode_header_value(value) == text


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
        ({**schema(), "$defs": {"a": {"type": "string", "x-mcp-header": "A"}}}, "plain property"),
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


def test_a_value_no_header_can_carry_is_said_before_anything_is_sent() -> None:
    with pytest.raises(UserFacingError, match="where must be text"):
        parameter_headers(((("where",), "W"),), {"where": [1]})
