"""Parsing what servers answer."""

from __future__ import annotations

import pytest

from mcphost.domain.errors import HostBugError, ProtocolViolation
from mcphost.domain.tool import Era
from mcphost.protocol import mcp

TRACE = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"


def meta(**changes: object) -> object:
    given = {"elicitation": False, "progress_token": None, "traceparent": None, **changes}
    return mcp.request_meta(version=mcp.MODERN, client={"name": "h", "version": "1"}, **given)


@pytest.mark.requirement(
    "AMB-02",
    "AMB-16",
    "APPS-14",
    "MCP-005",
    "MCP-006",
    "MCP-042",
    "MCP-184",
    "MCP-192",
)
def test_every_request_declares_apps_and_nothing_it_cannot_do() -> None:
    assert meta() == {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "h", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {
            "extensions": {
                "io.modelcontextprotocol/ui": {"mimeTypes": ["text/html;profile=mcp-app"]}
            }
        },
    }


@pytest.mark.requirement("MCP-084")
def test_elicitation_is_declared_only_where_it_may_prompt() -> None:
    declared = mcp.client_capabilities(elicitation=True)
    assert declared["elicitation"] == {"form": {}, "url": {}}
    assert "elicitation" not in mcp.client_capabilities(elicitation=False)


@pytest.mark.requirement("MCP-139", "MCP-183")
def test_trace_and_progress_travel_without_prefix() -> None:
    found = meta(traceparent=TRACE, progress_token=4)
    assert found["traceparent"] == TRACE
    assert found["progressToken"] == 4
    assert "baggage" not in found
    assert "tracestate" not in found


@pytest.mark.requirement("MCP-183")
def test_a_malformed_traceparent_is_our_bug() -> None:
    with pytest.raises(HostBugError):
        meta(traceparent="00-zz")


@pytest.mark.requirement("AMB-11", "MCP-008")
def test_an_absent_result_type_means_complete() -> None:
    assert mcp.parse_result_type({}) is mcp.ResultType.COMPLETE
    assert mcp.parse_result_type({"resultType": "complete"}) is mcp.ResultType.COMPLETE
    assert mcp.parse_result_type({"resultType": "input_required"}) is mcp.ResultType.INPUT_REQUIRED


@pytest.mark.requirement("MCP-007")
@pytest.mark.parametrize("untrusted", ["task", "zzz", "", None, 1, []])
def test_an_unknown_result_type_is_refused(untrusted: object) -> None:
    with pytest.raises(ProtocolViolation):
        mcp.parse_result_type({"resultType": untrusted})


@pytest.mark.requirement("MCP-075")
def test_input_requests_and_state_are_kept_exactly() -> None:
    asked = {"a": {"method": "elicitation/create", "params": {"message": "?"}}}
    found = mcp.parse_input_required({"inputRequests": asked, "requestState": "\u2028 x"})
    assert [key for key, _ in found.input_requests] == ["a"]
    assert found.input_requests[0][1].untrusted_params == {"message": "?"}
    assert found.request_state == "\u2028 x"


@pytest.mark.requirement("MCP-080")
@pytest.mark.parametrize(
    "result",
    [
        {},
        {"inputRequests": {}},
        {"requestState": 5},
        {"inputRequests": []},
        {"inputRequests": {"a": {"method": "tools/call"}}},
        {"inputRequests": {"a": 1}},
        {"inputRequests": {"a": {"method": "elicitation/create", "params": []}}},
        {"inputRequests": {str(n): {"method": "roots/list"} for n in range(17)}},
    ],
)
def test_a_question_that_is_none_is_refused(result: dict[str, object]) -> None:
    with pytest.raises(ProtocolViolation):
        mcp.parse_input_required(result)


@pytest.mark.requirement("AMB-03", "MCP-013", "MCP-015")
def test_what_a_server_says_of_itself_is_sanitised() -> None:
    said = {"name": "a\u202eb", "version": 3}
    info = mcp.parse_server_info_legacy({"protocolVersion": "2025-06-18", "serverInfo": said})
    assert (info.era, info.name, info.version) == (Era.LEGACY, "a⟨U+202E⟩b", "")
    modern = mcp.parse_server_info_modern({"_meta": {mcp.META_SERVER: said}}, mcp.MODERN)
    assert (modern.era, modern.name) == (Era.MODERN, "a⟨U+202E⟩b")


def test_an_initialize_result_without_a_version_is_refused() -> None:
    with pytest.raises(ProtocolViolation):
        mcp.parse_server_info_legacy({"capabilities": {}})
