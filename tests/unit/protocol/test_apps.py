"""What a View may say, and what it gets to see."""

from __future__ import annotations

import pytest

from mcphost.domain.errors import ViewProtocolError
from mcphost.protocol.apps import (
    CHANGED_ARGUMENTS,
    MAX_MESSAGE_TEXT,
    Cancelled,
    SendMessage,
    SizeChanged,
    open_meta,
    parse_view_notification,
    parse_view_request,
    result_for_view,
)


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


@pytest.mark.parametrize(
    "content", [{"type": "text", "text": "hi"}, [{"type": "text", "text": "hi"}]]
)
def test_a_message_may_be_one_block_or_a_list(content: object) -> None:
    params = {"role": "user", "content": content}
    assert parse_view_request(1, "ui/message", params) == SendMessage(id=1, text="hi")  # type: ignore[arg-type]


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
    assert parse_view_request(1, "sampling/createMessage", {}) is None


def test_a_fractional_height_is_rounded_up() -> None:
    assert parse_view_notification(
        "ui/notifications/size-changed", {"height": 300.2}
    ) == SizeChanged(height=301)


def test_a_cancellation_of_request_zero_is_understood() -> None:
    assert parse_view_notification("notifications/cancelled", {"requestId": 0}) == Cancelled(
        request=0
    )


def test_a_result_for_a_view_has_no_nulls_no_result_type_and_an_object_as_structure() -> None:
    shaped = result_for_view(
        {
            "resultType": "complete",
            "content": [
                {"type": "text", "text": "a", "annotations": None},
                {"type": "hologram", "data": 1},
            ],
            "structuredContent": [1, 2],
            "isError": False,
            "_meta": {"io.modelcontextprotocol/serverInfo": {}, "own": 1},
        }
    )
    assert shaped == {
        "content": [{"type": "text", "text": "a"}],
        "structuredContent": {"result": [1, 2]},
        "_meta": {"own": 1},
    }


def test_a_view_is_told_what_a_person_changed_and_a_server_cannot_say_so() -> None:
    claimed = {"content": [], "_meta": {CHANGED_ARGUMENTS: {"a": 1}}}
    assert "_meta" not in result_for_view(claimed)
    assert result_for_view(claimed, changed={"a": 2})["_meta"] == {CHANGED_ARGUMENTS: {"a": 2}}


def test_reserved_metadata_is_not_open() -> None:
    assert open_meta({"io.modelcontextprotocol/x": 1, "shown": 2}) == {"shown": 2}
