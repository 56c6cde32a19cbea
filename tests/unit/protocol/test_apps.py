"""What a View may say, and what it gets to see."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcphost.domain.errors import ViewProtocolError
from mcphost.protocol.apps import (
    MAX_MESSAGE_TEXT,
    CallTool,
    Cancelled,
    Listing,
    ListOffers,
    LogMessage,
    OpenLink,
    ReadResource,
    SendMessage,
    SizeChanged,
    TeardownWanted,
    UpdateContext,
    parse_view_notification,
    parse_view_request,
)


@pytest.mark.requirement("APPS-T05")
def test_nothing_but_name_arguments_and_token_survives_a_tool_call_of_a_view() -> None:
    call = parse_view_request(
        0,
        "tools/call",
        {
            "name": "save",
            "arguments": {"x": 1},
            "inputResponses": {"ask": {"action": "accept"}},
            "requestState": "forged",
            "task": {},
            "_meta": {
                "progressToken": 0,
                "io.modelcontextprotocol/clientCapabilities": {"elicitation": {}},
            },
        },
    )
    assert repr(call) == "CallTool(id=0, name='save', arguments={'x': 1}, progress_token=0)"


@pytest.mark.parametrize("arguments", [[], "x", 1, False])
def test_arguments_that_are_no_object_are_refused(arguments: object) -> None:
    with pytest.raises(ViewProtocolError, match="must be an object"):
        parse_view_request(1, "tools/call", {"name": "save", "arguments": arguments})  # type: ignore[dict-item]


RESERVED = ("_meta", "inputResponses", "requestState", "task", "io.modelcontextprotocol/x", "odd")
NESTED = st.recursive(
    st.none() | st.booleans() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(RESERVED), inner),
    max_leaves=6,
)


@pytest.mark.requirement("APPS-T05")
@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(RESERVED), NESTED), NESTED)
def test_whatever_is_nested_where_only_what_was_asked_for_is_kept(
    forged: dict[str, Any], inner: Any
) -> None:
    """What stands *inside* the arguments of a tool is its data."""
    calling = {**forged, "_meta": {"x": forged}, "name": "save", "arguments": {"data": inner}}
    assert parse_view_request(0, "tools/call", calling) == CallTool(
        id=0, name="save", arguments={"data": inner}, progress_token=None
    )
    assert parse_view_request(0, "resources/read", {**forged, "uri": "a:b"}) == ReadResource(
        id=0, uri="a:b"
    )
    opening = {**forged, "url": "https://a.example"}
    assert parse_view_request(0, "ui/open-link", opening) == OpenLink(
        id=0, untrusted_url="https://a.example"
    )


@pytest.mark.requirement("APPS-32")
@pytest.mark.parametrize(
    "content", [{"type": "text", "text": "hi"}, [{"type": "text", "text": "hi"}]]
)
def test_a_message_may_be_one_block_or_a_list(content: object) -> None:
    params = {"role": "user", "content": content}
    assert parse_view_request(1, "ui/message", params) == SendMessage(id=1, text="hi")  # type: ignore[arg-type]


@pytest.mark.requirement("APPS-32")
def test_a_message_in_another_role_is_refused() -> None:
    with pytest.raises(ViewProtocolError, match="only role"):
        parse_view_request(1, "ui/message", {"role": "assistant", "content": []})


def test_context_beyond_the_cap_is_refused_not_cut() -> None:
    text = "x" * (MAX_MESSAGE_TEXT + 1)
    with pytest.raises(ViewProtocolError, match="at most"):
        parse_view_request(
            1, "ui/update-model-context", {"content": [{"type": "text", "text": text}]}
        )


def test_an_unknown_method_is_nothing_the_host_speaks() -> None:
    assert parse_view_request(1, "roots/list", {}) is None


def test_a_fractional_height_is_rounded_up() -> None:
    assert parse_view_notification(
        "ui/notifications/size-changed", {"height": 300.2}
    ) == SizeChanged(height=301)


def test_a_cancellation_of_request_zero_is_understood() -> None:
    assert parse_view_notification("notifications/cancelled", {"requestId": 0}) == Cancelled(
        request=0
    )


def test_what_is_no_text_stands_in_a_message_in_words() -> None:
    content = [
        {"type": "text", "text": "see"},
        {"type": "image", "data": "", "mimeType": "image/png"},
    ]
    assert parse_view_request(1, "ui/message", {"role": "user", "content": content}) == SendMessage(
        id=1, text="see\n[a picture, image/png]"
    )


@pytest.mark.parametrize("content", [None, [], [{"type": "text", "text": " "}], "text", 5])
def test_a_message_without_words_is_refused(content: object) -> None:
    with pytest.raises(ViewProtocolError):
        parse_view_request(1, "ui/message", {"content": content})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    "params", [{}, {"content": []}, {"content": [{"type": "text", "text": ""}]}]
)
def test_an_empty_context_update_clears(params: dict[str, object]) -> None:
    assert parse_view_request(1, "ui/update-model-context", params) == UpdateContext(id=1, text="")  # type: ignore[arg-type]


def test_structure_follows_the_text_of_a_context_update() -> None:
    params = {"content": [{"type": "text", "text": "a"}], "structuredContent": {"b": 1}}
    assert parse_view_request(1, "ui/update-model-context", params) == UpdateContext(
        id=1, text='a\n{"b":1}'
    )


@pytest.mark.parametrize("listing", list(Listing))
def test_a_list_may_be_asked_for_with_and_without_a_cursor(listing: Listing) -> None:
    assert parse_view_request(1, listing.value, {}) == ListOffers(
        id=1, listing=listing, cursor=None
    )
    assert parse_view_request(1, listing.value, {"cursor": "c"}) == ListOffers(
        id=1, listing=listing, cursor="c"
    )
    for cursor in (5, "c" * 5000):
        with pytest.raises(ViewProtocolError):
            parse_view_request(1, listing.value, {"cursor": cursor})


def test_a_log_line_may_hold_any_data() -> None:
    params = {"level": "warning", "data": {"a": [1, None]}}
    assert parse_view_notification("notifications/message", params) == LogMessage(
        level="warning", text='{"a": [1, null]}'
    )


@pytest.mark.requirement("APPS-39")
def test_a_view_may_ask_to_be_torn_down() -> None:
    assert parse_view_notification("ui/notifications/request-teardown", {}) == TeardownWanted()


@pytest.mark.parametrize(
    "params", [{}, {"requestId": None}, {"requestId": True}, {"requestId": []}]
)
def test_a_cancellation_of_nothing_is_refused(params: dict[str, object]) -> None:
    with pytest.raises(ViewProtocolError):
        parse_view_notification("notifications/cancelled", params)  # type: ignore[arg-type]
