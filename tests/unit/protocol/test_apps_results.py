"""What a View is told: only what every View SDK takes, and nothing left out unsaid."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcphost.domain.errors import ProtocolViolation
from mcphost.protocol.apps import Listing
from mcphost.protocol.apps_results import (
    CHANGED_ARGUMENTS,
    list_for_view,
    open_meta,
    resource_for_view,
    result_for_view,
    tool_for_view,
)
from mcphost.protocol.tools import parse_tool
from tests.helpers.gate_parts import SERVER

FIELDS = {"content", "structuredContent", "isError", "_meta"}
MEMBERS = (
    *("type", "text", "data", "mimeType", "resource", "uri", "blob", "name", "size", "odd"),
    *("_meta", "annotations", "audience", "io.modelcontextprotocol/x"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(MEMBERS),
            inner | st.sampled_from(["text", "image", "resource", "resource_link", "hologram"]),
            max_size=5,
        )
    ),
    max_leaves=12,
)


@pytest.mark.requirement("APPS-I02", "APPS-I09", "APPS-I10")
def test_a_result_has_no_nulls_no_result_type_and_an_object_as_structure() -> None:
    shaped = result_for_view(
        {
            "resultType": "complete",
            "content": [{"type": "text", "text": "a", "annotations": None, "odd": 1}],
            "structuredContent": [1, 2],
            "isError": False,
            "ttlMs": 5,
            "_meta": {"io.modelcontextprotocol/serverInfo": {}, "own": 1},
        }
    )
    assert shaped == {
        "content": [{"type": "text", "text": "a"}],
        "structuredContent": {"result": [1, 2]},
        "_meta": {"own": 1},
    }


@pytest.mark.requirement("APPS-I13")
@pytest.mark.parametrize(
    "block",
    [
        {"type": "hologram", "data": 1},
        {"type": "text"},
        {"type": "image", "data": "YQ=="},
        {"type": "image", "data": "no base64", "mimeType": "image/png"},
        {"type": "resource_link", "uri": "a:b"},
        {"type": "resource", "resource": {"uri": "a:b"}},
        {"type": "resource", "resource": {"uri": "a:b", "text": "x", "blob": "YQ=="}},
        "text",
        None,
    ],
)
def test_a_block_that_no_view_takes_becomes_words_in_its_place(block: Any) -> None:
    after = {"type": "text", "text": "after"}
    first, second = result_for_view({"content": [block, after]})["content"]  # type: ignore[misc]
    assert set(first) == {"type", "text"}  # type: ignore[arg-type]
    assert first["type"] == "text"  # type: ignore[index, call-overload]
    assert second == after


@pytest.mark.requirement("APPS-I13")
@pytest.mark.parametrize(
    "block",
    [
        {"type": "text", "text": "a", "annotations": {"audience": ["user"], "priority": 0.5}},
        {"type": "image", "data": "YQ==", "mimeType": "image/png", "_meta": {"own": 1}},
        {"type": "audio", "data": "YQ==", "mimeType": "audio/wav"},
        {"type": "resource_link", "uri": "a:b", "name": "n", "title": "t", "size": 3},
        {"type": "resource", "resource": {"uri": "a:b", "mimeType": "text/plain", "text": "x"}},
        {"type": "resource", "resource": {"uri": "a:b", "blob": "AA==", "_meta": {"own": 1}}},
    ],
)
def test_a_block_that_is_right_goes_through_as_it_is(block: Any) -> None:
    assert result_for_view({"content": [block]})["content"] == [block]


@pytest.mark.parametrize(
    "annotations", [5, {"audience": ["model"]}, {"priority": 2}, {"lastModified": "yesterday"}]
)
def test_annotations_that_an_sdk_would_choke_on_are_left_out(annotations: Any) -> None:
    block = {"type": "text", "text": "a", "annotations": annotations}
    assert result_for_view({"content": [block]})["content"] == [{"type": "text", "text": "a"}]


@pytest.mark.requirement("APPS-I02")
@settings(max_examples=60, deadline=None)
@given(JSON, JSON)
def test_whatever_a_server_sends_a_view_gets_known_fields_and_no_nulls(
    content: Any, meta: Any
) -> None:
    shaped = result_for_view({"content": content, "_meta": meta, "odd": content})
    assert set(shaped) <= FIELDS
    blocks: Any = shaped["content"]
    assert all(block["type"] != "hologram" and None not in block.values() for block in blocks)
    for holder in (shaped, *blocks):
        assert not [k for k in holder.get("_meta", {}) if k.startswith("io.modelcontextprotocol/")]


@pytest.mark.requirement("APPS-I10")
@pytest.mark.parametrize(
    "unfinished",
    [
        {"resultType": "input_required", "inputRequests": {}},
        {"resultType": "task", "task": {}},
        {"inputRequests": {}},
        {"resultType": None},
    ],
)
def test_what_is_no_result_yet_never_becomes_an_empty_success(unfinished: Any) -> None:
    for shape in (result_for_view, resource_for_view):
        with pytest.raises(ProtocolViolation):
            shape(unfinished)
    with pytest.raises(ProtocolViolation):
        list_for_view(Listing.PROMPTS, unfinished)


def test_a_view_is_told_what_a_person_changed_and_a_server_cannot_say_so() -> None:
    claimed = {"content": [], "_meta": {CHANGED_ARGUMENTS: {"a": 1}}}
    assert "_meta" not in result_for_view(claimed)
    assert result_for_view(claimed, changed={"a": 2})["_meta"] == {CHANGED_ARGUMENTS: {"a": 2}}


def test_reserved_metadata_is_not_open() -> None:
    assert open_meta({"io.modelcontextprotocol/x": 1, "shown": 2, "none": None}) == {"shown": 2}


def test_a_resource_has_its_contents_and_nothing_else() -> None:
    good = {"uri": "a:b", "text": "x"}
    given = [{**good, "odd": 1, "mimeType": None}, {"uri": "a:c"}, 5]
    assert resource_for_view({"contents": given, "ttlMs": 1}) == {"contents": [good]}


@pytest.mark.parametrize(
    ("listing", "key", "good"),
    [
        (Listing.RESOURCES, "resources", {"uri": "a:b", "name": "n"}),
        (Listing.TEMPLATES, "resourceTemplates", {"uriTemplate": "a:{b}", "name": "n"}),
        (Listing.PROMPTS, "prompts", {"name": "n", "arguments": [{"name": "x", "required": True}]}),
    ],
)
def test_a_list_has_its_entries_and_its_cursor(listing: Listing, key: str, good: Any) -> None:
    page = {key: [{**good, "icons": [], "title": None}, {"odd": 1}], "nextCursor": "c", "ttlMs": 1}
    assert list_for_view(listing, page) == {key: [good], "nextCursor": "c"}
    assert list_for_view(listing, {}) == {key: []}


@pytest.mark.requirement("APPS-I04")
def test_a_tool_is_shown_without_what_older_sdks_refuse() -> None:
    definition = {
        "name": "t",
        "title": None,
        "inputSchema": {"type": "object"},
        "outputSchema": {"type": "array"},
        "annotations": {"readOnlyHint": True, "odd": []},
        "icons": [{"src": "x"}],
        "_meta": {"ui": {"visibility": ["app"]}, "io.modelcontextprotocol/x": 1},
    }
    assert tool_for_view(parse_tool(SERVER, definition)) == {
        "name": "t",
        "inputSchema": {"type": "object"},
        "annotations": {"readOnlyHint": True},
        "_meta": {"ui": {"visibility": ["app"]}},
    }
