"""Where a server is, said without the keys that people put into addresses and arguments."""

from __future__ import annotations

import pytest

from mcphost.domain.server import Endpoint, HttpEndpoint, StdioCommand, describe, place

CANARY = "sk-canary-77aa"


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [
        (
            HttpEndpoint(url=f"https://mcp.example/v1?key={CANARY}#x"),
            "https://mcp.example (rest: sha256 51a82e9d4601)",
        ),
        (
            HttpEndpoint(url=f"https://mcp.example/{CANARY}/mcp"),
            "https://mcp.example (rest: sha256 dc6f87865b25)",
        ),
        (HttpEndpoint(url=f"https://me:{CANARY}@mcp.example:8443/"), "https://mcp.example:8443"),
        (HttpEndpoint(url="http://[::1]:9"), "http://[::1]:9"),
        (HttpEndpoint(url=f"https://mcp.example:{CANARY}/"), "(an address that cannot be read)"),
        (StdioCommand(argv=("/usr/bin/npx", "server", "--key", CANARY)), "npx"),
        (StdioCommand(argv=()), ""),
    ],
)
def test_a_place_holds_no_key(endpoint: Endpoint, said: str) -> None:
    assert place(endpoint) == said
    assert CANARY not in place(endpoint)


def test_two_addresses_of_one_origin_can_be_told_apart() -> None:
    one, two = (place(HttpEndpoint(url=f"https://mcp.example/{name}")) for name in "ab")
    assert one != two


def test_the_exact_address_is_still_described_to_a_person() -> None:
    url = f"https://mcp.example/{CANARY}"
    assert describe(HttpEndpoint(url=url)) == url
