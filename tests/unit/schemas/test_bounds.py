"""What a schema must satisfy before a validator sees it."""

from __future__ import annotations

import time

import pytest

from mcphost.domain.errors import ProtocolViolation
from mcphost.domain.json import Json, JsonObject
from mcphost.schemas.bounds import MAX_DEPTH, MAX_SUBSCHEMAS, encode_schema
from mcphost.schemas.dialects import Dialect


def nested(levels: int) -> JsonObject:
    schema: JsonObject = {"type": "object"}
    for _ in range(levels - 1):
        schema = {"not": schema}
    return schema


def nested_lists(levels: int) -> JsonObject:
    value: Json = 1
    for _ in range(levels):
        value = [value]
    return {"const": value}


@pytest.mark.requirement("MCP-120")
@pytest.mark.parametrize(
    ("named", "dialect"),
    [
        (None, Dialect.DRAFT_2020_12),
        ("https://json-schema.org/draft/2020-12/schema", Dialect.DRAFT_2020_12),
        ("https://json-schema.org/draft/2020-12/schema#", Dialect.DRAFT_2020_12),
        ("http://json-schema.org/draft-07/schema#", Dialect.DRAFT_07),
        ("http://json-schema.org/draft-07/schema", Dialect.DRAFT_07),
    ],
)
def test_known_dialects_are_accepted(named: str | None, dialect: Dialect) -> None:
    schema: JsonObject = {"type": "object"} if named is None else {"$schema": named}
    assert encode_schema(schema)[0] is dialect


@pytest.mark.requirement("MCP-105", "MCP-121")
@pytest.mark.parametrize(
    "named",
    ["http://json-schema.org/draft-04/schema#", "https://evil/meta", "", 7, ["x"], "\u202ex"],
)
def test_an_unknown_dialect_is_refused(named: Json) -> None:
    with pytest.raises(ProtocolViolation, match="dialect is not supported"):
        encode_schema({"$schema": named})


@pytest.mark.requirement("MCP-121")
def test_an_unknown_dialect_inside_is_refused() -> None:
    with pytest.raises(ProtocolViolation, match="dialect is not supported"):
        encode_schema({"properties": {"a": {"$schema": "https://evil/meta"}}})


@pytest.mark.requirement("MCP-105", "MCP-123", "MCP-125")
@pytest.mark.parametrize("keyword", ["$ref", "$dynamicRef", "$recursiveRef"])
@pytest.mark.parametrize(
    "target",
    ["http://a/b", "file:///etc/passwd", "other.json", "//a", "urn:x", "/a#", "http://[x/"],
)
def test_a_reference_to_elsewhere_is_refused(keyword: str, target: str) -> None:
    with pytest.raises(ProtocolViolation, match=r"never followed|an address that is none"):
        encode_schema({"allOf": [{"items": {keyword: target}}]})


def test_references_inside_and_properties_called_ref_are_fine() -> None:
    encode_schema({"$defs": {"a": {}}, "properties": {"$ref": {"$ref": "#/$defs/a"}}})
    encode_schema({"const": {"$ref": "http://data/not-a-reference"}, "enum": [{"$schema": "x"}]})


@pytest.mark.parametrize(
    ("identity", "target"),
    [
        ("http://a/b/c", "http://a/b/c#/$defs/x"),
        ("http://a/b/c", "c"),
        ("http://a/b/c", "/b/c"),
        ("urn:a:b", "urn:a:b"),
        ("part", "part"),
    ],
)
def test_a_reference_to_a_part_by_its_own_name_stays_inside(identity: str, target: str) -> None:
    inside = {"$id": identity, "type": "string", "items": {"$ref": target}}
    encode_schema({"$defs": {"part": inside}})
    encode_schema({"$id": "http://a/b/", "$defs": {"part": {"$id": "x"}}, "$ref": "x"})


@pytest.mark.requirement("MCP-125")
@pytest.mark.parametrize(
    "named", ["http://other/b", "http://a/b/d", "c/", "http://a:81/b/c", "HTTPS://a/b/c"]
)
def test_a_name_that_the_schema_does_not_give_leads_outside(named: str) -> None:
    with pytest.raises(ProtocolViolation, match="never followed"):
        encode_schema({"$id": "http://a/b/c", "items": {"$ref": named}})


def test_the_schemas_of_schemas_are_at_hand() -> None:
    encode_schema({"$ref": "https://json-schema.org/draft/2020-12/schema"})
    encode_schema({"$ref": "http://json-schema.org/draft-07/schema#"})


def test_too_many_or_too_long_addresses_are_refused() -> None:
    with pytest.raises(ProtocolViolation, match="more than 500 addresses"):
        encode_schema({"anyOf": [{"$id": f"http://a/{n}"} for n in range(501)]})
    with pytest.raises(ProtocolViolation, match="more than 2048 characters"):
        encode_schema({"$id": "http://a/" + "x" * 2_048})


@pytest.mark.requirement("MCP-126")
def test_the_deepest_schema_is_accepted_and_one_level_more_is_not() -> None:
    encode_schema(nested(MAX_DEPTH))
    with pytest.raises(ProtocolViolation, match="levels deep"):
        encode_schema(nested(MAX_DEPTH + 1))


@pytest.mark.parametrize("levels", [100, 50_000])
def test_deep_schemas_of_any_shape_are_refused(levels: int) -> None:
    for schema in (nested(levels), nested_lists(levels)):
        with pytest.raises(ProtocolViolation, match="levels deep"):
            encode_schema(schema)


@pytest.mark.requirement("MCP-126")
def test_too_many_subschemas_are_refused() -> None:
    encode_schema({"anyOf": [{}] * (MAX_SUBSCHEMAS - 1)})
    with pytest.raises(ProtocolViolation, match="subschemas"):
        encode_schema({"anyOf": [{}] * MAX_SUBSCHEMAS})


@pytest.mark.requirement("MCP-126")
def test_too_many_bytes_are_refused() -> None:
    with pytest.raises(ProtocolViolation, match="bytes"):
        encode_schema({"description": "x" * 300_000})
    with pytest.raises(ProtocolViolation, match="bytes"):
        encode_schema({"description": "\0" * 60_000})  # six bytes each, once it is JSON


@pytest.mark.parametrize(
    "huge",
    [
        {str(number): 1 for number in range(1_000_000)},
        [1] * 3_000_000,
        ["x" * 100] * 100_000,
        {"x" * 20_000_000: 1},
        [[]] * 1_000_000,
    ],
    ids=["members", "numbers", "words", "name", "lists"],
)
def test_a_huge_schema_is_refused_without_walking_it(huge: Json) -> None:
    began = time.thread_time()
    with pytest.raises(ProtocolViolation, match="bytes"):
        encode_schema({"enum": huge})
    print(f"figure: refused after {(time.thread_time() - began) * 1000:.1f} ms")
