"""The tools of a conversation as a model sees them."""

from __future__ import annotations

import re

import pytest

from mcphost.chat.offer import MAX_TOOLS, model_tools, tool_name
from mcphost.chat.ports import Target
from mcphost.domain.ids import Digest, ServerKey
from mcphost.domain.json import JsonObject
from mcphost.domain.server import HttpEndpoint, ServerConfig
from mcphost.domain.tool import Tool


def target(
    name: str = "look",
    *,
    server: str = "demo",
    schema: JsonObject | None = None,
    description: str = "Looks.",
    visible: bool = True,
) -> Target:
    key = ServerKey(server)
    tool = Tool(
        server=key,
        name=name,
        title="",
        description=description,
        input_schema=schema or {"type": "object"},
        output_schema=None,
        annotations={},
        ui_resource=None,
        visible_to_model=visible,
        visible_to_app=True,
        definition={},
        definition_digest=Digest("0" * 64),
    )
    config = ServerConfig(key=key, title=server, endpoint=HttpEndpoint(url="https://x.example/"))
    return Target(server=config, tool=tool, review=None)


@pytest.mark.requirement("APPS-11")
def test_a_tool_that_is_not_for_models_is_not_offered() -> None:
    assert model_tools([target(visible=False)]) == ((), ())


@pytest.mark.requirement("MCP-107")
@pytest.mark.parametrize("name", ["files.read", "a/b", "käse", "x" * 200, "a b", "", "\ud800"])
def test_every_name_fits_every_api_and_is_its_own(name: str) -> None:
    made = tool_name(target(name))
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", made)
    others = [target("files_read"), target("a_b"), target("x" * 199), target(name, server="other")]
    assert made not in {tool_name(other) for other in others}


def test_a_plain_name_stays_readable() -> None:
    assert tool_name(target("read_file", server="my-files")) == "my-files__read_file"


@pytest.mark.requirement("MCP-127")
def test_hidden_words_are_spelled_out_and_values_stay_exact() -> None:
    words = {"title": "t\u200b", "description": "d\u200b", "enum": ["e\u200b"]}
    schema: JsonObject = {
        "type": "object",
        "properties": {"description": words, "b\u200b": {"anyOf": [words]}},
    }
    [tool] = model_tools([target(schema=schema, description="look\u202e")])[0]
    shown = {"title": "t⟨U+200B⟩", "description": "d⟨U+200B⟩", "enum": ["e\u200b"]}
    assert tool.description == "look⟨U+202E⟩"
    assert tool.parameters == {
        "type": "object",
        "properties": {"description": shown, "b\u200b": {"anyOf": [shown]}},
    }


def test_a_schema_out_of_bounds_takes_out_its_tool_only() -> None:
    deep: JsonObject = {"type": "object"}
    for _ in range(100):
        deep = {"type": "object", "properties": {"x": deep}}
    tools, left_out = model_tools([target("deep", schema=deep), target("fine")])
    assert [tool.name for tool in tools] == ["demo__fine"]
    [sentence] = left_out
    assert sentence.startswith("demo__deep is not offered to the model")


def test_no_more_tools_than_fit_and_it_is_said() -> None:
    tools, left_out = model_tools([target(f"t{n}") for n in range(MAX_TOOLS + 2)])
    assert len(tools) == MAX_TOOLS
    assert len(left_out) == 2
