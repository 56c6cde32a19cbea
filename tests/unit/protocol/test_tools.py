"""Tool definitions: what becomes a tool, what is ignored with a warning, what is refused."""

from __future__ import annotations

import pytest

from mcphost.domain.errors import ProtocolViolation
from mcphost.domain.ids import ServerKey
from mcphost.domain.json import JsonObject
from mcphost.protocol.mcp import parse_tool, parse_tool_with_warnings
from mcphost.protocol.tools import declared_defaults

SERVER = ServerKey("s")


def definition(**changes: object) -> dict[str, object]:
    return {"name": "t", "inputSchema": {"type": "object"}, **changes}


def with_meta(**meta: object) -> dict[str, object]:
    return definition(_meta=meta)


@pytest.mark.requirement("APPS-03")
def test_a_plain_tool_is_visible_to_both_and_has_no_template() -> None:
    tool, warnings = parse_tool_with_warnings(SERVER, definition())
    assert (tool.visible_to_model, tool.visible_to_app, tool.ui_resource) == (True, True, None)
    assert warnings == ()


def test_the_nested_template_link_wins_over_the_flat_one() -> None:
    both = with_meta(ui={"resourceUri": "ui://a/new"}, **{"ui/resourceUri": "ui://a/old"})
    assert parse_tool(SERVER, both).ui_resource == "ui://a/new"
    assert parse_tool(SERVER, with_meta(**{"ui/resourceUri": "ui://a"})).ui_resource == "ui://a"


@pytest.mark.requirement("APPS-04")
@pytest.mark.parametrize("link", ["", "https://a/b", "ui://", "ui://a b", "ui://a\u200bb", 4])
def test_a_link_that_is_no_template_is_said(link: object) -> None:
    flat_too = with_meta(ui={"resourceUri": link}, **{"ui/resourceUri": "ui://a/old"})
    tool, warnings = parse_tool_with_warnings(SERVER, flat_too)
    assert tool.ui_resource is None
    assert "not a ui:// address" in warnings[0]


@pytest.mark.requirement("APPS-11", "APPS-T04")
@pytest.mark.parametrize(
    ("visibility", "model", "app"),
    [
        (["model"], True, False),
        (["app"], False, True),
        (["model", "app"], True, True),
        ([], False, False),
        (["everyone"], False, False),
    ],
)
def test_visibility_is_what_the_list_says(visibility: list[str], model: bool, app: bool) -> None:
    tool = parse_tool(SERVER, with_meta(ui={"visibility": visibility}))
    assert (tool.visible_to_model, tool.visible_to_app) == (model, app)


@pytest.mark.requirement("APPS-11")
def test_visibility_that_cannot_be_read_hides_the_tool() -> None:
    tool, warnings = parse_tool_with_warnings(SERVER, with_meta(ui={"visibility": "model"}))
    assert not tool.visible_to_model
    assert not tool.visible_to_app
    assert "hidden from all" in warnings[0]


@pytest.mark.requirement("MCP-109")
def test_titles_come_in_the_order_the_specification_gives() -> None:
    annotated = definition(annotations={"title": "From annotations"})
    assert parse_tool(SERVER, {**annotated, "title": "Own"}).title == "Own"
    assert parse_tool(SERVER, annotated).title == "From annotations"
    assert parse_tool(SERVER, definition(title=" ")).title == "t"


@pytest.mark.requirement("MCP-127")
def test_words_are_sanitised_and_the_definition_kept_as_it_came() -> None:
    tool = parse_tool(SERVER, definition(description="a\u202eb"))
    assert tool.description == "a⟨U+202E⟩b"
    assert tool.definition["description"] == "a\u202eb"


def test_the_digest_changes_with_anything_in_the_definition() -> None:
    first = parse_tool(SERVER, definition())
    again = parse_tool(SERVER, dict(reversed(definition().items())))
    assert first.definition_digest == again.definition_digest
    assert first.definition_digest != parse_tool(SERVER, definition(x=1)).definition_digest


@pytest.mark.requirement("AMB-17", "AMB-18", "MCP-127")
@pytest.mark.parametrize(
    "untrusted",
    [
        None,
        [],
        {},
        definition(name=""),
        definition(name=3),
        definition(name="n" * 257),
        definition(inputSchema=None),
        definition(inputSchema=True),
        definition(inputSchema={}),
        definition(inputSchema={"type": "array"}),
        definition(outputSchema=[]),
        definition(annotations=[]),
        definition(big=2**60),
        definition(
            inputSchema={"type": "object", "properties": {"a": {"x-mcp-header": "no type"}}}
        ),
    ],
)
def test_a_definition_that_breaks_the_rules_is_refused(untrusted: object) -> None:
    with pytest.raises(ProtocolViolation):
        parse_tool(SERVER, untrusted)


def test_declared_defaults_are_those_of_the_top_level_properties() -> None:
    schema: JsonObject = {
        "type": "object",
        "properties": {"a": {"default": 1}, "b": {"type": "string"}, "c": True},
    }
    assert declared_defaults(schema) == {"a": 1}
    assert declared_defaults({"type": "object"}) == {}
