"""Where a server is, said without the keys that people put into addresses and arguments."""

from __future__ import annotations

import pytest

from mcphost.domain.server import Endpoint, HttpEndpoint, StdioCommand, describe, place

CANARY = "sk-canary-77aa"


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [
        (HttpEndpoint(url=f"https://mcp.example/v1?key={CANARY}#x"), "https://mcp.example/v1"),
        (HttpEndpoint(url=f"https://me:{CANARY}@mcp.example:8443/"), "https://mcp.example:8443/"),
        (HttpEndpoint(url=f"http://[::1]:9/mcp?{CANARY}"), "http://[::1]:9/mcp"),
        (HttpEndpoint(url=f"https://mcp.example:{CANARY}/"), "(an address that cannot be read)"),
        (StdioCommand(argv=("/usr/bin/npx", "server", "--key", CANARY)), "npx"),
        (StdioCommand(argv=()), ""),
    ],
)
def test_a_place_holds_no_key(endpoint: Endpoint, said: str) -> None:
    assert place(endpoint) == said
    if describe(endpoint) != "[]":
        assert CANARY in describe(endpoint)
