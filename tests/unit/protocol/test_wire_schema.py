"""The check that every frame of the contract tests passes sees what is wrong with one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mcphost.domain.ports import OutboundFrame
from mcphost.protocol.mcp import request_meta
from tests.helpers.wire_schema import faults

META = request_meta(
    version="2026-07-28",
    client={"name": "mcphost", "version": "1"},
    elicitation=True,
    progress_token=1,
    traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01",
)
CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"


def request(method: str = "tools/call", **changes: Any) -> dict[str, Any]:
    params = {"name": "a", "arguments": {}, "_meta": dict(META), **changes}
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def look(message: dict[str, Any], *headers: tuple[str, str]) -> list[str]:
    body = json.dumps(message).encode()
    method = message.get("method", "")
    return faults(OutboundFrame(method=method, request_id=1, body=body, headers=headers))


HEADERS = (
    ("Content-Type", "application/json"),
    ("Accept", "application/json, text/event-stream"),
    ("MCP-Protocol-Version", "2026-07-28"),
    ("Mcp-Method", "tools/call"),
    ("Mcp-Name", "a"),
)


def test_a_good_frame_has_no_fault() -> None:
    assert look(request()) == look(request(), *HEADERS) == []
    assert look({"jsonrpc": "2.0", "id": "s", "result": {"action": "decline"}}) == []


@pytest.mark.requirement("MCP-001", "MCP-010", "MCP-014", "MCP-042", "MCP-183")
@pytest.mark.parametrize(
    "message",
    [
        {**request(), "id": None},
        {**request(), "extra": 1},
        request("tools/run"),
        request("initialize"),
        request(name=1),
        request(_meta={k: v for k, v in META.items() if k != CAPABILITIES}),
        request(_meta={**META, "own": 1}),
        request(_meta={**META, "baggage": "user=ada"}),
        request(_meta={**META, "traceparent": "00-" + "0" * 32 + "-" + "b" * 16 + "-01"}),
        request(_meta={**META, CAPABILITIES: {"sampling": {}}}),
        request(_meta={**META, CAPABILITIES: {"extensions": {"no-prefix": {}}}}),
        {"jsonrpc": "2.0", "id": 1, "error": {"code": -32020, "message": ""}},
        {"jsonrpc": "2.0", "id": 1, "error": {"code": -32002, "message": ""}},
        {"jsonrpc": "2.0", "id": 1, "result": {"action": "perhaps"}},
    ],
)
def test_a_frame_that_breaks_a_rule_is_found(message: dict[str, Any]) -> None:
    assert look(message)


@pytest.mark.requirement("MCP-046")
@pytest.mark.parametrize("header", HEADERS)
def test_a_header_that_is_missing_or_says_something_else_is_found(header: tuple[str, str]) -> None:
    others = tuple(each for each in HEADERS if each != header)
    assert look(request(), *others)
    assert header[0] == "Mcp-Name" or look(request(), *others, (header[0], "other"))
